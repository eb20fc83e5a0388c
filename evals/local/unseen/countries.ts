import { type Question, byColumn, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, known, meanOf, num, per, perGroup, rowsAt, str, sumOf, top, where } from "../rows.ts";

const names = [
  "population",
  "continent",
  "capital-city",
  "surface-area",
  "life-expectancy",
  "government-type",
  "region-in-world",
  "landlocked",
  "independence-date",
  "yearly-average-temperature",
  "currency-name",
  "national-dish",
  "religion",
  "languages",
  "elevation",
] as const;
type Countries = Readonly<Record<`country-by-${(typeof names)[number]}`, readonly Row[]>>;

const anyFile = import.meta.resolve("country-json/src/country-by-name.json");

/** Fifteen collections of `country-json`, one fact about each country in each, unchanged. */
export const readCountries = (): Countries =>
  Object.fromEntries(
    names.map((name) => [`country-by-${name}`, rowsAt(new URL(`country-by-${name}.json`, anyFile))]),
  ) as unknown as Countries;

const country = (row: Row): string => str(row, "country");
/** The fact of another collection about the same country, or `undefined`. */
const of = (rows: readonly Row[], row: Row, field: string): unknown => rows.find((r) => r["country"] === row["country"])?.[field];
const onContinent = (d: Countries, rows: readonly Row[], continent: string): readonly Row[] =>
  rows.filter((row) => of(d["country-by-continent"], row, "continent") === continent);
const continentOf = (d: Countries) => (row: Row) => of(d["country-by-continent"], row, "continent") as string | undefined;

const lifeExpectancies = (d: Countries) =>
  perGroup(known(d["country-by-life-expectancy"], "expectancy"), continentOf(d), meanOf("expectancy"));

export const countryQuestions: readonly Question<Countries>[] = [
  simple("What is the capital of Mongolia?", (d) => str(find(d["country-by-capital-city"], "country", "Mongolia"), "city")),
  simple("population of Kenya", (d) => num(find(d["country-by-population"], "country", "Kenya"), "population")),
  simple("Which country has the largest surface area?", (d) => country(best(d["country-by-surface-area"], (r) => num(r, "area")))),
  simple("How many countries are in Africa?", (d) => where(d["country-by-continent"], "continent", "Africa").length),
  simple("what currency do they use in Sweden", (d) => str(find(d["country-by-currency-name"], "country", "Sweden"), "currency_name")),
  simple("Show me the five most populous countries.", (d) =>
    ranking(top(d["country-by-population"], 5, (r) => num(r, "population")).map((r) => [country(r)])),
  ),
  simple("How many countries became independent in 1960?", (d) => where(d["country-by-independence-date"], "independence", 1960).length),
  simple("What's the national dish of Peru?", (d) => str(find(d["country-by-national-dish"], "country", "Peru"), "dish")),
  simple("countries where life expectancy is below 45", (d) =>
    list(
      known(d["country-by-life-expectancy"], "expectancy")
        .filter((r) => num(r, "expectancy") < 45)
        .map(country),
    ),
  ),
  simple(
    "In how many countries is the average yearly temperature over 25 degrees?",
    (d) => known(d["country-by-yearly-average-temperature"], "temperature").filter((r) => num(r, "temperature") > 25).length,
  ),

  other("How many countries does each continent have?", (d) => table(per(d["country-by-continent"], "continent", count))),
  other(
    "Average life expectancy per continent",
    (d) => table(lifeExpectancies(d)),
    // A continent of whose countries nothing is known.
    (d) => table([...lifeExpectancies(d), ["Antarctica", ""]]),
  ),
  other(
    "On which continent do the most people live?",
    (d) => highest(perGroup(d["country-by-population"], continentOf(d), sumOf("population")), 1)[0]![0],
  ),
  other("What is the total population of South America?", (d) =>
    sumOf("population")(onContinent(d, d["country-by-population"], "South America")),
  ),
  other("Which European countries are landlocked?", (d) =>
    list(onContinent(d, where(d["country-by-landlocked"], "landlocked", "1"), "Europe").map(country)),
  ),
  other("number of countries by main religion", ...byColumn((d: Countries) => d["country-by-religion"], "religion", count)),
  other("Which currencies are used by more than 5 countries?", (d) =>
    list(
      per(d["country-by-currency-name"], "currency_name", count)
        .filter(([, n]) => n > 5)
        .map(([name]) => name),
    ),
  ),
  other("Give me the capitals of all Caribbean countries", (d) =>
    list(
      known(d["country-by-capital-city"], "city")
        .filter((r) => of(d["country-by-region-in-world"], r, "location") === "Caribbean")
        .map((r) => str(r, "city")),
    ),
  ),
  other("What are the three hottest countries in Europe?", (d) =>
    ranking(
      top(onContinent(d, known(d["country-by-yearly-average-temperature"], "temperature"), "Europe"), 3, (r) => num(r, "temperature")).map(
        (r) => [country(r)],
      ),
    ),
  ),
  other("which countries have more than 100 million people and a life expectancy above 70", (d) =>
    list(
      d["country-by-population"]
        .filter((r) => num(r, "population") > 100_000_000 && Number(of(d["country-by-life-expectancy"], r, "expectancy") ?? 0) > 70)
        .map(country),
    ),
  ),
];
