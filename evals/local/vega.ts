import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Question, best, highest, lowest, mean, other, perGroup, simple, sum } from "./question.ts";

type Row = Readonly<Record<string, string | number | boolean | null>>;
interface Vega {
  readonly movies: readonly Row[];
  readonly airports: readonly Row[];
  readonly flights: readonly Row[];
  readonly countries: readonly Row[];
  readonly cars: readonly Row[];
  readonly penguins: readonly Row[];
  readonly weather: readonly Row[];
  readonly disasters: readonly Row[];
  readonly gapminder: readonly Row[];
}

/** Comma-separated values with quoted cells; whole cells that are numbers become numbers. */
function readCsv(text: string): Row[] {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const cells = (line: string): string[] =>
    [...line.matchAll(/("([^"]|"")*"|[^,]*)(,|$)/g)].slice(0, -1).map(([, cell = ""]) => cell.replace(/^"|"$/g, "").replaceAll('""', '"'));
  const names = head.split(",");
  const value = (cell: string | undefined): string | number | null =>
    cell === undefined || cell === "" ? null : Number.isNaN(Number(cell)) ? cell : Number(cell);
  return lines.map((line) => {
    const row = cells(line);
    return Object.fromEntries(names.map((name, at) => [name, value(row[at])]));
  });
}

export function readVega(folder: string): Vega {
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");
  const json = (file: string): Row[] => JSON.parse(text(file)) as Row[];
  return {
    movies: json("movies.json"),
    airports: readCsv(text("airports.csv")),
    flights: readCsv(text("flights-airport.csv")),
    countries: readCsv(text("gapminder-health-income.csv")),
    cars: json("cars.json"),
    penguins: json("penguins.json"),
    weather: readCsv(text("weather.csv")),
    disasters: readCsv(text("disasters.csv")),
    gapminder: json("gapminder.json"),
  };
}

const num = (row: Row, field: string): number => Number(row[field]);
const str = (row: Row, field: string): string => String(row[field]);
const known = (rows: readonly Row[], field: string): readonly Row[] =>
  rows.filter((row) => row[field] !== null && row[field] !== undefined);
const where = (rows: readonly Row[], field: string, value: string | number): readonly Row[] => rows.filter((row) => row[field] === value);
const count = (rows: readonly Row[]): number => rows.length;
const meanOf =
  (field: string) =>
  (rows: readonly Row[]): number =>
    mean(known(rows, field).map((row) => num(row, field)));
const sumOf =
  (field: string) =>
  (rows: readonly Row[]): number =>
    sum(known(rows, field).map((row) => num(row, field)));
/** Each key once with its value, leaving out rows where the key is missing. */
const per = (rows: readonly Row[], field: string, value: (rows: readonly Row[]) => number) =>
  perGroup(known(rows, field), (row) => str(row, field), value);

/** By month of each year, or by month of all years together: both are meant by "by month". */
const monthly = (weather: readonly Row[], key: (row: Row) => string): { rows: number[][] } => ({
  rows: perGroup(where(weather, "location", "New York"), key, meanOf("precipitation")).map(([, value]) => [value]),
});

export const vegaQuestions: readonly Question<Vega>[] = [
  simple("How many movies did Steven Spielberg direct?", (d) => where(d.movies, "Director", "Steven Spielberg").length),
  simple("How many cars have 8 cylinders?", (d) => where(d.cars, "Cylinders", 8).length),
  simple("What is the average body mass of the penguins?", (d) => meanOf("Body Mass (g)")(d.penguins)),
  simple("Which movie had the highest worldwide gross?", (d) =>
    str(
      best(known(d.movies, "Worldwide Gross"), (m) => num(m, "Worldwide Gross")),
      "Title",
    ),
  ),
  simple("how many airports are in Texas (TX)?", (d) => where(d.airports, "state", "TX").length),
  simple("List the penguin species", (d) => ({ rows: [...new Set(d.penguins.map((p) => str(p, "Species")))].map((s) => [s]) })),
  simple("What is the maximum horsepower of a car?", (d) => Math.max(...known(d.cars, "Horsepower").map((c) => num(c, "Horsepower")))),
  simple("How many flights are there from ATL to ORD?", (d) =>
    sumOf("count")(d.flights.filter((f) => f["origin"] === "ATL" && f["destination"] === "ORD")),
  ),
  simple(
    "How many movies have an IMDB rating above 8?",
    (d) => d.movies.filter((m) => m["IMDB Rating"] !== null && num(m, "IMDB Rating") > 8).length,
  ),
  simple("What is the population of India?", (d) => num(where(d.countries, "country", "India")[0]!, "population")),
  simple("number of rainy days in Seattle", (d) => d.weather.filter((w) => w["location"] === "Seattle" && w["weather"] === "rain").length),
  simple("Which 3 countries have the highest income?", (d) => ({
    rows: d.countries
      .toSorted((a, b) => num(b, "income") - num(a, "income"))
      .slice(0, 3)
      .map((c) => [str(c, "country")]),
    ranked: true,
  })),
  simple(
    "How many female penguins live on Dream?",
    (d) => d.penguins.filter((p) => p["Sex"] === "FEMALE" && p["Island"] === "Dream").length,
  ),
  simple("how many deaths did earthquakes cause in 1976", (d) =>
    num(
      d.disasters.find((x) => x["Entity"] === "Earthquake" && x["Year"] === 1976)!,
      "Deaths",
    ),
  ),
  simple("What was the life expectancy of Japan in 2005?", (d) =>
    num(
      d.gapminder.find((g) => g["country"] === "Japan" && g["year"] === 2005)!,
      "life_expect",
    ),
  ),

  other("Which 5 airports have the most departing flights?", (d) => ({
    rows: highest(per(d.flights, "origin", sumOf("count")), 5),
    ranked: true,
  })),
  other("average horsepower of cars per origin", (d) => ({ rows: per(d.cars, "Origin", meanOf("Horsepower")) })),
  other("How many penguins of each species are there on each island?", (d) => ({
    rows: perGroup(d.penguins, (p) => `${str(p, "Species")}|${str(p, "Island")}`, count).map(([key, n]) => [...String(key).split("|"), n]),
  })),
  other("Which director made the most movies?", (d) => highest(per(d.movies, "Director", count), 1)[0]![0]),
  other("average IMDB rating by major genre", (d) => ({ rows: per(d.movies, "Major Genre", meanOf("IMDB Rating")) })),
  other("Total worldwide gross per distributor, top 3", (d) => ({
    rows: highest(per(d.movies, "Distributor", sumOf("Worldwide Gross")), 3),
    ranked: true,
  })),
  other("Which state has the most airports?", (d) => highest(per(d.airports, "state", count), 1)[0]![0]),
  other("How many countries are in each region?", (d) => ({ rows: per(d.countries, "region", count) })),
  other("Which airport receives the most arriving flights?", (d) => highest(per(d.flights, "destination", sumOf("count")), 1)[0]![0]),
  other(
    "What is the average precipitation in New York by month?",
    (d) => monthly(d.weather, (w) => str(w, "date").slice(0, 7)),
    (d) => monthly(d.weather, (w) => str(w, "date").slice(5, 7)),
  ),
  other("directors with more than 15 movies", (d) => ({
    rows: per(d.movies, "Director", count)
      .filter(([, n]) => n > 15)
      .map(([name]) => [name]),
  })),
  other("How many flights leave airports in California (CA)?", (d) => {
    const here = new Set(where(d.airports, "state", "CA").map((a) => a["iata"]));
    return sumOf("count")(d.flights.filter((f) => here.has(f["origin"]!)));
  }),
  other("Compare the average miles per gallon of cars from Europe and Japan", (d) => ({
    rows: per(
      d.cars.filter((c) => c["Origin"] !== "USA"),
      "Origin",
      meanOf("Miles_per_Gallon"),
    ),
  })),
  other(
    "Which region has the lowest average life expectancy (health)?",
    (d) => lowest(per(d.countries, "region", meanOf("health")), 1)[0]![0],
  ),
  other("median body mass of penguins per species", (d) => ({
    rows: per(d.penguins, "Species", (rows) => {
      const sorted = known(rows, "Body Mass (g)")
        .map((p) => num(p, "Body Mass (g)"))
        .toSorted((a, b) => a - b);
      const middle = (sorted.length - 1) / 2;
      return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
    }),
  })),
];
