import type { Json, Query, QueryResult } from "@hydrogenai/core";

/** What is asked, how often, at what time of day and after what. */
export interface Habits {
  /** Notes that it was asked; true when the answer came from memory and had been made unasked. */
  readonly asked: (query: Query, result: QueryResult) => boolean;
  /** Notes that its answer was made now. */
  readonly made: (query: Query, result: QueryResult, unasked: boolean) => void;
  /** Questions asked at least so often whose answer was made before that moment, the likeliest to be asked next first. */
  readonly likeliest: (minAsked: number, madeBefore: number) => readonly Habit[];
  /** What is asked most, to be learnt by another process; what follows what is not told. */
  readonly told: (limit: number) => readonly ToldHabit[];
  /** Learns what another process told; answers how many questions were new. What is none is left out. */
  readonly learn: (told: Json) => number;
  readonly size: () => number;
}

/** One question with all its answer depends on. */
export interface Habit {
  readonly query: Query;
  /** What its answer cost when it was last made. */
  readonly costUsd: number;
  /** Learnt from another process, and not yet looked for in this one. */
  readonly learnt: boolean;
}

/** What one process tells another of a question. */
export interface ToldHabit {
  readonly query: Query;
  readonly weight: number;
  readonly weighedAt: number;
  readonly costUsd: number;
  readonly hours: readonly number[];
}

interface Known {
  readonly query: Query;
  /** Times asked, counting half after three days. */
  weight: number;
  weighedAt: number;
  askedAt: number;
  madeAt: number;
  madeUnasked: boolean;
  costUsd: number;
  learnt: boolean;
  /** Times asked in each hour of the day (UTC). */
  hours: number[];
  /** What was asked right after it in a session, by key, with how often. */
  readonly next: Map<string, number>;
}

const maxKnown = 10_000;
const maxNext = 20;
const maxSessions = 1_000;
const halfLifeMs = 72 * 3_600_000;
/** How long the last question of a session tells something of the next. */
const sequelMs = 10 * 60_000;
/** How much what usually follows counts beside how often it is asked. */
const sequelWeight = 2;

const maxTextChars = 20_000;

const amount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;

function isTold(value: unknown): value is ToldHabit {
  if (typeof value !== "object" || value === null) return false;
  const { query, weight, weighedAt, costUsd, hours } = value as Partial<ToldHabit>;
  if (typeof query?.text !== "string" || query.text === "" || query.text.length > maxTextChars) return false;
  return amount(weight) && amount(weighedAt) && amount(costUsd) && Array.isArray(hours) && hours.length === 24 && hours.every(amount);
}

const hourOf = (at: number): number => new Date(at).getUTCHours();

