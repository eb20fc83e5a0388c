import { memoryCacheStore } from "../../../src/memory/cache-store.ts";
import type { CacheStore, TtlOptions } from "../../../src/ports/cache-store.ts";
import { closesOnce, crowd, forever, otherReason, wrongly } from "./wrong.ts";

const wrong = wrongly<CacheStore>(() => memoryCacheStore());

/** Keys pass through this on the way in. */
const rekeyed = (right: CacheStore, rekey: (key: string) => string): Partial<CacheStore> => ({
  get: (key, options) => right.get(rekey(key), options),
  set: (key, value, options) => right.set(rekey(key), value, options),
  add: (key, value, options) => right.add(rekey(key), value, options),
  delete: (key, options) => right.delete(rekey(key), options),
});

/** Options of every write pass through this on the way in. */
const retimed = (right: CacheStore, retime: (options: TtlOptions) => TtlOptions): Partial<CacheStore> => ({
  set: (key, value, options = {}) => right.set(key, value, retime(options)),
  add: (key, value, options = {}) => right.add(key, value, retime(options)),
});

/** Values are read back through this. */
const reread = (right: CacheStore, change: (value: Uint8Array) => Uint8Array | undefined): Partial<CacheStore> => ({
  get: async (key, options) => {
    const value = await right.get(key, options);
    return value && change(value);
  },
});

/** A map that hands buffers in and out as they are. */
function sharing(right: CacheStore, copiesIn: boolean): Partial<CacheStore> {
  const values = new Map<string, Uint8Array>();
  const put = (key: string, value: Uint8Array): void => void values.set(key, copiesIn ? new Uint8Array(value) : value);
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => put(key, value),
    add: async (key, value) => {
      if (values.has(key)) return false;
      put(key, value);
      return right.add(key, value);
    },
  };
}

