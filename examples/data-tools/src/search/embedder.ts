import { searchWords } from "./words.ts";

/** Turns texts into vectors whose angle says how alike the texts are. Plug in a real model here. */
export interface Embedder {
  readonly name: string;
  readonly dimensions: number;
  /** One vector of length one for each text, in order; rejects with `signal.reason` when aborted. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
}

export interface HashEmbedderOptions {
  /** Length of the vectors. More means fewer collisions. @default 512 */
  dimensions?: number;
}

/** A piece of a word says less than the word. */
const trigramWeight = 0.35;

/**
 * Vectors without a model and without a network: words and three-letter pieces of words are hashed to positions, repeated ones count by their
 * logarithm. Texts are alike when they share words, or words of the same stem or with a typing error. It knows no synonyms, no meaning and no other
 * language: "film" and "movie" have nothing in common for it.
 */
export function hashEmbedder({ dimensions = 512 }: HashEmbedderOptions = {}): Embedder {
  return {
    name: `hash-${dimensions}`,
    dimensions,
    async embed(texts, signal) {
      signal.throwIfAborted();
      return texts.map((text) => hashVector(text, dimensions));
    },
  };
}

function hashVector(text: string, dimensions: number): number[] {
  const features = new Map<string, number>();
  const add = (feature: string, weight: number) => features.set(feature, (features.get(feature) ?? 0) + weight);
  for (const word of searchWords(text)) {
    add(word, 1);
    const padded = `^${word}$`;
    for (let at = 0; at + 3 <= padded.length; at += 1) add(`#${padded.slice(at, at + 3)}`, trigramWeight);
  }
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const [feature, weight] of features) {
    const hash = fnv1a(feature);
    const position = hash % dimensions;
    vector[position] = (vector[position] ?? 0) + (hash & 0x80000000 ? -1 : 1) * Math.log1p(weight);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // The multiplication leaves the low bits weak; this spreads the high ones.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}
