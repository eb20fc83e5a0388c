import { expect, it } from "vitest";
import { memoryVectorIndex } from "../../src/memory/vector-index.ts";

const all = { atLeast: -1, limit: 10 };
const east = Float32Array.of(1, 0);

it("lets the vector go that was added longest ago, of whichever shelf", async () => {
  const index = memoryVectorIndex({ dimensions: 2, maxEntries: 2 });
  await index.add("a", "1", east);
  await index.add("b", "2", east);
  await index.add("a", "1", east);
  await index.add("c", "3", east);
  expect(await index.search("a", east, all)).toHaveLength(1);
  expect(await index.search("b", east, all)).toEqual([]);
  expect(await index.search("c", east, all)).toHaveLength(1);
});

it("refuses to count what cannot be counted", () => {
  expect(() => memoryVectorIndex({ dimensions: 0 })).toThrow("dimensions must be a whole number of at least 1, not 0");
  expect(() => memoryVectorIndex({ dimensions: 2, maxEntries: 0.5 })).toThrow("maxEntries");
});

it("is closed after close", async () => {
  const index = memoryVectorIndex({ dimensions: 2 });
  await index.close?.();
  await expect(index.search("a", east, all)).rejects.toMatchObject({ code: "CLOSED" });
});
