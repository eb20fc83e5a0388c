import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Question, asFraction, list, other, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, known, num, numbers, per, perGroup, str, sumOf, where } from "../rows.ts";

type Browsers = Readonly<Record<"browsers" | "releases", readonly Row[]>>;

interface Agent {
  readonly browser: string;
  readonly prefix: string;
  readonly versions: readonly (string | null)[];
  readonly release_date: Readonly<Record<string, number | null>>;
  readonly usage_global: Readonly<Record<string, number>>;
}

/** Browsers, and what each released: two collections that belong together. Usage is in percent of all browsers. */
export function readBrowsers(): Browsers {
  const { agents } = createRequire(import.meta.url)(fileURLToPath(import.meta.resolve("caniuse-lite/dist/unpacker/agents.js"))) as {
    agents: Readonly<Record<string, Agent>>;
  };
  const day = (seconds: number | null | undefined): string | null =>
    typeof seconds === "number" ? new Date(seconds * 1000).toISOString().slice(0, 10) : null;
  return {
    browsers: Object.entries(agents).map(([id, { browser, prefix }]) => ({ id, name: browser, vendor_prefix: prefix })),
    releases: Object.entries(agents).flatMap(([id, { versions, release_date, usage_global }]) =>
      versions.flatMap((version) =>
        version === null
          ? []
          : [{ browser_id: id, version, release_date: day(release_date[version]), usage_percent: usage_global[version] ?? 0 }],
      ),
    ),
  };
}

const usage = sumOf("usage_percent");
const nameOf = (d: Browsers, id: unknown): string => str(find(d.browsers, "id", id), "name");
const releasesOf = (d: Browsers, name: string): readonly Row[] => where(d.releases, "browser_id", find(d.browsers, "name", name)["id"]);
const dated = (rows: readonly Row[]): readonly Row[] => known(rows, "release_date");
const date = (row: Row): string => str(row, "release_date");
const year = (row: Row): number => Number(date(row).slice(0, 4));
const inYear = (d: Browsers, wanted: number): number => dated(d.releases).filter((r) => year(r) === wanted).length;
const perBrowser = (d: Browsers, value: (rows: readonly Row[]) => number): [string, number][] =>
  per(d.releases, "browser_id", value).map(([id, n]) => [nameOf(d, id), n]);
const unused = (d: Browsers): number => (100 * where(d.releases, "usage_percent", 0).length) / d.releases.length;
const grown = (d: Browsers): number => inYear(d, 2020) - inYear(d, 2019);
const newest = (rows: readonly Row[]): Row => best(dated(rows), (r) => Date.parse(date(r)));
const lastDates = (d: Browsers): [string, string][] => d.browsers.map((b) => [str(b, "name"), date(newest(releasesOf(d, str(b, "name"))))]);

export const browserQuestions: readonly Question<Browsers>[] = [
  simple(
    "How many versions of Firefox have been released?",
    (d) => dated(releasesOf(d, "Firefox")).length,
    (d) => releasesOf(d, "Firefox").length,
  ),
  simple("When was Chrome 100 released?", (d) => date(find(releasesOf(d, "Chrome"), "version", "100"))),
  simple("Which browsers have the vendor prefix webkit?", (d) =>
    list(where(d.browsers, "vendor_prefix", "webkit").map((b) => str(b, "name"))),
  ),
  simple("What is the usage of Firefox 115?", (d) => num(find(releasesOf(d, "Firefox"), "version", "115"), "usage_percent")),
  simple("How many releases came out in 2015?", (d) => inYear(d, 2015)),
  simple("What's the latest version of Opera Mobile?", (d) => str(newest(releasesOf(d, "Opera Mobile")), "version")),
  simple("What is the combined usage of all Samsung Internet releases?", (d) => usage(releasesOf(d, "Samsung Internet"))),
  simple("How many releases have no release date?", (d) => d.releases.length - dated(d.releases).length),
  simple("Date of the first Safari release", (d) => dated(releasesOf(d, "Safari")).map(date).toSorted()[0]!),
  simple("how many releases have a usage over 1 percent", (d) => numbers(d.releases, "usage_percent").filter((n) => n > 1).length),

  other("number of releases per browser", (d) => table(perBrowser(d, count))),
  other("Which browser has the highest total usage?", (d) => highest(perBrowser(d, usage), 1)[0]![0]),
  other("How many releases were there per year since 2020?", (d) =>
    table(
      perGroup(
        dated(d.releases).filter((r) => year(r) >= 2020),
        year,
        count,
      ),
    ),
  ),
  other("browsers with fewer than 5 releases", (d) =>
    list(
      perBrowser(d, count)
        .filter(([, n]) => n < 5)
        .map(([name]) => name),
    ),
  ),
  other("What percentage of the releases is not used at all?", unused, asFraction(unused)),
  other("Which browsers have not released anything since 2018?", (d) =>
    list(
      lastDates(d)
        .filter(([, last]) => last < "2018-01-01")
        .map(([name]) => name),
    ),
  ),
  other("By how much did the number of releases grow from 2019 to 2020?", grown, (d) => (100 * grown(d)) / inYear(d, 2019)),
  other("latest release date of each browser", (d) => table(lastDates(d))),
  other("Which year had the most releases?", (d) => highest(perGroup(dated(d.releases), year, count), 1)[0]![0]),
  other("total usage per vendor prefix", (d) =>
    table(perGroup(d.releases, (r) => str(find(d.browsers, "id", r["browser_id"]), "vendor_prefix"), usage)),
  ),
];
