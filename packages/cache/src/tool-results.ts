import type { CacheStore, Json, ToolCallKey, ToolResultCache } from "@hydrogenai/core";
import type { Marks } from "./marks.ts";
import { digest } from "./question-key.ts";
import type { Tally } from "./tally.ts";

interface Stored {
  readonly format: 1;
  /** The whole call, so that a hash alone never decides. */
  readonly call: string;
  readonly tags: readonly string[];
  readonly marks: readonly string[];
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly expiresAt: number;
  readonly output: Json;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
/** The order of an input's fields counts: two orders of sorting are two questions to a database. */
const callOf = ({ tenant, tool, input, dataVersion }: ToolCallKey): string => JSON.stringify([tenant, tool, input, dataVersion]);

function decode(bytes: Uint8Array): Stored | undefined {
  try {
    // Every field that is used is checked by its use or here.
    const stored = JSON.parse(decoder.decode(bytes)) as Stored;
    return stored.format === 1 && Array.isArray(stored.tags) && Array.isArray(stored.marks) && "output" in stored ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** Results of tools in the store of the answers, under the same marks of invalidation. What is corrupt or larger than `maxBytes` is a miss and removed. */
export function toolResultCache(store: CacheStore, marks: Marks, maxBytes: number, tally: Tally): ToolResultCache {
  const keyOf = (call: string): string => digest("tool", call);
  /** When a call was looked for and not found: what changed since then may be missing from its result. */
  const missedAt = new WeakMap<ToolCallKey, number>();

  return {
    async recall(key, { signal } = {}) {
      const startedAt = performance.now();
      const call = callOf(key);
      const bytes = await store.get(keyOf(call), { signal });
      const stored = bytes === undefined || bytes.byteLength > maxBytes ? undefined : decode(bytes);
      if (bytes !== undefined && stored?.call !== call) {
        tally.removed++;
        await store.delete(keyOf(call), { signal });
      }
      if (stored?.call === call && stored.expiresAt > Date.now()) {
        const current = await marks.of(key.tenant, stored.tags, signal);
        if (current.length === stored.marks.length && current.every((mark, at) => mark === stored.marks[at])) {
          tally.toolHits++;
          return { output: stored.output, ageMs: Math.max(0, Date.now() - stored.storedAt) };
        }
      }
      missedAt.set(key, startedAt);
      tally.toolMisses++;
      return undefined;
    },
    async remember(key, output, { ttlMs, tags = [], signal }) {
      const { tenant } = key;
      const current = await marks.of(tenant, tags, signal);
      const since = missedAt.get(key);
      if (since !== undefined && marks.changedSince(since, tenant, tags)) return;
      const call = callOf(key);
      const now = Date.now();
      const stored: Stored = { format: 1, call, tags, marks: current, storedAt: now, expiresAt: now + ttlMs, output };
      const bytes = encoder.encode(JSON.stringify(stored));
      if (bytes.byteLength <= maxBytes) await store.set(keyOf(call), bytes, { ttlMs, signal });
    },
  };
}
