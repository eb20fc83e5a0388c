import {
  type CacheQuestion,
  type CacheScope,
  type CacheStore,
  type Embedder,
  type QueryResult,
  type VectorIndex,
  createOrchestrator,
  isOrchestratorError,
  memoryCacheStore,
  memoryEventBus,
  memoryVectorIndex,
} from "@hydrogenai/core";
import { type Faults, cacheConformance, faulty, runConformance, scriptedProvider } from "@hydrogenai/core/testing";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type SemanticCache, type SemanticCacheOptions, semanticCache, tieredStore } from "../src/index.ts";
import { digest, questionKey } from "../src/question-key.ts";
import { mustMiss, randomFrom } from "./must-miss.ts";

const scope: CacheScope = { tenant: "acme", principal: "ada", roles: ["reader"], settings: "s1", dataVersion: "v1" };
const asking = (text: string, more: Partial<CacheScope> = {}): CacheQuestion => ({ text, scope: { ...scope, ...more }, type: "simple" });
const hour = { ttlMs: 3_600_000 };

const answer = (text: string): QueryResult => ({
  id: "1",
  text,
  type: "simple",
  classification: {
    type: "simple",
    confidence: 1,
    probabilities: { simple: 1, complex: 0, rag: 0, schema: 0, tool: 0 },
    margin: 1,
    by: "rules",
    evidence: [],
  },
  cached: "none",
  workflow: "simple",
  answeredBy: "model",
  attempts: [],
  usage: { inputTokens: 1, outputTokens: 1 },
  costUsd: 0.25,
  degraded: [],
  timings: { totalMs: 40 },
});

const open: SemanticCache[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close?.();
});

function instance(options: Partial<SemanticCacheOptions> = {}): SemanticCache {
  const cache = semanticCache({ store: memoryCacheStore(), ...options });
  open.push(cache);
  return cache;
}

/** A store that outlives the caches on it. */
const shared = (): CacheStore => ({ ...memoryCacheStore(), close: async () => {} });

const textFor = async (cache: SemanticCache, question: CacheQuestion): Promise<string | undefined> =>
  (await cache.lookup(question))?.result.text;

/** Every key a store was given, so that a test can spoil what is there. */
function watched(store: CacheStore): { readonly store: CacheStore; readonly keys: Set<string> } {
  const keys = new Set<string>();
  return {
    keys,
    store: {
      ...store,
      set: (key, value, options) => {
        keys.add(key);
        return store.set(key, value, options);
      },
    },
  };
}

const credulous: Embedder = { name: "credulous", dimensions: 2, embed: async (texts) => texts.map(() => new Float32Array([1, 0])) };

for (const mode of ["exact", "safe", "balanced"] as const)
  describe(`keeps the contract of a cache in mode ${mode}`, () => {
    runConformance(cacheConformance, it, {
      create: () => {
        const { store, keys } = watched(memoryCacheStore());
        const cache = semanticCache({ store, mode });
        return {
          cache,
          close: cache.close,
          corrupt: async () => {
            for (const key of keys) if (key.startsWith("answer:")) await store.set(key, new TextEncoder().encode("{nonsense"));
          },
        };
      },
    });
  });

