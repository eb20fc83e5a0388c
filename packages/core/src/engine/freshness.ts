import { volatileTtlMs } from "../defaults.ts";
import type { QueryType } from "../ports/query.ts";

/** Words that ask about the moment rather than about what is on record. */
const volatileWords =
  /\b(now|right now|currently|current|today|tonight|latest|live|at the moment|this (minute|hour|morning|afternoon|evening)|so far|up to date)\b/i;

/** Milliseconds an answer may be reused; 0 means never. A question about the moment is kept a minute at most. */
export function timeToLive(text: string, type: QueryType, ttlMs: Readonly<Record<QueryType, number>>): number {
  return volatileWords.test(text) ? Math.min(ttlMs[type], volatileTtlMs) : ttlMs[type];
}
