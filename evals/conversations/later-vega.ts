import { asFraction, list, ranking, table } from "../local/question.ts";
import { type Row, best, count, find, known, mean, meanOf, num, numbers, per, str, sumOf, top, where } from "../local/rows.ts";
import type { readVega } from "../local/vega.ts";
import { type Conversation, asksNothing, conversation, means } from "./conversation.ts";

type Vega = ReturnType<typeof readVega>;

const title = (row: Row): string => str(row, "Title");
const by = (d: Vega, director: string): readonly Row[] => where(d.movies, "Director", director);
const released = (d: Vega, year: number): readonly Row[] =>
  known(d.movies, "Release Date").filter((row) => new Date(str(row, "Release Date")).getFullYear() === year);
const grossing = (d: Vega, limit: number): readonly Row[] =>
  top(known(d.movies, "Worldwide Gross"), limit, (m) => num(m, "Worldwide Gross"));
const from = (d: Vega, origin: string): readonly Row[] => where(d.cars, "Origin", origin);
const percent =
  (part: (d: Vega) => number, whole: (d: Vega) => number) =>
  (d: Vega): number =>
    (100 * part(d)) / whole(d);
const japanesePercent = percent(
  (d) => from(d, "Japan").length,
  (d) => d.cars.length,
);
const rainy = (d: Vega, location: string, year: string): readonly Row[] =>
  where(where(d.weather, "location", location), "weather", "rain").filter((row) => str(row, "date").startsWith(year));
const worst = (rows: readonly Row[], field: string): Row => best(known(rows, field), (row) => -num(row, field));

