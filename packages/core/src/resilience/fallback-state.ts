import { isDeepStrictEqual } from "node:util";
import { isOrchestratorError, OrchestratorError } from "../errors.ts";
import { checkCount, checkDuration, closedError } from "../memory/checks.ts";
import type { CallOptions, HealthReport } from "../ports/call.ts";
import type { Json } from "../ports/json.ts";
import type { SetStateOptions, StateEntry, StateStore } from "../ports/state-store.ts";
import { cleanState, type KeptState, keptStates } from "./fallback-kept.ts";

export interface FallbackStateOptions {
  /** Milliseconds a call of the primary store may take before it counts as away. @default 1000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between attempts to go back to it. @default 250 */
  readonly probeMs?: number | undefined;
  /** Keys kept in memory: those this process used last, and all that wait to be carried over. @default 10000 */
  readonly maxKept?: number | undefined;
  /** Told of every conflict, besides `conflicts()`. */
  readonly onConflict?: ((conflict: StateConflict) => void) | undefined;
}

/** Two processes wrote one key while the primary store was away from one of them. */
export interface StateConflict {
  readonly key: string;
  /** What was written here and is not in the store; undefined for a delete. */
  readonly ours: Json | undefined;
  /** What the store holds, and keeps. */
  readonly theirs: StateEntry | undefined;
}

export interface FallbackStateStore extends StateStore {
  /** The newest conflicts, oldest first; at most 100. */
  readonly conflicts: () => readonly StateConflict[];
}

const maxConflicts = 100;

const meansAway = (error: unknown): boolean =>
  ["STORE_UNAVAILABLE", "STATE_LOST", "DEADLINE_EXCEEDED"].some((code) => isOrchestratorError(error, code as "STATE_LOST"));

/**
 * State that goes on in memory while the primary store is away, and is carried over when it returns.
 *
 * While it is away a key is what this process saw of it last; a key it never saw rejects with `STORE_UNAVAILABLE` (or `STATE_LOST`),
 * because "there is none" may be wrong. Writes count on from the version seen. When the store returns each is written over that
 * version only: where another process wrote meanwhile, the store's value stays, the conflict is reported, and the next write
 * here that names a version rejects with `VERSION_CONFLICT` until the key was read again. Nothing is merged.
 * It closes both stores. What is in memory is lost with this process.
 */
