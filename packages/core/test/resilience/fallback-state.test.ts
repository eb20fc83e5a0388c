import { describe, expect, it, onTestFinished, vi } from "vitest";
import { OrchestratorError } from "../../src/errors.ts";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import type { StateStore } from "../../src/ports/state-store.ts";
import { fallbackState, type FallbackStateOptions, type StateConflict } from "../../src/resilience/fallback-state.ts";
import { runConformance, stateStoreConformance } from "../../src/testing/index.ts";

describe("fallbackState keeps the store contract", () => {
  runConformance(stateStoreConformance, it, { create: () => fallbackState(memoryStateStore(), memoryStateStore()) });
});

/** What ours meets there; `loses-replies` does what it is asked and then fails the call. */
type StoreState = "up" | "down" | "hangs" | "loses-replies" | "lost";

/** A store outside this process: another process may use it while ours cannot reach it. */
function setUp(options: FallbackStateOptions = {}) {
  const shared = memoryStateStore();
  const found: StateConflict[] = [];
  const remote = { state: "up" as StoreState };
  const reach = async <T>(call: () => Promise<T>): Promise<T> => {
    if (remote.state === "down") throw new OrchestratorError("STORE_UNAVAILABLE", "away", { retryable: true });
    if (remote.state === "lost") throw new OrchestratorError("STATE_LOST", "came back empty");
    while (remote.state === "hangs") await new Promise((resolve) => setTimeout(resolve, 2));
    const answer = await call();
    if (remote.state === "loses-replies") throw new OrchestratorError("STORE_UNAVAILABLE", "the reply was lost", { retryable: true });
    return answer;
  };
  const primary: StateStore = {
    name: "redis",
    get: (key) => reach(() => shared.get(key)),
    set: (key, value, setOptions) => reach(() => shared.set(key, value, setOptions)),
    delete: (key) => reach(() => shared.delete(key)),
    ready: () => reach(async () => {}),
  };
  const store = fallbackState(primary, memoryStateStore(), {
    timeoutMs: 50,
    probeMs: 10,
    onConflict: (conflict) => found.push(conflict),
    ...options,
  });
  onTestFinished(() => store.close?.());
  const back = (): Promise<void> => {
    remote.state = "up";
    return vi.waitFor(() => expect(store.health?.().status).toBe("up"), 10_000);
  };
  return { shared, remote, store, found, back };
}

