import { type Question, asFraction, byColumn, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, known, mean, meanOf, median, num, numbers, per, rowsAt, str, top, where } from "../rows.ts";

type Elements = Readonly<Record<"elements", readonly Row[]>>;

/** The chemical elements of `periodic-table`, unchanged: what is not known is an empty text, also among numbers. */
export const readElements = (): Elements => ({ elements: rowsAt(import.meta.resolve("periodic-table/data.json")) });

const name = (row: Row): string => str(row, "name");
const called = (d: Elements, wanted: string): Row => find(d.elements, "name", wanted);
const block = (d: Elements, wanted: string): readonly Row[] => where(d.elements, "groupBlock", wanted);
const year = (row: Row): number => num(row, "yearDiscovered");
const gases = (rows: readonly Row[]): number => (100 * where(rows, "standardState", "gas").length) / rows.length;

export const elementQuestions: readonly Question<Elements>[] = [
  simple("How many noble gases are there?", (d) => block(d, "noble gas").length),
  simple("Which element has the highest melting point?", (d) =>
    name(best(known(d.elements, "meltingPoint"), (e) => num(e, "meltingPoint"))),
  ),
  simple("What is the symbol of tungsten?", (d) => str(called(d, "Tungsten"), "symbol")),
  simple("how many elements are liquid", (d) => where(d.elements, "standardState", "liquid").length),
  simple("When was oxygen discovered?", (d) => year(called(d, "Oxygen"))),
  simple("List the alkali metals", (d) => list(block(d, "alkali metal").map(name))),
  simple("What's the average density of the actinoids?", (d) => mean(numbers(block(d, "actinoid"), "density"))),
  simple("Which elements were discovered after 1990?", (d) => list(d.elements.filter((e) => year(e) > 1990).map(name))),
  simple("top 5 elements by electronegativity", (d) =>
    ranking(top(known(d.elements, "electronegativity"), 5, (e) => num(e, "electronegativity")).map((e) => [name(e)])),
  ),
  simple("boiling point of gold", (d) => num(called(d, "Gold"), "boilingPoint")),

  other("How many elements are in each group block?", (d) => table(per(d.elements, "groupBlock", count))),
  other("Average melting point by standard state", ...byColumn((d: Elements) => d.elements, "standardState", meanOf("meltingPoint"))),
  other(
    "Which group block is the densest on average?",
    (d) => highest(per(known(d.elements, "density"), "groupBlock", meanOf("density")), 1)[0]![0],
  ),
  other("elements discovered per year between 1900 and 1950", (d) =>
    table(
      per(
        d.elements.filter((e) => year(e) >= 1900 && year(e) <= 1950),
        "yearDiscovered",
        count,
      ),
    ),
  ),
  other("What is the median ionization energy of the transition metals?", (d) =>
    median(numbers(block(d, "transition metal"), "ionizationEnergy")),
  ),
  other("Which group blocks contain more than ten elements?", (d) =>
    list(
      per(d.elements, "groupBlock", count)
        .filter(([, n]) => n > 10)
        .map(([key]) => key),
    ),
  ),
  other(
    "What percentage of the elements are gases?",
    (d) => gases(d.elements),
    asFraction((d) => gases(d.elements)),
    (d) => gases(known(d.elements, "standardState")),
    asFraction((d) => gases(known(d.elements, "standardState"))),
  ),
  other("For each group block, which element has the largest atomic radius?", (d) =>
    table(
      [...Map.groupBy(known(d.elements, "atomicRadius"), (e) => str(e, "groupBlock"))].map(([key, rows]) => [
        key,
        name(best(rows, (e) => num(e, "atomicRadius"))),
      ]),
    ),
  ),
  other(
    "By how much does the density of osmium exceed that of iron?",
    (d) => num(called(d, "Osmium"), "density") - num(called(d, "Iron"), "density"),
  ),
  other("Compare the average electronegativity of halogens and alkali metals", (d) =>
    table(["halogen", "alkali metal"].map((key) => [key, meanOf("electronegativity")(block(d, key))])),
  ),
];
