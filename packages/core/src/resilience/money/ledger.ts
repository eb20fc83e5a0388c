import type { Budget, Reservation } from "../../ports/budget-store.ts";
import type { Json } from "../../ports/json.ts";

interface Hold {
  readonly amount: number;
  /** When it is given back; milliseconds since 1970, as all times here. */
  readonly dueMs: number;
}

/** What was spent in the current window, and what is reserved by whom. */
export interface Ledger {
  windowMs: number;
  startMs: number;
  spent: number;
  /** What is reserved and not due yet. */
  held: number;
  /** By id; also those past their time, which a late commit may still settle. */
  readonly holds: Map<string, Hold>;
  readonly nowMs: number;
}

interface StoredLedger {
  readonly windowMs: number;
  readonly startMs: number;
  readonly spent: number;
  readonly holds: readonly (readonly [id: string, amount: number, dueMs: number])[];
}

/** Milliseconds an id is remembered after its time, for a commit that comes late. */
export const rememberedMs = 600_000;

/** The stored ledger as it is at that moment. A window never goes back: whose clock is behind spends from the one that others opened. */
export function openLedger(value: Json | undefined, nowMs: number): Ledger {
  // Nothing else is stored under the keys of budgets.
  const stored = value as unknown as StoredLedger | undefined;
  if (stored === undefined) return { windowMs: 1, startMs: 0, spent: 0, held: 0, holds: new Map(), nowMs };
  const { windowMs, startMs, spent } = stored;
  const holds = new Map<string, Hold>();
  let held = 0;
  for (const [id, amount, dueMs] of stored.holds) {
    if (dueMs + rememberedMs > nowMs) holds.set(id, { amount, dueMs });
    if (dueMs > nowMs) held += amount;
  }
  const ledger = { windowMs, startMs, spent, held, holds, nowMs };
  turnTo(ledger, windowMs);
  return ledger;
}

export const closeLedger = ({ windowMs, startMs, spent, holds }: Ledger): Json => ({
  windowMs,
  startMs,
  spent,
  holds: Array.from(holds, ([id, { amount, dueMs }]) => [id, amount, dueMs]),
});

function turnTo(ledger: Ledger, windowMs: number): void {
  const startMs = Math.floor(ledger.nowMs / windowMs) * windowMs;
  if (windowMs === ledger.windowMs && startMs <= ledger.startMs) return;
  // Another length is another rule, and begins with nothing spent.
  Object.assign(ledger, { windowMs, startMs, spent: 0 });
}

/** Reserves that much under the id, or what is missing to it; changes nothing where it does not fit. */
export function reserve(ledger: Ledger, id: string, amount: number, { limit, windowMs }: Budget, holdMs: number): Reservation {
  turnTo(ledger, windowMs);
  const own = ledger.holds.get(id);
  const mine = own !== undefined && own.dueMs > ledger.nowMs ? own.amount : 0;
  const held = ledger.held - mine;
  const wanted = Math.max(amount, mine);
  const left = limit - ledger.spent - held;
  if (wanted > left) return { granted: false, remaining: left - mine, held, retryAfterMs: ledger.startMs + windowMs - ledger.nowMs };
  ledger.holds.set(id, { amount: wanted, dueMs: ledger.nowMs + holdMs });
  ledger.held = held + wanted;
  return { granted: true, remaining: left - wanted, held, retryAfterMs: 0 };
}

/** Ends a reservation with what was spent; false where that id holds nothing. */
export function settle(ledger: Ledger, id: string, spent: number): boolean {
  const own = ledger.holds.get(id);
  if (own === undefined) return false;
  ledger.holds.delete(id);
  if (own.dueMs > ledger.nowMs) ledger.held -= own.amount;
  ledger.spent += spent;
  return true;
}
