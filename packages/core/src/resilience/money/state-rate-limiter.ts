import { OrchestratorError } from "../../errors.ts";
import { checkDuration } from "../../memory/checks.ts";
import type { RateLimit, RateLimiter, RateVerdict } from "../../ports/rate-limiter.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { sharedCells } from "./shared-cells.ts";
import { sinceEpochMs } from "./wall-clock.ts";

export interface StateRateLimiterOptions {
  /** Milliseconds since 1970 by a clock that all who share the store agree on. @default the system's as it was at start, going on steadily */
  readonly nowMs?: (() => number) | undefined;
}

/** All that is known of a caller: the time at which its units will all be back. Milliseconds since 1970. */
interface Cell {
  backMs: number;
}

/** Times far from zero divide to this part of a unit. */
const rounding = 1e-6;

/** The generic cell rate algorithm. */
function take(cell: Cell, { limit, windowMs, cost = 1, force }: RateLimit, nowMs: number): RateVerdict {
  const unitMs = windowMs / limit;
  const fromMs = Math.max(cell.backMs, nowMs);
  const untilMs = Math.max(nowMs, fromMs + cost * unitMs);
  const lateMs = untilMs - nowMs - windowMs;
  const allowed = force === true || cost <= 0 || lateMs <= rounding * unitMs;
  if (allowed) cell.backMs = untilMs;
  const usedMs = (allowed ? untilMs : fromMs) - nowMs;
  const remaining = Math.max(0, Math.floor((windowMs - usedMs) / unitMs + rounding));
  return { allowed, remaining, retryAfterMs: allowed ? 0 : Math.ceil(lateMs) };
}

/** Rate limits over any state store, by compare-and-set: one number a key. It leaves the store open when it is closed. */
export function stateRateLimiter(state: StateStore, options: StateRateLimiterOptions = {}): RateLimiter {
  const { nowMs = sinceEpochMs } = options;
  const cells = sharedCells<Cell>({
    state,
    open: (value) => ({ backMs: typeof value === "number" ? value : 0 }),
    close: ({ backMs }) => backMs,
  });
  return {
    name: `rate limits in ${state.name}`,
    async take(key, limit, options) {
      const { cost = 1, force } = limit;
      if (!(limit.limit > 0 && Number.isFinite(limit.limit)))
        throw new OrchestratorError("CONFIG_INVALID", `limit must be above 0, not ${limit.limit}`);
      if (!Number.isFinite(cost) || (force !== true && cost > limit.limit))
        throw new OrchestratorError("CONFIG_INVALID", `cost must be a number up to ${limit.limit}, not ${cost}`);
      checkDuration("windowMs", limit.windowMs);
      return cells.update(
        `rate:${key}`,
        (cell) => {
          const now = nowMs();
          const verdict = take(cell, limit, now);
          return { answer: verdict, ttlMs: verdict.allowed ? Math.max(1, cell.backMs - now) : undefined };
        },
        options,
      );
    },
    health: () => state.health?.() ?? { status: "up" },
    close: async () => {},
  };
}