describe("another wording", () => {
  it("is answered when it certainly means the same", async () => {
    const cache = instance();
    await cache.store(asking("How many customers live in Berlin?"), answer("12"), hour);
    for (const text of [
      "What is the number of customers who live in Berlin?",
      "count the customers living in Berlin",
      "Please tell me how many customers live in Berlin.",
    ]) {
      const hit = await cache.lookup(asking(text));
      expect([text, hit?.kind, hit?.result.text]).toEqual([text, "semantic", "12"]);
    }
  });

  it("is not answered in mode exact, nor when only exact hits are asked for", async () => {
    const store = shared();
    await instance({ store }).store(asking("How many customers are there?"), answer("12"), hour);
    expect(await instance({ store, mode: "exact" }).lookup(asking("Count the number of customers"))).toBeUndefined();
    expect(await instance({ store }).lookup(asking("Count the number of customers"), { kind: "exact" })).toBeUndefined();
    expect((await instance({ store }).lookup(asking("Count the number of customers"), { kind: "semantic" }))?.kind).toBe("semantic");
  });

  it("stays within a type of question", async () => {
    const cache = instance();
    await cache.store(asking("How many customers are there?"), answer("12"), hour);
    expect(await cache.lookup({ ...asking("Count the number of customers"), type: "rag" })).toBeUndefined();
  });

  it("is never answered for a text that means something only where it is said", async () => {
    const cache = instance({ embedder: credulous, mode: "balanced" });
    for (const text of ["yes", "continue", "ok", "go on", "", " ", "…", "👍", "and then?", "why not"]) {
      await cache.store(asking(text), answer(text), hour);
      expect(await cache.lookup(asking(`${text} please`))).toBeUndefined();
      expect(await cache.lookup(asking(`  ${text.toUpperCase()}!`), { kind: "semantic" })).toBeUndefined();
    }
  });

  it("is found by an instance that did not store it, by its canonical wording and over the bus by its words", async () => {
    const bus = memoryEventBus();
    const store = shared();
    const [a, b] = [instance({ store, bus }), instance({ store, bus })];
    await b.lookup(asking("anything at all"));
    await a.store(asking("What are the names of the drivers?"), answer("Ada"), hour);
    expect(await textFor(instance({ store }), asking("List the names of the drivers"))).toBe("Ada");
    await vi.waitFor(async () => expect(await textFor(b, asking("Show all driver names"))).toBe("Ada"), 10_000);
    await bus.close?.();
  });

  it("is found through a vector index of one's own, which hears of what others stored without embedding it again", async () => {
    const bus = memoryEventBus();
    const store = shared();
    const embedded: Record<"a" | "b", string[]> = { a: [], b: [] };
    const noting = (who: "a" | "b"): Embedder => ({
      ...credulous,
      embed: (texts) => {
        embedded[who].push(...texts);
        return credulous.embed(texts);
      },
    });
    const index = memoryVectorIndex({ dimensions: 2 });
    const found: number[] = [];
    const vectorIndex: VectorIndex = {
      ...index,
      search: async (...args) => {
        const matches = await index.search(...args);
        found.push(matches.length);
        return matches;
      },
    };
    const a = instance({ store, bus, embedder: noting("a") });
    const b = instance({ store, bus, embedder: noting("b"), vectorIndex });
    await b.lookup(asking("Is anything at all liked by anybody?"));
    const question = asking("Which films are liked?");
    await a.lookup(question);
    await a.store(question, answer("Alien"), hour);
    await vi.waitFor(async () => {
      expect(await textFor(b, asking("Which boats are sold?"))).toBeUndefined();
      expect(found.at(-1)).toBe(1);
    }, 10_000);
    expect(await textFor(b, asking("Which movies are liked?"))).toBe("Alien");
    expect(embedded.a).toEqual(["Which films are liked?"]);
    expect(embedded.b).not.toContain("Which films are liked?");
    await bus.close?.();
  });

  it("refuses a vector index for vectors of another size", () => {
    expect(() => instance({ embedder: credulous, vectorIndex: memoryVectorIndex({ dimensions: 3 }) })).toThrow(
      "the vectors of credulous have 2 numbers, those of the vectorIndex 3",
    );
  });

  it("respects names in small letters that the vocabulary tells", async () => {
    const question = "show the pupils of class fern";
    const other = "show the students of class fern";
    const cache = instance();
    await cache.store(asking(question), answer("x"), hour);
    const strict = instance({ vocabulary: () => new Set(["pupils", "students"]) });
    await strict.store(asking(question), answer("x"), hour);
    expect(await textFor(cache, asking(other))).toBe("x");
    expect(await textFor(strict, asking(other))).toBeUndefined();
  });
});

