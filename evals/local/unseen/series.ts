import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Question, list, monthCell, other, ranking, simple, table } from "../question.ts";
import { type Row, best, mean, median, num, numbers, perGroup, str, top } from "../rows.ts";

type Series = Readonly<Record<"stock_prices" | "temperatures" | "exoplanets", readonly Row[]>>;

/** Prices of a share, temperatures of three cities whose numbers are text, and planets. */
export function readSeries(): Series {
  const path = fileURLToPath(new URL("../lib/index.js", import.meta.resolve("@visx/mock-data")));
  const data = createRequire(import.meta.url)(path) as Readonly<Record<string, readonly Row[]>>;
  return {
    stock_prices: data["appleStock"]!.map((row) => ({ ...row, date: str(row, "date").slice(0, 10) })),
    temperatures: data["cityTemperature"]!,
    exoplanets: data["exoplanets"]!,
  };
}

const inYear = (rows: readonly Row[], year: number): readonly Row[] => rows.filter((row) => str(row, "date").startsWith(String(year)));
const month = (row: Row): string => str(row, "date").slice(0, 7);
const year = (row: Row): number => Number(str(row, "date").slice(0, 4));
const closing = (rows: readonly Row[]): number => mean(numbers(rows, "close"));
const name = (row: Row): string => str(row, "name");

export const seriesQuestions: readonly Question<Series>[] = [
  simple("What was the highest closing price?", (d) => Math.max(...numbers(d.stock_prices, "close"))),
  simple("average temperature in Austin", (d) => mean(numbers(d.temperatures, "Austin"))),
  simple("How many exoplanets are there?", (d) => d.exoplanets.length),
  simple("on which day was New York hottest?", (d) =>
    str(
      best(d.temperatures, (t) => num(t, "New York")),
      "date",
    ),
  ),
  simple("What was the closing price on 2010-03-01?", (d) =>
    num(
      d.stock_prices.find((p) => str(p, "date") === "2010-03-01")!,
      "close",
    ),
  ),
  simple("What is the radius of Saturn?", (d) =>
    num(
      d.exoplanets.find((p) => name(p) === "Saturn")!,
      "radius",
    ),
  ),
  simple("the 5 largest exoplanets by radius", (d) =>
    ranking(top(d.exoplanets, 5, (p) => num(p, "radius")).map((p) => [name(p), num(p, "radius")])),
  ),
  simple("On how many days was it below 40 degrees in New York?", (d) => d.temperatures.filter((t) => num(t, "New York") < 40).length),
  simple("how many exoplanets are farther away than 1000", (d) => d.exoplanets.filter((p) => num(p, "distance") > 1000).length),
  simple("What is the median radius of the exoplanets?", (d) => median(numbers(d.exoplanets, "radius"))),

  other("average closing price per year", (d) => table(perGroup(d.stock_prices, year, closing))),
  other("What was the average temperature in San Francisco in each month?", (d) =>
    table(
      perGroup(d.temperatures, month, (rows) => mean(numbers(rows, "San Francisco"))).map(([at, value]) => [monthCell(String(at)), value]),
    ),
  ),
  other(
    "On how many days was Austin warmer than New York?",
    (d) => d.temperatures.filter((t) => num(t, "Austin") > num(t, "New York")).length,
  ),
  other(
    "In which year was the average closing price highest?",
    (d) => top(perGroup(d.stock_prices, year, closing), 1, ([, value]) => value)[0]![0],
  ),
  other("By what percentage did the average closing price grow from 2009 to 2010?", (d) => {
    const [before, after] = [2009, 2010].map((at) => closing(inYear(d.stock_prices, at)));
    return (100 * (after! - before!)) / before!;
  }),
  other("Which month of 2012 had the lowest average temperature in Austin?", (d) => {
    const months = perGroup(inYear(d.temperatures, 2012), month, (rows) => mean(numbers(rows, "Austin")));
    return monthCell(String(top(months, 1, ([, value]) => -value)[0]![0]));
  }),
  other("exoplanets with a radius above the average", (d) => {
    const middle = mean(numbers(d.exoplanets, "radius"));
    return list(d.exoplanets.filter((p) => num(p, "radius") > middle).map(name));
  }),
  other("highest closing price of each quarter of 2011", (d) =>
    table(
      perGroup(
        inYear(d.stock_prices, 2011),
        (p) => Math.ceil(Number(str(p, "date").slice(5, 7)) / 3),
        (rows) => Math.max(...numbers(rows, "close")),
      ).map(([quarter, value]) => [[`2011-Q${quarter}`, `Q${quarter} 2011`, `Q${quarter}`, Number(quarter)], value]),
    ),
  ),
  other("What percentage of the exoplanets is smaller than Earth?", (d) => {
    const earth = num(
      d.exoplanets.find((p) => name(p) === "Earth")!,
      "radius",
    );
    return (100 * d.exoplanets.filter((p) => num(p, "radius") < earth).length) / d.exoplanets.length;
  }),
  other("How many trading days were there in each year?", (d) => table(perGroup(d.stock_prices, year, (rows) => rows.length))),
];
