import { list, ranking, table } from "../local/question.ts";
import { type Row, best, count, highest, known, mean, meanOf, num, numbers, per, perGroup, str, sumOf, top, where } from "../local/rows.ts";
import type { readElements } from "../local/unseen/elements.ts";
import type { readOffice } from "../local/unseen/office.ts";
import type { readStations } from "../local/unseen/stations.ts";
import { type Conversation, asksNothing, conversation, means } from "./conversation.ts";

type Elements = ReturnType<typeof readElements>;
type Office = Awaited<ReturnType<typeof readOffice>>;
type Stations = ReturnType<typeof readStations>;

const block = (d: Elements, wanted: string): readonly Row[] => where(d.elements, "groupBlock", wanted);
const named = (rows: readonly Row[]) => list(rows.map((row) => str(row, "name")));
const foundAfter = (rows: readonly Row[], year: number) => rows.filter((row) => num(row, "yearDiscovered") > year);

export const elementConversations: readonly Conversation<Elements>[] = [
  conversation(
    "How many noble gases are there?",
    means("and halogens?", (d) => block(d, "halogen").length),
    means("list them", (d) => named(block(d, "halogen"))),
  ),
  conversation(
    "Which element has the highest melting point?",
    means("what about the boiling point?", (d) =>
      str(
        best(known(d.elements, "boilingPoint"), (e) => num(e, "boilingPoint")),
        "name",
      ),
    ),
    means("when was it discovered?", (d) =>
      num(
        best(known(d.elements, "boilingPoint"), (e) => num(e, "boilingPoint")),
        "yearDiscovered",
      ),
    ),
  ),
  conversation(
    "top 5 elements by electronegativity",
    means("make it 3", (d) =>
      ranking(top(known(d.elements, "electronegativity"), 3, (e) => num(e, "electronegativity")).map((e) => [str(e, "name")])),
    ),
  ),
  conversation(
    "Which elements were discovered after 1990?",
    means("after 2000?", (d) => named(foundAfter(d.elements, 2000))),
    means("how many of those are there?", (d) => foundAfter(d.elements, 2000).length),
  ),
  conversation(
    "How many elements are in each group block?",
    means("only the ones that are gas", (d) => table(per(where(d.elements, "standardState", "gas"), "groupBlock", count))),
  ),
  conversation(
    "average density of the alkali metals",
    means("and of the actinoids?", (d) => mean(numbers(block(d, "actinoid"), "density"))),
    means("their average melting point?", (d) => mean(numbers(block(d, "actinoid"), "meltingPoint"))),
  ),
];

const inYear = (d: Office, year: number): readonly Row[] => where(d.sales, "year", year);
const analysts = (d: Office): readonly Row[] => where(d.salaries, "Job Title", "Data Analyst");

export const officeConversations: readonly Conversation<Office>[] = [
  conversation(
    "total revenue per country",
    means("only for 2022", (d) => table(per(inYear(d, 2022), "country", sumOf("revenue")))),
    means("and the profit?", (d) => table(per(inYear(d, 2022), "country", sumOf("profit")))),
  ),
  conversation(
    "average salary of a data analyst",
    means("and of a software engineer?", (d) => mean(numbers(where(d.salaries, "Job Title", "Software Engineer"), "Salary"))),
    means("just the women", (d) => mean(numbers(where(where(d.salaries, "Job Title", "Software Engineer"), "Gender", "Female"), "Salary"))),
  ),
  conversation(
    "How much profit did we make in Germany?",
    means("how about France", (d) => sumOf("profit")(where(d.sales, "country", "France"))),
    means("per product category please", (d) => table(per(where(d.sales, "country", "France"), "productCategory", sumOf("profit")))),
  ),
  conversation(
    "How many data analysts are there?",
    means("what do they earn on average?", (d) => mean(numbers(analysts(d), "Salary"))),
    means("by gender", (d) => table(per(analysts(d), "Gender", meanOf("Salary")))),
  ),
  conversation(
    "How many people have an overdue loan?",
    asksNothing("ok thanks"),
    means("and how many don't?", (d) => where(d.loans, "overdue", "No").length),
  ),
  conversation(
    "total order quantity by product category",
    means("sorted by name", (d) =>
      ranking(per(d.sales, "productCategory", sumOf("orderQuantity")).toSorted(([a], [b]) => String(a).localeCompare(String(b)))),
    ),
  ),
  conversation(
    "Which product has the highest revenue?",
    means(
      "and the most profit?",
      (d) => highest(per(d.sales, "product", sumOf("profit")), 1)[0]![0],
      (d) =>
        str(
          best(d.sales, (s) => num(s, "profit")),
          "product",
        ),
    ),
  ),
];

const part =
  (object: string, field: string) =>
  (row: Row): string =>
    str((row[object] ?? {}) as Row, field);
const city = part("address", "city");
const operator = part("operator", "name");
const inCity = (d: Stations, wanted: string): readonly Row[] => d.stations.filter((station) => city(station) === wanted);

export const stationConversations: readonly Conversation<Stations>[] = [
  conversation(
    "How many stations does Hamburg have?",
    means("and Munich... I mean Potsdam", (d) => inCity(d, "Potsdam").length),
    means("which ones?", (d) => named(inCity(d, "Potsdam"))),
  ),
  conversation(
    "number of stations per operator",
    means("top 3 only", (d) => ranking(highest(perGroup(d.stations, operator, count), 3))),
  ),
  conversation(
    "Which stations have a weight above 1000?",
    means("above 2000?", (d) => named(known(d.stations, "weight").filter((s) => num(s, "weight") > 2000))),
  ),
  conversation(
    "average weight of all stations",
    means("in Berlin?", (d) => mean(numbers(inCity(d, "Berlin"), "weight"))),
    means(
      "and the highest?",
      (d) => Math.max(...numbers(inCity(d, "Berlin"), "weight")),
      (d) =>
        str(
          best(known(inCity(d, "Berlin"), "weight"), (s) => num(s, "weight")),
          "name",
        ),
    ),
  ),
  conversation(
    "Which operator has the fewest stations?",
    means("and the most?", (d) => highest(perGroup(d.stations, operator, count), 1)[0]![0]),
  ),
  conversation(
    "How many stations are operated by BEG?",
    means("how many of them are in Nürnberg?", (d) => inCity(d, "Nürnberg").filter((s) => operator(s) === "BEG").length),
  ),
  conversation(
    "Which five cities have the most stations?",
    means("how many stations are there in total?", (d) => d.stations.length),
  ),
];
