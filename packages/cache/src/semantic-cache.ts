import {
  type Cache,
  type CacheHit,
  type CacheQuestion,
  type CacheStore,
  type Embedder,
  type EventBus,
  OrchestratorError,
  type Provider,
  type QueryResult,
  type VectorIndex,
} from "@hydrogenai/core";
import { type Entry, encodeEntry, entryDecoder } from "./entry.ts";
import { leases } from "./leases.ts";
import { liveAnswers } from "./live-answers.ts";
import { marks } from "./marks.ts";
import { otherWordings } from "./other-wordings.ts";
import { questionKey, rememberedDigest, scopeKey } from "./question-key.ts";
import { type CacheReport, newTally } from "./tally.ts";
import { toolResultCache } from "./tool-results.ts";

export interface SemanticCacheOptions {
  /** Where answers are kept. Closed with the cache. */
  readonly store: CacheStore;
  /**
   * Tells other instances which questions were stored, so that they find them by other wordings too, and what an answer they wait for says so
   * far. @default none: by the same words only, and when it is whole
   */
  readonly bus?: EventBus | undefined;
  /** `exact` never answers another wording; `safe` and `balanced` do, `balanced` at about twice the errors. @default "safe" */
  readonly mode?: "exact" | "safe" | "balanced" | undefined;
  /** Share of semantic hits that may turn out wrong; above 0 and at most 0.1. Rejected hits raise the bar for all until it is kept. @default 0.01 */
  readonly maxErrorRate?: number | undefined;
  /** Proposes stored questions by likeness. It never decides. @default none */
  readonly embedder?: Embedder | undefined;
  /** Where the vectors of the `embedder` are searched; closed with the cache. @default `vectorIndex` for `maxEntries`, in this process */
  readonly vectorIndex?: VectorIndex | undefined;
  /**
   * A model that is asked, in at most 200 ms of the caller's time, about pairs the guard lets through and the verifier is not sure of; what
   * it says is remembered. Its calls are on no query's bill: `report` counts them. @default none, such pairs are misses
   */
  readonly judge?: Provider | undefined;
  /** Names in small letters that stand for themselves only, such as values found in the data; asked anew with every question. @default none */
  readonly vocabulary?: (() => ReadonlySet<string>) | undefined;
  /** Questions this instance can find by other wordings, and vectors kept; the oldest goes first. @default 100000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of one answer; a larger one is not stored, and one found is removed. @default 1048576 (1 MiB) */
  readonly maxEntryBytes?: number | undefined;
  /** Milliseconds after which another process takes over the computation of one that died; at least 100. @default 3000 */
  readonly leaseMs?: number | undefined;
}

/** A cache of answers that also knows the question in other words, can be told of mistakes, and tells what it does. */
export interface SemanticCache extends Cache {
  readonly lease: NonNullable<Cache["lease"]>;
  /** The hit was wrong: an exact one is forgotten, a semantic one makes the entry harder to hit, in every instance. Unknown ids are ignored. */
  readonly reject: (hitId: string) => Promise<void>;
  readonly report: () => CacheReport;
}

/** Log-odds a pair must have. From cross-validation over databases and sources left out of training; see docs/caching.md. */
const floors = { safe: 1.5, balanced: 0, exact: Infinity } as const;
/** With the time a copy in the first of two tiers is trusted and noticed to be cut off, below two seconds. */
const marksFreshMs = 500;

interface Known {
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly expiresAt: number;
}

function checkedLease(value: number): number {
  if (value >= 100 && Number.isFinite(value)) return value;
  throw new OrchestratorError("CONFIG_INVALID", `leaseMs must be at least 100, not ${value}`);
}

const areMarksOf = ({ marks }: Entry, current: readonly string[]): boolean =>
  current.length === marks.length && current.every((mark, at) => mark === marks[at]);