describe("fallbackState", () => {
  it("goes on in memory while the store is away, and carries over what was written with the versions it gave", async () => {
    const { shared, remote, store, found, back } = setUp();
    expect(await store.set("session", "one")).toBe(1);
    remote.state = "down";
    expect(await store.get("session")).toEqual({ value: "one", version: 1 });
    expect(await store.set("session", "two", { ifVersion: 1 })).toBe(2);
    expect(await store.set("session", "three", { ifVersion: 2 })).toBe(3);
    expect(await store.set("new", "x", { ifVersion: 0 })).toBe(1);
    expect(store.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("2 keys wait for redis") as string });
    await back();
    expect(await shared.get("session")).toEqual({ value: "three", version: 3 });
    expect(await shared.get("new")).toEqual({ value: "x", version: 1 });
    expect(await store.set("session", "four", { ifVersion: 3 })).toBe(4);
    expect(found).toEqual([]);
  });

  it("goes on when the store hangs", async () => {
    const { remote, store } = setUp();
    await store.set("k", 1);
    remote.state = "hangs";
    expect(await store.set("k", 2, { ifVersion: 1 })).toBe(2);
    remote.state = "up";
  });

  it("does not take what it never saw for absent", async () => {
    const { shared, remote, store } = setUp();
    await shared.set("theirs", "an old session");
    remote.state = "down";
    await expect(store.get("theirs")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await expect(store.delete("theirs")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("knows what it saw to be absent", async () => {
    const { remote, store } = setUp();
    expect(await store.get("none")).toBeUndefined();
    remote.state = "down";
    expect(await store.get("none")).toBeUndefined();
  });

  it("keeps the other's value and reports a conflict when both wrote", async () => {
    const { shared, remote, store, found, back } = setUp();
    await store.set("session", "base");
    remote.state = "down";
    await store.set("session", "ours");
    await store.set("session", "ours again");
    await shared.set("session", "theirs");
    await shared.set("session", "theirs again");
    await back();
    const conflict = { key: "session", ours: "ours again", theirs: { value: "theirs again", version: 3 } };
    expect(found).toEqual([conflict]);
    expect(store.conflicts()).toEqual([conflict]);
    // Version 3 here is another value than version 3 there: who holds it must read first.
    await expect(store.set("session", "next", { ifVersion: 3 })).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
    expect(await store.get("session")).toEqual({ value: "theirs again", version: 3 });
    expect(await store.set("session", "next", { ifVersion: 3 })).toBe(4);
  });

  it("reports a conflict for a key that was new here and is not there", async () => {
    const { shared, remote, store, found, back } = setUp();
    remote.state = "down";
    await store.set("k", "ours");
    await shared.set("k", "theirs");
    await back();
    expect(found).toEqual([{ key: "k", ours: "ours", theirs: { value: "theirs", version: 1 } }]);
  });

  it("sees its own write, whose reply was lost, as its own", async () => {
    const { shared, remote, store, found, back } = setUp();
    await store.set("k", 1);
    remote.state = "loses-replies";
    expect(await store.set("k", 2, { ifVersion: 1 })).toBe(2);
    remote.state = "down";
    expect(await store.set("k", 3, { ifVersion: 2 })).toBe(3);
    await back();
    expect(await shared.get("k")).toEqual({ value: 3, version: 3 });
    expect(found).toEqual([]);
  });

  it("carries over a delete, and a key made anew after it", async () => {
    const { shared, remote, store, found, back } = setUp();
    await store.set("gone", 1);
    await store.set("anew", 1);
    await store.set("anew", 2);
    remote.state = "down";
    expect(await store.delete("gone")).toBe(true);
    expect(await store.delete("gone")).toBe(false);
    await store.delete("anew");
    expect(await store.set("anew", 3, { ifVersion: 0 })).toBe(1);
    await back();
    expect(await shared.get("gone")).toBeUndefined();
    expect(await shared.get("anew")).toEqual({ value: 3, version: 1 });
    expect(found).toEqual([]);
  });

  it("keeps the time to live across, and does not bring back what ended meanwhile", async () => {
    const { shared, remote, store, back } = setUp();
    await store.set("long", 1);
    await store.set("short", 1);
    remote.state = "down";
    await store.set("long", 2, { ttlMs: 300 });
    await store.set("short", 2, { ttlMs: 1 });
    await vi.waitFor(async () => expect(await store.get("short")).toBeUndefined(), 10_000);
    await back();
    expect(await shared.get("short")).toBeUndefined();
    expect(await shared.get("long")).toMatchObject({ value: 2 });
    await vi.waitFor(async () => expect(await shared.get("long")).toBeUndefined(), 10_000);
  });

  it("passes on that the store lost its state, and serves only what this process knows", async () => {
    const { remote, store } = setUp();
    await store.set("mine", 1);
    remote.state = "lost";
    expect(await store.get("mine")).toEqual({ value: 1, version: 1 });
    await expect(store.get("unknown")).rejects.toMatchObject({ code: "STATE_LOST" });
    expect(store.health?.().status).toBe("degraded");
  });

  it("refuses more than it may keep rather than forget what waits", async () => {
    const { remote, store } = setUp({ maxKept: 3 });
    for (const key of ["a", "b", "c", "d"]) await store.set(key, key);
    remote.state = "down";
    for (const key of ["x", "y", "z"]) await store.set(key, key);
    await expect(store.set("w", 1)).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await store.get("x")).toEqual({ value: "x", version: 1 });
  });

  it("passes on refusals of the store itself", async () => {
    const { store } = setUp();
    await store.set("k", 1);
    await expect(store.set("k", 2, { ifVersion: 7 })).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
    await expect(store.set("k", 2, { ttlMs: -1 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(store.health?.().status).toBe("up");
  });

  it("carries over on close, and takes no calls afterwards", async () => {
    const { shared, remote, store } = setUp({ probeMs: 60_000 });
    remote.state = "down";
    await store.set("k", 1);
    remote.state = "up";
    await store.close?.();
    expect(await shared.get("k")).toEqual({ value: 1, version: 1 });
    await expect(store.get("k")).rejects.toMatchObject({ code: "CLOSED" });
  });
});
