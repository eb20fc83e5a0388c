import type { Query, QueryResult } from "@hydrogenai/core";

/** What is asked, how often, at what time of day and after what. */
export interface Habits {
  /** Notes that it was asked; true when the answer came from memory and had been made unasked. */
  readonly asked: (query: Query, result: QueryResult) => boolean;
  /** Notes that its answer was made now. */
  readonly made: (query: Query, result: QueryResult, unasked: boolean) => void;
  /** Questions asked at least so often whose answer was made before that moment, the likeliest to be asked next first. */
  readonly likeliest: (minAsked: number, madeBefore: number) => readonly Habit[];
  readonly size: () => number;
}

/** One question with all its answer depends on. */
export interface Habit {
  readonly query: Query;
  /** What its answer cost when it was last made. */
  readonly costUsd: number;
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
  /** Times asked in each hour of the day (UTC). */
  readonly hours: number[];
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
    const { sessionId: _, ...rest } = query;
    const found = before ?? {
      query: rest,
      weight: 0,
      weighedAt: now(),
      askedAt: 0,
      madeAt: 0,
      madeUnasked: false,
      costUsd: 0,
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
      habit.madeAt = now();
      habit.madeUnasked = unasked;
      habit.costUsd = result.costUsd ?? 0;
    },
    likeliest(minAsked, madeBefore) {
      const at = now();
      const expected = sequels(at);
      return [...known]
        .flatMap(([key, habit]) => {
          const weight = weightAt(habit, at);
          const follows = expected.get(key) ?? 0;
          if (habit.madeAt === 0 || habit.madeAt > madeBefore || weight + follows < minAsked) return [];
          return { query: habit.query, costUsd: habit.costUsd, score: weight * shareOfHour(habit, at) + sequelWeight * follows };
        })
        .toSorted((a, b) => b.score - a.score);
    },
    size: () => known.size,
  };
}
