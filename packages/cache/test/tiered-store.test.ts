import { type CacheStore, type EventBus, type HealthReport, isOrchestratorError, memoryCacheStore, memoryEventBus } from "@hydrogenai/core";
import { type Faults, cacheStoreConformance, faulty, runConformance } from "@hydrogenai/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type TieredStore, type TieredStoreOptions, tieredStore } from "../src/index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : new TextDecoder().decode(value));
const hour = { ttlMs: 3_600_000 };

const open: { close?: (() => Promise<void>) | undefined }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close?.();
});

/** A store that several instances share: closing an instance leaves it. */
const shared = (store: CacheStore): CacheStore => ({ ...store, close: async () => {} });

function instance(l2: CacheStore, options: TieredStoreOptions = {}, l1: CacheStore = memoryCacheStore()): TieredStore {
  const store = tieredStore(l1, l2, options);
  open.push(store);
  return store;
}

const gets = async (store: CacheStore, key: string): Promise<string | undefined> => textOf(await store.get(key));

/** An instance reads until its L1 holds the value: the second read must not need L2. */
async function warm(store: CacheStore, l2Faults: Faults, key: string, text: string): Promise<void> {
  await vi.waitFor(async () => {
    delete l2Faults.failEvery;
    await store.get(key);
    l2Faults.failEvery = 1;
    expect(await gets(store, key)).toBe(text);
  }, 10_000);
  delete l2Faults.failEvery;
}

describe("keeps the contract of a cache store", () => {
  runConformance(cacheStoreConformance, it, { create: () => tieredStore(memoryCacheStore(), memoryCacheStore()) });
});

describe("keeps the contract of a cache store: values deflated, a bus, L2 away", () => {
  runConformance(cacheStoreConformance, it, {
    create: () => tieredStore(memoryCacheStore(), memoryCacheStore(), { bus: memoryEventBus(), compressAboveBytes: 1 }),
  });
  runConformance(cacheStoreConformance, it, {
    create: () => tieredStore(memoryCacheStore(), faulty(memoryCacheStore(), { failEvery: 1 }), { staleMs: 3_600_000 }),
  });
});

describe("instances that share an L2 and a bus", () => {
  const pair = () => {
    const bus = memoryEventBus();
    const l2 = shared(memoryCacheStore());
    const faults: Faults = {};
    open.push(bus);
    // Long enough that only the bus can be the reason for what is forgotten.
    const options = { bus, staleMs: 60_000 };
    return { bus, l2, faults, a: instance(l2, options), b: instance(faulty(l2, faults), { ...options, l2RestMs: 1 }) };
  };

  it("a value set by one is read by the other, and its replacement replaces the copy", async () => {
    const { a, b, faults } = pair();
    await a.set("k", bytes("old"), hour);
    await warm(b, faults, "k", "old");
    await a.set("k", bytes("new"), hour);
    await vi.waitFor(async () => expect(await gets(b, "k")).toBe("new"), 10_000);
  });

  it("a deletion by one reaches the copy of the other", async () => {
    const { a, b, faults } = pair();
    await a.set("k", bytes("old"), hour);
    await warm(b, faults, "k", "old");
    expect(await a.delete("k")).toBe(true);
    await vi.waitFor(async () => expect(await gets(b, "k")).toBeUndefined(), 10_000);
  });

  it("a copy read while the value is being replaced or deleted is not kept", async () => {
    const inner = memoryCacheStore();
    let held = Promise.resolve();
    const store = instance(
      { ...inner, get: async (key) => inner.get(key).then(async (value) => (await held, value)) },
      { l2TimeoutMs: 5_000 },
    );
    const outside = instance(shared(inner));
    for (const change of ["set", "delete"] as const) {
      await outside.set(change, bytes("old"), hour);
      let release = (): void => {};
      held = new Promise((resolve) => (release = resolve));
      const reading = store.get(change);
      await (change === "set" ? store.set(change, bytes("new"), hour) : store.delete(change));
      release();
      await reading;
      expect(await gets(store, change)).toBe(change === "set" ? "new" : undefined);
    }
  });

  it("of many calls of add in several instances one answers true", async () => {
    const { a, b } = pair();
    const won = await Promise.all([a, b, a, b].map((store) => store.add("lease", bytes("x"), hour)));
    expect(won.filter(Boolean)).toHaveLength(1);
  });
});

