import { describe, expect, it } from "vitest";
import { cascade } from "../../src/classify/cascade.ts";
import { classifyByRules, queryTypes } from "../../src/classify/rules.ts";
import { defaultLimits } from "../../src/defaults.ts";
import { learntExamples } from "../../src/engine/learnt-examples.ts";
import { type Classification, type Classifier, type QueryType, memoryStateStore } from "../../src/index.ts";

const rows: [QueryType, string][] = [
  ["simple", "How many users signed up in March?"],
  ["simple", "Show the orders of customer 42"],
  ["simple", "Who is the oldest employee?"],
  ["complex", "What is the average order value per country?"],
  ["complex", "Which supplier has the most open invoices?"],
  ["complex", "Compare revenue of 2022 and 2023 by month"],
  ["rag", "Explain the refund policy"],
  ["rag", "What is the handbook about?"],
  ["rag", "Why do invoices expire after thirty days?"],
  ["schema", "What tables are there?"],
  ["schema", "Which fields does the orders collection have?"],
  ["schema", "Describe the database schema"],
  ["tool", "clear the cache"],
  ["tool", "Please restart the worker service"],
  ["tool", "create an index on orders"],
];

describe("classifyByRules", () => {
  it.each(rows)("%s: %s", (type, text) => {
    expect(classifyByRules({ text }).type).toBe(type);
  });

  it("gives probabilities that sum to one, with the evidence", () => {
    const { probabilities, confidence, margin, evidence, by } = classifyByRules({ text: "What tables are there?" });
    const total = queryTypes.reduce((sum, type) => sum + probabilities[type], 0);
    expect(total).toBeCloseTo(1, 9);
    expect(confidence).toBe(Math.max(...Object.values(probabilities)));
    expect(margin).toBeGreaterThan(0);
    expect(margin).toBeLessThanOrEqual(confidence);
    expect(evidence.join()).toMatch(/tables/);
    expect(by).toBe("rules");
  });

  it("always answers, also for nonsense", () => {
    for (const text of ["", "?", "\u202e\u0000", "🎬".repeat(500), "a ".repeat(50_000)])
      expect(queryTypes).toContain(classifyByRules({ text }).type);
  });
});

describe("cascade", () => {
  const verdict: Classification = { ...classifyByRules({ text: "clear the cache" }), by: "mine" };
  const { signal } = new AbortController();
  const cascaded = (classifiers: readonly Classifier[]) =>
    cascade(classifiers, learntExamples([], [], memoryStateStore(), defaultLimits), new Set(queryTypes));

  it("takes the caller's word first", async () => {
    expect(await cascaded([() => verdict])({ text: "x", options: { type: "schema" } }, signal)).toMatchObject({
      type: "schema",
      by: "given",
      confidence: 1,
    });
  });
  it("asks the next one when a classifier does not know, throws or answers nonsense", async () => {
    const nonsense = { ...verdict, type: "poem" } as unknown as Classification;
    const throws = (): never => {
      throw new Error("broken");
    };
    expect((await cascaded([() => undefined, throws, () => nonsense, () => verdict])({ text: "x" }, signal)).by).toBe("mine");
    expect((await cascaded([throws])({ text: "x" }, signal)).by).toBe("linear");
  });
});
