import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOrchestrator } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import type { Asked, DataSet } from "./data-set.ts";
import { type Verdict, judge } from "./score.ts";
import { writeSqlite } from "./sqlite.ts";

/** A question, and what became of it. */
export interface Outcome extends Asked {
  readonly verdict: Verdict;
  readonly type: string;
  readonly text: string;
  readonly explanation: string;
  readonly ms: number;
}

type Tools = Parameters<typeof mcpTools>[0];

/** Asks as a user does: nothing but the words. */
async function askAll({ questions }: DataSet, tools: Tools): Promise<Outcome[]> {
  await using orchestrator = createOrchestrator({ tools: [mcpTools(tools)] });
  const outcomes: Outcome[] = [];
  for (const question of questions) {
    if (process.stderr.isTTY) process.stderr.write(`\r${outcomes.length + 1}/${questions.length} ${question.ask.slice(0, 70).padEnd(70)}`);
    const result = await orchestrator.query({ text: question.ask, options: { cache: "bypass" } });
    outcomes.push({
      ...question,
      verdict: judge(result, question.accepted, question.ask),
      type: result.type,
      text: result.text,
      explanation: result.explanation?.join(" ") ?? "",
      ms: result.timings.totalMs,
    });
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${" ".repeat(80)}\r`);
  return outcomes;
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "eval-local-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Over collections, served by the data tools. */
export const askCollections = (set: DataSet): Promise<Outcome[]> =>
  withFolder(async (written) => {
    if (set.folder === undefined)
      for (const [name, rows] of Object.entries(set.tables)) writeFileSync(join(written, `${name}.json`), JSON.stringify(rows));
    const dataTools = createDataTools({ dataDir: set.folder === "shipped" ? undefined : (set.folder ?? written) });
    try {
      return await askAll(set, { transport: () => dataTools.connect() });
    } finally {
      await dataTools.close();
    }
  });

/** Over the same rows in SQLite, served by an MCP server for SQL. */
export const askSqlite = (set: DataSet): Promise<Outcome[]> =>
  withFolder((folder) => {
    const file = join(folder, "data.sqlite");
    writeSqlite(file, set.tables);
    const server = fileURLToPath(import.meta.resolve("@bytebase/dbhub/dist/index.js"));
    return askAll(set, { command: process.execPath, args: [server, "--transport=stdio", `--dsn=sqlite://${file}`] });
  });
