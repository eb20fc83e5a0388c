import { hash } from "node:crypto";
import type { Cache, CacheQuestion } from "../ports/cache.ts";
import type { CacheStore } from "../ports/cache-store.ts";
import type { QueryResult } from "../ports/query.ts";
import { questionKey } from "./question-key.ts";
import { tagsNaming } from "./tags-naming.ts";

export interface ExactCacheOptions {
  readonly store: CacheStore;
  /** Answers kept at most; the oldest goes first. @default 10000 */
  readonly maxEntries?: number | undefined;
}

interface Entry {
  readonly format: 1;
  /** Milliseconds since 1970, as other processes may read it. */
  readonly storedAt: number;
  readonly expiresAt: number;
  readonly result: QueryResult;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Hashed, so that a key in a shared store is short and tells nothing. */
const exactKey = (question: CacheQuestion): string => `answer:${hash("sha256", questionKey(question), "base64url")}`;

/**
 * Remembers answers to questions of the same wording in the same scope. `invalidate` reaches what this process stored, not
 * what another process stored over a shared store; `@hydrogenai/cache` does both.
 */
export function exactCache({ store, maxEntries = 10_000 }: ExactCacheOptions): Cache {
  const stored = new Map<string, { readonly tenant: string; readonly tags: readonly string[] }>();

  async function forget(key: string): Promise<void> {
    stored.delete(key);
    await store.delete(key).catch(() => false);
  }

  function decode(bytes: Uint8Array): Entry | undefined {
    try {
      const entry = JSON.parse(decoder.decode(bytes)) as Entry;
      return entry.format === 1 && entry.expiresAt > Date.now() ? entry : undefined;
    } catch {
      return undefined; // Corrupt or foreign bytes are a miss.
    }
  }

  return {
    async lookup(question, options) {
      if (options?.kind === "semantic") return undefined;
      const key = exactKey(question);
      const bytes = await store.get(key, options);
      if (bytes === undefined) return undefined;
      const entry = decode(bytes);
      if (entry === undefined) {
        await forget(key);
        return undefined;
      }
      return { kind: "exact", result: entry.result, ageMs: Math.max(0, Date.now() - entry.storedAt), id: key };
    },
    async store(question, result, { ttlMs, tags = [], signal }) {
      const key = exactKey(question);
      const now = Date.now();
      const entry: Entry = { format: 1, storedAt: now, expiresAt: now + ttlMs, result };
      stored.delete(key);
      stored.set(key, { tenant: question.scope.tenant, tags });
      if (stored.size > maxEntries) await forget(stored.keys().next().value!);
      await store.set(key, encoder.encode(JSON.stringify(entry)), { ttlMs, signal });
    },
    async invalidate({ tenant, tags }) {
      const matching = [...stored].filter(([, entry]) => {
        const sameTenant = tenant === undefined || entry.tenant === tenant;
        return sameTenant && (tags === undefined || entry.tags.some((own) => tagsNaming(own).some((naming) => tags.includes(naming))));
      });
      const present = await Promise.all(
        matching.map(async ([key]) => {
          stored.delete(key);
          return store.delete(key);
        }),
      );
      return present.filter(Boolean).length;
    },
    close: async () => store.close?.(),
  };
}
