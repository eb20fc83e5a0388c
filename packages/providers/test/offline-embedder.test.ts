import { embedderConformance, runConformance } from "@hydrogenai/core/testing";
import { describe, expect, it } from "vitest";
import { offlineEmbedder } from "../src/embedder/index.ts";

const embedder = offlineEmbedder();

async function likeness(a: string, b: string): Promise<number> {
  const [first, second] = await embedder.embed([a, b]);
  return first!.reduce((sum, value, at) => sum + value * second![at]!, 0);
}

describe("offlineEmbedder", () => {
  describe.each([64, 384])("with %i numbers", (dimensions) => {
    runConformance(embedderConformance, it, { create: () => offlineEmbedder({ dimensions }) });
  });

  it.each([
    ["How many boats are in the harbour?", "the number of boats in the harbour", "How many vans are in the garage?"],
    ["average delivery time of parcels", "avergae delivery times of parcels", "average weight of drivers"],
    ["日本の首都はどこですか", "日本の首都はどこ", "中国的首都在哪里"],
    ["Straßenbahn in Zürich", "straßenbahnen in zürich", "Seilbahn in Bern"],
  ])("finds %j nearer to %j than to %j", async (text, near, far) => {
    expect(await likeness(text, near)).toBeGreaterThan((await likeness(text, far)) + 0.1);
  });

  it("hardly finds anything common in texts that share no words", async () => {
    expect(Math.abs(await likeness("boats anchored offshore", "quiz grading rules"))).toBeLessThan(0.25);
  });

  it("keeps signs apart that make another question", async () => {
    expect(await likeness("Who uses C?", "Who uses C++?")).toBeLessThan(0.99);
  });

  it("makes the same numbers on every machine", async () => {
    const [vector] = await embedder.embed(["How many boats are in the harbour?"]);
    const largest = [...vector!.entries()].toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, 3);
    expect(largest.map(([at, value]) => [at, Number(value.toFixed(4))])).toMatchInlineSnapshot(`
      [
        [
          253,
          0.2558,
        ],
        [
          187,
          0.2177,
        ],
        [
          31,
          0.21,
        ],
      ]
    `);
  });

  it("reads a text of any length in bounded time, its first words", async () => {
    const long = Array.from({ length: 600 }, (_, at) => `word${at}`).join(" ");
    expect(await likeness(long, `${long} ${"and much more of it ".repeat(50_000)}`)).toBeCloseTo(1, 5);
    expect(await likeness("x".repeat(1_000_000), "x".repeat(1_000_001))).toBeCloseTo(1, 5);
  });

  it("refuses dimensions out of range", () => {
    for (const dimensions of [0, 63, 4_097, 100.5, Number.NaN])
      expect(() => offlineEmbedder({ dimensions })).toThrow(`dimensions must be a whole number from 64 to 4096, not ${dimensions}`);
  });
});
