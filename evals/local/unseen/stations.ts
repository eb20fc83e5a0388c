import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, known, mean, meanOf, num, numbers, perGroup, rowsAt, str, sumOf, top } from "../rows.ts";

type Stations = Readonly<Record<"stations", readonly Row[]>>;

/** Railway stations in one collection whose rows have objects inside: where a station is, who operates it, its address. */
export const readStations = (): Stations => ({ stations: rowsAt(import.meta.resolve("db-stations/data.json")) });

const within =
  (object: string, field: string) =>
  (row: Row): string =>
    str((row[object] ?? {}) as Row, field);
const city = within("address", "city");
const operator = within("operator", "name");
const latitude = (row: Row): number => Number(within("location", "latitude")(row));
const name = (row: Row): string => str(row, "name");
const inCity = (d: Stations, wanted: string): readonly Row[] => d.stations.filter((station) => city(station) === wanted);
const runBy = (d: Stations, wanted: string): readonly Row[] => d.stations.filter((station) => operator(station) === wanted);
const weight = (row: Row): number => num(row, "weight");
const weighed = (rows: readonly Row[]): readonly Row[] => known(rows, "weight");

export const stationQuestions: readonly Question<Stations>[] = [
  simple("how many stations are there in total", (d) => d.stations.length),
  simple("Which station is the most important one, going by weight?", (d) => name(best(weighed(d.stations), weight))),
  simple("How many stations does Hamburg have?", (d) => inCity(d, "Hamburg").length),
  simple("Stations in Potsdam", (d) => list(inCity(d, "Potsdam").map(name))),
  simple("What is the address of Ulm Hbf?", (d) => within("address", "street")(find(d.stations, "name", "Ulm Hbf"))),
  simple("Who operates the station Husum?", (d) => operator(find(d.stations, "name", "Husum"))),
  simple("average weight of all stations", (d) => mean(numbers(d.stations, "weight"))),
  simple("Which stations have a weight above 1000?", (d) => list(d.stations.filter((s) => weight(s) > 1000).map(name))),
  simple("How many different operators are there?", (d) => new Set(d.stations.map(operator)).size),
  simple("southernmost station", (d) => name(best(d.stations, (s) => -latitude(s)))),

  other("number of stations per operator", (d) => table(perGroup(d.stations, operator, count))),
  other("Which five cities have the most stations?", (d) => ranking(highest(perGroup(d.stations, city, count), 5))),
  other(
    "Which operator has the fewest stations?",
    (d) =>
      highest(
        perGroup(d.stations, operator, (rows) => -rows.length),
        1,
      )[0]![0],
  ),
  other("What are the 5 heaviest stations run by BEG?", (d) => ranking(top(weighed(runBy(d, "BEG")), 5, weight).map((s) => [name(s)]))),
  other("average weight per operator, highest to lowest", (d) =>
    ranking(highest(perGroup(weighed(d.stations), operator, meanOf("weight")), Infinity)),
  ),
  other("operators with over 300 stations", (d) =>
    list(
      perGroup(d.stations, operator, count)
        .filter(([, n]) => n > 300)
        .map(([who]) => who),
    ),
  ),
  other("How many cities have at least 20 stations?", (d) => perGroup(d.stations, city, count).filter(([, n]) => n >= 20).length),
  other(
    "What percentage of the stations is in Berlin?",
    (d) => (100 * inCity(d, "Berlin").length) / d.stations.length,
    (d) => inCity(d, "Berlin").length / d.stations.length,
  ),
  other("Which cities have stations of both NVBW and VRStutt?", (d) => {
    const stuttgart = new Set(runBy(d, "VRStutt").map(city));
    return list([...new Set(runBy(d, "NVBW").map(city))].filter((each) => stuttgart.has(each)));
  }),
  other("total weight of the stations in Berlin, Hamburg and Köln, for each city", (d) =>
    table(
      perGroup(
        d.stations.filter((s) => ["Berlin", "Hamburg", "Köln"].includes(city(s))),
        city,
        sumOf("weight"),
      ),
    ),
  ),
];
