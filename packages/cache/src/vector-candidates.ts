import type { CacheQuestion, CacheStore, Embedder, HealthReport, VectorIndex } from "@hydrogenai/core";
import { embedInTime } from "./embed-in-time.ts";
import type { Indexed } from "./lexical-index.ts";
import { digest } from "./question-key.ts";

/** Finds stored questions by the likeness of their vectors. Only proposes: the guard and the verifier decide. */
export interface VectorCandidates {
  /** Makes a question findable here, and by `hear` elsewhere. */
  readonly add: (shelf: string, key: string, question: CacheQuestion, ttlMs: number, signal?: AbortSignal) => Promise<void>;
  /** Makes a question findable that another instance has added, by the vector it left in the store. */
  readonly hear: (shelf: string, indexed: Indexed) => void;
  readonly candidates: (shelf: string, question: CacheQuestion, limit: number, signal?: AbortSignal) => Promise<readonly Indexed[]>;
  readonly remove: (key: string) => void;
  readonly health: () => HealthReport;
  readonly close: () => Promise<void>;
}

interface Parts {
  readonly embedder: Embedder;
  readonly index: VectorIndex;
  /** Where the vectors are left for other instances. */
  readonly store: CacheStore;
  readonly maxEntries: number;
}

interface Filed {
  readonly shelf: string;
  readonly text: string;
}

/** Less alike is not worth a look. */
const leastLikeness = 0.6;
const embedMs = 2_000;
const restMs = 10_000;
/** What is heard of beyond this while the store is slow stays unknown. */
const maxHearing = 100;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

export function vectorCandidates({ embedder, index, store, maxEntries }: Parts): VectorCandidates {
  const { embed, health } = embedInTime(embedder, embedMs, restMs);
  const filed = new Map<string, Filed>();
  /** A question is looked for first and stored later. */
  const vectors = new WeakMap<CacheQuestion, Float32Array>();
  let hearing = 0;

  const vectorKey = (key: string): string => digest("vector", JSON.stringify([embedder.name, embedder.dimensions, key]));

  function remove(key: string): void {
    const known = filed.get(key);
    if (known === undefined) return;
    filed.delete(key);
    index.remove(known.shelf, key).catch(() => false);
  }

  function note(shelf: string, { key, text }: Indexed): void {
    if (filed.get(key)?.shelf !== shelf) remove(key);
    filed.delete(key);
    filed.set(key, { shelf, text });
    if (filed.size > maxEntries) remove(filed.keys().next().value!);
  }

  async function vectorOf(question: CacheQuestion, signal: AbortSignal | undefined): Promise<Float32Array | undefined> {
    const known = vectors.get(question);
    if (known !== undefined) return known;
    const vector = await embed(question.text, signal);
    if (vector !== undefined) vectors.set(question, vector);
    return vector;
  }

  async function fetch(shelf: string, indexed: Indexed): Promise<void> {
    const bytes = await store.get(vectorKey(indexed.key));
    if (bytes?.byteLength !== embedder.dimensions * 4) return;
    await index.add(shelf, indexed.key, new Float32Array(bytes.slice().buffer));
    note(shelf, indexed);
  }

  return {
    async add(shelf, key, question, ttlMs, signal) {
      const vector = await vectorOf(question, signal);
      if (vector === undefined) return remove(key);
      await index.add(shelf, key, vector, { signal });
      note(shelf, { key, text: question.text });
      await store.set(vectorKey(key), bytesOf(vector), { ttlMs, signal });
    },
    hear(shelf, indexed) {
      if (hearing >= maxHearing) return;
      hearing++;
      fetch(shelf, indexed)
        .catch(() => undefined)
        .finally(() => hearing--);
    },
    async candidates(shelf, question, limit, signal) {
      const vector = await vectorOf(question, signal);
      if (vector === undefined) return [];
      const matches = await index.search(shelf, vector, { atLeast: leastLikeness, limit, signal });
      return matches.flatMap(({ key }) => {
        const known = filed.get(key);
        return known?.shelf === shelf ? [{ key, text: known.text }] : [];
      });
    },
    remove,
    health,
    async close() {
      filed.clear();
      await index.close?.();
    },
  };
}
