import assert from "node:assert/strict";
import type { Cache, CacheQuestion, CacheScope } from "../ports/cache.ts";
import type { QueryResult } from "../ports/query.ts";
import type { ConformanceCase } from "./conformance.ts";
import { eventually } from "./waiting.ts";

/** A cache together with a way to spoil what it stored. */
export interface CacheSubject {
  readonly cache: Cache;
  /** Overwrites every stored entry with bytes that mean nothing. */
  readonly corrupt: () => Promise<void> | void;
  /** Takes the cache and what is behind it down. */
  readonly close?: (() => Promise<void>) | undefined;
}

const scope: CacheScope = {
  tenant: "acme",
  principal: "ada",
  roles: ["reader"],
  conversation: "c1",
  settings: "s1",
  dataVersion: "v1",
};

const asking = (text: string, more: Partial<CacheScope> = {}): CacheQuestion => ({ text, scope: { ...scope, ...more }, type: "simple" });

const result = (text: string): QueryResult => ({
  id: `id of ${text}`,
  text,
  data: { rows: [{ name: "grüße", count: 1 }, null] },
  type: "simple",
  classification: {
    type: "simple",
    confidence: 0.9,
    probabilities: { simple: 0.9, complex: 0.1, rag: 0, schema: 0, tool: 0 },
    margin: 0.8,
    by: "rules",
    evidence: ["how many"],
  },
  cached: "none",
  workflow: "simple",
  answeredBy: "local",
  attempts: [],
  usage: { inputTokens: 1, outputTokens: 2 },
  degraded: [],
  timings: { totalMs: 12.5 },
});

const hour = { ttlMs: 3_600_000 };

const hits = async (cache: Cache, question: CacheQuestion, text: string): Promise<void> =>
  assert.deepEqual((await cache.lookup(question))?.result, result(text), `the answer to ${JSON.stringify(question.text)}`);

const misses = async (cache: Cache, question: CacheQuestion): Promise<void> =>
  assert.equal((await cache.lookup(question))?.result.text, undefined, `an answer to ${JSON.stringify(question)} that is another's`);

const words = "How many movies are there?";

const elsewhere = (field: keyof CacheScope, others: readonly Partial<CacheScope>[]): ConformanceCase<CacheSubject> => ({
  name: `A question in another tenant, principal, roles, conversation, settings or data version is a miss: ${field}`,
  run: async ({ cache }) => {
    await cache.store(asking(words), result("mine"), hour);
    for (const other of others) await misses(cache, asking(words, other));
    for (const [index, other] of others.entries()) await cache.store(asking(words, other), result(`theirs ${index}`), hour);
    for (const [index, other] of others.entries()) await hits(cache, asking(words, other), `theirs ${index}`);
    await hits(cache, asking(words), "mine");
  },
});

/** Questions that only their symbols, numbers or case tell apart. */
const lookAlikes: readonly (readonly string[])[] = [
  ["What is C++?", "What is C?", "What is C#?"],
  ["rows where a > 5", "rows where a < 5", "rows where a >= 5", "rows where a 5"],
  ["a change of -5", "a change of 5", "a change of +5", "a change of 5%", "a change of .5"],
  ["sum of a*b", "sum of a/b", "sum of a b"],
];

