import type { readChinook } from "../local/chinook.ts";
import { type Cell, asFraction, list, ranking, table } from "../local/question.ts";
import { type Row, best, count, highest, known, meanOf, num, numbers, per, str, sumOf, top, where } from "../local/rows.ts";
import type { readVega } from "../local/vega.ts";
import { type Conversation, asksNothing, conversation, means } from "./conversation.ts";

type Vega = ReturnType<typeof readVega>;
type Chinook = ReturnType<typeof readChinook>;

const percentOf = (part: number, whole: number): number => (100 * part) / whole;
const dramas = (d: Vega): readonly Row[] => where(d.movies, "Major Genre", "Drama");
const gentooPercent = (d: Vega): number => percentOf(where(d.penguins, "Species", "Gentoo").length, d.penguins.length);
const heaviest = (d: Vega, limit: number): readonly Row[] => top(d.cars, limit, (c) => num(c, "Weight_in_lbs"));
const byRegion = (d: Vega, region: string): readonly Row[] => where(d.countries, "region", region);

/** Written after the others had been worked on, and before any was held. */
export const lastVegaConversations: readonly Conversation<Vega>[] = [
  conversation(
    "How many dramas are there in the movies?",
    means("and what's their average IMDB rating?", (d) => meanOf("IMDB Rating")(dramas(d))),
  ),
  conversation(
    "How many Gentoo penguins are there?",
    means("what percentage is that?", gentooPercent, asFraction(gentooPercent)),
    means("and for Adelie?", (d) => percentOf(where(d.penguins, "Species", "Adelie").length, d.penguins.length)),
  ),
  conversation(
    "Which 4 cars are the heaviest?",
    means("what is the horsepower of the third?", (d) => num(heaviest(d, 3)[2]!, "Horsepower")),
  ),
  conversation(
    "average income of countries in south_asia",
    means("now for america", (d) => meanOf("income")(byRegion(d, "america"))),
    means("How many countries are there?", (d) => d.countries.length),
  ),
  conversation(
    "What is the highest temp_max in Seattle?",
    means("in New York?", (d) => Math.max(...numbers(where(d.weather, "location", "New York"), "temp_max"))),
    asksNothing("wow, ok"),
    means("and the lowest?", (d) => Math.min(...numbers(where(d.weather, "location", "New York"), "temp_max"))),
  ),
  conversation(
    "Which director made the most movies?",
    means("what is the average IMDB rating of his movies?", (d) =>
      meanOf("IMDB Rating")(where(d.movies, "Director", highest(per(d.movies, "Director", count), 1)[0]![0])),
    ),
  ),
  conversation(
    "number of cars per year",
    means("only the Japanese ones", (d) =>
      table(per(where(d.cars, "Origin", "Japan"), "Year", count).map(([year, n]) => [[year, Number(String(year).slice(0, 4))], n])),
    ),
  ),
];

const inCountry = (d: Chinook, country: string): readonly Row[] => where(d.customer, "Country", country);
const titled = (d: Chinook, title: string): readonly Row[] => where(d.employee, "Title", title);
const person = (row: Row): Cell[] => [[`${str(row, "FirstName")} ${str(row, "LastName")}`, str(row, "LastName")]];

export const lastChinookConversations: readonly Conversation<Chinook>[] = [
  conversation(
    "How many sales support agents are there?",
    means("who are they?", (d) => table(titled(d, "Sales Support Agent").map(person))),
  ),
  conversation(
    "How many invoices have a total above 10?",
    means("and below 2?", (d) => d.invoice.filter((i) => num(i, "Total") < 2).length),
    means("in Germany?", (d) => where(d.invoice, "BillingCountry", "Germany").filter((i) => num(i, "Total") < 2).length),
  ),
  conversation(
    "Which country has the most customers?",
    means("list the customers in that country", (d) =>
      table(inCountry(d, highest(per(d.customer, "Country", count), 1)[0]![0] as string).map(person)),
    ),
  ),
  conversation(
    "average invoice total per billing country",
    means("the five lowest", (d) =>
      ranking(
        highest(
          per(d.invoice, "BillingCountry", meanOf("Total")).map(([k, v]): [string | number, number] => [k, -v]),
          5,
        ).map(([k, v]) => [k, -v]),
      ),
    ),
  ),
  conversation(
    "total sales in 2022",
    means("split by quarter", (d) =>
      table(
        ["01", "04", "07", "10"].map((start, at): Cell[] => [
          [`2022-Q${at + 1}`, `Q${at + 1} 2022`, `2022-${start}`, `2022-${start}-01`, at + 1],
          sumOf("Total")(
            d.invoice.filter(
              (i) => str(i, "InvoiceDate").startsWith("2022") && Math.ceil(Number(str(i, "InvoiceDate").slice(5, 7)) / 3) === at + 1,
            ),
          ),
        ]),
      ),
    ),
  ),
  conversation(
    "Which customers are from Portugal?",
    means("How many tracks are there?", (d) => d.track.length),
    means("and artists?", (d) => d.artist.length),
  ),
  conversation(
    "What is the most expensive invoice?",
    means("which customer is it for?", (d) => {
      const invoice = best(known(d.invoice, "Total"), (i) => num(i, "Total"));
      return person(d.customer.find((c) => c["CustomerId"] === invoice["CustomerId"])!)[0]!;
    }),
  ),
  conversation(
    "List the media types",
    means("how many are there?", (d) => d.mediaType.length),
    means(
      "List the playlists",
      (d) => list([...new Set(d.playlist.map((p) => str(p, "Name")))]),
      (d) => list(d.playlist.map((p) => str(p, "Name"))),
    ),
  ),
];
