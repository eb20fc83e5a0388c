import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, jsonAt, per, perGroup, rowsAt, str, top, where } from "../rows.ts";

type NodeReleases = Readonly<Record<"releases" | "lines", readonly Row[]>>;

/** Releases of Node.js, and the lines they belong to. The package has no key from one to the other: it is the number a version begins with. */
export function readNodeReleases(): NodeReleases {
  const at = (path: string): string => new URL(path, import.meta.resolve("node-releases/data/processed/envs.json")).href;
  const schedule = jsonAt(at("../release-schedule/release-schedule.json")) as Readonly<Record<string, Row>>;
  const lines = Object.entries(schedule).map(([line, dates]) => ({ line, ...dates }));
  const lineOf = (version: string): string => {
    const [major, minor] = version.split(".");
    return major === "0" ? `v0.${minor}` : `v${major}`;
  };
  return {
    releases: rowsAt(at("envs.json")).map(({ version, date, lts, security, v8 }) => {
      const line = lineOf(String(version));
      return { version, date, lts: lts !== false, security, v8, line: line in schedule ? line : null };
    }),
    lines,
  };
}

const inYear = (rows: readonly Row[], year: number): readonly Row[] => rows.filter((row) => str(row, "date").startsWith(String(year)));
const yearOf = (row: Row): number => Number(str(row, "date").slice(0, 4));
const days = (line: Row): number => (Date.parse(str(line, "end")) - Date.parse(str(line, "start"))) / 86_400_000;
const version = (row: Row): string => str(row, "version");

export const nodeReleaseQuestions: readonly Question<NodeReleases>[] = [
  simple("How many releases came out in 2021?", (d) => inYear(d.releases, 2021).length),
  simple("when was version 18.0.0 released", (d) => str(find(d.releases, "version", "18.0.0"), "date")),
  simple("How many security releases are there?", (d) => where(d.releases, "security", true).length),
  simple("What is the codename of line v16?", (d) => str(find(d.lines, "line", "v16"), "codename")),
  simple("lines that never got LTS", (d) => list(d.lines.filter((l) => l["lts"] === undefined).map((l) => str(l, "line")))),
  simple("When does Krypton reach its end?", (d) => str(find(d.lines, "codename", "Krypton"), "end")),
  simple(
    "Which was the first release?",
    (d) => list([version(d.releases.toSorted((a, b) => str(a, "date").localeCompare(str(b, "date")))[0]!)]),
    (d) =>
      list(
        d.releases
          .filter((r) => str(r, "date") === str(d.releases.toSorted((a, b) => str(a, "date").localeCompare(str(b, "date")))[0]!, "date"))
          .map(version),
      ),
    (d) => list([version(best(d.releases, (r) => -Date.parse(str(r, "date"))))]),
  ),
  simple("List the security releases of 2019", (d) => list(where(inYear(d.releases, 2019), "security", true).map(version))),
  simple("how many releases are LTS", (d) => where(d.releases, "lts", true).length),
  simple("Which lines start after January 2024?", (d) =>
    list(d.lines.filter((l) => str(l, "start") >= "2024-02-01").map((l) => str(l, "line"))),
  ),

  other("How many releases were there each year?", (d) => table(perGroup(d.releases, yearOf, count))),
  other("Which line has the most releases?", (d) => highest(per(d.releases, "line", count), 1)[0]![0]),
  other("How many releases does Gallium have?", (d) => where(d.releases, "line", "v16").length),
  other("What is the latest release of each line?", (d) => {
    const groups = Map.groupBy(
      d.releases.filter((r) => r["line"] !== null),
      (r) => str(r, "line"),
    );
    return table(
      [...groups].map(([line, rows]) => [
        line,
        str(
          best(rows, (r) => Date.parse(str(r, "date"))),
          "date",
        ),
      ]),
    );
  }),
  other(
    "What share of the releases in 2018 were security releases?",
    (d) => (100 * where(inYear(d.releases, 2018), "security", true).length) / inYear(d.releases, 2018).length,
    (d) => where(inYear(d.releases, 2018), "security", true).length / inYear(d.releases, 2018).length,
  ),
  other(
    "By how much did the number of releases change from 2020 to 2022?",
    (d) => inYear(d.releases, 2022).length - inYear(d.releases, 2020).length,
  ),
  other(
    "lines with fewer than 10 releases",
    (d) => list(per(d.releases, "line", count).flatMap(([line, n]) => (n < 10 ? [line] : []))),
    (d) => list(d.lines.map((l) => str(l, "line")).filter((line) => where(d.releases, "line", line).length < 10)),
  ),
  other(
    "On which weekday were most releases published?",
    (d) =>
      highest(
        perGroup(
          d.releases,
          (r) => new Date(`${str(r, "date")}T00:00:00Z`).toLocaleString("en", { weekday: "long", timeZone: "UTC" }),
          count,
        ),
        1,
      )[0]![0],
  ),
  other("Top 3 years by number of security releases", (d) =>
    ranking(highest(perGroup(where(d.releases, "security", true), yearOf, count), 3)),
  ),
  other("Which line is supported the longest?", (d) => str(top(d.lines, 1, days)[0]!, "line")),
];
