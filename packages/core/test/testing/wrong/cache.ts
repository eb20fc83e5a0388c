import type { Cache, CacheHit, CacheQuestion, CacheScope } from "../../../src/ports/cache.ts";
import type { CacheSubject } from "../../../src/testing/index.ts";
import { cacheSubject } from "../subjects.ts";
import { type Wrong, closesOnce } from "./wrong.ts";

/** Replaces members of the cache of a right subject. */
const wrong = (clause: number, does: string, change: (right: Cache, subject: CacheSubject) => Partial<Cache>): Wrong<CacheSubject> => ({
  clause,
  does,
  create: () => {
    const subject = cacheSubject();
    return { ...subject, cache: { ...subject.cache, ...change(subject.cache, subject) } };
  },
});

/** Questions pass through this on the way in. */
const reasked = (right: Cache, change: (question: CacheQuestion) => CacheQuestion): Partial<Cache> => ({
  lookup: (question, options) => right.lookup(change(question), options),
  store: (question, result, options) => right.store(change(question), result, options),
});

const rescoped = (right: Cache, change: (scope: CacheScope) => Partial<CacheScope>): Partial<Cache> =>
  reasked(right, (question) => ({ ...question, scope: { ...question.scope, ...change(question.scope) } }));

const reworded = (right: Cache, change: (text: string) => string): Partial<Cache> =>
  reasked(right, (question) => ({ ...question, text: change(question.text) }));

const found = (right: Cache, change: (hit: CacheHit) => CacheHit | undefined): Partial<Cache> => ({
  lookup: async (question, options) => {
    const hit = await right.lookup(question, options);
    return hit && change(hit);
  },
});

