import type { CallOptions, HealthReport } from "./call.ts";

export interface VectorSearchOptions extends CallOptions {
  /** The least likeness worth answering; -1 to 1. */
  readonly atLeast: number;
  /** Most matches answered; at least 1. */
  readonly limit: number;
}

export interface VectorMatch {
  readonly key: string;
  /** The scalar product of the two vectors, which is the cosine of the angle between them: 1 for the same direction, -1 for the opposite. */
  readonly likeness: number;
}

/**
 * Finds stored vectors that are alike, shelf by shelf. Vectors have `dimensions` numbers and length 1.
 *
 * 1. `search` answers every key of the shelf that is at least `atLeast` alike, and its likeness (within 1e-4).
 * 2. Matches come the most alike first.
 * 3. `search` answers no more than `limit` matches, those that are the most alike.
 * 4. Nothing of another shelf is answered, whatever characters the names of shelves hold.
 * 5. Keys are kept apart, whatever characters they hold.
 * 6. A later `add` of a key to a shelf replaces its vector.
 * 7. `remove` answers true when the shelf had the key, false otherwise; what was removed is found no more.
 * 8. An unknown or empty shelf answers no matches.
 * 9. What the caller does to a vector afterwards does not change what is stored.
 * 10. A vector of another size, of another length than 1 (within 1e-3), or with something that is not a finite number rejects with
 *     `CONFIG_INVALID` and changes nothing.
 * 11. An aborted call rejects with the signal's reason.
 * 12. `close` may be called twice.
 *
 * Not promised: that a vector is still there when there is no room for all.
 */
export interface VectorIndex {
  readonly name: string;
  readonly dimensions: number;
  readonly add: (shelf: string, key: string, vector: Float32Array, options?: CallOptions) => Promise<void>;
  readonly search: (shelf: string, vector: Float32Array, options: VectorSearchOptions) => Promise<readonly VectorMatch[]>;
  readonly remove: (shelf: string, key: string, options?: CallOptions) => Promise<boolean>;
  /** How it is doing, without asking anybody. */
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
