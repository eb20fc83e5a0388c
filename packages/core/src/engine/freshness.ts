import { volatileTtlMs } from "../defaults.ts";

/** Words that ask about the moment rather than about what is on record. */
const momentWords =
  /\b(now|right now|currently|current|today|tonight|latest|live|at the moment|this (minute|hour|morning|afternoon|evening)|so far|up to date)\b/i;

/** Words whose meaning moves on with the day. */
const relativeWords =
  /\b(yesterday|tomorrow|(last|past|previous|this|next|coming|recent|upcoming)( \d+)? (days?|weeks?|weekend|months?|quarters?|years?|season)|recently|to date|ago)\b/i;

/** What one of the three patterns needs to fit, so that most questions are looked through once. */
const speaksOfTime =
  /\b(?:now|right|current|today|tonight|latest|live|at the|this|so far|up to|yesterday|tomorrow|last|past|previous|next|coming|recent|upcoming|to date|ago|1[5-9]\d\d|20\d\d)/i;

/** A year on its own. */
const years = /\b(1[5-9]\d\d|20\d\d)\b/g;

const dayMs = 24 * 3_600_000;
/** What lies in closed years hardly changes any more. */
const pastFactor = 4;
/** Answers made together do not end together: up to so much of their time is taken off. */
const jitter = 0.1;
/** Of the time in which a change is expected, the part an answer is kept. */
const changeShare = 0.1;

const graceShare = 0.1;
const longestGraceMs = 10 * 60_000;

/** Milliseconds beyond its time for which an answer may be shown while it is made anew; none for what is kept a minute or less. */
export const graceOf = (ttlMs: number): number => (ttlMs <= volatileTtlMs ? 0 : Math.min(longestGraceMs, Math.floor(ttlMs * graceShare)));

/** What beside its words says how long an answer stays true. */
export interface FreshnessHints {
  /** Milliseconds the tools it rests on vouch for their results. */
  readonly freshMs?: number | undefined;
  /** Milliseconds between two changes of its data, as far as seen. */
  readonly changeEveryMs?: number | undefined;
}

function speaksOfPastYears(text: string, now: Date): boolean {
  const named = text.match(years);
  return named !== null && named.every((year) => Number(year) < now.getUTCFullYear());
}

/**
 * Milliseconds an answer may be reused; 0 means never. `ttlMs` is the time of its type. A question about the moment is kept a minute at
 * most, one with relative times not beyond the day (UTC), one about closed years four times as long; then the tools' own word and what
 * is known of how often the data changes can only shorten it.
 */
export function timeToLive(text: string, ttlMs: number, { freshMs, changeEveryMs }: FreshnessHints = {}, now = new Date()): number {
  if (ttlMs === 0 || freshMs === 0) return 0;
  let kept = ttlMs;
  if (!speaksOfTime.test(text)) kept = ttlMs;
  else if (momentWords.test(text)) kept = Math.min(kept, volatileTtlMs);
  else if (relativeWords.test(text)) kept = Math.min(kept, dayMs - (now.getTime() % dayMs));
  else if (speaksOfPastYears(text, now)) kept *= pastFactor;
  if (changeEveryMs !== undefined) kept = Math.min(kept, Math.max(1_000, changeEveryMs * changeShare));
  if (freshMs !== undefined) kept = Math.min(kept, freshMs);
  return Math.max(1, Math.floor(kept * (1 - Math.random() * jitter)));
}
