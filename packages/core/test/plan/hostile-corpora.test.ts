import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { plan } from "../../src/plan/planner.ts";
import { planQuestion } from "../../src/plan/plan-question.ts";
import { maxTokens, tokenize } from "../../src/plan/tokens.ts";
import { type Asked, asked, now } from "./ask.ts";
import { shop } from "./shop.ts";

const folder = new URL("../../../../../shared/data/corpora/third-party/", import.meta.url);
const corpora = ["naughty-strings", "prompt-injection", "nosql-injection", "sql-injection"];

const inputsOf = (corpus: string): string[] =>
  readFileSync(new URL(`${corpus}.jsonl`, folder), "utf8")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { input?: string }).input ?? ""]));

const forbidden = new Set(["$where", "$function", "$accumulator", "$out", "$merge", "$jsonSchema", "mapReduce"]);

/** Every key at any depth: what MongoDB would take for an operator. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

describe("text that was written to break something", () => {
  let source: Asked;
  beforeAll(async () => {
    source = await asked(shop());
  });

  if (!existsSync(folder)) console.log("skipped: the corpora of hostile text, which are not on this machine");
  it.skipIf(!existsSync(folder)).each(corpora)("%s, alone and inside a question, never becomes an operator", async (corpus) => {
    for (const input of inputsOf(corpus)) {
      for (const question of [input, `How many products are called "${input}"?`, `orders with status ${input}`]) {
        const outcome = plan(question, source.catalog, { now });
        expect(["plan", "ambiguous", "unplannable"]).toContain(outcome.kind);
        if (outcome.kind !== "plan") continue;
        expect(keysOf(await source.source.compile(outcome.plan)).filter((key) => forbidden.has(key))).toEqual([]);
      }
    }
  });

  it.each(["how many products ", "“", '"', "'", "(", "a-", "5 ", "not "])(
    "looks at no more than so much of 100 kB of %j",
    async (piece) => {
      const question = `unicorns ${piece.repeat(100_000 / piece.length)}`;
      expect(tokenize(question).length).toBeLessThanOrEqual(maxTokens + 1);
      // The rest of the text changes nothing, so nothing of it was read.
      expect(tokenize(question)).toEqual(tokenize(question.slice(0, 2000)));
      const outcome = await planQuestion(source.source, question, { now });
      expect(outcome.kind).not.toBe("plan");
    },
  );
});
