// How often the local tier is exactly right, over data and questions it was not written for. Exits non-zero below the thresholds.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, askCollections, askSqlite } from "./ask.ts";
import { chinookQuestions, readChinook } from "./chinook.ts";
import { type DataSet, dataSet } from "./data-set.ts";
import { percent, printDifferences, printSection, shares } from "./report.ts";
import { unseen } from "./unseen.ts";
import { readVega, vegaQuestions } from "./vega.ts";

/** Least shares over Chinook and the shipped data: right of the simple and of the other questions, and said so of those that are not right. */
const thresholds = { simple: 0.9, other: 0.6, saidSo: 0.8 };

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

const measured: Outcome[] = [];
if (existsSync(chinookFolder))
  measured.push(...(await evaluate(dataSet("Chinook", readChinook(chinookFolder), chinookQuestions, chinookFolder))));
else console.log("skipping Chinook: its data is not there");
measured.push(...(await evaluate(dataSet("The shipped sample data", readVega(vegaFolder), vegaQuestions, "shipped"))));

const reached = shares(measured);
console.log("\n## Together");
for (const name of ["simple", "other", "saidSo"] as const)
  console.log(
    `${reached[name] >= thresholds[name] ? "met   " : "MISSED"} ${name}: ${percent(reached[name])} (at least ${percent(thresholds[name])})`,
  );
if (Object.entries(thresholds).some(([name, least]) => reached[name as keyof typeof thresholds] < least)) process.exitCode = 1;

console.log("\n# Unseen data sets: every question was written before any was asked (no threshold)");
for (const set of await unseen()) await evaluate(set);

if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
