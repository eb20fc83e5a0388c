import { describe, expect, it } from "vitest";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import type { Json } from "../../src/ports/json.ts";
import { virtualClock } from "../../src/testing/index.ts";

describe("memoryStateStore", () => {
  it("refuses new keys when it is full, while those it has go on", async () => {
    const store = memoryStateStore({ maxEntries: 2 });
    await store.set("a", 1);
    await store.set("b", 1);
    await expect(store.set("c", 1)).rejects.toMatchObject({ code: "STORE_FULL", retryable: true });
    expect(await store.get("c")).toBeUndefined();
    expect(await store.set("a", 2)).toBe(2);
    expect(await store.get("b")).toEqual({ value: 1, version: 1 });
    await store.delete("b");
    expect(await store.set("c", 1)).toBe(1);
  });

  it("makes room from expired keys, looking for them at most once a second", async () => {
    const clock = virtualClock();
    const store = memoryStateStore({ maxEntries: 2, clock });
    await store.set("a", 1, { ttlMs: 100 });
    await store.set("b", 1, { ttlMs: 300 });
    await expect(store.set("c", 1)).rejects.toMatchObject({ code: "STORE_FULL" });
    await clock.advance(400);
    await expect(store.set("c", 1)).rejects.toMatchObject({ code: "STORE_FULL" });
    await clock.advance(600);
    expect(await store.set("c", 1)).toBe(1);
    expect(await store.set("d", 1)).toBe(1);
  });

  it("ends a value on its own clock to the millisecond", async () => {
    const clock = virtualClock();
    const store = memoryStateStore({ clock });
    await store.set("key", 1, { ttlMs: 100 });
    await clock.advance(99.9);
    expect(await store.get("key")).toEqual({ value: 1, version: 1 });
    await clock.advance(0.1);
    expect(await store.get("key")).toBeUndefined();
    expect(clock.pending()).toBe(0);
  });

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  it.each([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a bigint", 1n],
    ["a bigint inside", { deep: [1n] }],
    ["a cycle", cyclic],
  ])("refuses %s and keeps what was there", async (_, value) => {
    const store = memoryStateStore();
    await store.set("key", "before");
    await expect(store.set("key", value as Json)).rejects.toThrow();
    expect(await store.get("key")).toEqual({ value: "before", version: 1 });
  });

  it("refuses a time to live that is none", async () => {
    await expect(memoryStateStore().set("key", 1, { ttlMs: 0 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("takes no calls after close, and says so", async () => {
    const store = memoryStateStore();
    expect(store.health?.().status).toBe("up");
    await store.close?.();
    await expect(store.set("key", 1)).rejects.toMatchObject({ code: "CLOSED" });
    expect(store.health?.().status).toBe("down");
  });
});
