// How often the local tier is exactly right, over data and questions it was not written for. Exits non-zero below the thresholds.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, askCollections, askSqlite } from "./ask.ts";
import { business } from "./business.ts";
import { chinookQuestions, readChinook } from "./chinook.ts";
import { type DataSet, dataSet } from "./data-set.ts";
import { percent, printDifferences, printSection, shares } from "./report.ts";
import { unseen } from "./unseen.ts";
import { readVega, vegaQuestions } from "./vega.ts";

/** Least shares of the simple and of the other questions that are answered right, and the greatest share of wrong answers, of all. */
const thresholds = { simple: 0.95, other: 0.8, wrong: 0.05 };

const { values: options } = parseArgs({ options: { json: { type: "string" }, sql: { type: "boolean", default: false } } });

const results: Record<string, readonly Outcome[]> = {};

async function evaluate(set: DataSet): Promise<readonly Outcome[]> {
  const outcomes = await askCollections(set);
  results[set.title] = outcomes;
  printSection(set.title, outcomes);
  if (options.sql) {
    const inSql = await askSqlite(set);
    results[`${set.title}, SQL`] = inSql;
    printDifferences(`${set.title} in SQLite`, outcomes, inSql);
  }
  return outcomes;
}

const chinookFolder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "chinook");
const vegaFolder = join(dirname(dirname(fileURLToPath(import.meta.resolve("vega-datasets")))), "data");

function hold(title: string, outcomes: readonly Outcome[]): void {
  const { simple, other, wrong } = shares(outcomes);
  const line = (isMet: boolean, text: string): void => {
    console.log(`${isMet ? "met   " : "MISSED"} ${text}`);
    if (!isMet) process.exitCode = 1;
  };
  console.log(`\n## ${title}`);
  line(simple >= thresholds.simple, `simple: ${percent(simple)} (at least ${percent(thresholds.simple)})`);
  line(other >= thresholds.other, `other: ${percent(other)} (at least ${percent(thresholds.other)})`);
  line(wrong <= thresholds.wrong, `wrong: ${percent(wrong)} (at most ${percent(thresholds.wrong)})`);
}

const shipped = await evaluate(dataSet("The shipped sample data", readVega(vegaFolder), vegaQuestions, "shipped"));
hold("The shipped sample data alone", shipped);
if (existsSync(chinookFolder)) {
  const chinook = await evaluate(dataSet("Chinook", readChinook(chinookFolder), chinookQuestions, chinookFolder));
  hold("The shipped sample data and Chinook", [...shipped, ...chinook]);
} else console.log("skipping Chinook: its data is not there");

console.log("\n# Unseen data sets: every question was written before any was asked (no threshold)");
for (const set of [...(await unseen()), ...business()]) await evaluate(set);

if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
