import type { readChinook } from "../local/chinook.ts";
import { type Cell, asFraction, list, ranking, table } from "../local/question.ts";
import { type Row, best, count, find, highest, num, per, perGroup, str, sumOf, top, where } from "../local/rows.ts";
import type { readCards } from "../local/unseen/cards.ts";
import type { readNetworks } from "../local/unseen/networks.ts";
import type { readNodeReleases } from "../local/unseen/node-releases.ts";
import { type Conversation, asksNothing, conversation, means } from "./conversation.ts";

type Chinook = ReturnType<typeof readChinook>;
type Cards = ReturnType<typeof readCards>;
type NodeReleases = ReturnType<typeof readNodeReleases>;
type Networks = ReturnType<typeof readNetworks>;

const customersIn = (d: Chinook, country: string): readonly Row[] => where(d.customer, "Country", country);
const person = (row: Row): Cell[] => [[`${str(row, "FirstName")} ${str(row, "LastName")}`, str(row, "LastName")]];
const invoicesOf = (d: Chinook, year: string): readonly Row[] =>
  d.invoice.filter((invoice) => str(invoice, "InvoiceDate").startsWith(year));
const tracksOf = (d: Chinook, genre: string): readonly Row[] => where(d.track, "GenreId", find(d.genre, "Name", genre)["GenreId"]);
const billed = (d: Chinook, country: string): number => sumOf("Total")(where(d.invoice, "BillingCountry", country));
const percentOfSales = (country: string) => (d: Chinook) => (100 * billed(d, country)) / sumOf("Total")(d.invoice);

export const laterChinookConversations: readonly Conversation<Chinook>[] = [
  conversation(
    "How many invoices were there in 2023?",
    means("and what did they come to?", (d) => sumOf("Total")(invoicesOf(d, "2023"))),
    means("same for 2024", (d) => sumOf("Total")(invoicesOf(d, "2024"))),
  ),
  conversation(
    "total sales per billing country",
    means("only 2025", (d) => table(per(invoicesOf(d, "2025"), "BillingCountry", sumOf("Total")))),
    means("the top 3", (d) => ranking(highest(per(invoicesOf(d, "2025"), "BillingCountry", sumOf("Total")), 3))),
  ),
  conversation(
    "Who are the customers from France?",
    means("how many of them live in Paris?", (d) => where(customersIn(d, "France"), "City", "Paris").length),
    means("no, I meant Lyon", (d) => where(customersIn(d, "France"), "City", "Lyon").length),
  ),
  conversation(
    "How many tracks are in the Jazz genre?",
    asksNothing("great, thanks"),
    means("and how long are they on average?", (d) => sumOf("Milliseconds")(tracksOf(d, "Jazz")) / tracksOf(d, "Jazz").length),
  ),
  conversation(
    "What are the total sales in Canada?",
    means("what share of all sales is that?", percentOfSales("Canada"), asFraction(percentOfSales("Canada"))),
  ),
  conversation(
    "Which artist has the most albums?",
    means("which albums are they?", (d) => {
      const [[id]] = highest(per(d.album, "ArtistId", count), 1) as [[string, number]];
      return list(where(d.album, "ArtistId", Number(id)).map((album) => str(album, "Title")));
    }),
  ),
  conversation(
    "List the customers in Canada",
    means("the ones in Germany", (d) => table(customersIn(d, "Germany").map(person))),
    means("by last name", (d) =>
      ranking(
        customersIn(d, "Germany")
          .toSorted((a, b) => str(a, "LastName").localeCompare(str(b, "LastName")))
          .map(person),
      ),
    ),
  ),
  conversation(
    "How many customers are in the USA?",
    means("How many employees are there?", (d) => d.employee.length),
    means("and how many customers?", (d) => d.customer.length),
  ),
  conversation(
    "What is the longest track?",
    means("and the shortest?", (d) =>
      str(
        best(d.track, (t) => -num(t, "Milliseconds")),
        "Name",
      ),
    ),
    means("who composed it?", (d) =>
      str(
        best(d.track, (t) => -num(t, "Milliseconds")),
        "Composer",
      ),
    ),
  ),
];