describe("nothing that must miss hits, with an embedder that calls everything equal", () => {
  it("generated pairs", async () => {
    const wrong: string[] = [];
    for (const { kind, a, b } of mustMiss(20, 1_500)) {
      const cache = instance({ embedder: credulous, mode: "balanced", maxEntries: 10 });
      await cache.store(a, answer(a.text), hour);
      if ((await cache.lookup(b)) !== undefined) wrong.push(`${kind}: ${a.text} / ${b.text}`);
      expect(await textFor(cache, a)).toBe(a.text);
    }
    expect(wrong).toEqual([]);
  });

  it("pairs that look alike", async () => {
    const pairs = [
      ["is it safe to delete the table?", "is it unsafe to delete the table?"],
      ["turn dark mode on", "turn dark mode off"],
      ["What is the C language?", "What is the C++ language?"],
      ["movies by directors who won", "directors who won by movies"],
      ["flights from Oslo to Rome", "flights from Rome to Oslo"],
      ["How do I enable alerts?", "How do I disable alerts?"],
      ["last names of players sorted by first name", "first names of players sorted by first name"],
      ["the maximum and minimum age", "the minimum and minimum age"],
      ["cars heavier than vans", "vans heavier than cars"],
      ["orders over 1,000", "orders over 10,000"],
    ] as const;
    for (const [a, b] of pairs) {
      const cache = instance({ embedder: credulous, mode: "balanced" });
      await cache.store(asking(a), answer(a), hour);
      expect([b, await textFor(cache, asking(b))]).toEqual([b, undefined]);
    }
  });

  it("keys of confusable tuples", () => {
    const random = randomFrom(3);
    const atoms = ["", "a", "b", '"', '","', "[", "\\", "null", ":", ","];
    const atom = (): string => Array.from({ length: Math.floor(random() * 3) }, () => atoms[Math.floor(random() * atoms.length)]).join("");
    const tuples = new Map<string, string>();
    for (let i = 0; i < 20_000; i++) {
      const [tenant, principal, settings, text] = [atom(), random() < 0.3 ? undefined : atom(), atom(), atom()];
      const key = digest("answer", questionKey({ text, scope: { tenant, principal, settings } }));
      const tuple = [tenant, principal, settings, text].map((part) => (part === undefined ? "-" : `${part.length}#${part}`)).join("");
      expect(tuples.get(key) ?? tuple).toBe(tuple);
      tuples.set(key, tuple);
    }
    expect(tuples.size).toBeGreaterThan(10_000);
  });
});

