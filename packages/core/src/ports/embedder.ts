import type { CallOptions } from "./call.ts";

/**
 * Turns texts into vectors.
 *
 * 1. `embed` answers one vector a text, in the order of the texts.
 * 2. Every vector has `dimensions` finite numbers and length 1 (within 1e-3).
 * 3. The same text gives the same vector (within 1e-4).
 * 4. No texts give no vectors.
 * 5. An empty text still gives a vector.
 * 6. An aborted call rejects with the signal's reason.
 * 7. `close` may be called twice.
 */
export interface Embedder {
  readonly name: string;
  readonly dimensions: number;
  readonly embed: (texts: readonly string[], options?: CallOptions) => Promise<readonly Float32Array[]>;
  readonly close?: (() => Promise<void>) | undefined;
}