const cardsOfSet = (d: Cards, set: string): readonly Row[] => where(d.cards, "set", str(find(d.sets, "name", set), "code"));
const largest = (d: Cards, limit: number): readonly Row[] => top(d.sets, limit, (s) => num(s, "count"));

export const laterCardConversations: readonly Conversation<Cards>[] = [
  conversation(
    "How many fire cards are there?",
    means("water?", (d) => where(d.cards, "element", "water").length),
    means("and in Genetic Apex?", (d) => where(cardsOfSet(d, "Genetic Apex"), "element", "water").length),
  ),
  conversation(
    "Which 3 sets have the highest count?",
    means("when was the first one released?", (d) => str(largest(d, 1)[0]!, "releaseDate")),
  ),
  conversation(
    "number of cards per element",
    means("just the ones with health above 150", (d) =>
      table(
        per(
          d.cards.filter((c) => num(c, "health") > 150),
          "element",
          count,
        ),
      ),
    ),
    means("in descending order", (d) =>
      ranking(
        per(
          d.cards.filter((c) => num(c, "health") > 150),
          "element",
          count,
        ).toSorted((a, b) => b[1] - a[1]),
      ),
    ),
  ),
  conversation(
    "What is the average health of grass cards?",
    means("How many rarities are there?", (d) => d.rarities.length),
    means("which of them are tradeable?", (d) => list(where(d.rarities, "tradeable", true).map((r) => str(r, "label")))),
  ),
  conversation(
    "How many stage 2 cards are there?",
    means("hmm, basic I mean", (d) => where(d.cards, "stage", "basic").length),
  ),
];

const inYear = (d: NodeReleases, year: number): readonly Row[] => d.releases.filter((r) => str(r, "date").startsWith(String(year)));
const yearOf = (row: Row): number => Number(str(row, "date").slice(0, 4));

export const laterReleaseConversations: readonly Conversation<NodeReleases>[] = [
  conversation(
    "How many releases were there in 2018?",
    means("and how many of those were security releases?", (d) => where(inYear(d, 2018), "security", true).length),
    means("in 2020?", (d) => where(inYear(d, 2020), "security", true).length),
  ),
  conversation(
    "releases per year",
    means("only since 2019", (d) =>
      table(
        perGroup(
          d.releases.filter((r) => yearOf(r) >= 2019),
          yearOf,
          count,
        ),
      ),
    ),
  ),
  conversation(
    "When did line v18 start?",
    means("and when does it end?", (d) => str(find(d.lines, "line", "v18"), "end")),
    means("what about v20?", (d) => str(find(d.lines, "line", "v20"), "end")),
  ),
];

const networksIn = (d: Networks, country: string): readonly Row[] => where(d.networks, "countryName", country);
const operational = (rows: readonly Row[]): readonly Row[] => where(rows, "status", "Operational");
const operationalPercent = (d: Networks): number => (100 * operational(networksIn(d, "Brazil")).length) / networksIn(d, "Brazil").length;

export const laterNetworkConversations: readonly Conversation<Networks>[] = [
  conversation(
    "How many networks are there in Brazil?",
    means("how many of them are operational?", (d) => operational(networksIn(d, "Brazil")).length),
    means("as a percentage", operationalPercent, asFraction(operationalPercent)),
  ),
  conversation(
    "Which country has the most networks?",
    means("the second most?", (d) => highest(per(d.networks, "countryName", count), 2)[1]![0]),
  ),
  conversation(
    "networks per status",
    means("for Germany", (d) => table(per(networksIn(d, "Germany"), "status", count))),
    means("Austria", (d) => table(per(networksIn(d, "Austria"), "status", count))),
  ),
  conversation(
    "How many networks does Poland have?",
    asksNothing("hello again"),
    means("How many test networks are there?", (d) => where(d.networks, "type", "Test").length),
  ),
  conversation(
    "Which operators run a network in Norway?",
    means(
      "and in Denmark?",
      (d) => list([...new Set(networksIn(d, "Denmark").map((n) => str(n, "operator")))]),
      (d) => list(networksIn(d, "Denmark").map((n) => str(n, "operator"))),
    ),
  ),
];
