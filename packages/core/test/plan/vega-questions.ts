import type { Case } from "./ask.ts";
import type { Data } from "./data.ts";
import { mean, meanPer, middle, num, per, ranked, str } from "./tally.ts";

const rows = (data: Data, name: string) => data[name] ?? [];
const released = (row: Record<string, unknown>): number =>
  row["Release Date"] instanceof Date ? row["Release Date"].getUTCFullYear() : Number.NaN;

/** Questions over movies, airports, flights, countries, cars, penguins and weather. */
export const vegaQuestions: readonly Case<Data>[] = [
  {
    question: "How many movies did Steven Spielberg direct?",
    expect: (d) => rows(d, "movies").filter((m) => m["Director"] === "Steven Spielberg").length,
  },
  {
    question: "Which 5 airports have the most departing flights?",
    ordered: true,
    expect: (d) => ranked(per(rows(d, "flights"), "origin", (f) => num(f, "count"))).slice(0, 5),
  },
  {
    question: "movies released after 2005 with IMDB rating above 8",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => released(m) > 2005 && num(m, "IMDB Rating") > 8)
        .map((m) => [m["Title"]]),
  },
  {
    question: "what is the average body mass of female penguins on Dream island",
    expect: (d) =>
      mean(
        rows(d, "penguins")
          .filter((p) => p["Sex"] === "FEMALE" && p["Island"] === "Dream")
          .map((p) => p["Body Mass (g)"]),
      ),
  },
  { question: "average horsepower of cars per origin", expect: (d) => meanPer(rows(d, "cars"), "Origin", "Horsepower") },
  {
    question: "countries with life expectancy above 80 in 2005",
    expect: (d) =>
      rows(d, "gapminder")
        .filter((c) => c["year"] === 2005 && num(c, "life_expect") > 80)
        .map((c) => [c["country"]]),
  },
  { question: "cheapest car", refuse: true, expect: () => undefined },
  { question: "highest grossing movie", expect: () => "Avatar" },
  { question: "How many cars have 8 cylinders?", expect: (d) => rows(d, "cars").filter((c) => c["Cylinders"] === 8).length },
  {
    question: "What is the lightest car?",
    expect: (d) => str(rows(d, "cars").toSorted((a, b) => num(a, "Weight_in_lbs") - num(b, "Weight_in_lbs"))[0], "Name"),
  },
  {
    question: "cars made in Japan with more than 30 mpg",
    expect: (d) =>
      rows(d, "cars")
        .filter((c) => c["Origin"] === "Japan" && num(c, "Miles_per_Gallon") > 30 && c["Miles_per_Gallon"] !== null)
        .map((c) => [c["Name"]]),
  },
  { question: "how many penguins are there per species", expect: (d) => [...per(rows(d, "penguins"), "Species")] },
  { question: "Which director has the most movies?", expect: (d) => ranked(per(rows(d, "movies"), "Director"))[0]?.[0] },
  {
    question: "top 10 movies by worldwide gross",
    ordered: true,
    expect: (d) =>
      rows(d, "movies")
        .toSorted((a, b) => num(b, "Worldwide Gross") - num(a, "Worldwide Gross"))
        .slice(0, 10)
        .map((m) => [m["Title"], m["Worldwide Gross"]]),
  },
  { question: "average IMDB rating per major genre", expect: (d) => meanPer(rows(d, "movies"), "Major Genre", "IMDB Rating") },
  {
    question: "what is the population of China in 2005",
    expect: (d) => rows(d, "gapminder").find((c) => c["country"] === "China" && c["year"] === 2005)?.["pop"],
  },
  { question: "how many flights depart from ATL", expect: (d) => per(rows(d, "flights"), "origin", (f) => num(f, "count")).get("ATL") },
  {
    question: "how many flights are there from ATL to ORD",
    expect: (d) => rows(d, "flights").find((f) => f["origin"] === "ATL" && f["destination"] === "ORD")?.["count"],
  },
  {
    question: "how many flights arrive in Chicago",
    expect: (d) => {
      const chicago = new Set(
        rows(d, "airports")
          .filter((a) => a["city"] === "Chicago")
          .map((a) => a["iata"]),
      );
      return rows(d, "flights")
        .filter((f) => chicago.has(f["destination"]))
        .reduce((sum, f) => sum + num(f, "count"), 0);
    },
  },
  { question: "which state has the most airports", expect: (d) => ranked(per(rows(d, "airports"), "state"))[0]?.[0] },
  { question: "How many airports are in Texas?", expect: (d) => rows(d, "airports").filter((a) => a["state"] === "TX").length },
  { question: "How many movies have no director?", expect: (d) => rows(d, "movies").filter((m) => m["Director"] === null).length },
  {
    question: "How many horror movies were released in 2008?",
    expect: (d) => rows(d, "movies").filter((m) => m["Major Genre"] === "Horror" && released(m) === 2008).length,
  },
  {
    question: "What is the total worldwide gross of movies directed by James Cameron",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => m["Director"] === "James Cameron")
        .reduce((sum, m) => sum + num(m, "Worldwide Gross"), 0),
  },
  { question: "list the distinct MPAA ratings", expect: (d) => [...per(rows(d, "movies"), "MPAA Rating").keys()].map((one) => [one]) },
  {
    question: "penguins heavier than 6000 grams",
    expect: (d) =>
      rows(d, "penguins")
        .filter((p) => num(p, "Body Mass (g)") > 6000)
        .map((p) => [p["Species"], p["Body Mass (g)"]]),
  },
  { question: "how many movies are rated R", expect: (d) => rows(d, "movies").filter((m) => m["MPAA Rating"] === "R").length },
  { question: "Which country had the highest life expectancy in 2000", expect: () => "Japan" },
  { question: "how many airports are in each state", expect: (d) => [...per(rows(d, "airports"), "state")] },
  { question: "Who directed Jaws?", expect: () => "Steven Spielberg" },
  {
    question: "movies with 'love' in the title",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => /love/i.test(typeof m["Title"] === "string" ? m["Title"] : ""))
        .map((m) => [m["Title"]]),
  },
  {
    question: "number of movies released per year since 2000",
    expect: (d) => [
      ...per(
        rows(d, "movies").filter((m) => released(m) >= 2000),
        released,
      ),
    ],
  },
  {
    question: "median flipper length by species",
    expect: (d) =>
      ["Adelie", "Gentoo", "Chinstrap"].map((name) => [
        name,
        middle(
          rows(d, "penguins")
            .filter((p) => p["Species"] === name)
            .map((p) => p["Flipper Length (mm)"]),
        ),
      ]),
  },
  {
    question: "What share of penguins are male",
    expect: (d) => (100 * rows(d, "penguins").filter((p) => p["Sex"] === "MALE").length) / rows(d, "penguins").length,
  },
  {
    question: "Which distributors released more than 200 movies?",
    expect: (d) => ranked(per(rows(d, "movies"), "Distributor")).filter(([, count]) => count > 200),
  },
  { question: "average rating of movies", refuse: true, expect: () => undefined },
  {
    question: "which movie has the most IMDB votes",
    expect: (d) => str(rows(d, "movies").toSorted((a, b) => num(b, "IMDB Votes") - num(a, "IMDB Votes"))[0], "Title"),
  },
  {
    question: "What was the rainiest day?",
    expect: (d) => str(rows(d, "seattle-weather").toSorted((a, b) => num(b, "precipitation") - num(a, "precipitation"))[0], "date"),
  },
  {
    question: "How many movies have a budget over 100 million?",
    expect: (d) => rows(d, "movies").filter((m) => num(m, "Production Budget") > 100e6).length,
  },
  { question: "when was Titanic released", expect: (d) => rows(d, "movies").find((m) => m["Title"] === "Titanic")?.["Release Date"] },
  {
    question: "movies longer than 3 hours",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => num(m, "Running Time min") > 180)
        .map((m) => [m["Title"]]),
  },
  { question: "How many airports are not in the USA?", expect: (d) => rows(d, "airports").filter((a) => a["country"] !== "USA").length },
  { question: "average fertility by year in gapminder", expect: (d) => meanPer(rows(d, "gapminder"), "year", "fertility") },
  { question: "total number of flights", expect: (d) => rows(d, "flights").reduce((sum, f) => sum + num(f, "count"), 0) },
  { question: "hottest day in 2015", expect: () => "2015-07-19" },
  {
    question: "Comedies with rotten tomatoes rating between 90 and 95",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => m["Major Genre"] === "Comedy" && num(m, "Rotten Tomatoes Rating") >= 90 && num(m, "Rotten Tomatoes Rating") <= 95)
        .map((m) => [m["Title"]]),
  },
  { question: "average horsepwer of cars", expect: (d) => mean(rows(d, "cars").map((c) => c["Horsepower"])) },
  { question: "how many different directors are there", expect: (d) => per(rows(d, "movies"), "Director").size },
  { question: "the 3 fastest cars", refuse: true, expect: () => undefined },
  { question: "What colour are the penguins?", refuse: true, expect: () => undefined },
  { question: "how many movies did Stanley Kubrick's dog direct", refuse: true, expect: () => undefined },
  {
    question: "cars from Europe sorted by weight descending",
    ordered: true,
    expect: (d) =>
      rows(d, "cars")
        .filter((c) => c["Origin"] === "Europe")
        .toSorted((a, b) => num(b, "Weight_in_lbs") - num(a, "Weight_in_lbs"))
        .map((c) => [c["Weight_in_lbs"]]),
  },
  { question: "average fertility by year", refuse: true, expect: () => undefined },
  { question: "maximum wind", expect: (d) => Math.max(...rows(d, "seattle-weather").map((w) => num(w, "wind"))) },
  {
    question: "How many airports are in California or Nevada?",
    expect: (d) => rows(d, "airports").filter((a) => a["state"] === "CA" || a["state"] === "NV").length,
  },
  {
    question: "What is the average miles per gallon of cars by number of cylinders?",
    expect: (d) => meanPer(rows(d, "cars"), "Cylinders", "Miles_per_Gallon"),
  },
  {
    question: "movies from the 1980s with more than 100000 IMDB votes",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => released(m) >= 1980 && released(m) < 1990 && num(m, "IMDB Votes") > 100_000)
        .map((m) => [m["Title"]]),
  },
  { question: "how many sunny days were there", expect: (d) => rows(d, "seattle-weather").filter((w) => w["weather"] === "sun").length },
  {
    question: "which airport receives the most flights",
    expect: (d) => ranked(per(rows(d, "flights"), "destination", (f) => num(f, "count")))[0]?.[1],
  },
  { question: "which island has no Gentoo penguins", refuse: true, expect: () => undefined },
  { question: "How many movies are based on a book?", refuse: true, expect: () => undefined },
  {
    question: "population of China in 1955 and 2005 in gapminder",
    expect: (d) =>
      rows(d, "gapminder")
        .filter((c) => c["country"] === "China" && (c["year"] === 1955 || c["year"] === 2005))
        .map((c) => [c["pop"]]),
  },
  {
    question: "heaviest penguin species on average",
    expect: (d) => ranked(new Map(meanPer(rows(d, "penguins"), "Species", "Body Mass (g)") as [string, number][])).slice(0, 1),
  },
  {
    question: "Which penguin species is heaviest on average?",
    expect: (d) => ranked(new Map(meanPer(rows(d, "penguins"), "Species", "Body Mass (g)") as [string, number][])).slice(0, 1),
  },
  {
    question: "movies whose title starts with The Lord",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => str(m, "Title").startsWith("The Lord"))
        .map((m) => [m["Title"]]),
  },
  {
    question: "movies called The Lord",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => str(m, "Title").includes("The Lord"))
        .map((m) => [m["Title"]]),
  },
  { question: "How many movies did Spielberg and Scorsese direct together?", expect: () => 0, refuse: true },
  {
    question: "how many movies by Spielberg and Scorsese",
    expect: (d) => rows(d, "movies").filter((m) => ["Steven Spielberg", "Martin Scorsese"].includes(str(m, "Director"))).length,
  },
  {
    question: "how many airports in Texas have no departing flights",
    expect: (d) =>
      rows(d, "airports").filter((a) => a["state"] === "TX" && !rows(d, "flights").some((f) => f["origin"] === a["iata"])).length,
  },
  {
    question: "how many airports in Texas have no arriving flights",
    expect: (d) =>
      rows(d, "airports").filter((a) => a["state"] === "TX" && !rows(d, "flights").some((f) => f["destination"] === a["iata"])).length,
  },
  {
    question: "how many movies earned more than they cost",
    expect: (d) =>
      rows(d, "movies").filter((m) => typeof m["Production Budget"] === "number" && num(m, "Worldwide Gross") > num(m, "Production Budget"))
        .length,
  },
  {
    question: "how many movies cost more than they made",
    expect: (d) =>
      rows(d, "movies").filter((m) => typeof m["Worldwide Gross"] === "number" && num(m, "Production Budget") > num(m, "Worldwide Gross"))
        .length,
  },
  {
    question: "which movies cost more than 250 million",
    expect: (d) =>
      rows(d, "movies")
        .filter((m) => num(m, "Production Budget") > 250e6)
        .map((m) => [m["Title"]]),
  },
  {
    question: "rainiest month in 2013",
    expect: (d) =>
      ranked(
        per(
          rows(d, "seattle-weather").filter((w) => str(w, "date").startsWith("2013")),
          (w) => str(w, "date").slice(0, 7),
          (w) => num(w, "precipitation"),
        ),
      ).slice(0, 1),
  },
  {
    question: "which car weighs the most",
    expect: (d) => rows(d, "cars").toSorted((a, b) => num(b, "Weight_in_lbs") - num(a, "Weight_in_lbs"))[0]?.["Name"],
  },
];
