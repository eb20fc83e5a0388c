import { OrchestratorError, type Query, type QueryResult } from "@hydrogenai/core";
import { type Habits, newHabits } from "./habits.ts";

export interface WarmerOptions {
  /** Asks the orchestrator: `(query) => orchestrator.query(query)`. */
  readonly ask: (query: Query) => Promise<QueryResult>;
  /** Milliseconds an answer is expected to live; it is made anew in the last fifth of it. @default 3600000 (an hour) */
  readonly ttlMs?: number | undefined;
  /** Dollars that may be spent within any hour; what an answer cost last is what it is expected to cost. @default 0.1 */
  readonly maxUsdPerHour?: number | undefined;
  /** Answers made within any hour, whatever they cost. @default 60 */
  readonly maxPerHour?: number | undefined;
  /** Times a question must have been asked, counting half after three days, to be made anew unasked. @default 2 */
  readonly minAsked?: number | undefined;
  /** Milliseconds between two looks at what is due; Infinity for only when `warm` is called. @default 30000 */
  readonly everyMs?: number | undefined;
  /** Milliseconds since 1970. @default the system's clock */
  readonly now?: (() => number) | undefined;
}

export interface WarmerReport {
  /** Questions it knows. */
  readonly known: number;
  /** Answers it had made. */
  readonly warmed: number;
  readonly failed: number;
  readonly spentUsd: number;
  /** Questions answered from memory thanks to an answer it had made. */
  readonly earnedHits: number;
  /** Milliseconds those who asked did not wait. */
  readonly earnedMs: number;
}

/** Asks again, before it is asked, what will be asked again. */
export interface Warmer {
  /** Tells it of a query that was answered, with all that its answer depends on. Does not wait. */
  readonly observe: (query: Query, result: QueryResult) => void;
  /** Has these answered where nothing is remembered, in this order and within the budget; answers how many were made. */
  readonly importQuestions: (queries: readonly (string | Query)[]) => Promise<number>;
  /** Makes what is due anew, the likeliest to be asked first, within the budget; answers how many. */
  readonly warm: () => Promise<number>;
  readonly report: () => WarmerReport;
  readonly close: () => void;
}

const hourMs = 3_600_000;
/** An answer is due in the last part of its time. */
const dueShare = 0.8;

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be above 0, not ${value}`);
}

/** What was spent within the last hour. */
function hourlyBudget(maxUsd: number, maxCount: number, now: () => number) {
  let spent: { readonly at: number; readonly usd: number }[] = [];
  return {
    allows(usd: number): boolean {
      const since = now() - hourMs;
      spent = spent.filter(({ at }) => at > since);
      return spent.length < maxCount && spent.reduce((sum, each) => sum + each.usd, usd) <= maxUsd;
    },
    spend: (usd: number) => void spent.push({ at: now(), usd }),
  };
}

/**
 * Learns what is asked when and after what, and has the orchestrator make the answers anew just before they end, so that nobody waits
 * for them. It never asks what changes something, and only what it was told of or given; a question keeps its tenant and principal.
 */
export function warmer(options: WarmerOptions): Warmer {
  const { ask, minAsked = 2, everyMs = 30_000, now = Date.now } = options;
  const ttlMs = positive("ttlMs", options.ttlMs ?? hourMs);
  const budget = hourlyBudget(
    positive("maxUsdPerHour", options.maxUsdPerHour ?? 0.1),
    positive("maxPerHour", options.maxPerHour ?? 60),
    now,
  );
  const habits: Habits = newHabits(now);
  const counts = { warmed: 0, failed: 0, spentUsd: 0, earnedHits: 0, earnedMs: 0 };
  let warming: Promise<number> | undefined;
  let closed = false;

  /** Whether it was made; stops at the end of the budget. */
  async function make(query: Query, expectedUsd: number, cache: "use" | "refresh"): Promise<boolean> {
    if (closed || !budget.allows(expectedUsd)) return false;
    try {
      const result = await ask({ ...query, options: { ...query.options, cache } });
      if (result.cached !== "none") return false;
      const usd = result.costUsd ?? 0;
      budget.spend(usd);
      counts.warmed++;
      counts.spentUsd += usd;
      habits.made(query, result, true);
      return true;
    } catch {
      counts.failed++;
      budget.spend(expectedUsd);
      return false;
    }
  }

  async function warmDue(): Promise<number> {
    let made = 0;
    for (const { query, costUsd } of habits.likeliest(minAsked, now() - ttlMs * dueShare))
      if (await make(query, costUsd, "refresh")) made++;
    return made;
  }

  const warm = (): Promise<number> => (warming ??= warmDue().finally(() => (warming = undefined)));
  const timer = Number.isFinite(everyMs) ? setInterval(() => void warm(), positive("everyMs", everyMs)).unref() : undefined;

  return {
    observe(query, result) {
      if (closed || result.type === "tool" || (query.options?.cache ?? "use") !== "use") return;
      const thanksToUs = habits.asked(query, result);
      if (result.cached === "none") habits.made(query, result, false);
      if (!thanksToUs) return;
      counts.earnedHits++;
      counts.earnedMs += Math.max(0, (result.explain?.savedMs ?? 0) - result.timings.totalMs);
    },
    async importQuestions(queries) {
      let made = 0;
      for (const each of queries) if (await make(typeof each === "string" ? { text: each } : each, 0, "use")) made++;
      return made;
    },
    warm,
    report: () => ({ known: habits.size(), ...counts }),
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
