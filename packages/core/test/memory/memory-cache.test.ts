import { describe, expect, it } from "vitest";
import type { CacheQuestion, QueryResult } from "../../src/index.ts";
import { memoryCache } from "../../src/index.ts";
import { cacheConformance, runConformance, virtualClock } from "../../src/testing/index.ts";

const question = (text: string): CacheQuestion => ({ text, scope: { tenant: "t", settings: "" } });
const answer = (text: string): QueryResult => ({ text, data: { rows: [1] } }) as unknown as QueryResult;

describe("memoryCache", () => {
  runConformance(cacheConformance, it, {
    create: () => ({ cache: memoryCache(), corrupt: () => {} }),
    destroy: ({ cache }) => cache.close?.(),
    skip: { "A corrupt entry is a miss": "it keeps objects, and there are no bytes that could be spoilt" },
  });

  it("forgets what was unused longest when its bytes are spent", async () => {
    const cache = memoryCache({ maxBytes: 1_300 });
    for (const text of ["a", "b", "c"]) await cache.store(question(text), answer(text), { ttlMs: 1_000 });
    await cache.lookup(question("a"));
    await cache.store(question("d"), answer("d"), { ttlMs: 1_000 });
    const kept = await Promise.all(["a", "b", "c", "d"].map(async (text) => (await cache.lookup(question(text)))?.result.text));
    expect(kept).toEqual(["a", undefined, "c", "d"]);
  });

  it("does not keep an answer larger than itself", async () => {
    const cache = memoryCache({ maxBytes: 5_000 });
    await cache.store(question("a"), answer("x".repeat(10_000)), { ttlMs: 1_000 });
    expect(await cache.lookup(question("a"))).toBeUndefined();
  });

  it("counts time on its own clock", async () => {
    const clock = virtualClock();
    const cache = memoryCache({ clock });
    await cache.store(question("a"), answer("a"), { ttlMs: 100 });
    await clock.advance(99);
    expect((await cache.lookup(question("a")))?.ageMs).toBe(99);
    await clock.advance(1);
    expect(await cache.lookup(question("a"))).toBeUndefined();
  });

  it("is not changed by what a caller does to an answer", async () => {
    const cache = memoryCache();
    const given = answer("a");
    await cache.store(question("a"), given, { ttlMs: 100 });
    Object.assign(given, { text: "changed" });
    const hit = await cache.lookup(question("a"));
    expect(hit?.result.text).toBe("a");
    expect(() => Object.assign(hit!.result, { text: "changed again" })).toThrow(TypeError);
    expect((await cache.lookup(question("a")))?.result.text).toBe("a");
  });
});
