// How often the local tier is exactly right, over data and questions it was not written for. Exits non-zero below the thresholds.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Orchestrator, createOrchestrator } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { chinookQuestions, readChinook } from "./chinook.ts";
import type { Expected, Question } from "./question.ts";
import { type Verdict, judge } from "./score.ts";
import { writeSqlite } from "./sqlite.ts";
import { readVega, vegaQuestions } from "./vega.ts";

/** Least shares: exactly right of the simple and of the other questions, and said so of those that are not right. */
const thresholds = { simple: 0.9, other: 0.6, saidSo: 0.8 };

interface Outcome {
  readonly ask: string;
  readonly kind: Question<unknown>["kind"];
  readonly verdict: Verdict;
  readonly expected: Expected;
  readonly text: string;
  readonly explanation: string;
  readonly ms: number;
}

async function ask<Data>(orchestrator: Orchestrator, questions: readonly Question<Data>[], data: Data): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { ask, kind, expect, or } of questions) {
    process.stderr.write(`\r${outcomes.length + 1}/${questions.length} ${ask.slice(0, 60).padEnd(60)}`);
    // The planner is what is measured here, so every question is given to it; classification has an evaluation of its own.
    const type = kind === "simple" ? ("simple" as const) : ("complex" as const);
    const result = await orchestrator.query({ text: ask, options: { cache: "bypass", type } });
    const expected = expect(data);
    const second = or === undefined ? "wrong" : judge(result, or(data));
    const verdict = second === "right" ? second : judge(result, expected);
    outcomes.push({
      ask,
      kind,
      verdict,
      expected,
      text: result.text,
      explanation: result.explanation?.[0] ?? "",
      ms: result.timings.totalMs,
    });
  }
  process.stderr.write(`\r${" ".repeat(80)}\r`);
  return outcomes;
}

/** The same questions over the same rows in SQLite, through an MCP server for SQL. */
async function overSqlite<Data extends object>(questions: readonly Question<Data>[], data: Data): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), "eval-local-"));
  const file = join(folder, "data.sqlite");
  writeSqlite(file, data as unknown as Parameters<typeof writeSqlite>[1]);
  const command = {
    command: "dbhub",
    args: ["--transport", "stdio", "--dsn", `sqlite://${file}`],
    env: { PATH: process.env["PATH"] ?? "" },
  };
  await using orchestrator = createOrchestrator({ tools: [mcpTools(command)] });
  try {
    return await ask(orchestrator, questions, data);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function overFolder<Data>(dataDir: string | undefined, questions: readonly Question<Data>[], data: Data): Promise<Outcome[]> {
  const dataTools = createDataTools({ dataDir });
  await using orchestrator = createOrchestrator({ tools: [mcpTools({ transport: () => dataTools.connect() })] });
  try {
    return await ask(orchestrator, questions, data);
  } finally {
    await dataTools.close();
  }
}

const share = (part: number, whole: number): string => `${part}/${whole} = ${whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`}`;

const shorten = (text: string): string => text.replace(/\s+/g, " ").slice(0, 220);

function show(title: string, outcomes: readonly Outcome[]): void {
  console.log(`\n## ${title}`);
  const right = outcomes.filter(({ verdict }) => verdict === "right");
  for (const kind of ["simple", "other"] as const) {
    const of = outcomes.filter((outcome) => outcome.kind === kind);
    console.log(`${kind} exactly right: ${share(right.filter((outcome) => outcome.kind === kind).length, of.length)}`);
  }
  const refused = outcomes.filter(({ verdict }) => verdict === "refused").length;
  console.log(
    `of the rest, said so: ${share(refused, outcomes.length - right.length)}; wrong of all: ${share(outcomes.length - right.length - refused, outcomes.length)}`,
  );
  for (const { ask, verdict, expected, text, explanation } of outcomes) {
    if (verdict === "right") continue;
    console.log(
      `- ${verdict}: ${ask}\n    expected ${shorten(JSON.stringify(expected))}\n    got ${shorten(text)}${verdict === "wrong" ? `\n    by ${shorten(explanation)}` : ""}`,
    );
  }
}

const vegaFolder = join(dirname(dirname(fileURLToPath(import.meta.resolve("vega-datasets")))), "data");
const chinookFolder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "chinook");
const all: Outcome[] = [];

if (existsSync(chinookFolder)) {
  const chinook = readChinook(chinookFolder);
  const outcomes = await overFolder(chinookFolder, chinookQuestions, chinook);
  show("Chinook", outcomes);
  all.push(...outcomes);
  if (process.argv.includes("--sql")) show("Chinook in SQLite", await overSqlite(chinookQuestions, chinook));
} else console.log("skipping Chinook: its data is not there");
const shipped = await overFolder(undefined, vegaQuestions, readVega(vegaFolder));
show("The shipped sample data", shipped);
all.push(...shipped);

const at = process.argv.indexOf("--json");
if (at !== -1) writeFileSync(process.argv[at + 1] ?? "eval-local.json", JSON.stringify(all, null, 1));

const rate = (outcomes: readonly Outcome[], verdict: Verdict): number =>
  outcomes.length === 0 ? 1 : outcomes.filter((outcome) => outcome.verdict === verdict).length / outcomes.length;
const reached = {
  simple: rate(
    all.filter(({ kind }) => kind === "simple"),
    "right",
  ),
  other: rate(
    all.filter(({ kind }) => kind === "other"),
    "right",
  ),
  saidSo: rate(
    all.filter(({ verdict }) => verdict !== "right"),
    "refused",
  ),
};
console.log("\n## Together");
for (const name of ["simple", "other", "saidSo"] as const)
  console.log(
    `${reached[name] >= thresholds[name] ? "met   " : "MISSED"} ${name}: ${(100 * reached[name]).toFixed(1)} % (at least ${100 * thresholds[name]} %)`,
  );
process.exitCode = Object.entries(thresholds).every(([name, least]) => reached[name as keyof typeof reached] >= least) ? 0 : 1;
