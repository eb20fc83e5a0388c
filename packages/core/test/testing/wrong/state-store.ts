import { OrchestratorError } from "../../../src/errors.ts";
import { memoryStateStore } from "../../../src/memory/state-store.ts";
import type { Json, JsonObject } from "../../../src/ports/json.ts";
import type { SetStateOptions, StateEntry, StateStore } from "../../../src/ports/state-store.ts";
import { closesOnce, crowd, wrongly } from "./wrong.ts";

const wrong = wrongly<StateStore>(() => memoryStateStore());

const rekeyed = (right: StateStore, rekey: (key: string) => string): Partial<StateStore> => ({
  get: (key, options) => right.get(rekey(key), options),
  set: (key, value, options) => right.set(rekey(key), value, options),
  delete: (key, options) => right.delete(rekey(key), options),
});

const reread = (right: StateStore, change: (entry: StateEntry) => StateEntry | undefined): Partial<StateStore> => ({
  get: async (key, options) => {
    const entry = await right.get(key, options);
    return entry && change(entry);
  },
});

const revalued = (right: StateStore, change: (value: Json) => Json): Partial<StateStore> =>
  reread(right, ({ value, version }) => ({ value: change(value), version }));

const reset = (
  right: StateStore,
  change: (options: SetStateOptions, key: string) => SetStateOptions | Promise<SetStateOptions>,
): Partial<StateStore> => ({
  set: async (key, value, options = {}) => right.set(key, value, await change(options, key)),
});

const conflict = (): never => {
  throw new OrchestratorError("VERSION_CONFLICT", "no");
};

/** Entries in a map, values as they are; `copyIn` for those that copy on the way in only. */
function sharing(copyIn: (value: Json) => Json): Partial<StateStore> {
  const entries = new Map<string, StateEntry>();
  return {
    get: async (key) => entries.get(key),
    set: async (key, value) => {
      entries.set(key, { value: copyIn(value), version: 1 });
      return 1;
    },
  };
}

