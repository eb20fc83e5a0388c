import { OrchestratorError } from "../errors.ts";
import type { VectorIndex, VectorMatch } from "../ports/vector-index.ts";
import { checkCount, closedError } from "./checks.ts";
import { recencyMap } from "./recency-map.ts";

export interface MemoryVectorIndexOptions {
  /** Numbers a vector. */
  readonly dimensions: number;
  /** Vectors kept; beyond it the one added longest ago goes. @default 10000 */
  readonly maxEntries?: number | undefined;
}

interface Slot {
  readonly shelf: string;
  readonly key: string;
  readonly vector: Float32Array;
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Vectors in this process, every one of the shelf looked at in each search: exact, and for some thousands quick enough.
 * `vectorIndex` of `@hydrogenai/cache` finds the same among many more.
 */
export function memoryVectorIndex(options: MemoryVectorIndexOptions): VectorIndex {
  const dimensions = checkCount("dimensions", options.dimensions);
  const maxEntries = checkCount("maxEntries", options.maxEntries ?? 10_000);
  const shelves = new Map<string, Map<string, Slot>>();
  const ages = recencyMap<Slot>();
  let size = 0;
  let closed = false;

  const ageKey = ({ shelf, key }: Slot): string => JSON.stringify([shelf, key]);

  function enter(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (closed) throw closedError("the vector index");
  }

  function check(vector: Float32Array): void {
    const length = vector.length === dimensions ? Math.sqrt(product(vector, vector)) : Number.NaN;
    if (Math.abs(length - 1) <= 1e-3) return;
    throw new OrchestratorError(
      "CONFIG_INVALID",
      `a vector must have ${dimensions} numbers and length 1, not ${vector.length} and ${length}`,
    );
  }

  function drop(shelf: string, key: string): boolean {
    const slots = shelves.get(shelf);
    const slot = slots?.get(key);
    if (slots === undefined || slot === undefined) return false;
    slots.delete(key);
    if (slots.size === 0) shelves.delete(shelf);
    ages.delete(ageKey(slot));
    size--;
    return true;
  }

  return {
    name: "memory",
    dimensions,
    async add(shelf, key, vector, { signal } = {}) {
      enter(signal);
      check(vector);
      drop(shelf, key);
      const slot: Slot = { shelf, key, vector: vector.slice() };
      const slots = shelves.get(shelf) ?? new Map<string, Slot>();
      shelves.set(shelf, slots.set(key, slot));
      ages.set(ageKey(slot), slot);
      const oldest = ++size > maxEntries ? ages.oldest()?.value : undefined;
      if (oldest !== undefined) drop(oldest.shelf, oldest.key);
    },
    async search(shelf, vector, { atLeast, limit, signal }) {
      enter(signal);
      check(vector);
      const matches: VectorMatch[] = [];
      for (const slot of shelves.get(shelf)?.values() ?? []) {
        const likeness = product(vector, slot.vector);
        if (likeness >= atLeast) matches.push({ key: slot.key, likeness });
      }
      return matches.sort((a, b) => b.likeness - a.likeness).slice(0, limit);
    },
    async remove(shelf, key, { signal } = {}) {
      enter(signal);
      return drop(shelf, key);
    },
    async close() {
      closed = true;
      shelves.clear();
      ages.clear();
    },
  };
}
