import type { CallOptions, HealthReport } from "./call.ts";

export interface RateLimit {
  /** Units allowed in a window; also the largest burst. */
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Units this call takes, up to the limit; below 0 gives back units that were taken and not used. @default 1 */
  readonly cost?: number | undefined;
  /** Takes the units even where there are too few: what is missing then delays later calls. @default false */
  readonly force?: boolean | undefined;
}

export interface RateVerdict {
  readonly allowed: boolean;
  /** Whole units that are left at this moment. */
  readonly remaining: number;
  /** Milliseconds until this call would be allowed; 0 when it was. */
  readonly retryAfterMs: number;
}

/**
 * Limits by time, shared by everybody who uses the same store: units come back evenly, none is stored beyond the limit.
 *
 * 1. `take` allows a burst of the whole limit, then what comes back.
 * 2. A refused call takes nothing and is told when it would be allowed.
 * 3. Calls at once never get more than the limit together.
 * 4. A cost below 0 gives units back, never beyond the limit.
 * 5. A forced call is always allowed, and later ones wait for what it took too much.
 * 6. Keys are kept apart, whatever characters they hold.
 * 7. A limit not above 0, or a cost beyond it that is not forced, rejects with `CONFIG_INVALID`.
 * 8. `close` may be called twice.
 */
export interface RateLimiter {
  readonly name: string;
  readonly take: (key: string, limit: RateLimit, options?: CallOptions) => Promise<RateVerdict>;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
