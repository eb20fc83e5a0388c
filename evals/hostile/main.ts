// Text written to break something, asked as a question, inside one, and as a follow-up: no crash, no operator from text, no change, and how much processor time each takes,
// the data tools' share and the garbage collector's included, since a machine others use too says nothing by the clock.
// Exits non-zero where any of that does not hold. `-- N` asks every Nth text only.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Json, type Tool, type ToolSource, createOrchestrator, isOrchestratorError } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";

const folder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "corpora");
const maxMs = 50;
const every = Number(process.argv.at(-1)) >= 1 ? Number(process.argv.at(-1)) : 1;
if (!existsSync(folder)) {
  console.log("skipped: the corpora of hostile text are not there");
  process.exit();
}

/** What a row says about itself rather than to us. */
const about = new Set(["id", "expect", "why", "finish", "where", "field", "channel"]);

function textsIn(row: unknown, texts: string[] = []): string[] {
  if (typeof row === "string") texts.push(row);
  else if (Array.isArray(row)) for (const each of row) textsIn(each, texts);
  else if (typeof row === "object" && row !== null) {
    const { pre, pump, n, suf } = row as Record<string, unknown>;
    if (typeof pump === "string" && typeof n === "number") texts.push(`${String(pre)}${pump.repeat(n)}${String(suf)}`);
    else for (const [name, value] of Object.entries(row)) if (!about.has(name)) textsIn(value, texts);
  }
  return texts;
}

function rowsOf(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      if (line === "") return [];
      const row = JSON.parse(line) as { readonly payload?: unknown };
      return [...textsIn(row), ...(typeof row.payload === "object" ? [JSON.stringify(row.payload)] : [])];
    });
}

const forbidden = new Set(["$where", "$function", "$accumulator", "$out", "$merge", "$jsonSchema", "mapReduce", "$expr.$function"]);
const breaches: string[] = [];
let asking = "";

/** Every key at any depth: what a database would take for an operator. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

const watched = (tool: Tool): Tool => ({
  ...tool,
  execute(input: Json, options) {
    const found = keysOf(input).filter((key) => forbidden.has(key));
    if (found.length > 0) breaches.push(`${found.join()} reached ${tool.name}: ${asking.slice(0, 200)}`);
    if (!tool.readOnly) breaches.push(`${tool.name} was called: ${asking.slice(0, 200)}`);
    return tool.execute(input, options);
  },
});

const dataTools = createDataTools();
const source = mcpTools({ transport: () => dataTools.connect() });
const tools: ToolSource = { ...source, tools: async (options) => (await source.tools(options)).map(watched) };
await using orchestrator = createOrchestrator({ tools: [tools], cache: false });
await orchestrator.query("How many movies are there?");

interface Form {
  readonly name: string;
  readonly ask: (text: string) => Promise<{ text: string; sessionId?: string }>;
}
const forms: readonly Form[] = [
  { name: "alone", ask: async (text) => ({ text }) },
  { name: "inside", ask: async (text) => ({ text: `How many movies are called "${text}"?` }) },
  {
    name: "follow-up",
    async ask(text) {
      const sessionId = await orchestrator.createSession();
      await orchestrator.query({ text: "How many movies did Steven Spielberg direct?", sessionId });
      return { text: `and ${text}?`, sessionId };
    },
  },
];

const slow: { readonly took: number; readonly asking: string }[] = [];
const all: number[] = [];
let rejected = 0;
const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(1);

for (const part of ["authored", "third-party"]) {
  for (const file of readdirSync(join(folder, part)).filter((name) => name.endsWith(".jsonl"))) {
    const texts = rowsOf(join(folder, part, file)).filter((_, at) => at % every === 0);
    const times: number[] = [];
    for (const form of forms) {
      for (const text of texts) {
        const query = await form.ask(text);
        asking = `${form.name} ${JSON.stringify(text.slice(0, 160))}`;
        const before = process.cpuUsage();
        try {
          const { text: answer } = await orchestrator.query(query);
          if (typeof answer !== "string" || answer === "") breaches.push(`no answer: ${asking}`);
        } catch (error) {
          if (isOrchestratorError(error, "QUERY_REJECTED")) rejected++;
          else breaches.push(`${String(error).slice(0, 200)}: ${asking}`);
        }
        const used = process.cpuUsage(before);
        const took = (used.user + used.system) / 1_000;
        times.push(took);
        if (took > maxMs) slow.push({ took, asking });
      }
    }
    all.push(...times);
    const sorted = times.toSorted((a, b) => a - b);
    console.log(
      `${basename(file, ".jsonl").padEnd(28)} ${String(times.length).padStart(6)} asked  median ${quantile(sorted, 0.5)} ms  p99 ${quantile(sorted, 0.99)} ms  slowest ${quantile(sorted, 1)} ms`,
    );
  }
}
const sorted = all.toSorted((a, b) => a - b);
if (({} as { polluted?: unknown }).polluted !== undefined) breaches.push("a prototype was changed");
console.log(
  `\n${all.length} asked: median ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms, slowest ${quantile(sorted, 1)} ms; ${rejected} refused as no question`,
);
console.log(`over ${maxMs} ms: ${slow.length}`);
for (const { took, asking } of slow.toSorted((a, b) => b.took - a.took).slice(0, 30)) console.log(`- ${took.toFixed(0)} ms: ${asking}`);
console.log(`breaches: ${breaches.length}`);
for (const line of breaches.slice(0, 30)) console.log(`- ${line}`);
await dataTools.close();
if (breaches.length > 0) process.exitCode = 1;
