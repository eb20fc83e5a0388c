import { type Embedder, OrchestratorError } from "@hydrogenai/core";
import { featuresOf } from "./features.ts";

export interface OfflineEmbedderOptions {
  /** Numbers a vector; 64 to 4096. More confuse fewer texts. @default 384 */
  readonly dimensions?: number | undefined;
}

/** Each feature goes to so many places, so that two that meet in one are still told apart by the others. */
const places = 4;

/** FNV-1a. */
function hash(feature: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < feature.length; at++) value = Math.imul(value ^ feature.charCodeAt(at), 0x01000193);
  return value;
}

/** Spreads all bits over all bits, as the multiplications of the hash leave the low ones weak. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions);
  const put = (feature: string, weight: number): void => {
    const hashed = hash(feature);
    for (let place = 1; place <= places; place++) {
      const mixed = mix(hashed + Math.imul(place, 0x9e3779b1));
      sums[(mixed >>> 1) % dimensions]! += (mixed & 1) === 0 ? weight : -weight;
    }
  };
  for (const [feature, weight] of featuresOf(text)) put(feature, weight);
  let square = 0;
  for (const value of sums) square += value * value;
  if (square === 0) {
    // Nothing is said, or what is said cancels out: a direction of its own.
    put("\u0000nothing", 1);
    for (const value of sums) square += value * value;
  }
  const scale = 1 / Math.sqrt(square);
  return Float32Array.from(sums, (value) => value * scale);
}

/**
 * Vectors without a model, a download or a network: the words of a text, their neighbours and pieces of three and four letters, projected at
 * random (by their hashes) to `dimensions` numbers; the same text gives the same vector on every machine and in every version of Node. Texts are
 * alike when they share words, forms of a word, or words with a slip of the keyboard. It knows no meaning, no synonyms and no other
 * language: `film` and `movie` have nothing in common for it. Reads the first 512 words of a text; takes some tens of microseconds a question.
 *
 * Throws `CONFIG_INVALID` for dimensions outside their range.
 */
export function offlineEmbedder({ dimensions = 384 }: OfflineEmbedderOptions = {}): Embedder {
  if (!Number.isSafeInteger(dimensions) || dimensions < 64 || dimensions > 4_096)
    throw new OrchestratorError("CONFIG_INVALID", `dimensions must be a whole number from 64 to 4096, not ${dimensions}`);
  return {
    name: `offline-1:${dimensions}`,
    dimensions,
    async embed(texts, options) {
      options?.signal?.throwIfAborted();
      return texts.map((text) => vectorOf(text, dimensions));
    },
    async close() {},
  };
}
