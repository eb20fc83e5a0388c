import { type Question, asFraction, byColumn, list, other, simple, table } from "../question.ts";
import { type Row, count, find, highest, known, meanOf, num, per, perGroup, rowsAt, str, where } from "../rows.ts";

type Zones = Readonly<Record<"zones", readonly Row[]>>;

/** Time zones in one collection, with lists inside its rows. */
export const readZones = (): Zones => ({ zones: rowsAt(import.meta.resolve("@vvo/tzdb/raw-time-zones.json")) });

const offset = (row: Row): number => num(row, "rawOffsetInMinutes");
const country = (row: Row): string => str(row, "countryName");
const on = (d: Zones, continent: string): readonly Row[] => where(d.zones, "continentName", continent);
const perCountry = (d: Zones): [string | number, number][] => per(d.zones, "countryName", count);
const countries = (rows: readonly Row[]): number => new Set(rows.map(country)).size;
const shareInEurope = (d: Zones): number => (100 * on(d, "Europe").length) / d.zones.length;

export const zoneQuestions: readonly Question<Zones>[] = [
  simple("How many time zones are there in Africa?", (d) => on(d, "Africa").length),
  simple("which zone has an offset of 345 minutes?", (d) => {
    const zone = find(d.zones, "rawOffsetInMinutes", 345);
    return [str(zone, "name"), str(zone, "alternativeName")];
  }),
  simple("What is the abbreviation of Nepal Time?", (d) => str(find(d.zones, "alternativeName", "Nepal Time"), "abbreviation")),
  simple("List the continents", (d) => list([...new Set(d.zones.map((z) => str(z, "continentName")))])),
  simple("time zones in Brazil", (d) => list(where(d.zones, "countryName", "Brazil").map((z) => str(z, "name")))),
  simple("What is the smallest offset in minutes?", (d) => Math.min(...d.zones.map(offset))),
  simple("In which country is Pacific/Midway?", (d) => country(find(d.zones, "name", "Pacific/Midway"))),
  simple("How many zones have a negative offset?", (d) => d.zones.filter((z) => offset(z) < 0).length),
  simple("How many different countries are there in Europe?", (d) => countries(on(d, "Europe"))),
  simple(
    "How many zones in North America are neither in Canada nor in the United States?",
    (d) => on(d, "North America").filter((z) => !["Canada", "United States"].includes(country(z))).length,
  ),

  other("number of time zones per continent", ...byColumn((d: Zones) => d.zones, "continentName", count)),
  other("Which country has the most time zones?", (d) => highest(perCountry(d), 1)[0]![0]),
  other("countries with more than 5 time zones", (d) =>
    list(
      perCountry(d)
        .filter(([, n]) => n > 5)
        .map(([name]) => name),
    ),
  ),
  other("Which continent covers the most countries?", (d) => highest(per(d.zones, "continentName", countries), 1)[0]![0]),
  other("Which country has the second most time zones?", (d) => highest(perCountry(d), 2)[1]![0]),
  other("What share of the zones is in Europe?", shareInEurope, asFraction(shareInEurope)),
  other("average offset per continent", (d) => table(per(d.zones, "continentName", meanOf("rawOffsetInMinutes")))),
  other("Which countries use both Central Time and Eastern Time?", (d) => {
    const using = (time: string): string[] => where(d.zones, "alternativeName", time).map(country);
    return list([...new Set(using("Central Time").filter((name) => using("Eastern Time").includes(name)))]);
  }),
  other("highest offset on each continent", (d) =>
    table(
      perGroup(
        known(d.zones, "continentName"),
        (z) => str(z, "continentName"),
        (rows) => Math.max(...rows.map(offset)),
      ),
    ),
  ),
  other("How many countries have only one time zone?", (d) => perCountry(d).filter(([, n]) => n === 1).length),
];
