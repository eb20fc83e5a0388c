import type { Embedder } from "@hydrogenai/core";
import type { Indexed } from "./lexical-index.ts";

/** Finds stored questions by the likeness of their vectors. Only proposes: the guard and the verifier decide. */
export interface VectorCandidates {
  readonly add: (shelf: string, indexed: Indexed, signal?: AbortSignal) => Promise<void>;
  readonly candidates: (shelf: string, text: string, limit: number, signal?: AbortSignal) => Promise<readonly Indexed[]>;
  readonly remove: (key: string) => void;
}

interface Slot {
  readonly indexed: Indexed;
  readonly vector: Float32Array;
}

/** Less alike is not worth a look. */
const leastLikeness = 0.6;

function likeness(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Exact, by looking at every vector of the shelf; beyond `maxEntries` the oldest goes. */
export function vectorCandidates(embedder: Embedder, maxEntries: number): VectorCandidates {
  const shelves = new Map<string, Map<string, Slot>>();
  const shelfOf = new Map<string, string>();

  function remove(key: string): void {
    const name = shelfOf.get(key);
    if (name === undefined) return;
    shelfOf.delete(key);
    const shelf = shelves.get(name);
    shelf?.delete(key);
    if (shelf?.size === 0) shelves.delete(name);
  }

  async function embed(text: string, signal: AbortSignal | undefined): Promise<Float32Array | undefined> {
    const [vector] = await embedder.embed([text], { signal });
    // A vector of another model is no vector of ours.
    return vector?.length === embedder.dimensions ? vector : undefined;
  }

  return {
    async add(name, indexed, signal) {
      const vector = await embed(indexed.text, signal);
      remove(indexed.key);
      if (vector === undefined) return;
      const shelf = shelves.get(name) ?? new Map<string, Slot>();
      shelves.set(name, shelf);
      shelf.set(indexed.key, { indexed, vector });
      shelfOf.set(indexed.key, name);
      if (shelfOf.size > maxEntries) remove(shelfOf.keys().next().value!);
    },
    async candidates(name, text, limit, signal) {
      const shelf = shelves.get(name);
      if (shelf === undefined) return [];
      const vector = await embed(text, signal);
      if (vector === undefined) return [];
      return [...shelf.values()]
        .map(({ indexed, vector: stored }) => ({ indexed, score: likeness(vector, stored) }))
        .filter(({ score }) => score >= leastLikeness)
        .toSorted((a, b) => b.score - a.score)
        .slice(0, limit)
        .map(({ indexed }) => indexed);
    },
    remove,
  };
}