export function fallbackState(primary: StateStore, memory: StateStore, options: FallbackStateOptions = {}): FallbackStateStore {
  const timeoutMs = checkDuration("timeoutMs", options.timeoutMs ?? 1_000);
  const probeMs = checkDuration("probeMs", options.probeMs ?? 250);
  const maxKept = checkCount("maxKept", options.maxKept ?? 10_000);
  const kept = keptStates(memory, maxKept);
  /** Keys whose last write here lost to another; until they are read, a write that names a version is wrong. */
  const unread = new Set<string>();
  let conflicts: readonly StateConflict[] = [];
  let failure: unknown;
  let away = false;
  let carrying: Promise<void> | undefined;
  /** Calls that work on the kept states now. */
  let inMemory = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** The primary's answer, or its failure, within the limit. */
  async function ask<T>(call: (options: CallOptions) => Promise<T>, signal?: AbortSignal): Promise<T> {
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const message = `${primary.name} did not answer within ${timeoutMs} ms`;
      limit = setTimeout(() => reject(new OrchestratorError("STORE_UNAVAILABLE", message, { retryable: true })), timeoutMs);
    });
    try {
      return await Promise.race([call({ signal }), late]);
    } finally {
      clearTimeout(limit);
    }
  }

  function goAway(error: unknown): void {
    failure = error;
    away = true;
    if (timer !== undefined || closed) return;
    timer = setTimeout(tryBack, probeMs).unref();
  }

  function tryBack(): void {
    timer = undefined;
    carrying ??= comeBack();
  }

  /** Carries over what waits; once nothing does, the primary serves again. */
  async function comeBack(): Promise<void> {
    try {
      await ask<unknown>((callOptions) => primary.ready?.(callOptions) ?? primary.get("", callOptions));
      for (let key = kept.firstDirty(); key !== undefined; key = kept.firstDirty()) {
        const name = key;
        await kept.alone(name, () => carry(name));
      }
      if (inMemory === 0) away = false;
      else goAway(failure);
    } catch (error) {
      goAway(error);
    } finally {
      carrying = undefined;
    }
  }

  async function carry(key: string): Promise<void> {
    const state = await kept.get(key);
    if (state === undefined || !state.dirty) return;
    const theirs = await ask((callOptions) => primary.get(key, callOptions));
    let base = theirs?.version ?? 0;
    if (base !== state.base && !isDeepStrictEqual(theirs?.value, state.value?.json)) {
      // The write under which the store went away may have arrived.
      const ownWrite = base === state.base + 1 && state.doubt !== undefined && isDeepStrictEqual(theirs?.value, state.doubt.value);
      if (!ownWrite) return conflict(key, state, theirs);
    }
    try {
      if (theirs !== undefined && (state.cleared || state.value === undefined)) {
        await ask((callOptions) => primary.delete(key, callOptions));
        base = 0;
        await kept.put(key, { ...state, base, cleared: false, doubt: undefined });
      }
      // As many writes as there were here, so that versions callers hold stay true.
      while (state.value !== undefined && base < state.version) base = await write(key, state, base);
      await kept.put(key, { ...state, version: base, base, dirty: false, cleared: false, doubt: undefined });
    } catch (error) {
      if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
      await conflict(key, state, await ask((callOptions) => primary.get(key, callOptions)));
    }
  }

  async function write(key: string, { value, goneAt }: KeptState, base: number): Promise<number> {
    const ttlMs = goneAt === undefined ? undefined : Math.max(1, goneAt - performance.now());
    const version = await ask((callOptions) => primary.set(key, value?.json ?? null, { ...callOptions, ifVersion: base, ttlMs }));
    // Should the next step fail, this much is known to be done.
    const state = await kept.get(key);
    if (state !== undefined) await kept.put(key, { ...state, base: version, cleared: false, doubt: undefined });
    return version;
  }

  async function conflict(key: string, state: KeptState, theirs: StateEntry | undefined): Promise<void> {
    const found: StateConflict = { key, ours: state.value?.json, theirs };
    conflicts = [...conflicts, found].slice(-maxConflicts);
    unread.add(key);
    for (const oldest of unread) if (unread.size > maxKept) unread.delete(oldest);
    await kept.put(key, cleanState(theirs));
    options.onConflict?.(found);
  }

  /** Runs on the primary while it is there, else in memory; where the primary fails under it, in memory after all. */
  async function run<T>(
    signal: AbortSignal | undefined,
    onPrimary: (callOptions: CallOptions) => Promise<T>,
    here: (underWay: boolean) => Promise<T>,
    key: string,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (closed) throw closedError("the state store");
    let underWay = false;
    if (!away) {
      try {
        return await ask(onPrimary, signal);
      } catch (error) {
        if (!meansAway(error)) throw error;
        goAway(error);
        underWay = true;
      }
    }
    inMemory++;
    try {
      return await kept.alone(key, () => here(underWay));
    } finally {
      inMemory--;
    }
  }

  function unknown(key: string): unknown {
    if (isOrchestratorError(failure, "STATE_LOST")) return failure;
    const message = `${primary.name} is away, and ${JSON.stringify(key)} was not used in this process`;
    return new OrchestratorError("STORE_UNAVAILABLE", message, { retryable: true, cause: failure });
  }

  const conflictAt = (key: string, version: number, expected: number): OrchestratorError =>
    new OrchestratorError("VERSION_CONFLICT", `${JSON.stringify(key)} is at version ${version}, not ${expected}`);

  async function setHere(key: string, value: Json, { ifVersion, ttlMs }: SetStateOptions, underWay: boolean): Promise<number> {
    const before = await kept.get(key);
    const version = before?.version ?? ifVersion ?? 0;
    if (ifVersion !== undefined && ifVersion !== version) throw conflictAt(key, version, ifVersion);
    const base = before?.base ?? version;
    const goneAt = ttlMs === undefined ? undefined : performance.now() + checkDuration("ttlMs", ttlMs);
    const doubt = underWay && !before?.dirty ? { value } : before?.doubt;
    await kept.put(key, {
      value: { json: value },
      version: version + 1,
      base,
      goneAt,
      dirty: true,
      cleared: before?.cleared ?? false,
      doubt,
    });
    return version + 1;
  }

  async function deleteHere(key: string): Promise<boolean> {
    const before = await kept.get(key);
    if (before === undefined) throw unknown(key);
    if (before.value === undefined) return false;
    await kept.put(key, { ...before, value: undefined, version: 0, goneAt: undefined, dirty: true, cleared: true });
    return true;
  }

  return {
    name: "fallback",
    get: (key, { signal } = {}) =>
      run(
        signal,
        async (callOptions) => {
          const entry = await primary.get(key, callOptions);
          await kept.seen(key, entry);
          unread.delete(key);
          return entry;
        },
        async () => {
          const state = await kept.get(key);
          if (state === undefined) throw unknown(key);
          unread.delete(key);
          return state.value && { value: state.value.json, version: state.version };
        },
        key,
      ),
    set: (key, value, { signal, ...setOptions } = {}) =>
      run(
        signal,
        async (callOptions) => {
          const { ifVersion } = setOptions;
          if (ifVersion !== undefined && unread.has(key))
            throw conflictAt(key, (await primary.get(key, callOptions))?.version ?? 0, ifVersion);
          const version = await primary.set(key, value, { ...setOptions, ...callOptions });
          await kept.seen(key, { value, version }, setOptions.ttlMs);
          return version;
        },
        (underWay) => setHere(key, value, setOptions, underWay),
        key,
      ),
    delete: (key, { signal } = {}) =>
      run(
        signal,
        async (callOptions) => {
          const deleted = await primary.delete(key, callOptions);
          await kept.seen(key, undefined);
          return deleted;
        },
        () => deleteHere(key),
        key,
      ),
    conflicts: () => conflicts,
    ready: async (callOptions) => {
      callOptions?.signal?.throwIfAborted();
      // Memory is always ready; whether the primary is, health says.
      await ask(async (both) => primary.ready?.(both), callOptions?.signal).catch((error: unknown) => {
        callOptions?.signal?.throwIfAborted();
        goAway(error);
      });
    },
    health: (): HealthReport => {
      if (closed) return { status: "down", detail: "closed" };
      if (!away) return primary.health?.() ?? { status: "up", detail: `${primary.name} serves` };
      const why = failure instanceof Error ? ` (${failure.message})` : "";
      return { status: "degraded", detail: `memory serves; ${kept.dirty()} keys wait for ${primary.name}${why}` };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      if (away) await (carrying ?? comeBack());
      await Promise.all([primary, memory].map(async (store) => store.close?.()));
    },
  };
}