/** The contract of `Cache`, one case or more a clause. */
export const cacheConformance: readonly ConformanceCase<CacheSubject>[] = [
  {
    name: "`lookup` answers what `store` was given for the same text in the same scope",
    run: async ({ cache }) => {
      await misses(cache, asking(words));
      await cache.store(asking(words), result("42"), hour);
      const hit = await cache.lookup(asking(words));
      assert.deepEqual(hit?.result, result("42"));
      assert.equal(hit.kind, "exact");
      assert.ok(hit.ageMs >= 0 && hit.ageMs < 60_000, `an age of ${hit.ageMs} ms`);
      assert.ok(hit.id !== "", "a hit without an id");
      assert.deepEqual((await cache.lookup(asking(words), { kind: "exact" }))?.result, result("42"));
    },
  },
  {
    name: "`lookup` answers what `store` was given for the same text in the same scope: the newest",
    run: async ({ cache }) => {
      await cache.store(asking(words), result("old"), hour);
      await cache.store(asking("What else is there?"), result("other"), hour);
      await cache.store(asking(words), result("new"), hour);
      await hits(cache, asking(words), "new");
      await hits(cache, asking("What else is there?"), "other");
    },
  },
  {
    name: "`lookup` answers what `store` was given for the same text in the same scope: a scope with only what it must have",
    run: async ({ cache }) => {
      const question: CacheQuestion = { text: words, scope: { tenant: "acme", settings: "s1" } };
      await cache.store(question, result("42"), hour);
      await hits(cache, question, "42");
      await misses(cache, asking(words));
    },
  },
  elsewhere("tenant", [{ tenant: "other" }, { tenant: "ACME" }, { tenant: "acme:ada", principal: undefined }, { tenant: "" }]),
  elsewhere("principal", [{ principal: "bob" }, { principal: undefined }, { principal: "" }, { principal: "ada:reader", roles: [] }]),
  elsewhere("roles", [{ roles: ["reader", "admin"] }, { roles: [] }, { roles: ["read", "er"] }, { roles: ["admin"] }]),
  elsewhere("conversation", [{ conversation: "c2" }, { conversation: undefined }]),
  elsewhere("settings", [{ settings: "s2" }, { settings: "s1 " }]),
  elsewhere("dataVersion", [{ dataVersion: "v2" }, { dataVersion: undefined }, { settings: "s1v", dataVersion: "1" }]),
  {
    name: "Symbols count: `C++` is not `C`",
    run: async ({ cache }) => {
      for (const [first = "", ...others] of lookAlikes) {
        await cache.store(asking(first), result(first), hour);
        for (const other of others) await misses(cache, asking(other));
      }
      for (const alike of lookAlikes) for (const text of alike) await cache.store(asking(text), result(text), hour);
      for (const alike of lookAlikes) for (const text of alike) await hits(cache, asking(text), text);
    },
  },
  {
    name: "An entry past its `ttlMs` is a miss",
    run: async ({ cache }, limitMs) => {
      await cache.store(asking("soon"), result("soon"), { ttlMs: 20 });
      await cache.store(asking("later"), result("later"), hour);
      const gone = async (): Promise<boolean> => (await cache.lookup(asking("soon"))) === undefined;
      await eventually(gone, limitMs, "the entry is gone after its time");
      await hits(cache, asking("later"), "later");
    },
  },
  {
    name: "`invalidate` by tenant forgets that tenant's answers and no other's, and says how many",
    run: async ({ cache }) => {
      for (const text of ["one", "two", "three"]) await cache.store(asking(text), result(text), hour);
      await cache.store(asking("one", { tenant: "acme2" }), result("theirs"), hour);
      await cache.store(asking("one", { tenant: "ac" }), result("theirs"), hour);
      assert.equal(await cache.invalidate({ tenant: "acme" }), 3);
      for (const text of ["one", "two", "three"]) await misses(cache, asking(text));
      await hits(cache, asking("one", { tenant: "acme2" }), "theirs");
      await hits(cache, asking("one", { tenant: "ac" }), "theirs");
      assert.equal(await cache.invalidate({ tenant: "nobody" }), 0);
      await cache.store(asking("one"), result("again"), hour);
      await hits(cache, asking("one"), "again");
    },
  },
  {
    name: "`invalidate` by tag forgets the answers stored with that tag; `collection:*` names every tag that begins with `collection:`",
    run: async ({ cache }) => {
      await cache.store(asking("one"), result("one"), { ...hour, tags: ["movies", "people"] });
      await cache.store(asking("two"), result("two"), { ...hour, tags: ["movies2"] });
      await cache.store(asking("three"), result("three"), hour);
      await cache.store(asking("four", { tenant: "other" }), result("four"), { ...hour, tags: ["people"] });
      await cache.invalidate({ tags: ["people"], tenant: "acme" });
      await misses(cache, asking("one"));
      await hits(cache, asking("four", { tenant: "other" }), "four");
      await cache.invalidate({ tags: ["people"] });
      await misses(cache, asking("four", { tenant: "other" }));
      await hits(cache, asking("two"), "two");
      await hits(cache, asking("three"), "three");
      const tagged = { five: "collection:movies", six: "collection:a:b", seven: "collections:movies", eight: "collection" };
      for (const [text, tag] of Object.entries(tagged)) await cache.store(asking(text), result(text), { ...hour, tags: [tag] });
      await cache.invalidate({ tags: ["collection:*"], tenant: "other" });
      for (const text of Object.keys(tagged)) await hits(cache, asking(text), text);
      await cache.invalidate({ tags: ["collection:*"] });
      for (const text of ["five", "six"]) await misses(cache, asking(text));
      for (const text of ["seven", "eight"]) await hits(cache, asking(text), text);
    },
  },
  {
    name: "A corrupt entry is a miss",
    run: async ({ cache, corrupt }) => {
      await cache.store(asking(words), result("42"), hour);
      await corrupt();
      await misses(cache, asking(words));
      await cache.store(asking(words), result("43"), hour);
      await hits(cache, asking(words), "43");
    },
  },
  {
    name: "`close` may be called twice",
    run: async ({ cache }) => {
      await cache.store(asking(words), result("42"), hour);
      await cache.close?.();
      await cache.close?.();
    },
  },
];
