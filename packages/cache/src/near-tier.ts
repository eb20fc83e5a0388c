import type { CacheStore } from "@hydrogenai/core";
import { copyFrom } from "./copy-from.ts";

/** The tier in this process: bytes that can be forgotten all at once, and reads that notice a change meanwhile. */
export interface NearTier {
  /** What the store's bytes hold; apart from the read, as that is the way every hit takes. */
  readonly valueIn: (bytes: Uint8Array | undefined) => Uint8Array | undefined;
  /** The value at once, where the store can say. */
  readonly peek: (key: string) => Uint8Array | undefined;
  /** A copy of it. */
  readonly copyOf: (key: string) => Uint8Array | undefined;
  readonly set: (key: string, value: Uint8Array, ttlMs: number) => Promise<void>;
  readonly add: (key: string, value: Uint8Array, ttlMs: number) => Promise<boolean>;
  readonly delete: (key: string) => Promise<boolean>;
  /** Forgets a key that somebody else changed. */
  readonly drop: (key: string) => void;
  /** Forgets everything, in constant time. */
  readonly flush: () => void;
  /** Notes that the key is being read elsewhere, so that a change on the way is not covered by what the read brings. */
  readonly beginRead: (key: string) => { readonly changed: () => boolean; readonly end: () => void };
  readonly close: () => Promise<void>;
}

interface Reads {
  count: number;
  changed: boolean;
}

const markBytes = 4;
const ttl = (ttlMs: number): { readonly ttlMs?: number } => (Number.isFinite(ttlMs) ? { ttlMs } : {});

export function nearTier(store: CacheStore): NearTier {
  /** Every value begins with the flush it was written after; an older one is as good as gone. */
  let flushes = 0;
  const reading = new Map<string, Reads>();

  const changed = (key: string): void => {
    const reads = reading.get(key);
    if (reads !== undefined) reads.changed = true;
  };

  function marked(value: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(markBytes + value.byteLength);
    new DataView(bytes.buffer).setUint32(0, flushes);
    bytes.set(value, markBytes);
    return bytes;
  }

  const current = (bytes: Uint8Array): boolean =>
    bytes[0] === flushes >>> 24 &&
    bytes[1] === ((flushes >>> 16) & 255) &&
    bytes[2] === ((flushes >>> 8) & 255) &&
    bytes[3] === (flushes & 255);

  const valueIn = (bytes: Uint8Array | undefined): Uint8Array | undefined =>
    bytes !== undefined && current(bytes) ? bytes.subarray(markBytes) : undefined;

  const put = (key: string, value: Uint8Array, ttlMs: number): Promise<void> => store.set(key, marked(value), ttl(ttlMs));

  return {
    valueIn,
    peek(key) {
      const bytes = store.peek?.(key);
      return bytes instanceof Uint8Array ? valueIn(bytes) : undefined;
    },
    copyOf(key) {
      const bytes = store.peek?.(key);
      if (!(bytes instanceof Uint8Array) || !current(bytes)) return undefined;
      return copyFrom(bytes, markBytes);
    },
    set: (key, value, ttlMs) => {
      changed(key);
      return put(key, value, ttlMs);
    },
    async add(key, value, ttlMs) {
      const before = await store.get(key);
      if (before !== undefined && !current(before)) await store.delete(key);
      return store.add(key, marked(value), ttl(ttlMs));
    },
    async delete(key) {
      changed(key);
      const before = valueIn(await store.get(key));
      return (await store.delete(key)) && before !== undefined;
    },
    drop(key) {
      changed(key);
      store.delete(key).catch(() => undefined);
    },
    flush() {
      flushes = (flushes + 1) >>> 0;
      for (const reads of reading.values()) reads.changed = true;
    },
    beginRead(key) {
      const reads = reading.get(key) ?? { count: 0, changed: false };
      reading.set(key, reads);
      reads.count++;
      return {
        changed: () => reads.changed,
        end: () => {
          if (--reads.count === 0 && reading.get(key) === reads) reading.delete(key);
        },
      };
    },
    close: async () => store.close?.(),
  };
}