export const wrongCacheStores = [
  wrong(1, "answers no bytes for a key that was never set", ({ get }) => ({ get: async (key) => (await get(key)) ?? new Uint8Array(0) })),
  wrong(1, "answers the last value written for any key", (right) => {
    let last: Uint8Array | undefined;
    return {
      get: async (key) => (await right.get(key)) ?? last,
      set: (key, value, options) => {
        last = value;
        return right.set(key, value, options);
      },
    };
  }),
  wrong(2, "keeps text, not bytes", (right) => reread(right, (value) => new TextEncoder().encode(new TextDecoder().decode(value)))),
  wrong(2, "ends a value at its first zero byte", (right) =>
    reread(right, (value) => (value.includes(0) ? value.slice(0, value.indexOf(0)) : value)),
  ),
  wrong(2, "keeps the whole buffer behind a view", ({ set }) => ({
    set: (key, value, options) => set(key, new Uint8Array(value.buffer), options),
  })),
  wrong(2, "cuts large values", (right) => reread(right, (value) => value.slice(0, 65_536))),
  wrong(2, "gives a value once", ({ get, delete: remove }) => ({
    get: async (key) => {
      const value = await get(key);
      await remove(key);
      return value;
    },
  })),
  wrong(2, "keeps nothing that has a time to live", ({ set }) => ({
    set: async (key, value, options) => (options?.ttlMs === undefined ? set(key, value) : undefined),
  })),
  wrong(3, "keeps the first value", ({ add }) => ({ set: async (key, value, options) => void (await add(key, value, options)) })),
  wrong(3, "keeps the old time to live", (right) => {
    const first = new Map<string, TtlOptions>();
    return {
      set: async (key, value, options = {}) => {
        if (!first.has(key)) first.set(key, options);
        await right.set(key, value, first.get(key));
      },
    };
  }),
  wrong(3, "never shortens a time to live", (right) => {
    const longest = new Map<string, number>();
    return {
      set: (key, value, { ttlMs = Infinity } = {}) => {
        longest.set(key, Math.max(ttlMs, longest.get(key) ?? 0));
        const longestMs = longest.get(key);
        return right.set(key, value, longestMs === Infinity ? {} : { ttlMs: longestMs });
      },
    };
  }),
  wrong(4, "forgets the time to live", (right) => retimed(right, () => ({}))),
  wrong(4, "takes milliseconds for seconds", (right) =>
    retimed(right, ({ ttlMs }) => ({ ttlMs: ttlMs === undefined ? undefined : ttlMs * 1000 })),
  ),
  wrong(4, "forgets everything that has a time to live when one value expires", (right) => {
    const timed = new Set<string>();
    return {
      set: (key, value, options) => {
        if (options?.ttlMs !== undefined) timed.add(key);
        return right.set(key, value, options);
      },
      get: async (key) => {
        const value = await right.get(key);
        if (value === undefined && timed.has(key)) for (const each of timed) await right.delete(each);
        return value;
      },
    };
  }),
  wrong(4, "reading prolongs a value", (right) => {
    const ttls = new Map<string, number | undefined>();
    return {
      set: (key, value, options) => {
        ttls.set(key, options?.ttlMs);
        return right.set(key, value, options);
      },
      get: async (key) => {
        const value = await right.get(key);
        if (value !== undefined) await right.set(key, value, { ttlMs: ttls.get(key) });
        return value;
      },
    };
  }),
  wrong(4, "refuses a fraction of a millisecond", (right) =>
    retimed(right, (options) => {
      if (!Number.isInteger(options.ttlMs ?? 1)) throw new RangeError("value is not an integer");
      return options;
    }),
  ),
  wrong(4, "takes less than a millisecond for no time to live", (right) =>
    retimed(right, ({ ttlMs = 0 }) => ({ ttlMs: Math.floor(ttlMs) === 0 ? undefined : ttlMs })),
  ),
  wrong(5, "gives every value a time to live", (right) => retimed(right, ({ ttlMs = 10 }) => ({ ttlMs }))),
  wrong(5, "gives an added value a time to live", ({ add }) => ({
    add: (key, value, { ttlMs = 10 } = {}) => add(key, value, { ttlMs }),
  })),
  wrong(6, "`add` always writes and answers true", ({ set }) => ({
    add: async (key, value, options) => {
      await set(key, value, options);
      return true;
    },
  })),
  wrong(6, "`add` answers false and writes all the same", ({ add, set }) => ({
    add: async (key, value, options) => {
      const added = await add(key, value, options);
      await set(key, value, options);
      return added;
    },
  })),
  wrong(6, "`add` answers true without writing", ({ get }) => ({ add: async (key) => (await get(key)) === undefined })),
  wrong(6, "a refused `add` renews the time to live", ({ add, get, set }) => ({
    add: async (key, value, options) => {
      const added = await add(key, value, options);
      if (!added) await set(key, (await get(key)) ?? value, options);
      return added;
    },
  })),
  wrong(7, "`add` looks first and writes later", ({ get, set }) => ({
    add: async (key, value, options) => {
      if ((await get(key)) !== undefined) return false;
      await set(key, value, options);
      return true;
    },
  })),
  wrong(7, "many `add` calls at once all lose", (right) => {
    const alone = crowd();
    return { add: async (key, value, options) => (await alone()) && right.add(key, value, options) };
  }),
  wrong(8, "`add` refuses a key that was ever there", (right) => {
    const known = new Set<string>();
    return {
      add: async (key, value, options) => {
        if (known.has(key)) return false;
        known.add(key);
        return right.add(key, value, options);
      },
    };
  }),
  wrong(8, "a refused `add` prolongs the value it met", ({ add, get, set }) => ({
    add: async (key, value, options) => {
      const added = await add(key, value, options);
      const found = await get(key);
      if (!added && found !== undefined) await set(key, found, { ttlMs: 60_000 });
      return added;
    },
  })),
  wrong(9, "`delete` always answers true", ({ delete: remove }) => ({ delete: async (key) => (await remove(key), true) })),
  wrong(9, "`delete` always answers false", ({ delete: remove }) => ({ delete: async (key) => (await remove(key), false) })),
  wrong(9, "`delete` leaves the value", ({ get }) => ({ delete: async (key) => (await get(key)) !== undefined })),
  wrong(9, "`delete` takes an expired value for one", (right) => {
    const written = new Set<string>();
    return {
      set: (key, value, options) => {
        written.add(key);
        return right.set(key, value, options);
      },
      delete: async (key) => {
        await right.delete(key);
        return written.delete(key);
      },
    };
  }),
  wrong(9, "`delete` forgets every key", (right) => {
    let store = memoryCacheStore();
    return {
      get: (key) => store.get(key),
      set: (key, value) => store.set(key, value),
      delete: async (key) => {
        const found = await store.delete(key);
        store = memoryCacheStore();
        return found || right.delete(key);
      },
    };
  }),
  wrong(10, "ignores case", (right) => rekeyed(right, (key) => key.toLowerCase())),
  wrong(10, "normalises Unicode", (right) => rekeyed(right, (key) => key.normalize("NFC"))),
  wrong(10, "keeps only what stands before a colon", (right) => rekeyed(right, (key) => key.split(":")[0] ?? "")),
  wrong(10, "trims keys", (right) => rekeyed(right, (key) => key.trim())),
  wrong(10, "cuts long keys", (right) => rekeyed(right, (key) => key.slice(0, 250))),
  wrong(10, "replaces what is no letter", (right) => rekeyed(right, (key) => key.replaceAll(/[^a-zA-Z0-9]/g, "_"))),
  wrong(10, "loses keys that objects have anyway", ({ get }) => ({ get: async (key) => (key in {} ? undefined : get(key)) })),
  wrong(11, "shares the buffer it was given", (right) => sharing(right, false)),
  wrong(11, "shares the buffer it answers", (right) => sharing(right, true)),
  wrong(11, "copies the buffer too late", ({ set }) => ({
    set: async (key, value, options) => {
      await Promise.resolve();
      await set(key, value, options);
    },
  })),
  wrong(12, "takes an empty value for none", (right) => reread(right, (value) => (value.length === 0 ? undefined : value))),
  wrong(12, "`add` writes over an empty value", ({ add, get, delete: remove }) => ({
    add: async (key, value, options) => {
      if ((await get(key))?.length === 0) await remove(key);
      return add(key, value, options);
    },
  })),
  wrong(13, "ignores the signal", ({ get }) => ({ get: (key) => get(key) })),
  wrong(13, "`add` ignores the signal", ({ add }) => ({ add: (key, value, { ttlMs } = {}) => add(key, value, { ttlMs }) })),
  wrong(13, "rejects with a reason of its own", ({ delete: remove }) => ({
    delete: (key, options) => (options?.signal?.aborted ? Promise.reject(new DOMException("aborted", "AbortError")) : remove(key)),
  })),
  wrong(13, "writes all the same", ({ set }) => ({
    set: async (key, value, options) => {
      await set(key, value);
      options?.signal?.throwIfAborted();
    },
  })),
  wrong(13, "throws instead of rejecting with the reason", ({ set }) => ({
    set: (key, value, options) => (options?.signal?.aborted ? otherReason() : set(key, value, options)),
  })),
  wrong(14, "fails to close twice", closesOnce),
  wrong(14, "never ends closing a second time", ({ close }) => {
    let closed = false;
    return {
      close: () => {
        if (closed) return forever();
        closed = true;
        return close?.() ?? forever();
      },
    };
  }),
];
