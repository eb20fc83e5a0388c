import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { StateEntry, StateStore } from "../ports/state-store.ts";

/** One key as this process knows it. */
export interface KeptState {
  /** Undefined when there is none. */
  readonly value: { readonly json: Json } | undefined;
  readonly version: number;
  /** The version of the primary store this builds on; 0 for none. */
  readonly base: number;
  /** On the monotonic clock. */
  readonly goneAt: number | undefined;
  /** True when it has to be carried over. */
  readonly dirty: boolean;
  /** True when the key was deleted here since `base`. */
  readonly cleared: boolean;
  /** A write over `base` whose outcome is unknown. */
  readonly doubt: { readonly value: Json } | undefined;
}

/** What a process keeps of a state store that may go away: the keys used last, and all that wait to be carried over. */
export interface KeptStates {
  readonly get: (key: string) => Promise<KeptState | undefined>;
  /** Rejects with `STORE_FULL` when nothing may be forgotten to make room. */
  readonly put: (key: string, state: KeptState) => Promise<void>;
  /** Keeps what the primary store answered, unless something waits to be carried over there. */
  readonly seen: (key: string, entry: StateEntry | undefined, ttlMs?: number) => Promise<void>;
  /** Runs one at a time for a key. */
  readonly alone: <T>(key: string, run: () => Promise<T>) => Promise<T>;
  readonly firstDirty: () => string | undefined;
  readonly dirty: () => number;
}

/** What the primary store holds, with the time to live it was just given, if any. */
export function cleanState(entry: StateEntry | undefined, ttlMs?: number): KeptState {
  const version = entry?.version ?? 0;
  const goneAt = ttlMs === undefined ? undefined : performance.now() + ttlMs;
  return { value: entry && { json: entry.value }, version, base: version, goneAt, dirty: false, cleared: false, doubt: undefined };
}

export function keptStates(memory: StateStore, maxKept: number): KeptStates {
  const dirty = new Set<string>();
  /** Clean keys, the one unused longest first. */
  const clean = new Set<string>();
  const lanes = new Map<string, Promise<unknown>>();

  const get = async (key: string): Promise<KeptState | undefined> => {
    const entry = await memory.get(key);
    // Only this file writes into that store.
    const state = entry?.value as unknown as KeptState | undefined;
    if (state?.goneAt === undefined || performance.now() < state.goneAt) return state;
    const gone = { ...state, value: undefined, version: 0, goneAt: undefined };
    // What the primary store holds of a clean one has ended there too.
    return state.dirty ? { ...gone, cleared: true } : { ...gone, base: 0 };
  };

  const put = async (key: string, state: KeptState): Promise<void> => {
    clean.delete(key);
    if (!dirty.has(key)) await makeRoom();
    if (state.dirty) dirty.add(key);
    else {
      dirty.delete(key);
      clean.add(key);
    }
    await memory.set(key, state as unknown as Json);
  };

  async function makeRoom(): Promise<void> {
    if (clean.size + dirty.size < maxKept) return;
    for (const oldest of clean) {
      clean.delete(oldest);
      await memory.delete(oldest);
      return;
    }
    throw new OrchestratorError("STORE_FULL", `${dirty.size} keys already wait to be carried over`, { retryable: true });
  }

  return {
    get,
    put,
    seen: async (key, entry, ttlMs) => {
      if (!dirty.has(key)) await put(key, cleanState(entry, ttlMs));
    },
    alone: async (key, run) => {
      const before = lanes.get(key) ?? Promise.resolve();
      const turn = before.then(run);
      const ended = turn.catch(() => {});
      lanes.set(key, ended);
      try {
        return await turn;
      } finally {
        if (lanes.get(key) === ended) lanes.delete(key);
      }
    },
    firstDirty: () => dirty.values().next().value,
    dirty: () => dirty.size,
  };
}
