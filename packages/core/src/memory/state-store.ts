import { systemClock } from "../clock.ts";
import { OrchestratorError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { StateEntry, StateStore } from "../ports/state-store.ts";
import { checkCount, checkDuration, closedError } from "./checks.ts";
import { frozenCopy } from "./frozen-copy.ts";

export interface MemoryStateStoreOptions {
  /** Keys at once; beyond it a new key is refused with `STORE_FULL`. @default 100000 */
  readonly maxEntries?: number | undefined;
  /** @default the process's monotonic clock */
  readonly clock?: Clock | undefined;
}

interface Entry extends StateEntry {
  /** On the store's clock; Infinity without a time to live. */
  readonly goneAt: number;
}

/** How often a full store may look through all its keys for expired ones. */
const sweepEveryMs = 1_000;

/**
 * State in this process; it is lost with it. Values are copied in as JSON and handed out frozen.
 * Every call takes constant time, except that a full store looks for expired keys at most once a second.
 */
export function memoryStateStore(options: MemoryStateStoreOptions = {}): StateStore {
  const maxEntries = checkCount("maxEntries", options.maxEntries ?? 100_000);
  const clock = options.clock ?? systemClock;
  const entries = new Map<string, Entry>();
  let sweptAt = -Infinity;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the state store");
  };

  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || clock.now() < entry.goneAt) return entry;
    entries.delete(key);
    return undefined;
  };

  const makeRoom = (): void => {
    if (entries.size < maxEntries) return;
    const now = clock.now();
    if (now - sweptAt >= sweepEveryMs) {
      sweptAt = now;
      for (const [key, entry] of entries) if (now >= entry.goneAt) entries.delete(key);
    }
    if (entries.size < maxEntries) return;
    throw new OrchestratorError("STORE_FULL", `the state store holds its ${maxEntries} keys`, { retryable: true });
  };

  return {
    name: "memory",
    get: async (key, options) => {
      enter(options?.signal);
      const entry = find(key);
      return entry && { value: entry.value, version: entry.version };
    },
    set: async (key, value, { ifVersion, ttlMs, signal } = {}) => {
      enter(signal);
      const goneAt = ttlMs === undefined ? Infinity : clock.now() + checkDuration("ttlMs", ttlMs);
      const before = find(key);
      const version = before?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== version)
        throw new OrchestratorError("VERSION_CONFLICT", `${JSON.stringify(key)} is at version ${version}, not ${ifVersion}`);
      const copy = frozenCopy(value);
      if (before === undefined) makeRoom();
      entries.set(key, { value: copy, version: version + 1, goneAt });
      return version + 1;
    },
    delete: async (key, options) => {
      enter(options?.signal);
      return find(key) !== undefined && entries.delete(key);
    },
    health: () => (closed ? { status: "down", detail: "closed" } : { status: "up", detail: "memory" }),
    close: async () => {
      closed = true;
      entries.clear();
    },
  };
}