export const wrongStateStores = [
  wrong(1, "answers null for a key that was never set", ({ get }) => ({
    get: async (key) => (await get(key)) ?? { value: null, version: 0 },
  })),
  wrong(1, "answers another key's entry", (right) => {
    let last = "";
    return {
      set: (key, value, options) => right.set((last = key), value, options),
      get: async (key) => (await right.get(key)) ?? right.get(last),
    };
  }),
  wrong(2, "answers values as text", (right) => revalued(right, (value) => JSON.stringify(value))),
  wrong(2, "parses text that looks like JSON", (right) => revalued(right, (value) => (value === "null" ? null : value))),
  wrong(2, "takes null for absent", (right) => reread(right, (entry) => (entry.value === null ? undefined : entry))),
  wrong(2, "takes falsy values for absent", (right) => reread(right, (entry) => (entry.value ? entry : undefined))),
  wrong(2, "merges objects instead of replacing them", (right) => ({
    set: async (key, value, options) => {
      const before = (await right.get(key))?.value;
      const isObject = (json: Json | undefined): json is JsonObject => typeof json === "object" && json !== null && !Array.isArray(json);
      return right.set(key, isObject(before) && isObject(value) ? { ...before, ...value } : value, options);
    },
  })),
  wrong(2, "loses members of arrays that are empty", (right) =>
    revalued(right, (value) => (Array.isArray(value) ? value.filter((item) => JSON.stringify(item) !== "[]") : value)),
  ),
  wrong(2, "loses `__proto__`", (right) =>
    revalued(right, (value) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__") ? Object.assign({}, value) : value,
    ),
  ),
  wrong(3, "answers the old version", ({ set }) => ({ set: async (key, value, options) => (await set(key, value, options)) - 1 })),
  wrong(3, "skips versions", (right) => ({
    set: async (key, value, options) => (await right.set(key, value, options)) * 2,
    ...reread(right, ({ value, version }) => ({ value, version: version * 2 })),
  })),
  wrong(3, "counts versions over all keys", (right) => {
    let version = 0;
    return {
      set: async (key, value, options) => {
        await right.set(key, value, options);
        return ++version;
      },
    };
  }),
  wrong(3, "does not show the version it answered", (right) => reread(right, ({ value }) => ({ value, version: 1 }))),
  wrong(4, "refuses every `ifVersion`", ({ set }) => ({
    set: async (key, value, options) => (options?.ifVersion === undefined ? set(key, value, options) : conflict()),
  })),
  wrong(4, "wants the next version instead of the current", (right) =>
    reset(right, (options) => ({ ...options, ifVersion: options.ifVersion === undefined ? undefined : options.ifVersion - 1 })),
  ),
  wrong(4, "succeeds without writing", (right) => ({
    set: async (key, value, options) => (options?.ifVersion ? options.ifVersion + 1 : right.set(key, value, options)),
  })),
  wrong(5, "ignores `ifVersion`", (right) => reset(right, ({ ttlMs }) => ({ ttlMs }))),
  wrong(5, "writes, then rejects", (right) => ({
    set: async (key, value, options) => {
      const version = (await right.get(key))?.version ?? 0;
      await right.set(key, value);
      return options?.ifVersion === undefined || options.ifVersion === version ? version + 1 : conflict();
    },
  })),
  wrong(5, "rejects with another code", (right) => ({
    set: (key, value, options) =>
      right.set(key, value, options).catch(() => {
        throw new OrchestratorError("STORE_UNAVAILABLE", "no");
      }),
  })),
  wrong(5, "accepts a version above the current", (right) =>
    reset(right, async (options, key) => ({
      ...options,
      ifVersion: Math.min(options.ifVersion ?? 0, (await right.get(key))?.version ?? 0) || undefined,
    })),
  ),
  wrong(5, "takes the time to live of a refused write", ({ get, set }) => ({
    set: (key, value, options) =>
      set(key, value, options).catch(async (error: unknown) => {
        const entry = await get(key);
        if (entry !== undefined) await set(key, entry.value, { ttlMs: options?.ttlMs });
        throw error;
      }),
  })),
  wrong(6, "takes `ifVersion` 0 for none", (right) =>
    reset(right, (options) => ({ ...options, ifVersion: options.ifVersion || undefined })),
  ),
  wrong(6, "refuses `ifVersion` 0 for a key that was ever there", (right) => {
    const known = new Set<string>();
    return {
      set: async (key, value, options) => {
        if (options?.ifVersion === 0 && known.has(key)) return conflict();
        known.add(key);
        return right.set(key, value, options);
      },
    };
  }),
  wrong(7, "looks first and writes later", ({ get, set }) => ({
    set: async (key, value, { ifVersion } = {}) => {
      const version = (await get(key))?.version ?? 0;
      return ifVersion === undefined || ifVersion === version ? set(key, value) : conflict();
    },
  })),
  wrong(7, "loses all of many writes at once", (right) => {
    const alone = crowd();
    return { set: async (key, value, options) => ((await alone()) ? right.set(key, value, options) : conflict()) };
  }),
  wrong(8, "forgets the time to live", (right) => reset(right, ({ ifVersion }) => ({ ifVersion }))),
  wrong(8, "takes milliseconds for seconds", (right) =>
    reset(right, ({ ttlMs }) => ({ ttlMs: ttlMs === undefined ? undefined : ttlMs * 1000 })),
  ),
  wrong(8, "takes a time to live on the first write only", (right) =>
    reset(right, async (options, key) => ({ ...options, ttlMs: (await right.get(key)) ? undefined : options.ttlMs })),
  ),
  wrong(8, "refuses a fraction of a millisecond", (right) =>
    reset(right, (options) => {
      if (!Number.isInteger(options.ttlMs ?? 1)) throw new RangeError("value is not an integer");
      return options;
    }),
  ),
  wrong(8, "forgets everything at the end of a second's minute", (right) =>
    reset(right, ({ ttlMs }) => ({ ttlMs: ttlMs === undefined ? undefined : Math.min(ttlMs, 20) })),
  ),
  wrong(9, "`delete` always answers true", ({ delete: remove }) => ({ delete: async (key) => (await remove(key), true) })),
  wrong(9, "`delete` always answers false", ({ delete: remove }) => ({ delete: async (key) => (await remove(key), false) })),
  wrong(9, "`delete` leaves the value", ({ get }) => ({ delete: async (key) => (await get(key)) !== undefined })),
  wrong(9, "`delete` takes null for absent", ({ get, delete: remove }) => ({
    delete: async (key) => (await get(key))?.value !== null && remove(key),
  })),
  wrong(10, "ignores case", (right) => rekeyed(right, (key) => key.toLowerCase())),
  wrong(10, "keeps only what stands before a colon", (right) => rekeyed(right, (key) => key.split(":")[0] ?? "")),
  wrong(10, "treats dots and slashes alike", (right) => rekeyed(right, (key) => key.replaceAll("/", "."))),
  wrong(10, "normalises Unicode", (right) => rekeyed(right, (key) => key.normalize("NFC"))),
  wrong(10, "cuts long keys", (right) => rekeyed(right, (key) => key.slice(0, 250))),
  wrong(11, "shares the value it was given", () => sharing((value) => value)),
  wrong(11, "shares the value it answers", () => sharing((value) => structuredClone(value))),
  wrong(11, "copies the value too late", ({ set }) => ({
    set: async (key, value, options) => {
      await Promise.resolve();
      return set(key, value, options);
    },
  })),
  wrong(12, "gives every value a time to live", (right) => reset(right, ({ ttlMs = 10 }) => ({ ttlMs }))),
  wrong(12, "keeps the old time to live", (right) => {
    const first = new Map<string, number | undefined>();
    return reset(right, (options, key) => {
      if (!first.has(key)) first.set(key, options.ttlMs);
      return { ...options, ttlMs: first.get(key) };
    });
  }),
  wrong(13, "`get` ignores the signal", ({ get }) => ({ get: (key) => get(key) })),
  wrong(13, "`set` ignores the signal", (right) => reset(right, ({ ifVersion }) => ({ ifVersion }))),
  wrong(13, "`delete` rejects with a reason of its own", ({ delete: remove }) => ({
    delete: (key, options) => (options?.signal?.aborted ? Promise.reject(new Error("aborted")) : remove(key)),
  })),
  wrong(13, "writes all the same", ({ set }) => ({
    set: async (key, value, options) => {
      const version = await set(key, value);
      options?.signal?.throwIfAborted();
      return version;
    },
  })),
  wrong(14, "fails to close twice", closesOnce),
];