export const laterVegaConversations: readonly Conversation<Vega>[] = [
  conversation("How many cars are from Japan?", means("as a percentage?", japanesePercent, asFraction(japanesePercent))),
  conversation(
    "Which movie has the highest production budget?",
    means("who directed it?", (d) =>
      str(
        best(known(d.movies, "Production Budget"), (m) => num(m, "Production Budget")),
        "Director",
      ),
    ),
    means(
      "how many movies did he direct?",
      (d) =>
        by(
          d,
          str(
            best(known(d.movies, "Production Budget"), (m) => num(m, "Production Budget")),
            "Director",
          ),
        ).length,
    ),
  ),
  conversation(
    "Top 5 movies by worldwide gross",
    means("what is the production budget of the second one?", (d) => num(grossing(d, 2)[1]!, "Production Budget")),
  ),
  conversation(
    "List the movies directed by Steven Spielberg",
    means("how many of those are rated PG-13?", (d) => where(by(d, "Steven Spielberg"), "MPAA Rating", "PG-13").length),
    means("How many movies are there?", (d) => d.movies.length),
  ),
  conversation(
    "Which country had the highest life expectancy in 2000?",
    means("what about the worst?", (d) => str(worst(where(d.gapminder, "year", 2000), "life_expect"), "country")),
    means("same for 1955", (d) => str(worst(where(d.gapminder, "year", 1955), "life_expect"), "country")),
  ),
  conversation(
    "How many movies did Woody Allen direct?",
    means("no, I meant Spike Lee", (d) => by(d, "Spike Lee").length),
    means("and what is their average IMDB rating?", (d) => mean(numbers(by(d, "Spike Lee"), "IMDB Rating"))),
  ),
  conversation(
    "How many rainy days did Seattle have in 2013?",
    asksNothing("thank you!"),
    means("and in 2014?", (d) => rainy(d, "Seattle", "2014").length),
  ),
  conversation(
    "How many movies were released in 2005?",
    means("What is the average IMDB rating of all movies?", (d) => meanOf("IMDB Rating")(d.movies)),
  ),
  conversation(
    "average body mass of male penguins",
    means("females?", (d) => meanOf("Body Mass (g)")(where(d.penguins, "Sex", "FEMALE"))),
    means("split that by island", (d) => table(per(where(d.penguins, "Sex", "FEMALE"), "Island", meanOf("Body Mass (g)")))),
  ),
  conversation(
    "Which airports are in Alaska (AK) and have Bay in the city?",
    means("How many cars have 4 cylinders?", (d) => where(d.cars, "Cylinders", 4).length),
    means("6?", (d) => where(d.cars, "Cylinders", 6).length),
  ),
  conversation(
    "How many countries have a population over 100 million?",
    means("which are they?", (d) => list(d.countries.filter((c) => num(c, "population") > 100e6).map((c) => str(c, "country")))),
    means(
      "sort them by income",
      (d) =>
        ranking(
          d.countries
            .filter((c) => num(c, "population") > 100e6)
            .toSorted((a, b) => num(a, "income") - num(b, "income"))
            .map((c) => [str(c, "country")]),
        ),
      (d) =>
        ranking(
          d.countries
            .filter((c) => num(c, "population") > 100e6)
            .toSorted((a, b) => num(b, "income") - num(a, "income"))
            .map((c) => [str(c, "country")]),
        ),
    ),
  ),
  conversation(
    "Total number of deaths from floods since 1950",
    means("and from droughts", (d) => sumOf("Deaths")(where(d.disasters, "Entity", "Drought").filter((r) => num(r, "Year") >= 1950))),
    means("before 1950?", (d) => sumOf("Deaths")(where(d.disasters, "Entity", "Drought").filter((r) => num(r, "Year") < 1950))),
  ),
  conversation(
    "What was the fertility of India in 1980?",
    means("the population?", (d) => num(find(where(d.gapminder, "year", 1980), "country", "India"), "pop")),
    means("sorry, I meant China", (d) => num(find(where(d.gapminder, "year", 1980), "country", "China"), "pop")),
  ),
  conversation(
    "average horsepower per origin",
    means("only cars with 4 cylinders", (d) => table(per(where(d.cars, "Cylinders", 4), "Origin", meanOf("Horsepower")))),
    means("now the maximum", (d) =>
      table(per(where(d.cars, "Cylinders", 4), "Origin", (rows) => Math.max(...numbers(rows, "Horsepower")))),
    ),
  ),
  conversation(
    "Show the 3 heaviest penguins",
    means("and the 3 lightest", (d) => {
      const limit = known(d.penguins, "Body Mass (g)")
        .map((p) => num(p, "Body Mass (g)"))
        .toSorted((a, b) => a - b)
        .slice(0, 3);
      return ranking(limit.map((mass) => [mass]));
    }),
  ),
  conversation(
    "How many flights are there from SEA to SFO?",
    means("and the other way round?", (d) => sumOf("count")(where(where(d.flights, "origin", "SFO"), "destination", "SEA"))),
    means("How many airports does the state of Texas (TX) have?", (d) => where(d.airports, "state", "TX").length),
  ),
  conversation(
    "Number of movies per MPAA rating in 2008",
    means("without the ones that are not rated", (d) =>
      table(
        per(
          released(d, 2008).filter((m) => m["MPAA Rating"] !== "Not Rated"),
          "MPAA Rating",
          count,
        ),
      ),
    ),
  ),
  conversation(
    "Which Steven Spielberg movie grossed the most worldwide?",
    means("what is its IMDB rating?", (d) =>
      num(
        best(known(by(d, "Steven Spielberg"), "Worldwide Gross"), (m) => num(m, "Worldwide Gross")),
        "IMDB Rating",
      ),
    ),
    means(
      "and of Tim Burton?",
      (d) => title(best(known(by(d, "Tim Burton"), "Worldwide Gross"), (m) => num(m, "Worldwide Gross"))),
      (d) =>
        num(
          best(known(by(d, "Tim Burton"), "Worldwide Gross"), (m) => num(m, "Worldwide Gross")),
          "IMDB Rating",
        ),
    ),
  ),
];