describe("a lost subscription", () => {
  it("empties L1, and copies made while the bus is silent live for staleMs only", async () => {
    const inner = memoryEventBus();
    open.push(inner);
    let silent = false;
    const bus: EventBus = {
      ...inner,
      // Accepts events and delivers none, as after a subscription that was lost without a word.
      publish: async (event, options) => (silent ? { tier: "memory", durable: false } : inner.publish(event, options)),
    };
    const l2 = shared(memoryCacheStore());
    const faults: Faults = {};
    const a = instance(l2, { bus, staleMs: 100 });
    const b = instance(faulty(l2, faults), { bus, staleMs: 100, l2RestMs: 1 });
    await a.set("k", bytes("old"), hour);
    await warm(b, faults, "k", "old");
    silent = true;
    await a.set("k", bytes("new"), hour);
    await vi.waitFor(async () => expect(await gets(b, "k")).toBe("new"), 10_000);
  });

  it("counts as lost when the bus says it is down or answers from another tier", async () => {
    for (const change of ["down", "tier"] as const) {
      const inner = memoryEventBus();
      open.push(inner);
      let changed = false;
      const bus: EventBus = {
        ...inner,
        publish: async (event) => (changed && change === "tier" ? { tier: "elsewhere", durable: false } : inner.publish(event)),
        health: (): HealthReport => ({ status: changed && change === "down" ? "down" : "up" }),
      };
      const l2 = shared(memoryCacheStore());
      const faults: Faults = {};
      const store = instance(faulty(l2, faults), { bus, staleMs: 200, l2RestMs: 1 });
      await store.set("k", bytes("v"), hour);
      await warm(store, faults, "k", "v");
      await l2.delete("k");
      changed = true;
      await vi.waitFor(async () => expect(await gets(store, "k")).toBeUndefined(), 10_000);
    }
  });

  it("what could not be told is told once the bus is back", async () => {
    const bus = memoryEventBus();
    open.push(bus);
    const faults: Faults = {};
    const l2 = shared(memoryCacheStore());
    const a = instance(l2, { bus: faulty(bus, faults), staleMs: 400 });
    const l2Faults: Faults = {};
    const b = instance(faulty(l2, l2Faults), { bus, staleMs: 60_000, l2RestMs: 1 });
    await a.set("k", bytes("old"), hour);
    await warm(b, l2Faults, "k", "old");
    faults.failEvery = 1;
    await a.set("k", bytes("new"), hour);
    expect(await gets(b, "k")).toBe("old");
    delete faults.failEvery;
    await vi.waitFor(async () => expect(await gets(b, "k")).toBe("new"), { timeout: 5_000 });
  });
});

it("what others say of themselves leaves L1 as it is", async () => {
  const inner = shared(memoryCacheStore());
  const bus = memoryEventBus();
  open.push(bus);
  let asked = 0;
  const counted: CacheStore = { ...inner, peek: undefined, get: (...call) => (asked++, inner.get(...call)) };
  const a = instance(inner, { bus, staleMs: 80 });
  const b = instance(counted, { bus, staleMs: 80 });
  await a.set("k", bytes("v"), hour);
  await vi.waitFor(
    async () => {
      await gets(b, "k");
      const before = asked;
      const until = performance.now() + 200;
      // Several pulses of the other instance pass meanwhile.
      await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(until), 10_000);
      expect(await gets(b, "k")).toBe("v");
      expect(asked).toBe(before);
    },
    { timeout: 5_000 },
  );
});

describe("many readers of one key at once", () => {
  it("ask L2 once, and one that comes after a change here is not given what was read before it", async () => {
    const inner = memoryCacheStore();
    const { promise: opened, resolve: release } = Promise.withResolvers<void>();
    let asked = 0;
    const l2: CacheStore = {
      ...inner,
      async get(key) {
        asked++;
        const found = await inner.get(key);
        await opened;
        return found;
      },
    };
    await instance(inner).set("k", bytes("old"), hour);
    const store = instance(l2, { l2TimeoutMs: 5_000 });
    const readers = Array.from({ length: 100 }, () => gets(store, "k"));
    await vi.waitFor(() => expect(asked).toBe(1), 10_000);
    await store.delete("k");
    const late = gets(store, "k");
    release();
    expect(new Set(await Promise.all(readers))).toEqual(new Set(["old"]));
    expect(await late).toBeUndefined();
    expect(asked).toBe(2);
  });
});

