import type { CallOptions, HealthReport } from "./call.ts";

/** How much may be spent in a time. */
export interface Budget {
  /** What may be spent in one window; any unit, such as tokens. Whole numbers below 2^53 add up exactly. */
  readonly limit: number;
  /** Milliseconds; windows follow each other from 1970 on. */
  readonly windowMs: number;
}

export interface ReserveOptions extends CallOptions {
  /** Milliseconds after which what nobody settled is given back. @default the store's own, 600000 */
  readonly holdMs?: number | undefined;
}

export interface Reservation {
  readonly granted: boolean;
  /** What is left after this call, reservations counted as spent; below 0 once more was spent than reserved. */
  readonly remaining: number;
  /** What others hold and may yet give back: a refused call that would fit with it may be tried again soon. */
  readonly held: number;
  /** Milliseconds until the next window; 0 when granted. */
  readonly retryAfterMs: number;
}

/**
 * Spending shared by everybody who uses the same store: reserve an estimate before the call, settle what it was afterwards.
 *
 * 1. `reserve` grants an amount that fits and answers what is left.
 * 2. An amount that does not fit is refused and changes nothing; the answer says how much others hold, and when the next window begins.
 * 3. Of any number of calls at once, what is granted never exceeds the limit, and none is refused whose amount still fits.
 * 4. `reserve` with an id that holds something already reserves only what is missing to the new amount; so it may be repeated.
 * 5. `commit` ends a reservation with what was really spent, which may be less or more, and answers true.
 * 6. `refund` ends it with nothing spent.
 * 7. `commit` and `refund` of an id that holds nothing answer false and change nothing.
 * 8. What nobody settled is given back after its `holdMs`; a `commit` that comes later, while the id is remembered, counts in full.
 * 9. A new window begins with nothing spent; what is still held goes on being held.
 * 10. Keys are kept apart, whatever characters they hold.
 * 11. An amount or limit that is no number of 0 or more rejects with `CONFIG_INVALID`.
 * 12. `close` may be called twice.
 */
export interface BudgetStore {
  readonly name: string;
  readonly reserve: (key: string, id: string, amount: number, budget: Budget, options?: ReserveOptions) => Promise<Reservation>;
  readonly commit: (key: string, id: string, spent: number, options?: CallOptions) => Promise<boolean>;
  readonly refund: (key: string, id: string, options?: CallOptions) => Promise<boolean>;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
