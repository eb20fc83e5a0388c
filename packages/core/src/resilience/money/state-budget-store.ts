import { OrchestratorError } from "../../errors.ts";
import { checkDuration } from "../../memory/checks.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { CallOptions } from "../../ports/call.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { closeLedger, openLedger, rememberedMs, reserve, settle } from "./ledger.ts";
import { sharedCells } from "./shared-cells.ts";
import { sinceEpochMs } from "./wall-clock.ts";

export interface StateBudgetStoreOptions {
  /** Milliseconds after which a reservation nobody settled is given back. @default 600000 */
  readonly holdMs?: number | undefined;
  /** Milliseconds since 1970 by a clock that all who share the store agree on. @default the system's as it was at start, going on steadily */
  readonly nowMs?: (() => number) | undefined;
}

function checkAmount(name: string, amount: number): number {
  if (Number.isFinite(amount) && amount >= 0) return amount;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be 0 or more, not ${amount}`);
}

/**
 * Budgets over any state store, by compare-and-set: one entry a key. A write whose outcome the store does not know rejects with
 * `STORE_UNAVAILABLE`, and the call may be repeated with its id. It leaves the store open when it is closed.
 */
export function stateBudgetStore(state: StateStore, options: StateBudgetStoreOptions = {}): BudgetStore {
  const { nowMs = sinceEpochMs } = options;
  const ownHoldMs = checkDuration("holdMs", options.holdMs ?? 600_000);
  const ledgers = sharedCells({ state, open: (value) => openLedger(value, nowMs()), close: closeLedger });
  const keyOf = (key: string): string => `budget:${key}`;

  const end = (key: string, id: string, spent: number, options?: CallOptions): Promise<boolean> =>
    ledgers.update(
      keyOf(key),
      (ledger) => {
        const known = settle(ledger, id, spent);
        return { answer: known, ttlMs: known ? ledger.windowMs + ownHoldMs + rememberedMs : undefined };
      },
      options,
    );

  return {
    name: `budgets in ${state.name}`,
    async reserve(key, id, amount, budget, { holdMs = ownHoldMs, signal } = {}) {
      checkAmount("amount", amount);
      checkAmount("limit", budget.limit);
      checkDuration("windowMs", budget.windowMs);
      checkDuration("holdMs", holdMs);
      const ttlMs = budget.windowMs + holdMs + rememberedMs;
      return ledgers.update(
        keyOf(key),
        (ledger) => {
          const reservation = reserve(ledger, id, amount, budget, holdMs);
          return { answer: reservation, ttlMs: reservation.granted ? ttlMs : undefined };
        },
        { signal },
      );
    },
    commit: async (key, id, spent, options) => end(key, id, checkAmount("spent", spent), options),
    refund: async (key, id, options) => end(key, id, 0, options),
    health: () => state.health?.() ?? { status: "up" },
    close: async () => {},
  };
}
