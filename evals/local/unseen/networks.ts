import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, highest, known, per, rowsAt, str, where } from "../rows.ts";

type Networks = Readonly<Record<"networks", readonly Row[]>>;

/** The mobile networks of the world. */
export function readNetworks(): Networks {
  return { networks: rowsAt(import.meta.resolve("mcc-mnc-list/mcc-mnc-list.json")) };
}

const of = (d: Networks, country: string): readonly Row[] => where(d.networks, "countryName", country);
const operational = (rows: readonly Row[]): readonly Row[] => where(rows, "status", "Operational");
const distinct = (rows: readonly Row[], field: string): string[] => [...new Set(known(rows, field).map((row) => str(row, field)))];

export const networkQuestions: readonly Question<Networks>[] = [
  simple("How many mobile networks are operational?", (d) => operational(d.networks).length),
  simple("list the networks in Iceland that are operational", (d) => table(operational(of(d, "Iceland")).map((n) => [str(n, "operator")]))),
  simple("How many test networks are there?", (d) => where(d.networks, "type", "Test").length),
  simple("Which country uses the mobile country code 274?", (d) => str(where(d.networks, "mcc", "274")[0]!, "countryName")),
  simple("how many networks have no brand", (d) => d.networks.length - known(d.networks, "brand").length),
  simple("Who operates Viking in Iceland?", (d) => str(where(of(d, "Iceland"), "brand", "Viking")[0]!, "operator")),
  simple("How many different countries are in the list?", (d) => distinct(d.networks, "countryName").length),
  simple(
    "networks run by KDDI Corporation",
    (d) => table(where(d.networks, "operator", "KDDI Corporation").map((n) => [n["brand"] === null ? "" : str(n, "brand")])),
    (d) => table(where(d.networks, "operator", "KDDI Corporation").map((n) => [str(n, "mnc")])),
  ),
  simple(
    "How many networks have LTE 700 among their bands?",
    (d) => known(d.networks, "bands").filter((n) => str(n, "bands").includes("LTE 700")).length,
  ),
  simple("What is the status of the network called On-waves?", (d) => str(where(d.networks, "brand", "On-waves")[0]!, "status")),

  other("Which five countries have the most networks?", (d) => ranking(highest(per(d.networks, "countryName", count), 5))),
  other("Number of networks per status", (d) => table(per(d.networks, "status", count))),
  other(
    "What percentage of the networks in Germany is operational?",
    (d) => (100 * operational(of(d, "Germany")).length) / of(d, "Germany").length,
    (d) => operational(of(d, "Germany")).length / of(d, "Germany").length,
  ),
  other("Which brands are present in more than 15 countries?", (d) =>
    list(distinct(d.networks, "brand").filter((brand) => distinct(where(d.networks, "brand", brand), "countryName").length > 15)),
  ),
  other("Which operator runs the most networks in France?", (d) => highest(per(of(d, "France"), "operator", count), 1)[0]![0]),
  other("countries with exactly one network", (d) =>
    list(per(d.networks, "countryName", count).flatMap(([country, n]) => (n === 1 ? [country] : []))),
  ),
  other("How many more networks does India have than Canada?", (d) => of(d, "India").length - of(d, "Canada").length),
  other("How many countries does Vodafone serve?", (d) => distinct(where(d.networks, "brand", "Vodafone"), "countryName").length),
  other("how many operational networks are there in each type", (d) => table(per(operational(d.networks), "type", count))),
  other("For each country in which Orange is present, how many networks does it have there?", (d) =>
    table(per(where(d.networks, "brand", "Orange"), "countryName", count)),
  ),
];