describe("what is stored", () => {
  it("an entry that is corrupt, oversized or of another question is a miss and is removed", async () => {
    const { store, keys } = watched(memoryCacheStore());
    const cache = instance({ store, maxEntryBytes: 5_000 });
    const spoils: readonly ((bytes: Uint8Array) => string)[] = [
      () => "{nonsense",
      (bytes) => new TextDecoder().decode(bytes).replace('"format":2', '"format":3'),
      (bytes) => new TextDecoder().decode(bytes).replace("acme", "evil"),
      (bytes) => new TextDecoder().decode(bytes) + " ".repeat(6_000),
      () => "null",
    ];
    for (const [index, spoil] of spoils.entries()) {
      const question = asking(`How many boats are in harbour ${index}?`);
      await cache.store(question, answer("7"), hour);
      const key = [...keys].findLast((each) => each.startsWith("answer:"))!;
      await store.set(key, new TextEncoder().encode(spoil((await store.get(key))!)));
      expect(await cache.lookup(question)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
    }
    expect(cache.report().removed).toBe(spoils.length);
  });

  it("an answer above maxEntryBytes is not stored, and does away with an older one", async () => {
    const cache = instance({ maxEntryBytes: 2_000 });
    await cache.store(asking("How many boats?"), answer("7"), hour);
    await cache.store(asking("How many boats?"), answer("x".repeat(3_000)), hour);
    expect(await cache.lookup(asking("How many boats?"))).toBeUndefined();
  });

  it("an answer that was computed while what it rests on was invalidated is not stored", async () => {
    const cache = instance();
    const question = asking("How many boats?");
    expect(await cache.lookup(question)).toBeUndefined();
    await cache.invalidate({ tenant: "acme" });
    await cache.store(question, answer("old"), hour);
    expect(await cache.lookup(asking("How many boats?"))).toBeUndefined();
  });
});

describe("invalidation", () => {
  it("by tag and by tenant reaches another instance over the store alone, for other wordings too", async () => {
    for (const filter of [{ tags: ["boats"] }, { tags: ["collection:*"] }, { tenant: "acme" }, { tenant: "acme", tags: ["boats"] }, {}]) {
      const store = shared();
      const [a, b] = [instance({ store }), instance({ store })];
      await a.store(asking("How many boats are there?"), answer("7"), { ...hour, tags: ["boats", "collection:ships"] });
      expect(await textFor(b, asking("Count the boats"))).toBe("7");
      await a.invalidate(filter);
      expect(await textFor(a, asking("Count the boats"))).toBeUndefined();
      await vi.waitFor(async () => expect(await textFor(b, asking("How many boats are there?"))).toBeUndefined(), { timeout: 2_000 });
      expect(await textFor(b, asking("Count the boats"))).toBeUndefined();
    }
  });

  it("by another tag or tenant leaves the answer", async () => {
    const cache = instance();
    await cache.store(asking("How many boats are there?"), answer("7"), { ...hour, tags: ["boats"] });
    await cache.invalidate({ tags: ["trains"] });
    await cache.invalidate({ tenant: "other" });
    await cache.invalidate({ tenant: "other", tags: ["boats"] });
    expect(await textFor(cache, asking("Count the boats"))).toBe("7");
  });

  it("holds here although the store could not be told, and reaches the store once it is back", async () => {
    const inner = shared();
    const faults: Faults = {};
    const cache = instance({ store: faulty(inner, faults) });
    await cache.store(asking("How many boats are there?"), answer("7"), hour);
    faults.failEvery = 1;
    faults.only = ["set"];
    await expect(cache.invalidate({ tenant: "acme" })).rejects.toThrow();
    delete faults.failEvery;
    expect(await textFor(cache, asking("How many boats are there?"))).toBeUndefined();
    await vi.waitFor(
      async () => {
        await cache.lookup(asking("How many boats are there?"));
        expect(await textFor(instance({ store: inner }), asking("How many boats are there?"))).toBeUndefined();
      },
      { timeout: 3_000 },
    );
  });

  it("made while the shared tier hangs is not undone when that tier is back with what it held", async () => {
    const inner = shared();
    const faults: Faults = {};
    const store = tieredStore(memoryCacheStore(), faulty(inner, faults), { l2TimeoutMs: 5, l2RestMs: 20, staleMs: 50 });
    const cache = instance({ store });
    await cache.store(asking("How many boats are there?"), answer("7"), hour);
    faults.delayMs = Infinity;
    await cache.invalidate({ tenant: "acme" });
    expect(await textFor(cache, asking("How many boats are there?"))).toBeUndefined();
    delete faults.delayMs;
    const trustedUntil = performance.now() + 1_500;
    // Past every time for which a copy of the mark is trusted.
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(trustedUntil), { timeout: 3_000 });
    expect(await textFor(cache, asking("How many boats are there?"))).toBeUndefined();
    expect(await textFor(instance({ store: inner }), asking("How many boats are there?"))).toBeUndefined();
  });

  it("marks that the store lost cost hits and never bring an old answer back", async () => {
    const { store, keys } = watched(shared());
    const cache = instance({ store });
    await cache.store(asking("How many boats are there?"), answer("7"), hour);
    await cache.invalidate({ tenant: "acme" });
    for (const key of keys) if (key.startsWith("mark:")) await store.delete(key);
    expect(await textFor(instance({ store }), asking("How many boats are there?"))).toBeUndefined();
  });
});

describe("an answer whose time is over", () => {
  it("is given as stale during its grace while it is made anew once, and is gone after it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    // No jitter: the grace is shorter than it may be.
    const lots = vi.spyOn(Math, "random").mockReturnValue(0);
    onTestFinished(() => {
      vi.useRealTimers();
      lots.mockRestore();
    });
    let version = 1;
    const model = scriptedProvider(() => `version ${version}`);
    const cache = semanticCache({ store: memoryCacheStore() });
    await using orchestrator = createOrchestrator({ providers: [model], cache, ttlMs: { simple: 3_600_000 } });
    const ask = () => orchestrator.query({ text: "How many boats are there?", options: { type: "simple" } });
    expect((await ask()).text).toBe("version 1");
    version = 2;
    vi.setSystemTime(Date.now() + 3_600_000 + 60_000);
    const stale = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(stale.map(({ text, explain }) => `${text} ${explain?.stale}`))).toEqual(new Set(["version 1 true"]));
    await vi.waitFor(async () => expect(await ask()).toMatchObject({ text: "version 2", cached: "exact" }), 10_000);
    expect(model.requests).toHaveLength(2);
    expect((await ask()).explain?.stale).toBeUndefined();
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect((await ask()).cached).toBe("none");
    expect(cache.report().staleHits).toBeGreaterThanOrEqual(20);
  });

  it("that was only good for a moment is never given afterwards", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const cache = semanticCache({ store: memoryCacheStore() });
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("seven")], cache });
    const ask = () => orchestrator.query({ text: "How many boats are there right now?", options: { type: "simple" } });
    await ask();
    expect((await ask()).cached).toBe("exact");
    vi.setSystemTime(Date.now() + 60_000);
    expect((await ask()).cached).toBe("none");
  });
});

