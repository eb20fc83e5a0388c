import type { readChinook } from "../local/chinook.ts";
import { type Cell, list, ranking, table } from "../local/question.ts";
import { type Row, count, find, highest, lowest, meanOf, num, per, perGroup, str, sumOf, where } from "../local/rows.ts";
import { type Conversation, asksNothing, conversation, means } from "./conversation.ts";

type Chinook = ReturnType<typeof readChinook>;

const yearOf = (row: Row): string => str(row, "InvoiceDate").slice(0, 4);
const invoicesIn = (d: Chinook, year: string): readonly Row[] => d.invoice.filter((invoice) => yearOf(invoice) === year);
const names = (rows: readonly Row[]) =>
  rows.map((row): Cell[] => [[`${str(row, "FirstName")} ${str(row, "LastName")}`, str(row, "LastName")]]);
const albumsBy = (d: Chinook, artist: string): readonly Row[] => where(d.album, "ArtistId", find(d.artist, "Name", artist)["ArtistId"]);
const genreSizes = (d: Chinook) => perGroup(d.track, (track) => str(find(d.genre, "GenreId", track["GenreId"]), "Name"), count);
const spending = (d: Chinook, limit: number) =>
  ranking(
    highest(per(d.invoice, "CustomerId", sumOf("Total")), limit).map(([id]) => names([find(d.customer, "CustomerId", Number(id))])[0]!),
  );
const supportedBy = (d: Chinook, first: string): number =>
  where(d.customer, "SupportRepId", find(d.employee, "FirstName", first)["EmployeeId"]).length;

export const chinookConversations: readonly Conversation<Chinook>[] = [
  conversation(
    "How many customers are in Brazil?",
    means("and in Germany?", (d) => where(d.customer, "Country", "Germany").length),
    means("who are they?", (d) => table(names(where(d.customer, "Country", "Germany")))),
  ),
  conversation(
    "What is the total of all invoices in 2021?",
    means("and 2022?", (d) => sumOf("Total")(invoicesIn(d, "2022"))),
  ),
  conversation(
    "How many tracks are longer than 5 minutes?",
    means("and longer than 10?", (d) => d.track.filter((track) => num(track, "Milliseconds") > 600_000).length),
  ),
  conversation(
    "Which genre has the most tracks?",
    means("and the fewest?", (d) => lowest(genreSizes(d), 1)[0]![0]),
  ),
  conversation(
    "List the albums by AC/DC",
    means("and by Metallica?", (d) => list(albumsBy(d, "Metallica").map((album) => str(album, "Title")))),
    means("how many are there?", (d) => albumsBy(d, "Metallica").length),
  ),
  conversation(
    "How many tracks does each genre have?",
    means("only the top 3", (d) => ranking(highest(genreSizes(d), 3))),
  ),
  conversation(
    "How many employees are there?",
    means("how many of them live in Calgary?", (d) => where(d.employee, "City", "Calgary").length),
  ),
  conversation(
    "total invoice amount by billing country",
    means("only those above 100", (d) => table(per(d.invoice, "BillingCountry", sumOf("Total")).filter(([, total]) => total > 100))),
  ),
  conversation(
    "Who are the top 5 customers by total spending?",
    means("just the top 3", (d) => spending(d, 3)),
  ),
  conversation(
    "How many invoices were there per year?",
    means("and their average total?", (d) => table(perGroup(d.invoice, yearOf, meanOf("Total")))),
  ),
  conversation(
    "How many customers does Jane Peacock support?",
    means("and Margaret Park?", (d) => supportedBy(d, "Margaret")),
  ),
  conversation(
    "How many tracks are there per media type?",
    means("and the average milliseconds?", (d) =>
      table(perGroup(d.track, (track) => str(find(d.mediaType, "MediaTypeId", track["MediaTypeId"]), "Name"), meanOf("Milliseconds"))),
    ),
  ),
  conversation(
    "average invoice total per billing country",
    means("only for 2023", (d) => table(per(invoicesIn(d, "2023"), "BillingCountry", meanOf("Total")))),
  ),
  conversation(
    "How many albums does Iron Maiden have?",
    means("and tracks?", (d) => {
      const albums = new Set(albumsBy(d, "Iron Maiden").map((album) => album["AlbumId"]));
      return d.track.filter((track) => albums.has(track["AlbumId"])).length;
    }),
  ),
  conversation(
    "Which customers are from Canada?",
    means("how many is that?", (d) => where(d.customer, "Country", "Canada").length),
  ),
  conversation("How many playlists are there?", asksNothing("ok, continue")),
];
