import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import type { CacheStore } from "../../src/ports/cache-store.ts";
import { virtualClock } from "../../src/testing/index.ts";

const kilobyte = new Uint8Array(1024);

/** Room for so many values of a kilobyte, bookkeeping included, and not for one more. */
const roomFor = (count: number): CacheStore => memoryCacheStore({ maxBytes: count * 1200 });

async function present(store: CacheStore, keys: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(keys.map((key) => store.add(key, new Uint8Array(0)).then((added) => (added ? undefined : key))));
  return found.filter((key) => key !== undefined);
}

describe("memoryCacheStore", () => {
  it("lets the values unused longest go, and reading is use", async () => {
    const store = roomFor(3);
    for (const key of ["a", "b", "c"]) await store.set(key, kilobyte);
    await store.get("a");
    await store.set("d", kilobyte);
    expect(await store.get("b")).toBeUndefined();
    await store.set("e", kilobyte);
    expect(await store.get("c")).toBeUndefined();
    expect(await present(store, ["a", "d", "e"])).toEqual(["a", "d", "e"]);
  });

  it("holds what a cache that counts the slow way holds, whatever is done to it", async () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
    const operation = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key, size: fc.integer({ min: 0, max: 2500 }) }),
      fc.record({ do: fc.constant("get" as const), key }),
      fc.record({ do: fc.constant("delete" as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
        const maxBytes = 4000;
        const store = memoryCacheStore({ maxBytes });
        let model: { key: string; size: number }[] = [];
        const sizeOf = (each: { key: string; size: number }): number => each.size + each.key.length * 2 + 120;
        const total = (): number => model.reduce((sum, each) => sum + sizeOf(each), 0);
        for (const each of operations) {
          const known = model.find((other) => other.key === each.key);
          model = model.filter((other) => other !== known);
          let answers: [unknown, unknown] = [undefined, undefined];
          if (each.do === "set") {
            await store.set(each.key, new Uint8Array(each.size));
            if (sizeOf(each) <= maxBytes) model.push({ key: each.key, size: each.size });
            while (total() > maxBytes) model.shift();
          } else if (each.do === "get") {
            answers = [(await store.get(each.key))?.length, known?.size];
            if (known !== undefined) model.push(known);
          } else answers = [await store.delete(each.key), known !== undefined];
          expect(answers[0]).toBe(answers[1]);
        }
        for (const { key, size } of model) expect((await store.get(key))?.length).toBe(size);
      }),
      { numRuns: 200 },
    );
  });

  it("does not keep a value larger than itself, nor the value that one was to replace", async () => {
    const store = roomFor(2);
    await store.set("other", kilobyte);
    await store.set("key", kilobyte);
    await store.set("key", new Uint8Array(10_000));
    expect(await store.get("key")).toBeUndefined();
    expect(await store.get("other")).toEqual(kilobyte);
  });

  it("ends a value on its own clock to the millisecond", async () => {
    const clock = virtualClock();
    const store = memoryCacheStore({ clock });
    await store.set("key", kilobyte, { ttlMs: 100 });
    await clock.advance(99.9);
    expect(await store.get("key")).toEqual(kilobyte);
    await clock.advance(0.1);
    expect(await store.get("key")).toBeUndefined();
    expect(clock.pending()).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])("refuses maxBytes %s", (maxBytes) => {
    expect(() => memoryCacheStore({ maxBytes })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it.each([0, -1, Number.NaN, Infinity])("refuses a time to live of %s and keeps what was there", async (ttlMs) => {
    const store = memoryCacheStore();
    await store.set("key", kilobyte);
    await expect(store.set("key", new Uint8Array(1), { ttlMs })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(await store.get("key")).toEqual(kilobyte);
  });

  it("takes no calls after close", async () => {
    const store = memoryCacheStore();
    await store.close?.();
    await expect(store.get("key")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(store.set("key", kilobyte)).rejects.toMatchObject({ code: "CLOSED" });
  });
});
