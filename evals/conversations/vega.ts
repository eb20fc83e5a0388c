import { ranking, table } from "../local/question.ts";
import { type Row, best, count, find, known, meanOf, median, num, numbers, per, str, sumOf, top, where } from "../local/rows.ts";
import type { readVega } from "../local/vega.ts";
import { type Conversation, asksNothing, cites, conversation, means } from "./conversation.ts";

type Vega = ReturnType<typeof readVega>;

const inYear = (rows: readonly Row[], field: string, year: number): readonly Row[] =>
  known(rows, field).filter((row) => new Date(str(row, field)).getFullYear() === year);
const titles = (rows: readonly Row[]) => rows.map((row) => [str(row, "Title")]);
const byNolan = (d: Vega): readonly Row[] => where(d.movies, "Director", "Christopher Nolan");
const lifeExpectancy = (d: Vega, country: string, year: number): number =>
  num(find(where(d.gapminder, "year", year), "country", country), "life_expect");
const flights = (d: Vega, origin: string, destination: string): number =>
  sumOf("count")(where(where(d.flights, "origin", origin), "destination", destination));
const richest = (d: Vega): Row => best(known(d.movies, "Worldwide Gross"), (m) => num(m, "Worldwide Gross"));
const afterYear = (rows: readonly Row[], year: number): readonly Row[] =>
  known(rows, "Release Date").filter((m) => new Date(str(m, "Release Date")).getFullYear() > year);

export const vegaConversations: readonly Conversation<Vega>[] = [
  conversation(
    "How many movies did Steven Spielberg direct?",
    means("and Woody Allen?", (d) => where(d.movies, "Director", "Woody Allen").length),
  ),
  conversation(
    "How many cars are from Japan?",
    means("and from Europe?", (d) => where(d.cars, "Origin", "Europe").length),
    means("what about the USA?", (d) => where(d.cars, "Origin", "USA").length),
  ),
  conversation(
    "How many penguins live on Dream?",
    means("only the females", (d) => where(where(d.penguins, "Island", "Dream"), "Sex", "FEMALE").length),
  ),
  conversation(
    "Which 5 movies have the highest worldwide gross?",
    means("top 10 instead", (d) => ranking(titles(top(known(d.movies, "Worldwide Gross"), 10, (m) => num(m, "Worldwide Gross"))))),
  ),
  conversation(
    "average horsepower of cars per origin",
    means("and the weight?", (d) => table(per(d.cars, "Origin", meanOf("Weight_in_lbs")))),
  ),
  conversation(
    "average horsepower of cars per origin",
    means("the same per number of cylinders", (d) => table(per(d.cars, "Cylinders", meanOf("Horsepower")))),
  ),
  conversation(
    "List the cars with more than 200 horsepower",
    means("how many of them are there?", (d) => d.cars.filter((c) => num(c, "Horsepower") > 200).length),
  ),
  conversation(
    "How many airports are in Texas (TX)?",
    means("in California (CA)?", (d) => where(d.airports, "state", "CA").length),
    means("and AK?", (d) => where(d.airports, "state", "AK").length),
  ),
  conversation(
    "Which car is the heaviest?",
    means("and the lightest?", (d) =>
      str(
        best(d.cars, (c) => -num(c, "Weight_in_lbs")),
        "Name",
      ),
    ),
  ),
  conversation(
    "What was the life expectancy of Japan in 2005?",
    means("and in 1955?", (d) => lifeExpectancy(d, "Japan", 1955)),
    means("and of Brazil?", (d) => lifeExpectancy(d, "Brazil", 1955)),
  ),
  conversation(
    "How many countries are in each region?",
    means("only those with a population over 50 million", (d) =>
      table(
        per(
          d.countries.filter((c) => num(c, "population") > 50e6),
          "region",
          count,
        ),
      ),
    ),
  ),
  conversation(
    "Show the movies directed by Christopher Nolan",
    means(
      "sort them by IMDB rating",
      (d) => ranking(titles(byNolan(d).toSorted((a, b) => num(a, "IMDB Rating") - num(b, "IMDB Rating")))),
      (d) => ranking(titles(byNolan(d).toSorted((a, b) => num(b, "IMDB Rating") - num(a, "IMDB Rating")))),
    ),
  ),
  conversation(
    "What is the average body mass of the penguins?",
    means("per species", (d) => table(per(d.penguins, "Species", meanOf("Body Mass (g)")))),
    means("and the median?", (d) => table(per(d.penguins, "Species", (rows) => median(numbers(rows, "Body Mass (g)"))))),
  ),
  conversation(
    "How many movies were released in 2008?",
    means("what about 2009?", (d) => inYear(d.movies, "Release Date", 2009).length),
    means("only the comedies", (d) => where(inYear(d.movies, "Release Date", 2009), "Major Genre", "Comedy").length),
  ),
  conversation(
    "how many deaths did earthquakes cause in 1976",
    means("and floods?", (d) => num(find(where(d.disasters, "Year", 1976), "Entity", "Flood"), "Deaths")),
  ),
  conversation(
    "Which movie had the highest worldwide gross?",
    means("what was its production budget?", (d) => num(richest(d), "Production Budget")),
  ),
  conversation(
    "number of rainy days in Seattle",
    means("and in New York?", (d) => where(where(d.weather, "location", "New York"), "weather", "rain").length),
    means("and with snow?", (d) => where(where(d.weather, "location", "New York"), "weather", "snow").length),
  ),
  conversation(
    "How many flights are there from ATL to ORD?",
    means("and to LAX?", (d) => flights(d, "ATL", "LAX")),
  ),
  conversation(
    "Which 3 countries have the highest income?",
    means("and the lowest?", (d) => ranking(top(d.countries, 3, (c) => -num(c, "income")).map((c) => [str(c, "country")]))),
  ),
  conversation("How many movies are rated PG-13?", asksNothing("thanks, that helps")),
  conversation(
    "How many cars have 8 cylinders?",
    means("How many penguins are there?", (d) => d.penguins.length),
  ),
  conversation(
    "average IMDB rating by major genre",
    means(
      "only for movies after 2000",
      (d) => table(per(afterYear(d.movies, 2000), "Major Genre", meanOf("IMDB Rating"))),
      (d) => table(per(afterYear(d.movies, 1999), "Major Genre", meanOf("IMDB Rating"))),
    ),
  ),
  conversation(
    "What is the average miles per gallon of cars from Japan?",
    means("and of those from the USA?", (d) => meanOf("Miles_per_Gallon")(where(d.cars, "Origin", "USA"))),
    means("the maximum instead", (d) => Math.max(...numbers(where(d.cars, "Origin", "USA"), "Miles_per_Gallon"))),
  ),
  conversation("What is the movies data set about?", cites("and the cars one?", "cars")),
];
