// Vendors that fail, S01 to S24, and what a caller gets. Exits non-zero when a column of ours misses its target.
// Options: --only S03,S08  --columns query,mastra  --runs 10000  --seed 1  --picture ../docs/failover.svg
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { columns } from "./columns.ts";
import { measureFailover } from "./measure-failover.ts";
import { picture } from "./picture.ts";
import { randomRuns } from "./random-runs.ts";
import { runMore } from "./run-more.ts";
import { runScenario, startColumn } from "./run-column.ts";
import { scenarios } from "./scenarios.ts";
import { type Judged, type Verdict, worst } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    columns: { type: "string" },
    runs: { type: "string" },
    seed: { type: "string" },
    picture: { type: "string" },
  },
});
const only = values.only?.split(",");
const chosen = values.columns?.split(",") ?? Object.keys(columns);
const runs = Number(values.runs ?? 10_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const asked = scenarios.filter(({ id }) => only === undefined || only.some((name) => id.startsWith(name)));
const missed: string[] = [];

/** All scenarios of a column. They mostly wait, so they run at once; those that look at memory follow one by one. */
async function runColumn(key: string): Promise<Map<string, Judged>> {
  const column = columns[key]!;
  const process = await startColumn(key);
  const judged = new Map<string, Judged>();
  const run = async (scenario: (typeof asked)[number]): Promise<void> =>
    void judged.set(scenario.id, await runScenario(scenario, column, process));
  await Promise.all(asked.filter(({ runsAlone }) => runsAlone !== true).map(run));
  for (const scenario of asked.filter(({ runsAlone }) => runsAlone === true)) await run(scenario);
  process.close();
  // The three replies of S24 are one scenario.
  const parts = [...judged].filter(([id]) => id.startsWith("S24"));
  for (const [id] of parts) judged.delete(id);
  if (parts.length > 0)
    judged.set("S24", worst(parts.map(([id, { verdict, why }]) => ({ verdict, why: why === "" ? "" : `${id}: ${why}` }))));
  return judged;
}

const table = new Map<string, Map<string, Judged>>();
const groups = [chosen.filter((key) => columns[key]?.target !== undefined), chosen.filter((key) => columns[key]?.target === undefined)];
for (const group of groups) await Promise.all(group.map(async (key) => void table.set(key, await runColumn(key))));

const ids = [...new Set(asked.map(({ id }) => id.slice(0, 3)))];
const titleOf = (id: string): string =>
  id === "S24" ? "HTML page; []; gzip bomb, each with 200" : asked.find((each) => each.id === id)!.title;
const width = 11;
console.log(`\n${"".padEnd(52)}${chosen.map((key) => key.padEnd(width)).join("")}`);
for (const id of ids) {
  const cells = chosen.map((key) => (table.get(key)!.get(id)?.verdict ?? "").padEnd(width));
  console.log(`${id}  ${titleOf(id).slice(0, 45).padEnd(47)}${cells.join("")}`);
}
if (values.picture !== undefined) {
  const rows = ids.map((id) => ({ id, title: titleOf(id), verdicts: chosen.map((key) => table.get(key)!.get(id)?.verdict) }));
  await writeFile(
    values.picture,
    picture(
      chosen.map((key) => columns[key]!.name),
      rows,
    ),
  );
}
const tally = (key: string, verdict: Verdict): number => [...table.get(key)!.values()].filter((each) => each.verdict === verdict).length;
for (const verdict of ["pass", "partial", "safe", "fail"] as const)
  console.log(`${verdict.padEnd(52)}${chosen.map((key) => String(tally(key, verdict)).padEnd(width)).join("")}`);

console.log("\nwhat did not pass");
for (const key of chosen) {
  const { name, target } = columns[key]!;
  for (const [id, { verdict, why }] of [...table.get(key)!].toSorted(([a], [b]) => a.localeCompare(b)))
    if (verdict !== "pass") console.log(`  ${name.padEnd(34)} ${id} ${verdict.padEnd(8)} ${why}`);
  if (target === "all-pass" && tally(key, "pass") < ids.length) missed.push(`${name}: ${tally(key, "pass")} of ${ids.length} pass`);
  if (target === "none-worse-than-safe" && tally(key, "partial") + tally(key, "fail") > 0) missed.push(`${name}: partial or fail`);
}

const ours = chosen.filter((key) => columns[key]?.target !== undefined);
if (only === undefined && ours.length > 0) {
  console.log("\nfurther faults, each once");
  for (const key of ours) {
    const process = await startColumn(key);
    const { faults, whole, failedCleanly, wrong } = await runMore(process, columns[key]!.target === "none-worse-than-safe");
    process.close();
    console.log(`  ${key.padEnd(10)} ${faults}: ${whole} answered whole, ${failedCleanly} failed cleanly, ${wrong.length} otherwise`);
    for (const line of wrong) console.log(`    ${line}`);
    if (wrong.length > 0) missed.push(`${key}: ${wrong.length} of ${faults} further faults`);
  }
}
if (runs > 0 && ours.length > 0) {
  console.log(`\nrandom faults, seed ${seed}`);
  for (const key of ours) {
    const process = await startColumn(key);
    const result = await randomRuns(process, Math.ceil(runs / ours.length), seed);
    process.close();
    const { runs: made, answered, failed, hung, wrong, firstWrong } = result;
    console.log(
      `  ${key.padEnd(10)} ${made} runs: ${answered} answered, ${failed} failed cleanly, ${hung} hung, ${wrong} cut, spliced or altered`,
    );
    if (firstWrong !== undefined) console.log(`    ${firstWrong}`);
    if (wrong + hung > 0) missed.push(`${key}: ${wrong} wrong and ${hung} hung of ${made} random runs`);
  }
}
if (only === undefined && ours.includes("query")) {
  const { p50Ms, p95Ms, calls } = await measureFailover();
  console.log(
    `\nfailover with nothing shown, beside the attempts themselves: p50 ${p50Ms.toFixed(2)} ms, p95 ${p95Ms.toFixed(2)} ms over ${calls} calls`,
  );
  if (p50Ms >= 15) missed.push(`failover adds ${p50Ms.toFixed(1)} ms, and may add 15`);
}

console.log(missed.length === 0 ? "\nevery target met" : `\nMISSED\n${missed.map((line) => `  ${line}`).join("\n")}`);
process.exit(missed.length === 0 ? 0 : 1);