export const wrongCaches = [
  wrong(1, "never remembers", () => ({ lookup: async () => undefined })),
  wrong(1, "answers anything to anyone", (right) => {
    let last: CacheQuestion | undefined;
    return {
      store: (question, result, options) => right.store((last = question), result, options),
      lookup: (question, options) => right.lookup(last ?? question, options),
    };
  }),
  wrong(1, "keeps the text only", (right) => found(right, (hit) => ({ ...hit, result: { ...hit.result, data: undefined } }))),
  wrong(1, "keeps the first answer", (right) => ({
    store: async (question, result, options) => {
      if ((await right.lookup(question)) === undefined) await right.store(question, result, options);
    },
  })),
  wrong(1, "calls every hit semantic", (right) => found(right, (hit) => ({ ...hit, kind: "semantic" }))),
  wrong(1, "tells the time of storing for the age", (right) => found(right, (hit) => ({ ...hit, ageMs: Date.now() }))),
  wrong(1, "gives a hit no name", (right) => found(right, (hit) => ({ ...hit, id: "" }))),
  wrong(1, "needs a whole scope", (right) => ({
    lookup: async (question, options) => (question.scope.principal === undefined ? undefined : right.lookup(question, options)),
  })),
  wrong(2, "shares answers between tenants", (right) => rescoped(right, () => ({ tenant: "all" }))),
  wrong(2, "ignores the case of tenants", (right) => rescoped(right, ({ tenant }) => ({ tenant: tenant.toLowerCase() }))),
  wrong(2, "shares answers between principals", (right) => rescoped(right, () => ({ principal: undefined }))),
  wrong(2, "takes no principal for an empty one", (right) => rescoped(right, ({ principal = "" }) => ({ principal }))),
  wrong(2, "shares answers between roles", (right) => rescoped(right, () => ({ roles: [] }))),
  wrong(2, "joins roles without a separator", (right) => rescoped(right, ({ roles }) => ({ roles: roles && [roles.join("")] }))),
  wrong(2, "ignores the conversation", (right) => rescoped(right, () => ({ conversation: undefined }))),
  wrong(2, "ignores the settings", (right) => rescoped(right, () => ({ settings: "" }))),
  wrong(2, "ignores the version of the data", (right) => rescoped(right, () => ({ dataVersion: undefined }))),
  wrong(2, "joins tenant and principal by a colon", (right) =>
    rescoped(right, ({ tenant, principal }) => ({
      tenant: principal === undefined ? tenant : `${tenant}:${principal}`,
      principal: undefined,
    })),
  ),
  wrong(2, "joins settings and version without a separator", (right) =>
    rescoped(right, ({ settings, dataVersion = "" }) => ({ settings: settings + dataVersion, dataVersion: undefined })),
  ),
  wrong(3, "drops what is no letter or digit", (right) =>
    reworded(right, (text) => text.replaceAll(/[^\w\s]/g, "").replaceAll(/\s+/g, " ")),
  ),
  wrong(3, "drops plus signs and sharps", (right) => reworded(right, (text) => text.replaceAll(/[+#]/g, ""))),
  wrong(3, "drops signs before numbers", (right) => reworded(right, (text) => text.replaceAll(/[-+.](?=\d)/g, ""))),
  wrong(3, "takes comparisons for one another", (right) => reworded(right, (text) => text.replaceAll(/[<>]=?/g, "~"))),
  wrong(3, "drops per cent", (right) => reworded(right, (text) => text.replaceAll("%", ""))),
  wrong(4, "forgets the time to live", (right) => ({
    store: (question, result, options) => right.store(question, result, { ...options, ttlMs: 86_400_000 }),
  })),
  wrong(4, "takes milliseconds for seconds", (right) => ({
    store: (question, result, options) => right.store(question, result, { ...options, ttlMs: options.ttlMs * 1000 }),
  })),
  wrong(4, "ends every entry early", (right) => ({
    store: (question, result, options) => right.store(question, result, { ...options, ttlMs: Math.min(options.ttlMs, 20) }),
  })),
  wrong(5, "`invalidate` by tenant does nothing", () => ({ invalidate: async () => 0 })),
  wrong(5, "`invalidate` by tenant forgets everything", ({ invalidate }) => ({ invalidate: ({ tags }) => invalidate({ tags }) })),
  wrong(5, "`invalidate` says nothing about how many", ({ invalidate }) => ({
    invalidate: async (filter) => (await invalidate(filter), 0),
  })),
  wrong(5, "`invalidate` takes tenants that begin alike for one", (right) => ({
    invalidate: async (filter) => {
      const counts = [filter.tenant, `${filter.tenant}2`].map((tenant) => right.invalidate({ ...filter, tenant }));
      return (await Promise.all(counts))[0] ?? 0;
    },
  })),
  wrong(5, "a tenant that was invalidated stays empty", (right) => {
    const gone = new Set<string | undefined>();
    return {
      invalidate: (filter) => {
        gone.add(filter.tenant);
        return right.invalidate(filter);
      },
      lookup: async (question, options) => (gone.has(question.scope.tenant) ? undefined : right.lookup(question, options)),
    };
  }),
  wrong(6, "`invalidate` by tag does nothing", ({ invalidate }) => ({
    invalidate: async (filter) => (filter.tags === undefined ? invalidate(filter) : 0),
  })),
  wrong(6, "`invalidate` by tag forgets everything", ({ invalidate }) => ({ invalidate: ({ tenant }) => invalidate({ tenant }) })),
  wrong(6, "`invalidate` by tag ignores the tenant", ({ invalidate }) => ({ invalidate: ({ tags }) => invalidate({ tags }) })),
  wrong(6, "keeps only the first tag", (right) => ({
    store: (question, result, options) => right.store(question, result, { ...options, tags: (options.tags ?? []).slice(0, 1) }),
  })),
  wrong(7, "rejects when an entry is corrupt", (right, { corrupt }) => {
    const stored = new Set<string>();
    return {
      store: (question, result, options) => {
        stored.add(question.text);
        return right.store(question, result, options);
      },
      lookup: async (question, options) => {
        const hit = await right.lookup(question, options);
        if (hit === undefined && stored.has(question.text)) {
          await corrupt();
          throw new SyntaxError("Unexpected token");
        }
        return hit;
      },
    };
  }),
  wrong(7, "answers a corrupt entry from memory", (right) => {
    const hits = new Map<string, CacheHit>();
    return {
      store: async (question, result, options) => {
        hits.set(question.text, { kind: "exact", result, ageMs: 0, id: "x" });
        await right.store(question, result, options);
      },
      lookup: async (question) => hits.get(question.text),
    };
  }),
  wrong(7, "remembers nothing any more after a corrupt entry", (right) => {
    let missed = false;
    return {
      lookup: async (question, options) => {
        const hit = missed ? undefined : await right.lookup(question, options);
        missed ||= hit === undefined;
        return hit;
      },
    };
  }),
  wrong(8, "fails to close twice", closesOnce),
];
