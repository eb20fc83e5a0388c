import type { CallOptions, HealthReport } from "./call.ts";

export interface TtlOptions extends CallOptions {
  /** Milliseconds until the value is gone; above 0. @default kept until evicted */
  readonly ttlMs?: number | undefined;
}

/**
 * Bytes by key, kept as long as there is room.
 *
 * 1. `get` answers `undefined` for a key that was never set.
 * 2. `get` answers the bytes that `set` was given, unchanged.
 * 3. A later `set` replaces the value and its time to live.
 * 4. A value is gone once its `ttlMs` is over.
 * 5. A value without `ttlMs` stays.
 * 6. `add` writes and answers true only when the key is absent.
 * 7. Of many `add` calls at once for one key, exactly one answers true.
 * 8. `add` succeeds again once the earlier value expired or was deleted.
 * 9. `delete` answers true when there was a value, false otherwise.
 * 10. Keys are kept apart byte for byte, whatever characters they hold.
 * 11. What the caller does to a buffer afterwards does not change the stored value.
 * 12. An empty value is a value.
 * 13. An aborted call rejects with the signal's reason.
 * 14. `close` may be called twice.
 *
 * Not promised: that a value is still there before its time is over.
 */
export interface CacheStore {
  readonly name: string;
  readonly get: (key: string, options?: CallOptions) => Promise<Uint8Array | undefined>;
  /**
   * The bytes themselves, at once, where they are in this process; not to be changed. They stay on one buffer until the key
   * is set anew, and what is set then is on another; no buffer holds two values. `undefined` says nothing about what `get` answers.
   */
  readonly peek?: ((key: string) => Uint8Array | undefined) | undefined;
  readonly set: (key: string, value: Uint8Array, options?: TtlOptions) => Promise<void>;
  readonly add: (key: string, value: Uint8Array, options?: TtlOptions) => Promise<boolean>;
  readonly delete: (key: string, options?: CallOptions) => Promise<boolean>;
  /** How it is doing, without asking anybody. */
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
