import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Question, asFraction, list, monthCell, other, ranking, simple, table } from "./question.ts";
import {
  type Row,
  best,
  count,
  find,
  highest,
  known,
  lowest,
  mean,
  meanOf,
  num,
  numbers,
  per,
  perGroup,
  str,
  sumOf,
  top,
  where,
} from "./rows.ts";

type Name =
  | "artist"
  | "album"
  | "track"
  | "genre"
  | "mediaType"
  | "playlist"
  | "playlistTrack"
  | "customer"
  | "employee"
  | "invoice"
  | "invoiceLine";
type Chinook = Readonly<Record<Name, readonly Row[]>>;

const names: readonly Name[] = [
  "artist",
  "album",
  "track",
  "genre",
  "mediaType",
  "playlist",
  "playlistTrack",
  "customer",
  "employee",
  "invoice",
  "invoiceLine",
];

export function readChinook(folder: string): Chinook {
  const read = (name: Name): readonly Row[] => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Row[];
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Chinook;
}

const year = (row: Row, field: string): string => str(row, field).slice(0, 4);
/** A person by full or last name: answers put the two columns together, or keep them apart. */
const person = (row: Row): [string, string] => [`${str(row, "FirstName")} ${str(row, "LastName")}`, str(row, "LastName")];
const column = (rows: readonly Row[], field: string) => list(rows.map((row) => str(row, field)));

const trackOf = (d: Chinook, line: Row): Row => find(d.track, "TrackId", line["TrackId"]);
const genreName = (d: Chinook, track: Row): string => str(find(d.genre, "GenreId", track["GenreId"]), "Name");
const artistOf = (d: Chinook, album: Row): string => str(find(d.artist, "ArtistId", album["ArtistId"]), "Name");
const buyerOf = (d: Chinook, line: Row): number => num(find(d.invoice, "InvoiceId", line["InvoiceId"]), "CustomerId");
const customerOf = (d: Chinook, invoice: Row): Row => find(d.customer, "CustomerId", invoice["CustomerId"]);
const repOf = (d: Chinook, customer: Row): Row => find(d.employee, "EmployeeId", customer["SupportRepId"]);
const total = sumOf("Total");
const quantity = sumOf("Quantity");
/** Groups keyed by a row of another collection. */
const grouped = (rows: readonly Row[], owner: (row: Row) => Row, value: (rows: readonly Row[]) => number): [Row, number][] =>
  [...Map.groupBy(rows, owner)].map(([key, group]) => [key, value(group)]);
const rockPercent = (d: Chinook): number => (100 * d.track.filter((t) => genreName(d, t) === "Rock").length) / d.track.length;

