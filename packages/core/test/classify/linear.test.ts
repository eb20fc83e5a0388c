import { describe, expect, it } from "vitest";
import { buckets, featuresOf } from "../../src/classify/features.ts";
import { maxReadChars } from "../../src/classify/tokens.ts";
import { linearClassifier, shippedClassifier } from "../../src/classify/linear.ts";
import type { QueryType } from "../../src/index.ts";

describe("linear classifier", () => {
  const rows: [QueryType, string][] = [
    ["simple", "How many lighthouses were built before 1900?"],
    ["complex", "For each keeper, what is the average height of the lighthouses they look after?"],
    ["rag", "why do lighthouses use fresnel lenses"],
    ["schema", "Which columns does the lighthouses table have?"],
    ["tool", "Restart the backup job and email me the log file"],
  ];
  it.each(rows)("%s: %s", async (type, text) => {
    const classify = await shippedClassifier();
    const { type: said, by, confidence, margin, probabilities } = classify({ text });
    expect(said).toBe(type);
    expect(by).toBe("linear");
    expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(confidence).toBe(Math.max(...Object.values(probabilities)));
    expect(margin).toBeLessThanOrEqual(confidence);
  });

  it("always answers, also for nonsense", async () => {
    const classify = await shippedClassifier();
    for (const text of [
      "",
      "?",
      "\u202e\u0000",
      "\ud800",
      "🎬".repeat(500),
      "a ".repeat(50_000),
      '"'.repeat(5_000),
      "constructor __proto__",
    ]) {
      const { confidence, type } = classify({ text });
      expect(rows.map(([each]) => each)).toContain(type);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });

  it("is even between the types where nothing was learnt", () => {
    const { confidence, margin } = linearClassifier({ bytes: new Int8Array(buckets * 5), step: 1 })({ text: "How many?" });
    expect(confidence).toBeCloseTo(0.2, 9);
    expect(margin).toBeCloseTo(0, 9);
  });

  it("reads the beginning of a long question only", () => {
    const start = "how many orders ".repeat(200).slice(0, maxReadChars);
    // What is read is overwritten by the next reading.
    const read = (text: string): Uint16Array => featuresOf(text).keys.slice(0, featuresOf(text).ends.at(-1));
    expect(read(`${start} explain the policy`)).toEqual(read(start));
    expect(read("how many orders")).not.toEqual(read("how many orders explain the policy"));
  });

  it("keeps nothing of the question before", async () => {
    const classify = await shippedClassifier();
    const first = classify({ text: "How many lighthouses are there?" });
    classify({ text: "Restart the backup job and email me the log file" });
    expect(classify({ text: "How many lighthouses are there?" })).toEqual(first);
  });

  it("refuses weights of another make", () => {
    expect(() => linearClassifier({ bytes: new Int8Array(10), step: 1 })).toThrow(RangeError);
  });

  it("names the kinds of words that spoke", async () => {
    expect((await shippedClassifier())({ text: "What tables are there?" }).evidence.join()).toMatch(/tables/);
  });
});
