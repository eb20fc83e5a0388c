import { systemClock } from "../clock.ts";
import type { Cache, CacheFilter } from "../ports/cache.ts";
import type { Clock } from "../ports/clock.ts";
import type { QueryResult } from "../ports/query.ts";
import { checkCount, checkDuration, closedError } from "./checks.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { questionKey } from "./question-key.ts";
import { recencyMap } from "./recency-map.ts";
import { tagsNaming } from "./tags-naming.ts";

export interface MemoryCacheOptions {
  /** Bytes of keys and answers together, estimated; beyond it the answers unused longest go. @default 67108864 (64 MiB) */
  readonly maxBytes?: number | undefined;
  /** @default the process's monotonic clock */
  readonly clock?: Clock | undefined;
}

interface Entry {
  /** As it was stored: one text is light on the garbage collector, and most answers are never asked for again. */
  json: string | undefined;
  /** Made of the text at the first hit, and frozen: every reader is given this one. */
  result: QueryResult | undefined;
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly storedAt: number;
  readonly goneAt: number;
}

/** Roughly what a map slot and an entry take. */
const entryOverhead = 200;
const bytesPerChar = 2;

function fits({ tenant, tags }: Entry, filter: CacheFilter): boolean {
  if (filter.tenant !== undefined && filter.tenant !== tenant) return false;
  return filter.tags === undefined || tags.some((tag) => tagsNaming(tag).some((naming) => filter.tags?.includes(naming)));
}

/**
 * Answers to questions of the same wording in the same scope, kept in this process. An answer past its time takes room until it is
 * asked for or pushed out.
 */
export function memoryCache(options: MemoryCacheOptions = {}): Cache {
  const maxBytes = checkCount("maxBytes", options.maxBytes ?? 64 * 1024 * 1024);
  const clock = options.clock ?? systemClock;
  const entries = recencyMap<Entry>();
  let bytes = 0;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the cache");
  };

  const drop = (key: string, entry: Entry): void => {
    entries.delete(key);
    bytes -= entry.size;
  };

  return {
    lookup(question, { kind, signal } = {}) {
      enter(signal);
      if (kind === "semantic") return undefined;
      const key = questionKey(question);
      const entry = entries.use(key);
      if (entry === undefined) return undefined;
      const now = clock.now();
      if (now >= entry.goneAt) {
        drop(key, entry);
        return undefined;
      }
      if (entry.json !== undefined) {
        entry.result = frozenCopy(JSON.parse(entry.json) as QueryResult);
        entry.json = undefined;
      }
      return { kind: "exact", result: entry.result!, ageMs: now - entry.storedAt, id: key };
    },
    store(question, result, { ttlMs, tags = [], signal }) {
      enter(signal);
      checkDuration("ttlMs", ttlMs);
      const key = questionKey(question);
      const before = entries.get(key);
      if (before !== undefined) drop(key, before);
      const json = JSON.stringify(result);
      const size = entryOverhead + (key.length + json.length) * bytesPerChar;
      if (size > maxBytes) return;
      const storedAt = clock.now();
      entries.set(key, {
        json,
        result: undefined,
        tenant: question.scope.tenant,
        tags: [...tags],
        size,
        storedAt,
        goneAt: storedAt + ttlMs,
      });
      bytes += size;
      for (let oldest = entries.oldest(); bytes > maxBytes && oldest !== undefined; oldest = entries.oldest())
        drop(oldest.key, oldest.value);
    },
    async invalidate(filter) {
      enter(undefined);
      const matching = [...entries.entries()].filter(([, entry]) => fits(entry, filter));
      for (const [key, entry] of matching) drop(key, entry);
      return matching.length;
    },
    async close() {
      closed = true;
      entries.clear();
      bytes = 0;
    },
  };
}
