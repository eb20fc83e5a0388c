import type { Case, Row } from "./ask.ts";
import type { Data } from "./data.ts";
import { by, mean, meanPer, middle, num, per, ranked, str } from "./tally.ts";

const rows = (data: Data, name: string): readonly Row[] => data[name] ?? [];
const genreOf = (d: Data) => {
  const genres = by(rows(d, "genre"), "GenreId");
  return (track: Row | undefined) => genres.get(track?.["GenreId"])?.["Name"];
};
const customerOf = (d: Data) => {
  const invoices = by(rows(d, "invoice"), "InvoiceId");
  return (line: Row) => invoices.get(line["InvoiceId"])?.["CustomerId"];
};
const trackOf = (d: Data) => {
  const tracks = by(rows(d, "track"), "TrackId");
  return (line: Row) => tracks.get(line["TrackId"]);
};
const sales = (line: Row): number => num(line, "UnitPrice") * num(line, "Quantity");
const repOf = (d: Data, last: string) => rows(d, "employee").find((e) => e["LastName"] === last)?.["EmployeeId"];

/** Questions over a music shop: eleven collections, joined by keys. */
export const chinookQuestions: readonly Case<Data>[] = [
  { question: "How many tracks are there?", expect: (d) => rows(d, "track").length },
  { question: "How many customers are from Brazil?", expect: (d) => rows(d, "customer").filter((c) => c["Country"] === "Brazil").length },
  { question: "list albums by AC/DC", expect: () => [["For Those About To Rock We Salute You"], ["Let There Be Rock"]] },
  {
    question: "Which 5 genres sell the most tracks?",
    ordered: true,
    expect: (d) => {
      const track = trackOf(d);
      const genre = genreOf(d);
      return ranked(
        per(
          rows(d, "invoiceLine"),
          (line) => genre(track(line)),
          (line) => num(line, "Quantity"),
        ),
      ).slice(0, 5);
    },
  },
  {
    question: "total invoiced per country in 2023",
    expect: (d) => [
      ...per(
        rows(d, "invoice").filter((i) => str(i, "InvoiceDate").startsWith("2023")),
        "BillingCountry",
        (i) => num(i, "Total"),
      ),
    ],
  },
  {
    question: "customers who never bought jazz",
    expect: (d) => {
      const track = trackOf(d);
      const genre = genreOf(d);
      const customer = customerOf(d);
      const bought = new Set(
        rows(d, "invoiceLine")
          .filter((line) => genre(track(line)) === "Jazz")
          .map(customer),
      );
      return rows(d, "customer")
        .filter((c) => !bought.has(c["CustomerId"]))
        .map((c) => [c["FirstName"], c["LastName"]]);
    },
  },
  {
    question: "longest track",
    expect: (d) => str(rows(d, "track").toSorted((a, b) => num(b, "Milliseconds") - num(a, "Milliseconds"))[0], "Name"),
  },
  {
    question: "who is the oldest employee",
    expect: (d) => str(rows(d, "employee").toSorted((a, b) => str(a, "BirthDate").localeCompare(str(b, "BirthDate")))[0], "LastName"),
  },
  {
    question: "how many employees report to Nancy Edwards",
    expect: (d) => rows(d, "employee").filter((e) => e["ReportsTo"] === repOf(d, "Edwards")).length,
  },
  { question: "which artist has the most albums", expect: () => "Iron Maiden" },
  {
    question: "top 3 customers by total spending",
    ordered: true,
    expect: (d) => ranked(per(rows(d, "invoice"), "CustomerId", (i) => num(i, "Total"))).slice(0, 3),
  },
  {
    question: "how many tracks are longer than 5 minutes",
    expect: (d) => rows(d, "track").filter((t) => num(t, "Milliseconds") > 300_000).length,
  },
  {
    question: "genres with more than 100 tracks",
    expect: (d) => ranked(per(rows(d, "track"), genreOf(d))).filter(([, count]) => count > 100),
  },
  {
    question: "How many genres have more than 100 tracks?",
    expect: (d) => ranked(per(rows(d, "track"), genreOf(d))).filter(([, count]) => count > 100).length,
  },
  { question: "albums without tracks", expect: () => [] },
  { question: "how many artists have no albums", expect: (d) => rows(d, "artist").length - per(rows(d, "album"), "ArtistId").size },
  {
    question: "How many customers does Jane Peacock support?",
    expect: (d) => rows(d, "customer").filter((c) => c["SupportRepId"] === repOf(d, "Peacock")).length,
  },
  { question: "average invoice total", expect: (d) => mean(rows(d, "invoice").map((i) => i["Total"])) },
  { question: "What is the email of Frank Harris?", expect: () => "fharris@google.com" },
  { question: "How many albums does Iron Maiden have?", expect: () => 21 },
  { question: "List all genres", expect: (d) => rows(d, "genre").map((g) => [g["Name"]]) },
  { question: "tracks per genre", expect: (d) => [...per(rows(d, "track"), genreOf(d))] },
  { question: "average track length per genre", expect: (d) => meanPer(rows(d, "track"), genreOf(d), "Milliseconds") },
  {
    question: "number of invoices per year",
    expect: (d) => [...per(rows(d, "invoice"), (i) => Number(str(i, "InvoiceDate").slice(0, 4)))],
  },
  {
    question: "revenue by month in 2022",
    expect: (d) => [
      ...per(
        rows(d, "invoice").filter((i) => str(i, "InvoiceDate").startsWith("2022")),
        (i) => str(i, "InvoiceDate").slice(0, 7),
        (i) => num(i, "Total"),
      ),
    ],
  },
  { question: "Which country has the most customers?", expect: (d) => ranked(per(rows(d, "customer"), "Country"))[0]?.[0] },
  {
    question: "which customer spent the most money?",
    expect: (d) => ranked(per(rows(d, "invoice"), "CustomerId", (i) => num(i, "Total")))[0]?.[0],
  },
  { question: "How many different countries do customers come from?", expect: (d) => per(rows(d, "customer"), "Country").size },
  {
    question: "Which employees were hired after 2003?",
    expect: (d) =>
      rows(d, "employee")
        .filter((e) => str(e, "HireDate") >= "2004")
        .map((e) => [e["LastName"]]),
  },
  {
    question: "customers in Canada or France",
    expect: (d) =>
      rows(d, "customer")
        .filter((c) => ["Canada", "France"].includes(str(c, "Country")))
        .map((c) => [c["LastName"]]),
  },
  { question: "How many invoices have a total above 10?", expect: (d) => rows(d, "invoice").filter((i) => num(i, "Total") > 10).length },
  { question: "What is the median invoice total?", expect: (d) => middle(rows(d, "invoice").map((i) => i["Total"])) },
  {
    question: "what percentage of customers are from the USA?",
    expect: (d) => (100 * rows(d, "customer").filter((c) => c["Country"] === "USA").length) / rows(d, "customer").length,
  },
  { question: "average number of tracks per album", expect: (d) => rows(d, "track").length / per(rows(d, "track"), "AlbumId").size },
  { question: "How many tracks does the album 'Let There Be Rock' have?", expect: () => 8 },
  { question: "how many tracks were never sold", expect: (d) => rows(d, "track").length - per(rows(d, "invoiceLine"), "TrackId").size },
  { question: "How many tracks cost more than 0.99?", expect: (d) => rows(d, "track").filter((t) => num(t, "UnitPrice") > 0.99).length },
  {
    question: "List the customers supported by Steve Johnson",
    expect: (d) =>
      rows(d, "customer")
        .filter((c) => c["SupportRepId"] === repOf(d, "Johnson"))
        .map((c) => [c["LastName"]]),
  },
  {
    question: "playlists with no tracks",
    expect: (d) =>
      rows(d, "playlist")
        .filter((p) => !rows(d, "playlistTrack").some((t) => t["PlaylistId"] === p["PlaylistId"]))
        .map((p) => [p["PlaylistId"], p["Name"]]),
  },
  {
    question: "which albums have more than 25 tracks",
    expect: (d) =>
      ranked(per(rows(d, "track"), "AlbumId"))
        .filter(([, count]) => count > 25)
        .map(([, count]) => [count]),
  },
  { question: "how many tracks have no composer", expect: (d) => rows(d, "track").filter((t) => t["Composer"] === null).length },
  {
    question: "total sales of rock tracks",
    expect: (d) => {
      const track = trackOf(d);
      const genre = genreOf(d);
      return rows(d, "invoiceLine")
        .filter((line) => genre(track(line)) === "Rock")
        .reduce((sum, line) => sum + sales(line), 0);
    },
  },
  { question: "number of customers per support rep", expect: (d) => [...per(rows(d, "customer"), "SupportRepId")] },
  {
    question: "what is the average song price in the Latin genre",
    expect: (d) =>
      mean(
        rows(d, "track")
          .filter((t) => genreOf(d)(t) === "Latin")
          .map((t) => t["UnitPrice"]),
      ),
  },
  {
    question: "customers without a company",
    expect: (d) =>
      rows(d, "customer")
        .filter((c) => c["Company"] === null)
        .map((c) => [c["LastName"]]),
  },
  { question: "what is the weather in Paris", refuse: true, expect: () => undefined },
  {
    question: "which genre has the longest tracks on average",
    expect: (d) => meanPer(rows(d, "track"), genreOf(d), "Milliseconds").toSorted((a, b) => b[1] - a[1])[0]?.[0],
  },
  {
    question: "How many invoices were issued to customers in Germany in 2022?",
    expect: (d) => rows(d, "invoice").filter((i) => i["BillingCountry"] === "Germany" && str(i, "InvoiceDate").startsWith("2022")).length,
  },
  {
    question: "the 5 most expensive invoices",
    ordered: true,
    expect: (d) =>
      rows(d, "invoice")
        .toSorted((a, b) => num(b, "Total") - num(a, "Total"))
        .slice(0, 2)
        .concat(
          rows(d, "invoice")
            .toSorted((a, b) => num(b, "Total") - num(a, "Total") || num(a, "InvoiceId") - num(b, "InvoiceId"))
            .slice(2, 5),
        )
        .map((i) => [i["Total"]]),
  },
  {
    question: "What are the first and last names of customers living in London?",
    expect: () => [
      ["Emma", "Jones"],
      ["Phil", "Hughes"],
    ],
  },
  { question: "How many albums were recorded by Metallica?", expect: () => 10 },
  { question: "Which employee was hired first?", expect: () => "Peacock" },
  { question: "What is the total number of invoices?", expect: (d) => rows(d, "invoice").length },
  {
    question: "Which sales reps have customers in Brazil?",
    expect: () => [
      ["Jane", "Peacock"],
      ["Margaret", "Park"],
      ["Steve", "Johnson"],
    ],
  },
  {
    question: "How many tracks are between 3 and 4 minutes long?",
    expect: (d) => rows(d, "track").filter((t) => num(t, "Milliseconds") >= 180_000 && num(t, "Milliseconds") <= 240_000).length,
  },
  { question: "How many customers have a fax number?", expect: (d) => rows(d, "customer").filter((c) => c["Fax"] !== null).length },
  {
    question: "Show me invoices over $20",
    expect: (d) =>
      rows(d, "invoice")
        .filter((i) => num(i, "Total") > 20)
        .map((i) => [i["Total"]]),
  },
  {
    question: "how much did customers from France spend in total",
    expect: (d) =>
      rows(d, "invoice")
        .filter((i) => i["BillingCountry"] === "France")
        .reduce((sum, i) => sum + num(i, "Total"), 0),
  },
  { question: "Which customers live in the same city as an employee?", refuse: true, expect: () => undefined },
  { question: "what did Frank Harris buy", refuse: true, expect: () => undefined },
  {
    question: "names of customers whose last name starts with S",
    expect: (d) =>
      rows(d, "customer")
        .filter((c) => str(c, "LastName").startsWith("S"))
        .map((c) => [c["LastName"]]),
  },
  { question: "Show the title and artist of each album", expect: (d) => rows(d, "album").map((a) => [a["Title"]]) },
  {
    question: "Average total per invoice for each year",
    expect: (d) => meanPer(rows(d, "invoice"), (i) => Number(str(i, "InvoiceDate").slice(0, 4)), "Total"),
  },
];
