import type { CacheStore } from "@hydrogenai/core";

/** The smallest cache store there is: a `Map`. It never forgets what has no time to live, so it is an example, not an advice. */
export function mapCacheStore(): CacheStore {
  const entries = new Map<string, { readonly value: Uint8Array; readonly goneAt: number }>();

  const find = (key: string): Uint8Array | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && performance.now() < entry.goneAt ? entry.value : undefined;
  };
  const put = (key: string, value: Uint8Array, ttlMs = Infinity): void => {
    // A copy: the caller may change the buffer afterwards.
    entries.set(key, { value: new Uint8Array(value), goneAt: performance.now() + ttlMs });
  };

  return {
    name: "map",
    get: async (key, { signal } = {}) => {
      signal?.throwIfAborted();
      const value = find(key);
      return value && new Uint8Array(value);
    },
    set: async (key, value, { ttlMs, signal } = {}) => {
      signal?.throwIfAborted();
      put(key, value, ttlMs);
    },
    add: async (key, value, { ttlMs, signal } = {}) => {
      signal?.throwIfAborted();
      if (find(key) !== undefined) return false;
      put(key, value, ttlMs);
      return true;
    },
    delete: async (key, { signal } = {}) => {
      signal?.throwIfAborted();
      const found = find(key) !== undefined;
      entries.delete(key);
      return found;
    },
  };
}
