import { memoryVectorIndex, type VectorIndex } from "@hydrogenai/core";
import { runConformance, vectorIndexConformance } from "@hydrogenai/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { vectorKernel } from "../../../scripts/vector-kernel.ts";
import { vectorIndex } from "../src/index.ts";
import { kernelBytes } from "../src/vectors/kernel-bytes.ts";
import { randomFrom } from "./must-miss.ts";

const engines = ["wasm", "js"] as const;

/** Vectors in clusters, with more energy in some directions than in others, as those of texts are. */
function clustered(seed: number, dimensions: number): () => Float32Array {
  const random = randomFrom(seed);
  const direction = (spread: number): number[] => Array.from({ length: dimensions }, (_, at) => ((random() - 0.5) * spread) / (1 + at / 8));
  const centres = Array.from({ length: 40 }, () => direction(1));
  return () => {
    const centre = centres[Math.floor(random() * centres.length)]!;
    const away = direction(random() < 0.3 ? 0.3 : 1.5);
    const vector = Float32Array.from(centre, (value, at) => value + away[at]!);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
}

async function sameMatches(index: VectorIndex, plain: VectorIndex, asked: Float32Array, atLeast: number, limit: number): Promise<number> {
  const [found, expected] = await Promise.all([index, plain].map((each) => each.search("s", asked, { atLeast, limit })));
  expect(found!.map(({ likeness }) => likeness)).toHaveLength(expected!.length);
  // Equally alike ones may come in any order.
  const apart = Math.max(0, ...expected!.map(({ likeness }, rank) => Math.abs(likeness - found![rank]!.likeness)));
  expect(apart).toBeLessThan(1e-6);
  return found!.length;
}

describe.each(engines)("in %s", (engine) => {
  describe.each([8, 100])("%i numbers a vector", (dimensions) => {
    runConformance(vectorIndexConformance, it, { create: () => vectorIndex({ dimensions, engine }) });
  });

  it.each([5, 32, 150])("finds what one finds who compares all vectors of %i numbers, also between removals", async (dimensions) => {
    const next = clustered(dimensions, dimensions);
    const random = randomFrom(5);
    const index = vectorIndex({ dimensions, engine });
    const plain = memoryVectorIndex({ dimensions });
    const add = async (key: number): Promise<void> => {
      const vector = next();
      await Promise.all([index, plain].map((each) => each.add("s", `${key}`, vector)));
    };
    let found = 0;
    let added = 0;
    for (const count of [600, 1_500, 500]) {
      for (const until = added + count; added < until; added++) await add(added);
      for (let i = 0; i < count / 2; i++) {
        const key = `${Math.floor(random() * added)}`;
        expect(await index.remove("s", key)).toBe(await plain.remove("s", key));
      }
      for (const [atLeast, limit] of [
        [0.95, 8],
        [0.9, 3_000],
        [0.7, 8],
        [0.5, 200],
        [0, 1],
        [-1, 3_000],
      ] as const)
        for (let i = 0; i < 4; i++) found += await sameMatches(index, plain, next(), atLeast, limit);
    }
    expect(found).toBeGreaterThan(1_000);
  });

  it("keeps no more than it may, in entries and in bytes, and is as right afterwards", async () => {
    const next = clustered(1, 16);
    const bounded = [vectorIndex({ dimensions: 16, engine, maxEntries: 700 }), vectorIndex({ dimensions: 16, engine, maxBytes: 280_000 })];
    for (const index of bounded) {
      const vectors = Array.from({ length: 2_000 }, next);
      for (const [key, vector] of vectors.entries()) await index.add("s", `${key}`, vector);
      const kept = await index.search("s", vectors[0]!, { atLeast: -1, limit: 5_000 });
      expect(kept.length).toBeGreaterThan(500);
      expect(kept.length).toBeLessThanOrEqual(700);
      expect(kept.map(({ key }) => Number(key)).toSorted((a, b) => a - b)[0]).toBe(2_000 - kept.length);
      const newest = await index.search("s", vectors[1_999]!, { atLeast: 0.9999, limit: 5 });
      expect(newest.map(({ key }) => key)).toContain("1999");
    }
  });

  it("holds many small shelves and one large one beside each other", async () => {
    const next = clustered(2, 24);
    const index = vectorIndex({ dimensions: 24, engine });
    const vectors = Array.from({ length: 1_500 }, next);
    for (const [key, vector] of vectors.entries()) await index.add(key % 2 === 0 ? "large" : `small ${key}`, `${key}`, vector);
    for (const [key, vector] of vectors.entries()) {
      if (key % 50 > 1) continue;
      const found = await index.search(key % 2 === 0 ? "large" : `small ${key}`, vector, { atLeast: 0.99999, limit: 5 });
      expect(found.map(({ key: each }) => each)).toContain(`${key}`);
    }
  });

  it("takes vectors that are all the same", async () => {
    const index = vectorIndex({ dimensions: 40, engine });
    const same = new Float32Array(40).fill(1 / Math.sqrt(40));
    for (let key = 0; key < 1_200; key++) await index.add("s", `${key}`, same);
    expect(await index.search("s", same, { atLeast: 0.9999, limit: 2_000 })).toHaveLength(1_200);
    expect(
      await index.search(
        "s",
        same.map((value) => -value),
        { atLeast: 0, limit: 10 },
      ),
    ).toEqual([]);
  });
});

it("the WebAssembly that is shipped is what its assembler makes", () => {
  expect(kernelBytes).toBe(Buffer.from(vectorKernel()).toString("base64"));
});

it("does without WebAssembly where there is none, and says so when it was asked for", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(() => vectorIndex({ dimensions: 8, engine: "wasm" })).toThrow("there is no WebAssembly with SIMD here");
  const next = clustered(3, 8);
  const index = vectorIndex({ dimensions: 8 });
  const vectors = Array.from({ length: 1_000 }, next);
  for (const [key, vector] of vectors.entries()) await index.add("s", `${key}`, vector);
  const found = await index.search("s", vectors[7]!, { atLeast: 0.99999, limit: 10 });
  expect(found.map(({ key }) => key)).toContain("7");
});

it("refuses options out of range, and every call after close", async () => {
  expect(() => vectorIndex({ dimensions: 0 })).toThrow("dimensions must be a whole number above 0, not 0");
  expect(() => vectorIndex({ dimensions: 4, maxEntries: 1.5 })).toThrow("maxEntries");
  expect(() => vectorIndex({ dimensions: 4, maxBytes: -1 })).toThrow("maxBytes");
  const index = vectorIndex({ dimensions: 4 });
  const vector = Float32Array.of(1, 0, 0, 0);
  await expect(index.search("s", vector, { atLeast: 0, limit: 0 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await index.close?.();
  await expect(index.add("s", "k", vector)).rejects.toMatchObject({ code: "CLOSED" });
});
