import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Question, best, highest, lowest, mean, other, perGroup, simple, sum } from "./question.ts";

type Row = Readonly<Record<string, string | number | null>>;
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

const num = (row: Row, field: string): number => Number(row[field]);
const str = (row: Row, field: string): string => String(row[field]);
const find = (rows: readonly Row[], field: string, value: unknown): Row => rows.find((row) => row[field] === value)!;
const year = (row: Row, field: string): string => str(row, field).slice(0, 4);
const person = (row: Row): string => `${str(row, "FirstName")} ${str(row, "LastName")}`;
const where = (rows: readonly Row[], field: string, value: string | number): readonly Row[] => rows.filter((row) => row[field] === value);
const column = (rows: readonly Row[], field: string): { rows: string[][] } => ({ rows: rows.map((row) => [str(row, field)]) });

const trackOf = (d: Chinook, line: Row): Row => find(d.track, "TrackId", line["TrackId"]!);
const genreName = (d: Chinook, track: Row): string => str(find(d.genre, "GenreId", track["GenreId"]!), "Name");
const artistOf = (d: Chinook, album: Row): string => str(find(d.artist, "ArtistId", album["ArtistId"]!), "Name");
const buyerOf = (d: Chinook, line: Row): number => num(find(d.invoice, "InvoiceId", line["InvoiceId"]!), "CustomerId");
const customerName = (d: Chinook, id: unknown): string => person(find(d.customer, "CustomerId", id));
const count = (rows: readonly Row[]): number => rows.length;
const total = (rows: readonly Row[]): number => sum(rows.map((row) => num(row, "Total")));
const quantity = (rows: readonly Row[]): number => sum(rows.map((row) => num(row, "Quantity")));

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
  simple("Who is the oldest employee?", (d) =>
    str(
      best(d.employee, (e) => -Date.parse(str(e, "BirthDate"))),
      "LastName",
    ),
  ),
  simple("List all genres", (d) => column(d.genre, "Name")),
  simple("Which customers live in Paris?", (d) => ({ rows: where(d.customer, "City", "Paris").map((c) => [str(c, "LastName")]) })),
  simple("What is the average invoice total?", (d) => mean(d.invoice.map((i) => num(i, "Total")))),
  simple("how many invoices were billed to Germany", (d) => where(d.invoice, "BillingCountry", "Germany").length),
  simple("How many tracks cost more than 0.99?", (d) => d.track.filter((t) => num(t, "UnitPrice") > 0.99).length),
  simple("Show me the 3 largest invoices", (d) => ({
    rows: d.invoice
      .toSorted((a, b) => num(b, "Total") - num(a, "Total"))
      .slice(0, 3)
      .map((i) => [num(i, "Total")]),
    ranked: true,
  })),
  simple("What was the total of all invoices in 2022?", (d) => total(d.invoice.filter((i) => year(i, "InvoiceDate") === "2022"))),
  simple("How many tracks are longer than 10 minutes?", (d) => d.track.filter((t) => num(t, "Milliseconds") > 600_000).length),
  simple("Who has the email frantisekw@jetbrains.com?", (d) => str(find(d.customer, "Email", "frantisekw@jetbrains.com"), "LastName")),
  simple("How many customers have a company?", (d) => d.customer.filter((c) => c["Company"] !== null).length),
  simple("How many tracks have no composer?", (d) => d.track.filter((t) => t["Composer"] === null).length),
  simple("Which employees were hired after 2003?", (d) => ({
    rows: d.employee.filter((e) => year(e, "HireDate") > "2003").map((e) => [str(e, "LastName")]),
  })),
  simple("What is the cheapest track price?", (d) => Math.min(...d.track.map((t) => num(t, "UnitPrice")))),
  simple("How many different countries do customers come from?", (d) => new Set(d.customer.map((c) => c["Country"])).size),
  simple("titles of the employees", (d) => ({ rows: [...new Set(d.employee.map((e) => str(e, "Title")))].map((t) => [t]) })),
  simple("How many albums have 'Greatest' in the title?", (d) => d.album.filter((a) => /greatest/i.test(str(a, "Title"))).length),
  simple("What is the total size in bytes of all tracks?", (d) => sum(d.track.map((t) => num(t, "Bytes")))),
  simple("Count the playlists", (d) => d.playlist.length),
  simple("In which city does Nancy Edwards live?", (d) =>
    str(
      d.employee.find((e) => e["LastName"] === "Edwards")!,
      "City",
    ),
  ),
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

  other("Which 5 genres sell the most tracks?", (d) => ({
    rows: highest(
      perGroup(d.invoiceLine, (l) => genreName(d, trackOf(d, l)), quantity),
      5,
    ),
    ranked: true,
  })),
  other("total invoiced per country in 2023", (d) => ({
    rows: perGroup(
      d.invoice.filter((i) => year(i, "InvoiceDate") === "2023"),
      (i) => str(i, "BillingCountry"),
      total,
    ),
  })),
  other("customers who never bought jazz", (d) => {
    const jazz = new Set(d.invoiceLine.filter((l) => genreName(d, trackOf(d, l)) === "Jazz").map((l) => buyerOf(d, l)));
    return { rows: d.customer.filter((c) => !jazz.has(num(c, "CustomerId"))).map((c) => [str(c, "LastName")]) };
  }),
  other("How many tracks are in each genre?", (d) => ({ rows: perGroup(d.track, (t) => genreName(d, t), count) })),
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
  other("Top 3 customers by total spending", (d) => ({
    rows: highest(
      perGroup(d.invoice, (i) => customerName(d, i["CustomerId"]), total),
      3,
    ).map(([name, spent]) => [String(name).split(" ").at(-1)!, spent]),
    ranked: true,
  })),
  other("How many customers does each support rep look after?", (d) => ({
    rows: perGroup(d.customer, (c) => str(find(d.employee, "EmployeeId", c["SupportRepId"]!), "LastName"), count),
  })),
  other("average track length per genre", (d) => ({
    rows: perGroup(
      d.track,
      (t) => genreName(d, t),
      (ts) => mean(ts.map((t) => num(t, "Milliseconds"))),
    ),
  })),
  other(
    "Which country has the most customers?",
    (d) =>
      highest(
        perGroup(d.customer, (c) => str(c, "Country"), count),
        1,
      )[0]![0],
  ),
  other("revenue per year", (d) => ({ rows: perGroup(d.invoice, (i) => Number(year(i, "InvoiceDate")), total) })),
  other(
    "How many tracks are on the Grunge playlist?",
    (d) => where(d.playlistTrack, "PlaylistId", num(find(d.playlist, "Name", "Grunge"), "PlaylistId")).length,
  ),
  other("Which genres have more than 100 tracks?", (d) => ({
    rows: perGroup(d.track, (t) => genreName(d, t), count)
      .filter(([, n]) => n > 100)
      .map(([name]) => [name]),
  })),
  other("How many invoices did each customer from France have?", (d) => ({
    rows: perGroup(
      d.invoice.filter((i) => find(d.customer, "CustomerId", i["CustomerId"]!)["Country"] === "France"),
      (i) => customerName(d, i["CustomerId"]).split(" ").at(-1)!,
      count,
    ),
  })),
  other("artists without any album", (d) => {
    const having = new Set(d.album.map((a) => a["ArtistId"]));
    return column(
      d.artist.filter((a) => !having.has(a["ArtistId"]!)),
      "Name",
    );
  }),
  other(
    "How many employees report to Nancy Edwards?",
    (d) =>
      where(
        d.employee,
        "ReportsTo",
        num(
          d.employee.find((e) => e["LastName"] === "Edwards")!,
          "EmployeeId",
        ),
      ).length,
  ),
  other("What are the 5 best selling artists by number of tracks sold?", (d) => ({
    rows: highest(
      perGroup(d.invoiceLine, (l) => artistOf(d, find(d.album, "AlbumId", trackOf(d, l)["AlbumId"]!)), quantity),
      5,
    ),
    ranked: true,
  })),
  other("average invoice total by billing country", (d) => ({
    rows: perGroup(
      d.invoice,
      (i) => str(i, "BillingCountry"),
      (is) => mean(is.map((i) => num(i, "Total"))),
    ),
  })),
  other("Which tracks have never been sold? just count them", (d) => {
    const sold = new Set(d.invoiceLine.map((l) => l["TrackId"]));
    return d.track.filter((t) => !sold.has(t["TrackId"]!)).length;
  }),
  other("How many rock tracks are there?", (d) => d.track.filter((t) => genreName(d, t) === "Rock").length),
  other("Number of customers per city in Brazil", (d) => ({
    rows: perGroup(where(d.customer, "Country", "Brazil"), (c) => str(c, "City"), count),
  })),
  other(
    "Which album has the most tracks?",
    (d) =>
      highest(
        perGroup(d.track, (t) => str(find(d.album, "AlbumId", t["AlbumId"]!), "Title"), count),
        1,
      )[0]![0],
  ),
  other("total sales per support rep", (d) => ({
    rows: perGroup(
      d.invoice,
      (i) => str(find(d.employee, "EmployeeId", find(d.customer, "CustomerId", i["CustomerId"]!)["SupportRepId"]!), "LastName"),
      total,
    ),
  })),
  other(
    "Which media type is used by the fewest tracks?",
    (d) =>
      lowest(
        perGroup(d.track, (t) => str(find(d.mediaType, "MediaTypeId", t["MediaTypeId"]!), "Name"), count),
        1,
      )[0]![0],
  ),
  other("countries with at least 5 customers", (d) => ({
    rows: perGroup(d.customer, (c) => str(c, "Country"), count)
      .filter(([, n]) => n >= 5)
      .map(([name]) => [name]),
  })),
  other("How much did Helena Holý spend?", (d) =>
    total(where(d.invoice, "CustomerId", num(find(d.customer, "LastName", "Holý"), "CustomerId"))),
  ),
  other("how many invoices per month in 2024", (d) => ({
    rows: perGroup(
      d.invoice.filter((i) => year(i, "InvoiceDate") === "2024"),
      (i) => str(i, "InvoiceDate").slice(0, 7),
      count,
    ).map(([, n]) => [n]),
  })),
  other("What share of tracks is rock?", (d) => (100 * d.track.filter((t) => genreName(d, t) === "Rock").length) / d.track.length),
  other("Which customer from the USA spent the most?", (d) =>
    String(
      highest(
        perGroup(
          d.invoice.filter((i) => find(d.customer, "CustomerId", i["CustomerId"]!)["Country"] === "USA"),
          (i) => customerName(d, i["CustomerId"]),
          total,
        ),
        1,
      )[0]![0],
    )
      .split(" ")
      .at(-1)!,
  ),
];