describe("a mistake that is reported", () => {
  it("makes the entry harder to hit, in every instance, and leaves exact hits alone", async () => {
    const store = shared();
    const [a, b] = [instance({ store }), instance({ store })];
    await a.store(asking("How many customers live in Berlin?"), answer("12"), hour);
    const wording = asking("count the customers living in Berlin");
    const hit = await a.lookup(wording);
    await a.reject(hit!.id);
    expect(await a.lookup(wording)).toBeUndefined();
    expect(await b.lookup(wording)).toBeUndefined();
    expect((await a.lookup(asking("How many customers live in Berlin?")))?.kind).toBe("exact");
    expect(a.report().nearMisses.at(-1)?.why).toContain("rejected before");
  });

  it("raises the bar for all entries when there are more than maxErrorRate allows", async () => {
    const cache = instance({ mode: "balanced" });
    const towns = [
      "Berlin",
      "Oslo",
      "Rome",
      "Quito",
      "Hanoi",
      "Lima",
      "Accra",
      "Bern",
      "Turin",
      "Cork",
      "Bath",
      "Nice",
      "Graz",
      "Ghent",
      "Lyon",
      "Porto",
    ];
    for (const town of towns) await cache.store(asking(`How many customers live in ${town}?`), answer("12"), hour);
    let refused = 0;
    for (const town of towns) {
      const hit = await cache.lookup(asking(`count the customers living in ${town}`));
      if (hit === undefined) refused++;
      else await cache.reject(hit.id);
    }
    expect(refused).toBeGreaterThan(0);
    expect(cache.report().errorBound).toBeGreaterThan(0.5);
  });

  it("forgets the answer of an exact hit, and ignores ids it never gave", async () => {
    const cache = instance();
    await cache.store(asking("How many boats?"), answer("7"), hour);
    for (const id of ["", "nonsense", "exact mark:x", "semantic x y", "semantic NaN answer:x", "semantic 1 boundary:x"])
      await cache.reject(id);
    const hit = await cache.lookup(asking("How many boats?"));
    await cache.reject(hit!.id);
    expect(await cache.lookup(asking("How many boats?"))).toBeUndefined();
    expect(cache.report().rejected).toBe(0);
  });
});

describe("what it tells", () => {
  it("counts hits and misses, says what was close and why it was refused, and what was saved", async () => {
    const cache = instance();
    await cache.store(asking("How many boats were sold in 2023?"), answer("7"), hour);
    await cache.lookup(asking("How many boats were sold in 2023?"));
    await cache.lookup(asking("What is the number of boats sold in 2023?"));
    const { exactHits, semanticHits, misses, stores, savedUsd, savedMs, entriesByTenant } = cache.report();
    expect({ exactHits, semanticHits, misses, stores, savedUsd, savedMs }).toEqual({
      exactHits: 1,
      semanticHits: 1,
      misses: 0,
      stores: 1,
      savedUsd: 0.5,
      savedMs: 80,
    });
    expect(entriesByTenant).toEqual({ acme: 1 });
    const near = instance({ embedder: credulous });
    await near.store(asking("How many boats were sold in 2023?"), answer("7"), hour);
    await near.lookup(asking("How many boats were sold in 2024?"));
    expect(near.report().nearMisses).toEqual([
      {
        tenant: "acme",
        asked: "How many boats were sold in 2024?",
        stored: "How many boats were sold in 2023?",
        why: "numbers: 2024 / 2023",
      },
    ]);
    expect(near.report().refusals).toEqual({ numbers: 1 });
  });
});