export const chinookQuestions: readonly Question<Chinook>[] = [
  simple("How many tracks are there?", (d) => d.track.length),
  simple("How many customers are from Brazil?", (d) => where(d.customer, "Country", "Brazil").length),
  simple("number of employees", (d) => d.employee.length),
  simple("What is the longest track?", (d) =>
    str(
      best(d.track, (t) => num(t, "Milliseconds")),
      "Name",
    ),
  ),
  simple("Who is the oldest employee?", (d) => person(best(d.employee, (e) => -Date.parse(str(e, "BirthDate"))))),
  simple("List all genres", (d) => column(d.genre, "Name")),
  simple("Which customers live in Paris?", (d) => list(where(d.customer, "City", "Paris").map(person))),
  simple("What is the average invoice total?", (d) => mean(numbers(d.invoice, "Total"))),
  simple("how many invoices were billed to Germany", (d) => where(d.invoice, "BillingCountry", "Germany").length),
  simple("How many tracks cost more than 0.99?", (d) => d.track.filter((t) => num(t, "UnitPrice") > 0.99).length),
  simple("Show me the 3 largest invoices", (d) => ranking(top(d.invoice, 3, (i) => num(i, "Total")).map((i) => [num(i, "Total")]))),
  simple("What was the total of all invoices in 2022?", (d) => total(d.invoice.filter((i) => year(i, "InvoiceDate") === "2022"))),
  simple("How many tracks are longer than 10 minutes?", (d) => d.track.filter((t) => num(t, "Milliseconds") > 600_000).length),
  simple("Who has the email frantisekw@jetbrains.com?", (d) => person(find(d.customer, "Email", "frantisekw@jetbrains.com"))),
  simple("How many customers have a company?", (d) => known(d.customer, "Company").length),
  simple("How many tracks have no composer?", (d) => where(d.track, "Composer", null).length),
  simple("Which employees were hired after 2003?", (d) => list(d.employee.filter((e) => year(e, "HireDate") > "2003").map(person))),
  simple("What is the cheapest track price?", (d) => Math.min(...numbers(d.track, "UnitPrice"))),
  simple("How many different countries do customers come from?", (d) => new Set(d.customer.map((c) => c["Country"])).size),
  simple(
    "titles of the employees",
    (d) => list([...new Set(d.employee.map((e) => str(e, "Title")))]),
    (d) => column(d.employee, "Title"),
  ),
  simple("How many albums have 'Greatest' in the title?", (d) => d.album.filter((a) => /greatest/i.test(str(a, "Title"))).length),
  simple("What is the total size in bytes of all tracks?", (d) => sumOf("Bytes")(d.track)),
  simple("Count the playlists", (d) => d.playlist.length),
  simple("In which city does Nancy Edwards live?", (d) => str(find(d.employee, "LastName", "Edwards"), "City")),
  simple("How many invoices are over 20 dollars?", (d) => d.invoice.filter((i) => num(i, "Total") > 20).length),
  simple("what media types exist", (d) => column(d.mediaType, "Name")),
  simple(
    "How many tracks did Miles Davis compose?",
    (d) => where(d.track, "Composer", "Miles Davis").length,
    (d) => d.track.filter((t) => str(t, "Composer").includes("Miles Davis")).length,
  ),
  simple(
    "How many customers are in the USA or Canada?",
    (d) => d.customer.filter((c) => c["Country"] === "USA" || c["Country"] === "Canada").length,
  ),
  simple("What is the date of the most recent invoice?", (d) =>
    str(
      best(d.invoice, (i) => Date.parse(str(i, "InvoiceDate"))),
      "InvoiceDate",
    ).slice(0, 10),
  ),
  simple("How many artists are not called Various Artists?", (d) => d.artist.filter((a) => a["Name"] !== "Various Artists").length),

  other("Which 5 genres sell the most tracks?", (d) =>
    ranking(
      highest(
        perGroup(d.invoiceLine, (l) => genreName(d, trackOf(d, l)), quantity),
        5,
      ),
    ),
  ),
  other("total invoiced per country in 2023", (d) =>
    table(
      perGroup(
        d.invoice.filter((i) => year(i, "InvoiceDate") === "2023"),
        (i) => str(i, "BillingCountry"),
        total,
      ),
    ),
  ),
  other("customers who never bought jazz", (d) => {
    const jazz = new Set(d.invoiceLine.filter((l) => genreName(d, trackOf(d, l)) === "Jazz").map((l) => buyerOf(d, l)));
    return list(d.customer.filter((c) => !jazz.has(num(c, "CustomerId"))).map(person));
  }),
  other("How many tracks are in each genre?", (d) => table(perGroup(d.track, (t) => genreName(d, t), count))),
  other(
    "Which artist has the most albums?",
    (d) =>
      highest(
        perGroup(d.album, (a) => artistOf(d, a), count),
        1,
      )[0]![0],
  ),
  other("List the albums by Led Zeppelin", (d) =>
    column(
      d.album.filter((a) => artistOf(d, a) === "Led Zeppelin"),
      "Title",
    ),
  ),
  other("How many albums does Iron Maiden have?", (d) => d.album.filter((a) => artistOf(d, a) === "Iron Maiden").length),
  other("Top 3 customers by total spending", (d) =>
    ranking(
      highest(
        grouped(d.invoice, (i) => customerOf(d, i), total),
        3,
      ).map(([customer, spent]) => [person(customer), spent]),
    ),
  ),
  other("How many customers does each support rep look after?", (d) =>
    table(grouped(d.customer, (c) => repOf(d, c), count).map(([rep, n]) => [person(rep), n])),
  ),
  other("average track length per genre", (d) => table(perGroup(d.track, (t) => genreName(d, t), meanOf("Milliseconds")))),
  other("Which country has the most customers?", (d) => highest(per(d.customer, "Country", count), 1)[0]![0]),
  other("revenue per year", (d) =>
    table(perGroup(d.invoice, (i) => year(i, "InvoiceDate"), total).map(([at, spent]) => [[at, `${at}-01-01`], spent])),
  ),
  other(
    "How many tracks are on the Grunge playlist?",
    (d) => where(d.playlistTrack, "PlaylistId", find(d.playlist, "Name", "Grunge")["PlaylistId"]).length,
  ),
  other("Which genres have more than 100 tracks?", (d) =>
    list(
      perGroup(d.track, (t) => genreName(d, t), count)
        .filter(([, n]) => n > 100)
        .map(([name]) => name),
    ),
  ),
  other("How many invoices did each customer from France have?", (d) =>
    table(
      grouped(
        d.invoice.filter((i) => customerOf(d, i)["Country"] === "France"),
        (i) => customerOf(d, i),
        count,
      ).map(([customer, n]) => [person(customer), n]),
    ),
  ),
  other("artists without any album", (d) => {
    const having = new Set(d.album.map((a) => a["ArtistId"]));
    return column(
      d.artist.filter((a) => !having.has(a["ArtistId"])),
      "Name",
    );
  }),
  other(
    "How many employees report to Nancy Edwards?",
    (d) => where(d.employee, "ReportsTo", find(d.employee, "LastName", "Edwards")["EmployeeId"]).length,
  ),
  other("What are the 5 best selling artists by number of tracks sold?", (d) =>
    ranking(
      highest(
        perGroup(d.invoiceLine, (l) => artistOf(d, find(d.album, "AlbumId", trackOf(d, l)["AlbumId"])), quantity),
        5,
      ),
    ),
  ),
  other("average invoice total by billing country", (d) => table(per(d.invoice, "BillingCountry", meanOf("Total")))),
  other("Which tracks have never been sold? just count them", (d) => {
    const sold = new Set(d.invoiceLine.map((l) => l["TrackId"]));
    return d.track.filter((t) => !sold.has(t["TrackId"])).length;
  }),
  other("How many rock tracks are there?", (d) => d.track.filter((t) => genreName(d, t) === "Rock").length),
  other("Number of customers per city in Brazil", (d) => table(per(where(d.customer, "Country", "Brazil"), "City", count))),
  other("Which album has the most tracks?", (d) =>
    str(
      highest(
        grouped(d.track, (t) => find(d.album, "AlbumId", t["AlbumId"]), count),
        1,
      )[0]![0],
      "Title",
    ),
  ),
  other("total sales per support rep", (d) =>
    table(grouped(d.invoice, (i) => repOf(d, customerOf(d, i)), total).map(([rep, sold]) => [person(rep), sold])),
  ),
  other("Which media type is used by the fewest tracks?", (d) =>
    str(
      lowest(
        grouped(d.track, (t) => find(d.mediaType, "MediaTypeId", t["MediaTypeId"]), count),
        1,
      )[0]![0],
      "Name",
    ),
  ),
  other("countries with at least 5 customers", (d) =>
    list(
      per(d.customer, "Country", count)
        .filter(([, n]) => n >= 5)
        .map(([name]) => name),
    ),
  ),
  other("How much did Helena Holý spend?", (d) =>
    total(where(d.invoice, "CustomerId", find(d.customer, "LastName", "Holý")["CustomerId"])),
  ),
  other("how many invoices per month in 2024", (d) =>
    table(
      perGroup(
        d.invoice.filter((i) => year(i, "InvoiceDate") === "2024"),
        (i) => str(i, "InvoiceDate").slice(0, 7),
        count,
      ).map(([month, n]) => [monthCell(String(month)), n]),
    ),
  ),
  other("What share of tracks is rock?", rockPercent, asFraction(rockPercent)),
  other("Which customer from the USA spent the most?", (d) =>
    person(
      highest(
        grouped(
          d.invoice.filter((i) => customerOf(d, i)["Country"] === "USA"),
          (i) => customerOf(d, i),
          total,
        ),
        1,
      )[0]![0],
    ),
  ),
];