const count = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be a whole number above 0, not ${value}`);
};

function checkedRate(value: number): number {
  if (value > 0 && value <= 0.1) return value;
  throw new OrchestratorError("CONFIG_INVALID", `maxErrorRate must be above 0 and at most 0.1, not ${value}`);
}

/**
 * Answers the same question at once, and in modes other than `exact` the same question in other words: by its canonical wording, by
 * stored questions that share its words, or by those an embedder proposes. Whoever proposes, a guard compares numbers, names, times,
 * symbols, negation, extremes and grouping, every word must be explained by the other question, and a verifier learnt from labelled
 * pairs must be sure. Nothing is ever looked for outside the scope.
 *
 * `invalidate` holds here at once and in other instances within a second, over the store alone; it counts the answers this
 * process knows of.
 */
export function semanticCache(options: SemanticCacheOptions): SemanticCache {
  const { store } = options;
  const mode = options.mode ?? "safe";
  const maxErrorRate = checkedRate(options.maxErrorRate ?? 0.01);
  const maxEntries = count("maxEntries", options.maxEntries ?? 100_000);
  const maxEntryBytes = count("maxEntryBytes", options.maxEntryBytes ?? 1_048_576);
  if (!Object.hasOwn(floors, mode)) throw new OrchestratorError("CONFIG_INVALID", `mode must be exact, safe or balanced, not ${mode}`);
  const stamps = marks(store, marksFreshMs);
  const tally = newTally();
  const known = new Map<string, Known>();
  /** When the answer to a question was looked for: what changed since then may be missing from it. */
  const lookedAt = new WeakMap<CacheQuestion, number>();
  const entries = entryDecoder();
  const live = options.bus && liveAnswers(options.bus);
  const turns = leases(store, checkedLease(options.leaseMs ?? 3_000), live);
  let closed = false;

  const digestOf = rememberedDigest("answer");
  const answerKey = (question: CacheQuestion): string => digestOf(questionKey(question));

  const wordings =
    mode === "exact" ? undefined : otherWordings({ ...options, maxEntries, maxErrorRate, floor: floors[mode], tally, fetch });

  function enter(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (closed) throw new OrchestratorError("CLOSED", "the cache was closed");
    wordings?.open();
  }

  function note(key: string, entry: Known): void {
    known.delete(key);
    known.set(key, entry);
    if (known.size > maxEntries) known.delete(known.keys().next().value!);
  }

  async function forget(key: string): Promise<void> {
    known.delete(key);
    wordings?.remove(key);
    await store.delete(key).catch(() => false);
  }

  /** The entry under a key, when it is whole, of this scope, and nothing it depends on was invalidated. */
  async function fetch(key: string, question: CacheQuestion, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    const bytes = await store.get(key, { signal });
    if (bytes === undefined) return undefined;
    const entry = bytes.byteLength > maxEntryBytes ? undefined : entries.decode(key, bytes);
    if (entry === undefined || entry.scope !== scopeKey(question)) {
      tally.removed++;
      await forget(key);
      return undefined;
    }
    if (entry.expiresAt <= Date.now()) return undefined;
    const marked = stamps.of(entry.tenant, entry.tags, signal);
    const current = marked instanceof Promise ? await marked : marked;
    return areMarksOf(entry, current) ? entry : undefined;
  }

  /** The exact hit when everything it takes is at hand; undefined when somebody has to be asked. */
  function hitAtHand(question: CacheQuestion): CacheHit | undefined {
    wordings?.open();
    const key = answerKey(question);
    const bytes = store.peek?.(key);
    if (!(bytes instanceof Uint8Array) || bytes.byteLength > maxEntryBytes) return undefined;
    const entry = entries.decodePeeked(key, bytes);
    if (entry === undefined || entry.question !== questionKey(question) || entry.expiresAt <= Date.now()) return undefined;
    const current = stamps.known(entry.tenant, entry.tags);
    return current !== undefined && areMarksOf(entry, current) ? hit("exact", `exact ${key}`, entry) : undefined;
  }

  function hit(kind: "exact" | "semantic", id: string, { result, storedAt, staleAt, text }: Entry): CacheHit {
    if (kind === "exact") tally.exactHits++;
    else tally.semanticHits++;
    tally.savedMs += result.timings.totalMs;
    tally.savedUsd += result.costUsd ?? 0;
    const now = Date.now();
    const ageMs = Math.max(0, now - storedAt);
    const stale = now >= staleAt || undefined;
    if (stale) tally.staleHits++;
    return { kind, result, ageMs, id, stale, askedAs: kind === "exact" ? undefined : text };
  }

  async function exact(question: CacheQuestion, signal: AbortSignal | undefined): Promise<CacheHit | undefined> {
    const key = answerKey(question);
    const entry = await fetch(key, question, signal);
    if (entry === undefined) return undefined;
    if (entry.question !== questionKey(question)) {
      tally.removed++;
      await forget(key);
      return undefined;
    }
    return hit("exact", `exact ${key}`, entry);
  }

  async function semantic(question: CacheQuestion, signal: AbortSignal | undefined): Promise<CacheHit | undefined> {
    const found = await wordings?.find(question, signal);
    return found && hit("semantic", `semantic ${found.score.toFixed(4)} ${found.key}`, found.entry);
  }

  async function search(question: CacheQuestion, kind: CacheHit["kind"] | undefined, signal: AbortSignal | undefined) {
    enter(signal);
    lookedAt.set(question, performance.now());
    const found =
      (kind === "semantic" ? undefined : await exact(question, signal)) ??
      (kind === "exact" ? undefined : await semantic(question, signal));
    if (found === undefined && kind !== "exact") tally.misses++;
    return found;
  }

  return {
    lookup(question, { kind, signal } = {}) {
      const mayBeAtHand = kind !== "semantic" && !closed && signal?.aborted !== true;
      return (mayBeAtHand ? hitAtHand(question) : undefined) ?? search(question, kind, signal);
    },
    async store(question, result: QueryResult, { ttlMs, graceMs = 0, tags = [], signal }) {
      enter(signal);
      if (!(ttlMs > 0)) throw new OrchestratorError("CONFIG_INVALID", `ttlMs must be above 0, not ${ttlMs}`);
      const { tenant } = question.scope;
      const current = await stamps.of(tenant, tags, signal);
      const since = lookedAt.get(question);
      if (since !== undefined && stamps.changedSince(since, tenant, tags)) return;
      const key = answerKey(question);
      const now = Date.now();
      const keptMs = ttlMs + graceMs;
      const bytes = encodeEntry({
        format: 2,
        question: questionKey(question),
        scope: scopeKey(question),
        text: question.text,
        type: question.type ?? result.type,
        tenant,
        tags: [...tags],
        marks: current,
        storedAt: now,
        staleAt: now + ttlMs,
        expiresAt: now + keptMs,
        result,
      });
      if (bytes.byteLength > maxEntryBytes) return forget(key);
      await store.set(key, bytes, { ttlMs: keptMs, signal });
      tally.stores++;
      note(key, { tenant, tags, expiresAt: now + keptMs });
      await wordings?.file(question, key, keptMs, signal);
    },
    async invalidate(filter) {
      enter(undefined);
      const { tenant, tags } = filter;
      const now = Date.now();
      let forgotten = 0;
      for (const [key, entry] of known) {
        if (tenant !== undefined && entry.tenant !== tenant) continue;
        if (tags !== undefined && !tags.some((tag) => entry.tags.includes(tag))) continue;
        known.delete(key);
        wordings?.remove(key);
        if (entry.expiresAt > now) forgotten++;
      }
      await stamps.change(filter);
      return forgotten;
    },
    async lease(question, { signal } = {}) {
      enter(signal);
      return turns.take(answerKey(question), signal);
    },
    async reject(hitId) {
      enter(undefined);
      const [kind, score = "", key = ""] = hitId.split(" ");
      if (kind === "exact" && score.startsWith("answer:")) await forget(score);
      if (kind !== "semantic" || !key.startsWith("answer:") || !Number.isFinite(Number(score))) return;
      await wordings?.reject(key, Number(score));
    },
    toolResults: toolResultCache(store, stamps, maxEntryBytes, tally),
    nearest: (question) => wordings?.nearest(question),
    health() {
      const ofStore = store.health?.() ?? { status: "up" };
      return ofStore.status === "up" ? (wordings?.health() ?? ofStore) : ofStore;
    },
    report() {
      const now = Date.now();
      const alive = [...known.values()].filter(({ expiresAt }) => expiresAt > now);
      const tenants = Object.groupBy(alive, ({ tenant }) => tenant);
      return tally.report(Object.fromEntries(Object.entries(tenants).map(([tenant, entries]) => [tenant, entries?.length ?? 0])));
    },
    async close() {
      closed = true;
      await turns.close();
      await live?.close();
      await wordings?.close();
      await store.close?.();
    },
  };
}
