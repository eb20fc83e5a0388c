import { type CacheQuestion, type Provider, type QueryResult, memoryCacheStore } from "@hydrogenai/core";
import { scriptedProvider } from "@hydrogenai/core/testing";
import { expect, it, vi } from "vitest";
import { type SemanticCache, semanticCache } from "../src/index.ts";

const asking = (text: string): CacheQuestion => ({ text, scope: { tenant: "acme", settings: "s" }, type: "simple" });
const answer: QueryResult = {
  id: "1",
  text: "seven",
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
  degraded: [],
  timings: { totalMs: 40 },
};

const stored = "Which boats are moored in the harbour?";
const meant = "Which boats are anchored in the harbour?";

async function knowing(judge: Provider, store = memoryCacheStore()): Promise<SemanticCache> {
  const cache = semanticCache({ store, judge });
  await cache.store(asking(stored), answer, { ttlMs: 3_600_000 });
  return cache;
}

it("a pair that words alone speak against is a hit when the model says so, which is asked once for all instances", async () => {
  const store = memoryCacheStore();
  const judge = scriptedProvider("Yes.");
  const cache = await knowing(judge, store);
  for (let i = 0; i < 3; i++) expect((await cache.lookup(asking(meant)))?.result.text).toBe("seven");
  expect((await (await knowing(judge, store)).lookup(asking(meant)))?.kind).toBe("semantic");
  expect(judge.requests).toHaveLength(1);
  expect(cache.report()).toMatchObject({ judged: 1, semanticHits: 3 });
});

it("what the guard refuses is never asked, whatever the model would say", async () => {
  const judge = scriptedProvider("yes");
  const cache = await knowing(judge);
  for (const text of [
    "Which boats are not anchored in the harbour?",
    "Which 3 boats are anchored in the harbour?",
    "Which boats are anchored in Lisbon?",
    "How many boats are anchored in the harbour?",
  ])
    expect(await cache.lookup(asking(text))).toBeUndefined();
  expect(judge.requests).toHaveLength(0);
});

it("no, something else and a failure are misses, and only a word of the model is remembered", async () => {
  for (const [said, requests] of [
    ["no", 1],
    ["yes and no", 1],
    [new Error("away"), 2],
  ] as const) {
    const judge = scriptedProvider(said);
    const cache = await knowing(judge);
    expect(await cache.lookup(asking(meant))).toBeUndefined();
    expect(await cache.lookup(asking(meant))).toBeUndefined();
    expect(judge.requests).toHaveLength(requests);
  }
});

it("a model that takes its time is waited for a moment only, and what it says counts from then on", async () => {
  const says = Promise.withResolvers<string>();
  const judge = scriptedProvider(() => says.promise);
  const cache = await knowing(judge);
  expect(await cache.lookup(asking(meant))).toBeUndefined();
  says.resolve("yes");
  await vi.waitFor(async () => expect((await cache.lookup(asking(meant)))?.kind).toBe("semantic"));
  expect(judge.requests).toHaveLength(1);
});

it("a caller that leaves is let go, and closing ends what is asked", async () => {
  const judge = scriptedProvider({ end: "hang" });
  const cache = await knowing(judge);
  const leaving = new AbortController();
  const looking = cache.lookup(asking(meant), { signal: leaving.signal });
  await vi.waitFor(() => expect(judge.running()).toBe(1));
  leaving.abort(new Error("gone"));
  await expect(looking).rejects.toThrow("gone");
  await cache.close?.();
  await vi.waitFor(() => expect(judge.running()).toBe(0));
});

it("an entry whose answer was rejected is not argued about again", async () => {
  const judge = scriptedProvider("yes");
  const cache = await knowing(judge);
  await cache.reject((await cache.lookup(asking(meant)))!.id);
  expect(await cache.lookup(asking(meant))).toBeUndefined();
  expect((await cache.lookup(asking(stored)))?.kind).toBe("exact");
});
