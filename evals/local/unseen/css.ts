import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, find, highest, jsonAt, known, per, perGroup, str, where } from "../rows.ts";

type Css = Readonly<Record<"properties" | "at_rules", readonly Row[]>>;

/** What a style sheet may say: properties and at-rules, most columns words from short lists, some of them lists in a cell. */
export function readCss(): Css {
  const named = (url: string): Row[] =>
    Object.entries(jsonAt(url) as Readonly<Record<string, Row>>).map(([name, row]) => ({
      name,
      ...row,
    }));
  return {
    properties: named(import.meta.resolve("mdn-data/css/properties.json")),
    at_rules: named(import.meta.resolve("mdn-data/css/at-rules.json")),
  };
}

const name = (row: Row): string => str(row, "name");
const status = (d: Css, wanted: string): readonly Row[] => where(d.properties, "status", wanted);
const inherited = (rows: readonly Row[]): readonly Row[] => where(rows, "inherited", true);
const groups = (row: Row): readonly string[] => row["groups"] as string[];
const perListed = (rows: readonly Row[]): [string | number, number][] =>
  perGroup(
    rows.flatMap((row) => groups(row).map((group) => ({ group }))),
    ({ group }) => group,
    count,
  );
const kinds = (rows: readonly Row[]): [string | number, number][] =>
  perGroup(known(rows, "animationType"), (row) => textOf(row["animationType"]), count);
const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));
const shareNonstandard = (d: Css): number => (100 * status(d, "nonstandard").length) / d.properties.length;

export const cssQuestions: readonly Question<Css>[] = [
  simple("How many properties are inherited?", (d) => inherited(d.properties).length),
  simple("What is the initial value of opacity?", (d) => str(find(d.properties, "name", "opacity"), "initial")),
  simple("What is the animation type of z-index?", (d) => str(find(d.properties, "name", "z-index"), "animationType")),
  simple("List the obsolete properties", (d) => list(status(d, "obsolete").map(name))),
  simple("How many experimental properties are not inherited?", (d) => where(status(d, "experimental"), "inherited", false).length),
  simple("properties where media is missing", (d) => list(d.properties.filter((p) => p["media"] === undefined).map(name))),
  simple(
    "How many properties have a name that starts with -webkit?",
    (d) => d.properties.filter((p) => name(p).startsWith("-webkit")).length,
  ),
  simple("Which statuses do the properties have?", (d) => list([...new Set(d.properties.map((p) => str(p, "status")))])),
  simple("how many at-rules are there", (d) => d.at_rules.length),
  simple("Show me the properties in the CSS Grid Layout group", (d) =>
    list(d.properties.filter((p) => groups(p).includes("CSS Grid Layout")).map(name)),
  ),

  other("How many properties are there of each status?", (d) => table(per(d.properties, "status", count))),
  other("What share of the properties is nonstandard?", shareNonstandard, asFraction(shareNonstandard)),
  other("Which animation type is the most common?", (d) => highest(kinds(d.properties), 1)[0]![0]),
  other("animation types used by more than 30 properties", (d) =>
    list(
      kinds(d.properties)
        .filter(([, n]) => n > 30)
        .map(([kind]) => kind),
    ),
  ),
  other("How many inherited properties are there per status?", (d) => table(per(inherited(d.properties), "status", count))),
  other("top 3 groups by number of properties", (d) => ranking(highest(perListed(d.properties), 3))),
  other("Which group has the most experimental properties?", (d) => highest(perListed(status(d, "experimental")), 1)[0]![0]),
  other(
    "What is the most common initial value of inherited properties?",
    (d) => highest(per(inherited(d.properties), "initial", count), 1)[0]![0],
  ),
  other("second most common order of properties", (d) => highest(per(d.properties, "order", count), 2)[1]![0]),
  other("Which orders are never used by a standard property?", (d) => {
    const standard = per(status(d, "standard"), "order", count).map(([order]) => order);
    return list(
      per(d.properties, "order", count)
        .map(([order]) => order)
        .filter((order) => !standard.includes(order)),
    );
  }),
];