describe("parts that are away", () => {
  it("an embedder that fails, or answers vectors of another model, proposes nothing and disturbs nothing", async () => {
    const broken: Embedder = { ...credulous, embed: async () => Promise.reject(new Error("down")) };
    const foreign: Embedder = { ...credulous, embed: async (texts) => texts.map(() => new Float32Array([1, 0, 0])) };
    for (const embedder of [broken, foreign]) {
      const cache = instance({ embedder });
      await cache.store(asking("How many boats are there?"), answer("7"), hour);
      expect(await textFor(cache, asking("Count the boats"))).toBe("7");
    }
  });

  it("an embedder that hangs is waited for once, a moment only, and a caller that leaves is let go", async () => {
    let calls = 0;
    const hanging: Embedder = {
      ...credulous,
      embed: () => {
        calls++;
        return new Promise(() => {});
      },
    };
    const cache = instance({ embedder: hanging });
    const leaving = new AbortController();
    const left = cache.lookup(asking("How many drivers live in Oslo?"), { signal: leaving.signal });
    await vi.waitFor(() => expect(calls).toBe(1));
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const stored = cache.store(asking("How many customers live in Berlin?"), answer("12"), hour);
    await vi.advanceTimersByTimeAsync(2_000);
    await stored;
    expect(await textFor(cache, asking("count the customers living in Berlin"))).toBe("12");
    expect(calls).toBe(2);
    expect(cache.health?.()).toEqual({ status: "degraded", detail: "the embedder credulous is away" });
  });

  it("an embedder that is back is healthy again", async () => {
    let isAway = true;
    const cache = instance({
      embedder: { ...credulous, embed: (texts) => (isAway ? Promise.reject(new Error("refused")) : credulous.embed(texts)) },
    });
    expect(cache.health?.()).toEqual({ status: "up" });
    await cache.lookup(asking("How many drivers live in Oslo?"));
    expect(cache.health?.()).toMatchObject({ status: "degraded" });
    isAway = false;
    await cache.lookup(asking("How many drivers live in Rome?"));
    expect(cache.health?.()).toEqual({ status: "up" });
  });

  it("a tiered store whose shared tier is away still answers what this process stored", async () => {
    const store = tieredStore(memoryCacheStore(), faulty(memoryCacheStore(), { failEvery: 1 }));
    const cache = instance({ store });
    await cache.store(asking("How many boats are there?"), answer("7"), hour);
    expect(await textFor(cache, asking("Count the boats"))).toBe("7");
  });

  it("an aborted lookup rejects with its reason", async () => {
    const cache = instance();
    await expect(cache.lookup(asking("x"), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  it("a closed cache says so", async () => {
    const cache = instance();
    await cache.close?.();
    await expect(cache.lookup(asking("x"))).rejects.toSatisfy((error) => isOrchestratorError(error, "CLOSED"));
  });
});

it("answers inside the orchestrator: one model call for two wordings", async () => {
  const model = scriptedProvider("Photosynthesis turns light into sugar.");
  await using orchestrator = createOrchestrator({ providers: [model], cache: semanticCache({ store: memoryCacheStore() }) });
  const options = { type: "rag" } as const;
  const first = await orchestrator.query({ text: "How does photosynthesis work?", options });
  const again = await orchestrator.query({ text: "Please tell me how photosynthesis works", options });
  expect([first.cached, again.cached, again.text]).toEqual(["none", "semantic", first.text]);
  expect(model.requests).toHaveLength(1);
});

it("options that make no sense are refused", () => {
  const store = memoryCacheStore();
  for (const options of [
    { maxErrorRate: 0 },
    { maxErrorRate: 0.5 },
    { maxErrorRate: Number.NaN },
    { maxEntries: 0 },
    { maxEntryBytes: 1.5 },
  ]) {
    let thrown: unknown;
    try {
      semanticCache({ store, ...options });
    } catch (error) {
      thrown = error;
    }
    expect(isOrchestratorError(thrown, "CONFIG_INVALID")).toBe(true);
  }
});
