import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, type Question, byColumn, list, monthCell, other, ranking, simple, table } from "./question.ts";
import {
  type Row,
  best,
  count,
  find,
  highest,
  known,
  lowest,
  meanOf,
  median,
  num,
  numbers,
  per,
  perGroup,
  str,
  sumOf,
  top,
  where,
} from "./rows.ts";

type Name = "movies" | "airports" | "flights" | "countries" | "cars" | "penguins" | "weather" | "disasters" | "gapminder";
type Vega = Readonly<Record<Name, readonly Row[]>>;

/** Comma-separated values with quoted cells; whole cells that are numbers become numbers, codes such as `5E8` do not. */
function readCsv(text: string): Row[] {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const cells = (line: string): string[] =>
    [...line.matchAll(/("([^"]|"")*"|[^,]*)(,|$)/g)].slice(0, -1).map(([, cell = ""]) => cell.replace(/^"|"$/g, "").replaceAll('""', '"'));
  const names = head.split(",");
  const value = (cell: string | undefined): string | number | null =>
    cell === undefined || cell === "" ? null : /^-?\d+(\.\d+)?(e[-+]\d+)?$/.test(cell) ? Number(cell) : cell;
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

/** An airport by its code or its name. */
const airport = (d: Vega, code: string | number): Cell => [code, str(find(d.airports, "iata", code), "name")];
const sameYear = (year: number) => (row: Row) => row["year"] === year;
const newYorkRain = (d: Vega): readonly Row[] => where(d.weather, "location", "New York");
const rain = meanOf("precipitation");
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
  simple("List the penguin species", (d) => list([...new Set(d.penguins.map((p) => str(p, "Species")))])),
  simple("What is the maximum horsepower of a car?", (d) => Math.max(...numbers(d.cars, "Horsepower"))),
  simple("How many flights are there from ATL to ORD?", (d) =>
    sumOf("count")(d.flights.filter((f) => f["origin"] === "ATL" && f["destination"] === "ORD")),
  ),
  simple(
    "How many movies have an IMDB rating above 8?",
    (d) => known(d.movies, "IMDB Rating").filter((m) => num(m, "IMDB Rating") > 8).length,
  ),
  simple("What is the population of India?", (d) => num(find(d.countries, "country", "India"), "population")),
  simple("number of rainy days in Seattle", (d) => where(where(d.weather, "location", "Seattle"), "weather", "rain").length),
  simple("Which 3 countries have the highest income?", (d) =>
    ranking(top(d.countries, 3, (c) => num(c, "income")).map((c) => [str(c, "country")])),
  ),
  simple("How many female penguins live on Dream?", (d) => where(where(d.penguins, "Sex", "FEMALE"), "Island", "Dream").length),
  simple("how many deaths did earthquakes cause in 1976", (d) =>
    num(find(where(d.disasters, "Year", 1976), "Entity", "Earthquake"), "Deaths"),
  ),
  simple("What was the life expectancy of Japan in 2005?", (d) =>
    num(find(d.gapminder.filter(sameYear(2005)), "country", "Japan"), "life_expect"),
  ),

  other("Which 5 airports have the most departing flights?", (d) =>
    ranking(highest(per(d.flights, "origin", sumOf("count")), 5).map(([code, flights]) => [airport(d, code), flights])),
  ),
  other("average horsepower of cars per origin", (d) => table(per(d.cars, "Origin", meanOf("Horsepower")))),
  other("How many penguins of each species are there on each island?", (d) =>
    table(perGroup(d.penguins, (p) => `${str(p, "Species")}|${str(p, "Island")}`, count).map(([key, n]) => [...String(key).split("|"), n])),
  ),
  other("Which director made the most movies?", (d) => highest(per(d.movies, "Director", count), 1)[0]![0]),
  other("average IMDB rating by major genre", ...byColumn((d: Vega) => d.movies, "Major Genre", meanOf("IMDB Rating"))),
  other("Total worldwide gross per distributor, top 3", (d) => ranking(highest(per(d.movies, "Distributor", sumOf("Worldwide Gross")), 3))),
  other("Which state has the most airports?", (d) => highest(per(d.airports, "state", count), 1)[0]![0]),
  other("How many countries are in each region?", (d) => table(per(d.countries, "region", count))),
  other("Which airport receives the most arriving flights?", (d) =>
    airport(d, highest(per(d.flights, "destination", sumOf("count")), 1)[0]![0]),
  ),
  other(
    "What is the average precipitation in New York by month?",
    // By month of each year, or by month of all years together: both are meant by "by month".
    (d) => table(perGroup(newYorkRain(d), (w) => str(w, "date").slice(0, 7), rain).map(([month, mm]) => [monthCell(String(month)), mm])),
    (d) => table(perGroup(newYorkRain(d), (w) => str(w, "date").slice(5, 7), rain).map(([month, mm]) => [monthCell(`2012-${month}`), mm])),
  ),
  other("directors with more than 15 movies", (d) =>
    list(
      per(d.movies, "Director", count)
        .filter(([, n]) => n > 15)
        .map(([name]) => name),
    ),
  ),
  other("How many flights leave airports in California (CA)?", (d) => {
    const here = new Set(where(d.airports, "state", "CA").map((a) => a["iata"]));
    return sumOf("count")(d.flights.filter((f) => here.has(f["origin"])));
  }),
  other("Compare the average miles per gallon of cars from Europe and Japan", (d) =>
    table(
      per(
        d.cars.filter((c) => c["Origin"] !== "USA"),
        "Origin",
        meanOf("Miles_per_Gallon"),
      ),
    ),
  ),
  other(
    "Which region has the lowest average life expectancy (health)?",
    (d) => lowest(per(d.countries, "region", meanOf("health")), 1)[0]![0],
  ),
  other("median body mass of penguins per species", (d) =>
    table(per(d.penguins, "Species", (rows) => median(numbers(rows, "Body Mass (g)")))),
  ),
];
