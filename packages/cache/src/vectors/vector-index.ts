import { OrchestratorError, type VectorIndex } from "@hydrogenai/core";
import { learnBasis } from "./learn-basis.ts";
import { nearest } from "./nearest.ts";
import { columnsFor, newPrefixes, type Prefixes } from "./prefixes.ts";
import { hasWasm, jsKernel, wasmKernel } from "./prefix-kernel.ts";
import { newShelf, type Shelf } from "./shelf.ts";

export interface VectorIndexOptions {
  /** Numbers a vector. */
  readonly dimensions: number;
  /** Vectors kept; beyond it the one added longest ago goes. @default 100000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of vectors, prefixes, keys and bookkeeping together; beyond it the vector added longest ago goes. @default 268435456 (256 MiB) */
  readonly maxBytes?: number | undefined;
  /** What the search runs in; `js` finds the same, more slowly. @default WebAssembly with SIMD where there is any, else JavaScript */
  readonly engine?: "wasm" | "js" | undefined;
}

/** From so many vectors the directions are learnt. */
const sampleSize = 256;
/** Pieces of some tenths of a millisecond each that an `add` does meanwhile. */
const piecesAtOnce = 4;
const bytesOfSlot = 300;
const bytesOfShelf = 400;

interface Aged {
  readonly shelf: string;
  readonly key: string;
  readonly bytes: number;
}

function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be a whole number above 0, not ${value}`);
}

/** Roughly; the first on a shelf pays for the shelf. */
function bytesOf(vector: Float32Array, shelf: string, key: string, size: number): number {
  const ofShelf = size === 1 ? bytesOfShelf + 2 * shelf.length : 0;
  return vector.byteLength + columnsFor(vector.length) + bytesOfSlot + 2 * (shelf.length + key.length) + ofShelf;
}

function checkEngine(engine: "wasm" | "js" | undefined): void {
  if (engine !== "wasm" || hasWasm()) return;
  throw new OrchestratorError("CONFIG_INVALID", "there is no WebAssembly with SIMD here");
}

/**
 * Vectors in this process, searched exactly and much faster than one after the other: a prefix of each, a byte a number, tells which cannot be as alike
 * as asked for, and only the rest is compared. The higher `atLeast` and the lower `limit`, the fewer are left. The directions of the prefixes are
 * learnt once from the first 256 vectors, in small pieces while others are added; until then, and on shelves with fewer than 64, every vector is
 * compared. Nothing is built, so adding and removing cost microseconds.
 *
 * Throws `CONFIG_INVALID` for options out of range.
 */
export function vectorIndex(options: VectorIndexOptions): VectorIndex {
  const dimensions = count("dimensions", options.dimensions);
  const maxEntries = count("maxEntries", options.maxEntries ?? 100_000);
  const maxBytes = count("maxBytes", options.maxBytes ?? 256 * 1024 * 1024);
  const { engine } = options;
  checkEngine(engine);
  const shelves = new Map<string, Shelf>();
  const ages = new Map<string, Aged>();
  /** Goes on where it was: all it passed is gone, so it never steps over deleted entries twice. */
  const byAge = ages.values();
  const sample: Float32Array[] = [];
  let learning: ReturnType<typeof learnBasis> | undefined;
  let prefixes: Prefixes | undefined;
  let bytes = 0;
  let closed = false;

  const ageKey = (shelf: string, key: string): string => `${shelf.length} ${shelf}${key}`;

  function enter(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (closed) throw new OrchestratorError("CLOSED", "the vector index was closed");
  }

  function check(vector: Float32Array): void {
    let square = 0;
    for (const value of vector) square += value * value;
    const length = Math.sqrt(square);
    if (vector.length === dimensions && Math.abs(length - 1) <= 1e-3) return;
    throw new OrchestratorError(
      "CONFIG_INVALID",
      `a vector must have ${dimensions} numbers and length 1, not ${vector.length} and ${length}`,
    );
  }

  function drop(name: string, key: string): boolean {
    const shelf = shelves.get(name);
    const slot = shelf?.find(key);
    if (shelf === undefined || slot === undefined) return false;
    shelf.remove(slot);
    if (shelf.size() === 0) shelves.delete(name);
    const aged = ageKey(name, key);
    bytes -= ages.get(aged)?.bytes ?? 0;
    ages.delete(aged);
    return true;
  }

  function dropOldest(): void {
    while (ages.size > maxEntries || bytes > maxBytes) {
      const oldest = byAge.next().value!;
      drop(oldest.shelf, oldest.key);
    }
  }

  function learn(vector: Float32Array): void {
    if (prefixes !== undefined) return;
    if (sample.length < sampleSize) {
      sample.push(vector);
      return;
    }
    learning ??= learnBasis(sample, dimensions, columnsFor(dimensions));
    for (let piece = 0; piece < piecesAtOnce; piece++) {
      const { done, value } = learning.next();
      if (done !== true) continue;
      const kernel = (engine === "js" ? undefined : wasmKernel()) ?? jsKernel();
      prefixes = newPrefixes(kernel, value, dimensions);
      sample.length = 0;
      return;
    }
  }

  return {
    name: "prefixes",
    dimensions,
    async add(name, key, given, { signal } = {}) {
      enter(signal);
      check(given);
      drop(name, key);
      const vector = given.slice();
      const shelf = shelves.get(name) ?? newShelf();
      shelves.set(name, shelf);
      shelf.add(key, vector);
      const taken = bytesOf(vector, name, key, shelf.size());
      ages.set(ageKey(name, key), { shelf: name, key, bytes: taken });
      bytes += taken;
      learn(vector);
      if (prefixes !== undefined) shelf.catchUp(prefixes);
      dropOldest();
    },
    async search(name, vector, { atLeast, limit, signal }) {
      enter(signal);
      check(vector);
      const found = nearest(atLeast, count("limit", limit));
      shelves.get(name)?.search(prefixes, vector, found);
      return found.matches();
    },
    async remove(name, key, { signal } = {}) {
      enter(signal);
      return drop(name, key);
    },
    async close() {
      closed = true;
      shelves.clear();
      ages.clear();
      prefixes = undefined;
    },
  };
}
