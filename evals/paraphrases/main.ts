// How often another wording of a question is answered from memory, without a model: the answer itself by its meaning, or the result of the
// same plan. Exits non-zero where that is seldom, or where anything remembered is not what asking anew gives.
import { isDeepStrictEqual } from "node:util";

import { type QueryResult, createOrchestrator, defineProvider, memoryCacheStore } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { semanticCache } from "../../packages/cache/src/index.ts";
import { percent } from "../local/report.ts";
import { groups } from "./questions.ts";

const threshold = 0.6;

let modelCalls = 0;
const model = defineProvider({
  name: "absent",
  // oxlint-disable-next-line require-yield -- it never says anything
  async *stream() {
    modelCalls++;
    throw new Error("no model is there");
  },
});

const dataTools = createDataTools();
const tools = mcpTools({ transport: () => dataTools.connect() });
await using remembering = createOrchestrator({ tools: [tools], providers: [model], cache: semanticCache({ store: memoryCacheStore() }) });
await using anew = createOrchestrator({ tools: [mcpTools({ transport: () => dataTools.connect() })], cache: false });

const read = ({ explanation = [], text }: QueryResult): string => [explanation].flat()[0] ?? text.slice(0, 120);
const shown = ({ data, text }: QueryResult): unknown => data ?? text;
const how = ({ cached, explain }: QueryResult): string =>
  cached !== "none" ? cached : (explain?.toolResults ?? 0) > 0 ? "plan" : "not from memory";

const ways = new Map<string, number>();
let asked = 0;
let wrong = 0;
let calledModel = 0;
for (const { ask, same, near } of groups) {
  const first = await remembering.query(ask);
  for (const text of [...same, near]) {
    const before = modelCalls;
    const result = await remembering.query(text);
    const way = how(result);
    if (modelCalls > before) calledModel++;
    if (text !== near) {
      asked++;
      ways.set(way, (ways.get(way) ?? 0) + 1);
      if (way === "not from memory") console.log(`- ${text}\n    ${read(result)}\n    ${read(first)}`);
    }
    const expected = text === near || way === "plan" ? await anew.query(text) : first;
    if (way !== "not from memory" && !isDeepStrictEqual(shown(result), shown(expected))) {
      wrong++;
      console.log(`WRONG ${text}\n    ${result.text.slice(0, 160)}`);
    }
  }
}
await dataTools.close();

const remembered = asked - (ways.get("not from memory") ?? 0);
console.log(
  `\n${asked} wordings of ${groups.length} questions: ${[...ways].map(([way, count]) => `${way} ${count}`).join(", ")}; ${calledModel} asked a model`,
);
const isOften = remembered / asked >= threshold;
console.log(`${isOften ? "met   " : "MISSED"} answered from memory: ${percent(remembered / asked)} (at least ${percent(threshold)})`);
console.log(`${wrong === 0 ? "met   " : "MISSED"} wrong: ${wrong} (at most 0)`);
if (!isOften || wrong > 0) process.exitCode = 1;
