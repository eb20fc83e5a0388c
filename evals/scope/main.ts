// What is asked of nothing that is connected, of two things at once, and of more than one thing alike. Exits non-zero below the threshold.
import { type QueryResult, createOrchestrator } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { percent } from "../local/report.ts";
import { type Mixed, ambiguous, mixed, outside } from "./questions.ts";

/** Least share of each kind that is met as it should be. */
const threshold = 0.9;

const dataTools = createDataTools();
await using orchestrator = createOrchestrator({ tools: [mcpTools({ transport: () => dataTools.connect() })] });

let isMet = true;
function tell(title: string, right: number, all: number): void {
  const isEnough = right / all >= threshold;
  isMet &&= isEnough;
  console.log(`${isEnough ? "met   " : "MISSED"} ${title}: ${right} of ${all} (${percent(right / all)}; at least ${percent(threshold)})\n`);
}

const short = ({ text }: QueryResult): string => text.replace(/\s+/g, " ").slice(0, 160);

/** No row, no passage, and what can be asked instead. */
const declines = ({ data, citations = [], text }: QueryResult): boolean =>
  data === undefined && citations.length === 0 && /Connected are|The data holds|The nearest I can do|I can run/.test(text);

function isAnsweredTwice({ text, citations = [] }: QueryResult, { data, other }: Mixed): boolean {
  const isCited = other === "schema" ? text.includes("From the schema (") : citations.some(({ title }) => title === other.cites);
  return isCited && text.includes("From the data (") && text.includes(data);
}

let declined = 0;
for (const ask of outside) {
  const result = await orchestrator.query(ask);
  if (declines(result)) declined++;
  else console.log(`- ${ask}\n    ${short(result)}`);
}
tell("out of scope, declined", declined, outside.length);

let both = 0;
for (const each of mixed) {
  const result = await orchestrator.query(each.ask);
  if (isAnsweredTwice(result, each)) both++;
  else console.log(`- ${each.ask}\n    ${short(result)}`);
}
tell("two questions in one, each answered from its source", both, mixed.length);

/** A choice as it may be said: by its place, by its name, and by a word of the name. */
function sayings(choices: readonly string[], at: number): string[] {
  const choice = choices[at]!;
  const word = choice
    .split(/[\s_()]+/)
    .find((one) => one.length > 2 && choices.every((other, index) => index === at || !other.includes(one)));
  return [String(at + 1), choice, ...(word === undefined || word === choice ? [] : [word])];
}

let chosen = 0;
let offered = 0;
let asked = 0;
for (const ask of ambiguous) {
  const first = await orchestrator.query({ text: ask, sessionId: await orchestrator.createSession() });
  const choices = [...first.text.matchAll(/^- (.+)$/gm)].map(([, choice = ""]) => choice);
  if (!first.text.includes("Which do you mean?")) {
    console.log(`  not asked back: ${ask} (${first.explanation?.join(" ") ?? ""})`);
    continue;
  }
  asked++;
  for (let at = 0; at < choices.length; at++) {
    for (const say of sayings(choices, at)) {
      const sessionId = await orchestrator.createSession();
      await orchestrator.query({ text: ask, sessionId });
      const result = await orchestrator.query({ text: say, sessionId });
      offered++;
      if (result.data !== undefined && result.explanation?.[0]?.startsWith("Read as: ") === true) chosen++;
      else console.log(`- ${ask} | ${say}\n    ${short(result)}`);
    }
  }
}
console.log(`asked back: ${asked} of ${ambiguous.length}`);
tell("choices that work when chosen", chosen, offered);
await dataTools.close();
if (!isMet) process.exitCode = 1;
