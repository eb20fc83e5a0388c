import { systemClock } from "../clock.ts";
import type { CacheStore, TtlOptions } from "../ports/cache-store.ts";
import type { Clock } from "../ports/clock.ts";
import { checkCount, checkDuration, closedError } from "./checks.ts";
import { recencyMap } from "./recency-map.ts";

export interface MemoryCacheStoreOptions {
  /** Bytes of keys, values and bookkeeping together; beyond it the values unused longest go. @default 67108864 (64 MiB) */
  readonly maxBytes?: number | undefined;
  /** @default the process's monotonic clock */
  readonly clock?: Clock | undefined;
}

interface Entry {
  readonly value: Uint8Array;
  readonly size: number;
  /** On the store's clock; Infinity without a time to live. */
  readonly goneAt: number;
}

/** Roughly what a map slot and an entry object take. */
const entryOverhead = 120;

/**
 * A cache in this process: least recently used goes first, every call takes constant time, no timers.
 * A value larger than `maxBytes` is not kept. A value past its time takes room until it is touched or pushed out.
 */
export function memoryCacheStore(options: MemoryCacheStoreOptions = {}): CacheStore {
  const maxBytes = checkCount("maxBytes", options.maxBytes ?? 64 * 1024 * 1024);
  const clock = options.clock ?? systemClock;
  const entries = recencyMap<Entry>();
  let bytes = 0;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the cache store");
  };

  const drop = (key: string, entry: Entry): void => {
    entries.delete(key);
    bytes -= entry.size;
  };

  const alive = (key: string, entry: Entry | undefined): Entry | undefined => {
    if (entry === undefined || entry.goneAt === Infinity || clock.now() < entry.goneAt) return entry;
    drop(key, entry);
    return undefined;
  };
  const find = (key: string): Entry | undefined => alive(key, entries.get(key));
  const use = (key: string): Entry | undefined => alive(key, entries.use(key));

  const put = (key: string, value: Uint8Array, { ttlMs }: TtlOptions): void => {
    const goneAt = ttlMs === undefined ? Infinity : clock.now() + checkDuration("ttlMs", ttlMs);
    const before = entries.get(key);
    if (before !== undefined) drop(key, before);
    const size = key.length * 2 + value.byteLength + entryOverhead;
    if (size > maxBytes) return;
    // Copies in and out: the constructor copies where slice() of a Buffer would share its memory.
    entries.set(key, { value: new Uint8Array(value), size, goneAt });
    bytes += size;
    for (let oldest = entries.oldest(); oldest !== undefined; oldest = entries.oldest()) {
      if (bytes <= maxBytes) return;
      drop(oldest.key, oldest.value);
    }
  };

  return {
    name: "memory",
    get: async (key, options) => {
      enter(options?.signal);
      const entry = use(key);
      return entry && new Uint8Array(entry.value);
    },
    peek: (key) => (closed ? undefined : use(key)?.value),
    set: async (key, value, options = {}) => {
      enter(options.signal);
      put(key, value, options);
    },
    add: async (key, value, options = {}) => {
      enter(options.signal);
      if (find(key) !== undefined) return false;
      put(key, value, options);
      return true;
    },
    delete: async (key, options) => {
      enter(options?.signal);
      const entry = find(key);
      if (entry !== undefined) drop(key, entry);
      return entry !== undefined;
    },
    close: async () => {
      closed = true;
      entries.clear();
      bytes = 0;
    },
  };
}