export function newHabits(now: () => number): Habits {
  const known = new Map<string, Known>();
  /** The last question of each session. */
  const last = new Map<string, string>();

  const keyOf = ({ text, tenant, principal, context, options: { type, provider, model } = {} }: Query): string =>
    JSON.stringify([tenant, principal?.id, principal?.roles, context, type, provider, model, text]);

  function weightAt({ weight, weighedAt }: Known, at: number): number {
    return weight * 0.5 ** ((at - weighedAt) / halfLifeMs);
  }

  function find(query: Query): Known {
    const key = keyOf(query);
    const before = known.get(key);
    // The newest last, so that the oldest goes first.
    known.delete(key);
    const { sessionId: _, options, ...rest } = query;
    const { correlationId: __, ...kept } = options ?? {};
    const found = before ?? {
      query: { ...rest, options: kept },
      weight: 0,
      weighedAt: now(),
      askedAt: 0,
      madeAt: 0,
      madeUnasked: false,
      costUsd: 0,
      learnt: false,
      hours: Array.from({ length: 24 }, () => 0),
      next: new Map<string, number>(),
    };
    known.set(key, found);
    if (known.size > maxKnown) known.delete(known.keys().next().value!);
    return found;
  }

  function noteSequel({ sessionId }: Query, key: string): void {
    if (sessionId === undefined) return;
    const before = last.get(sessionId);
    const next = before === undefined || before === key ? undefined : known.get(before)?.next;
    if (next !== undefined && (next.has(key) || next.size < maxNext)) next.set(key, (next.get(key) ?? 0) + 1);
    last.delete(sessionId);
    last.set(sessionId, key);
    if (last.size > maxSessions) last.delete(last.keys().next().value!);
  }

  /** How likely each question is as the sequel of what was asked in the last minutes. */
  function sequels(at: number): ReadonlyMap<string, number> {
    const expected = new Map<string, number>();
    for (const key of last.values()) {
      const { askedAt = 0, next } = known.get(key) ?? {};
      if (next === undefined || at - askedAt > sequelMs) continue;
      const all = [...next.values()].reduce((sum, count) => sum + count, 0);
      for (const [follower, count] of next) expected.set(follower, (expected.get(follower) ?? 0) + count / all);
    }
    return expected;
  }

  /** Its share of this hour and the next among all hours, with some doubt while little is known. */
  function shareOfHour({ hours }: Known, at: number): number {
    const all = hours.reduce((sum, count) => sum + count, 0);
    const near = hours[hourOf(at)]! + hours[(hourOf(at) + 1) % 24]!;
    return (near + 1) / (all + 12);
  }

  return {
    asked(query, result) {
      const at = now();
      const key = keyOf(query);
      const goesOn = query.sessionId !== undefined && last.has(query.sessionId);
      // In the middle of a conversation it may mean something only there, unless it is asked elsewhere too.
      if (goesOn && !known.has(key)) return false;
      const habit = find(query);
      habit.weight = weightAt(habit, at) + 1;
      habit.weighedAt = at;
      habit.askedAt = at;
      habit.hours[hourOf(at)]!++;
      noteSequel(query, key);
      return result.cached !== "none" && habit.madeUnasked;
    },
    made(query, result, unasked) {
      const habit = unasked ? find(query) : known.get(keyOf(query));
      if (habit === undefined) return;
      // Found in memory, it was made then and cost that.
      const { ageMs = 0, savedUsd } = result.explain ?? {};
      habit.madeAt = now() - (result.cached === "none" ? 0 : ageMs);
      habit.madeUnasked = unasked;
      habit.costUsd = (result.cached === "none" ? result.costUsd : savedUsd) ?? 0;
    },
    likeliest(minAsked, madeBefore) {
      const at = now();
      const expected = sequels(at);
      return [...known]
        .flatMap(([key, habit]) => {
          const weight = weightAt(habit, at);
          const follows = expected.get(key) ?? 0;
          const learnt = habit.learnt && habit.madeAt === 0;
          if ((habit.madeAt === 0 && !learnt) || habit.madeAt > madeBefore || weight + follows < minAsked) return [];
          return { query: habit.query, costUsd: habit.costUsd, learnt, score: weight * shareOfHour(habit, at) + sequelWeight * follows };
        })
        .toSorted((a, b) => b.score - a.score);
    },
    told(limit) {
      const at = now();
      return [...known.values()]
        .map((habit) => ({ habit, weight: weightAt(habit, at) }))
        .toSorted((a, b) => b.weight - a.weight)
        .slice(0, limit)
        .map(({ habit: { query, costUsd, hours }, weight }) => ({ query, weight, weighedAt: at, costUsd, hours: [...hours] }));
    },
    learn(told) {
      const at = now();
      let learnt = 0;
      for (const each of Array.isArray(told) ? (told as readonly unknown[]) : []) {
        if (!isTold(each)) continue;
        const isNew = !known.has(keyOf(each.query));
        const habit = find(each.query);
        // A clock that was ahead must not make a question count for more than it was asked.
        const weight = weightAt({ ...habit, weight: each.weight, weighedAt: Math.min(at, each.weighedAt) }, at);
        if (weight > weightAt(habit, at)) Object.assign(habit, { weight, weighedAt: at, hours: [...each.hours] });
        if (!isNew) continue;
        learnt++;
        habit.learnt = true;
        habit.costUsd = each.costUsd;
      }
      return learnt;
    },
    size: () => known.size,
  };
}
