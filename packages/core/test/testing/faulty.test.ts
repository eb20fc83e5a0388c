import { describe, expect, it } from "vitest";
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import {
  cacheStoreConformance,
  eventBusConformance,
  eventLogConformance,
  faulty,
  providerConformance,
  runConformance,
  sampleEvent,
  scriptedProvider,
  toolSourceConformance,
} from "../../src/testing/index.ts";
import { quickEventBus, scriptedSubject, toolSubject } from "./subjects.ts";

const bytes = new Uint8Array([1]);
const ask = { messages: [{ role: "user" as const, content: "hello" }] };

describe("faulty", () => {
  it("fails so many calls, without reaching the adapter, and then no more", async () => {
    const real = memoryCacheStore();
    const faults = { failNext: 2 };
    const store = faulty(real, faults);
    await expect(store.set("key", bytes)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await expect(store.get("key")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await real.get("key")).toBeUndefined();
    await store.set("key", bytes);
    expect(await store.get("key")).toEqual(bytes);
    expect(faults.failNext).toBe(0);
    faults.failNext = 1;
    await expect(store.get("key")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("fails every so many-th call", async () => {
    const store = faulty(memoryCacheStore(), { failEvery: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 7 }, () => store.get("key")));
    expect(outcomes.map(({ status }) => status === "rejected")).toEqual([false, false, true, false, false, true, false]);
  });

  it("fails with the error it is given, and only where it is told to", async () => {
    const error = new Error("the disk is full");
    const store = faulty(memoryCacheStore(), { failEvery: 1, error, only: ["set", "add"] });
    expect(await store.get("key")).toBeUndefined();
    await expect(store.set("key", bytes)).rejects.toBe(error);
  });

  it("leaves name, health and close alone", async () => {
    const store = faulty(memoryEventLog(), { failEvery: 1, delayMs: Infinity });
    expect(store.name).toBe("memory");
    expect(store.health?.().status).toBe("up");
    await store.close?.();
    expect(store.health?.().status).toBe("down");
  });

  it("fails what is read piece by piece when the first piece is asked for", async () => {
    const log = faulty(memoryEventLog(), { failNext: 1, only: ["read"] });
    await log.append("s", [sampleEvent()]);
    const first = log.read("s")[Symbol.asyncIterator]();
    await expect(first.next()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const second = log.read("s")[Symbol.asyncIterator]();
    expect((await second.next()).value).toMatchObject({ version: 1 });
  });

  it("fails a provider as a provider fails, under its own name", async () => {
    const provider = faulty({ ...scriptedProvider("x"), name: "first" }, { failNext: 2 });
    const expected = { code: "PROVIDER_FAILED", provider: "first", kind: "network", retryable: true };
    await expect(provider.generate(ask)).rejects.toMatchObject(expected);
    await expect(provider.stream(ask)[Symbol.asyncIterator]().next()).rejects.toMatchObject(expected);
    expect((await provider.generate(ask)).text).toBe("x");
  });

  it("hangs until the call is aborted", async () => {
    const store = faulty(memoryCacheStore(), { delayMs: Infinity });
    const caller = new AbortController();
    const reason = new Error("enough");
    const hanging = store.get("key", { signal: caller.signal });
    caller.abort(reason);
    await expect(hanging).rejects.toBe(reason);
  });

  it("works on adapters that are classes with private fields", async () => {
    class Counter {
      #count = 0;
      async next(): Promise<number> {
        return ++this.#count;
      }
    }
    const counter = faulty(new Counter(), { failNext: 1 });
    await expect(counter.next()).rejects.toThrow();
    expect(await counter.next()).toBe(1);
  });
});

describe("faulty without a fault is the adapter itself", () => {
  describe("cache store", () => {
    runConformance(cacheStoreConformance, it, { create: () => faulty(memoryCacheStore(), {}) });
  });
  describe("event log, late", () => {
    runConformance(eventLogConformance, it, {
      create: () => faulty(memoryEventLog(), { delayMs: 1 }),
      skip: { "What the caller does to an event afterwards does not change the stored one": "the delay comes before the copy" },
    });
  });
  describe("event bus", () => {
    runConformance(eventBusConformance, it, { create: () => faulty(quickEventBus(), {}) });
  });
  describe("provider", () => {
    const create = () => {
      const subject = scriptedSubject();
      return { ...subject, provider: faulty(subject.provider, {}) };
    };
    runConformance(providerConformance, it, { create });
  });
  describe("tool source", () => {
    const create = () => {
      const subject = toolSubject();
      return { ...subject, source: faulty(subject.source, {}) };
    };
    runConformance(toolSourceConformance, it, { create });
  });
});
