import { setTimeout as pause } from "node:timers/promises";
import { type CallOptions, type Json, OrchestratorError, type Query, type QueryResult, type StateStore } from "@hydrogenai/core";
import { type Habits, newHabits } from "./habits.ts";

export interface WarmerOptions {
  /** Asks the orchestrator: `(query, options) => orchestrator.query(query, options)`; the signal is that of `close`. */
  readonly ask: (query: Query, options: CallOptions) => Promise<QueryResult>;
  /**
   * Where the 200 questions asked most are kept with tenant, principal and context, for a week; a process that starts learns them from
   * there and has those answered that nothing is remembered for. @default nothing is kept
   */
  readonly state?: StateStore | undefined;
  /** Milliseconds an answer is expected to live; it is made anew in the last fifth of it. @default 3600000 (an hour) */
  readonly ttlMs?: number | undefined;
  /** Dollars that may be spent within any hour; what an answer cost last is what it is expected to cost. @default 0.1 */
  readonly maxUsdPerHour?: number | undefined;
  /** Answers made within any hour, whatever they cost. @default 60 */
  readonly maxPerHour?: number | undefined;
  /** Share of its time that may go into warming, above 0 up to 1: one question at a time, then a rest. @default 0.1 */
  readonly maxShare?: number | undefined;
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
  /** Stops at once, also what is being asked, and keeps what was learnt. May be called twice. */
  readonly close: () => Promise<void>;
}

const stateKey = "cache:habits";
const maxKept = 200;
const keptMs = 7 * 24 * 3_600_000;
const hourMs = 3_600_000;
/** An answer is due in the last part of its time. */
const dueShare = 0.8;

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be above 0, not ${value}`);
}

interface Spent {
  readonly at: number;
  readonly usd: number;
}

/** What was spent within the last hour. */
function hourlyBudget(maxUsd: number, maxCount: number, now: () => number) {
  let spent: Spent[] = [];
  const lately = (): Spent[] => {
    const since = now() - hourMs;
    return (spent = spent.filter(({ at }) => at > since));
  };
  return {
    allows: (usd: number): boolean => lately().length < maxCount && spent.reduce((sum, each) => sum + each.usd, usd) <= maxUsd,
    spend: (usd: number) => void spent.push({ at: now(), usd }),
    told: (): readonly Spent[] => lately(),
    /** What this process or the one before it told. */
    learn(told: Json | undefined): void {
      if (spent.length > 0 || !Array.isArray(told)) return;
      spent = (told as readonly Partial<Spent>[])
        .filter((each): each is Spent => Number.isFinite(each?.at) && Number.isFinite(each?.usd))
        .map(({ at, usd }) => ({ at: Math.min(at, now()), usd: Math.max(0, usd) }))
        .slice(0, maxCount);
    },
  };
}

/**
 * Learns what is asked when and after what, and has the orchestrator make the answers anew just before they end, so that nobody waits
 * for them. It never asks what changes something, and only what it was told of or given; a question keeps its tenant and principal.
 */
export function warmer(options: WarmerOptions): Warmer {
  const { ask, state, minAsked = 2, everyMs = 30_000, now = Date.now } = options;
  const maxShare = Math.min(1, positive("maxShare", options.maxShare ?? 0.1));
  const ttlMs = positive("ttlMs", options.ttlMs ?? hourMs);
  const budget = hourlyBudget(
    positive("maxUsdPerHour", options.maxUsdPerHour ?? 0.1),
    positive("maxPerHour", options.maxPerHour ?? 60),
    now,
  );
  const habits: Habits = newHabits(now);
  const counts = { warmed: 0, failed: 0, spentUsd: 0, earnedHits: 0, earnedMs: 0 };
  const ending = new AbortController();
  const { signal } = ending;
  let warming: Promise<number> | undefined;
  let keeping: Promise<void> | undefined;
  /** Something was learnt that is not kept yet. */
  let learnt = true;

  /** Learns what others kept, and keeps what is known here. A store that is away is tried again the next time. */
  async function exchange(store: StateStore): Promise<void> {
    try {
      const { value, version } = (await store.get(stateKey)) ?? { value: {}, version: 0 };
      const { questions = [], spent } = (value ?? {}) as { readonly questions?: Json; readonly spent?: Json };
      habits.learn(questions);
      budget.learn(spent);
      if (!learnt) return;
      learnt = false;
      // Through JSON, as a query may hold keys without a value.
      const kept = JSON.parse(JSON.stringify({ questions: habits.told(maxKept), spent: budget.told() })) as Json;
      await store.set(stateKey, kept, { ifVersion: version, ttlMs: keptMs });
    } catch {
      learnt = true;
    }
  }

  const keep = (): Promise<void> => {
    if (state === undefined) return Promise.resolve();
    return (keeping ??= exchange(state).finally(() => (keeping = undefined)));
  };

  /** Whether it was made; stops at the end of the budget. */
  async function make(query: Query, expectedUsd: number, cache: "use" | "refresh"): Promise<boolean> {
    if (signal.aborted || !budget.allows(expectedUsd)) return false;
    const startedAt = performance.now();
    const made = await tryToMake({ ...query, options: { ...query.options, cache } }, query, expectedUsd);
    learnt ||= made;
    const restMs = (performance.now() - startedAt) * (1 / maxShare - 1);
    await pause(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    return made;
  }

  async function tryToMake(asked: Query, query: Query, expectedUsd: number): Promise<boolean> {
    try {
      const result = await ask(asked, { signal });
      const made = result.cached === "none";
      habits.made(query, result, made);
      if (!made) return false;
      const usd = result.costUsd ?? 0;
      budget.spend(usd);
      counts.warmed++;
      counts.spentUsd += usd;
      return true;
    } catch {
      if (signal.aborted) return false;
      counts.failed++;
      budget.spend(expectedUsd);
      return false;
    }
  }

  async function warmDue(): Promise<number> {
    await keep();
    let made = 0;
    for (const { query, costUsd, learnt } of habits.likeliest(minAsked, now() - ttlMs * dueShare))
      if (await make(query, costUsd, learnt ? "use" : "refresh")) made++;
    if (made > 0) await keep();
    return made;
  }

  const warm = (): Promise<number> => {
    if (signal.aborted) return Promise.resolve(0);
    return (warming ??= warmDue().finally(() => (warming = undefined)));
  };
  const timer = Number.isFinite(everyMs) ? setInterval(() => void warm(), positive("everyMs", everyMs)).unref() : undefined;
  if (timer !== undefined && state !== undefined) void warm();

  return {
    observe(query, result) {
      if (signal.aborted || result.type === "tool" || (query.options?.cache ?? "use") !== "use") return;
      learnt = true;
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
    async close() {
      if (signal.aborted) return;
      clearInterval(timer);
      ending.abort(new OrchestratorError("CLOSED", "the warmer was closed"));
      await warming;
      await keep();
    },
  };
}