describe("an L2 that is away", () => {
  it("is a miss and never an error, whether it fails or hangs", async () => {
    for (const faults of [{ failEvery: 1 }, { delayMs: Infinity }] satisfies Faults[]) {
      const store = instance(faulty(memoryCacheStore(), faults), { l2TimeoutMs: 5 });
      expect(await gets(store, "k")).toBeUndefined();
      await store.set("k", bytes("v"), hour);
      expect(await gets(store, "k")).toBe("v");
      expect(await store.add("k2", bytes("v"), hour)).toBe(true);
      expect(await store.add("k2", bytes("v"), hour)).toBe(false);
      expect(await store.delete("k")).toBe(true);
      expect(await gets(store, "k")).toBeUndefined();
      expect(store.health().status).toBe("degraded");
    }
  });

  it("is left alone after three failures, and used again when it is back", async () => {
    const faults: Faults = { failEvery: 1 };
    const inner = memoryCacheStore();
    const get = vi.fn<CacheStore["get"]>(inner.get);
    const store = instance(faulty({ ...inner, get }, faults), { l2RestMs: 40 });
    for (let i = 0; i < 20; i++) await store.get(`k${i}`);
    expect(get).not.toHaveBeenCalled();
    delete faults.failEvery;
    await vi.waitFor(async () => {
      await store.get("k");
      expect(get).toHaveBeenCalled();
    }, 10_000);
    expect(store.health().status).toBe("up");
  });

  it("a deletion it did not confirm is made again, and its old value is not believed meanwhile", async () => {
    const faults: Faults = {};
    const inner = shared(memoryCacheStore());
    const bus = memoryEventBus();
    open.push(bus);
    const a = instance(faulty(inner, faults), { bus, l2RestMs: 10 });
    const b = instance(inner, { bus });
    await a.set("k", bytes("old"), hour);
    expect(await gets(b, "k")).toBe("old");
    faults.failEvery = 1;
    await a.delete("k");
    faults.only = ["delete"];
    expect(await gets(a, "k")).toBeUndefined();
    await vi.waitFor(async () => expect(await gets(b, "k")).toBeUndefined(), 10_000);
    faults.failEvery = undefined;
    await vi.waitFor(async () => expect(await inner.get("k")).toBeUndefined(), 10_000);
    await b.set("k", bytes("new"), hour);
    await vi.waitFor(async () => expect(await gets(a, "k")).toBe("new"), 10_000);
  });

  it("an abort of the caller rejects with its reason while L2 hangs", async () => {
    const store = instance(faulty(memoryCacheStore(), { delayMs: Infinity }), { l2TimeoutMs: 60_000 });
    const controller = new AbortController();
    const reading = store.get("k", { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });
});

describe("what is found in L2", () => {
  it("corrupt, foreign and oversized entries are misses and are removed", async () => {
    const l2 = memoryCacheStore();
    const store = instance(l2, { maxValueBytes: 1_000, staleMs: 1 });
    const spoiled: readonly (readonly [string, (sealed: Uint8Array) => Uint8Array])[] = [
      ["empty", () => new Uint8Array()],
      ["foreign", () => bytes('{"not":"ours at all"}')],
      ["cut", (sealed) => sealed.slice(0, -1)],
      ["flipped", (sealed) => sealed.with(20, sealed[20]! ^ 1)],
      ["version", (sealed) => sealed.with(2, 99)],
      ["oversized", (sealed) => new Uint8Array([...sealed, ...new Uint8Array(2_000)])],
    ];
    for (const [key, spoil] of spoiled) {
      await store.set(key, bytes("a value of some length"), hour);
      await l2.set(key, spoil((await l2.get(key))!));
      await vi.waitFor(async () => expect(await gets(store, key)).toBeUndefined(), 10_000);
      expect(await l2.get(key)).toBeUndefined();
    }
  });

  it("a small entry that unpacks to more than may be stored is a miss", async () => {
    const l2 = shared(memoryCacheStore());
    await instance(l2, { compressAboveBytes: 10 }).set("bomb", new Uint8Array(4_000_000), hour);
    expect((await l2.get("bomb"))!.byteLength).toBeLessThan(20_000);
    expect(await gets(instance(l2, { maxValueBytes: 100_000 }), "bomb")).toBeUndefined();
    expect(await l2.get("bomb")).toBeUndefined();
  });

  it("a value above maxValueBytes is not stored and does away with the old one", async () => {
    const store = instance(memoryCacheStore(), { maxValueBytes: 10 });
    await store.set("k", bytes("small"), hour);
    await store.set("k", bytes("much too large"), hour);
    expect(await gets(store, "k")).toBeUndefined();
  });
});

it("options that make no sense are refused", () => {
  for (const options of [{ staleMs: 0 }, { l2TimeoutMs: -1 }, { maxValueBytes: Number.NaN }, { l2RestMs: 0 }]) {
    let thrown: unknown;
    try {
      tieredStore(memoryCacheStore(), memoryCacheStore(), options);
    } catch (error) {
      thrown = error;
    }
    expect(isOrchestratorError(thrown, "CONFIG_INVALID")).toBe(true);
  }
});

it("a bus that hangs holds nobody up", async () => {
  const bus: EventBus = { ...memoryEventBus(), publish: () => new Promise(() => {}) };
  const store = instance(memoryCacheStore(), { bus });
  for (let i = 0; i < 2_000; i++) await store.set(`k${i}`, bytes("v"), hour);
  expect(await gets(store, "k1")).toBe("v");
  expect(await store.delete("k1")).toBe(true);
});
