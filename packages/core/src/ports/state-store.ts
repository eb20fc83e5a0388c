import type { CallOptions, HealthReport } from "./call.ts";
import type { Json } from "./json.ts";

export interface StateEntry {
  readonly value: Json;
  /** 1 after the first write, one more after each write; a key written again after it was deleted or gone may start at 1 again. */
  readonly version: number;
}

export interface SetStateOptions extends CallOptions {
  /** Writes only over this version; 0 means the key must be absent. Otherwise `VERSION_CONFLICT`. */
  readonly ifVersion?: number | undefined;
  /** Milliseconds until the key is gone; above 0. A write without it keeps the value for good. */
  readonly ttlMs?: number | undefined;
}

/**
 * Values with versions: sessions, runs, schemas, settings.
 *
 * 1. `get` answers `undefined` for a key that was never set.
 * 2. `get` answers the JSON value that `set` was given.
 * 3. `set` answers the new version, one above the last.
 * 4. `set` with the current `ifVersion` writes.
 * 5. `set` with another `ifVersion` rejects with `VERSION_CONFLICT` and changes nothing.
 * 6. `set` with `ifVersion` 0 writes only when the key is absent.
 * 7. Of many `set` calls at once with the same `ifVersion`, exactly one succeeds.
 * 8. A value is gone once its `ttlMs` is over.
 * 9. `delete` answers true when there was a value, false otherwise.
 * 10. Keys are kept apart byte for byte, whatever characters they hold.
 * 11. What the caller does to a value afterwards does not change the stored one.
 * 12. A write without `ttlMs` keeps the value for good.
 * 13. An aborted call rejects with the signal's reason.
 * 14. `close` may be called twice.
 */
export interface StateStore {
  readonly name: string;
  readonly get: (key: string, options?: CallOptions) => Promise<StateEntry | undefined>;
  readonly set: (key: string, value: Json, options?: SetStateOptions) => Promise<number>;
  readonly delete: (key: string, options?: CallOptions) => Promise<boolean>;
  /** Connects now, to fail early; rejects with `STORE_UNAVAILABLE`. */
  readonly ready?: ((options?: CallOptions) => Promise<void>) | undefined;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
