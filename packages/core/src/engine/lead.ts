import type { Cache, CacheHit, CacheLease, CacheQuestion } from "../ports/cache.ts";
import type { AnyQueryType } from "../ports/query.ts";
import type { Emit } from "../ports/workflow.ts";
import { pause } from "./abortable.ts";
import type { EngineParts, Run } from "./parts.ts";
import { orDegrade } from "./recall.ts";

type Lease = Extract<CacheLease, { state: "mine" }>;

/** What came of asking whose turn it is. */
export interface Lead {
  /** The turn is ours. Absent where everybody computes an own answer. */
  readonly lease?: Lease;
  /** Another process computed it meanwhile. */
  readonly hit?: CacheHit;
}

/** Nobody else is asked, and nobody waits. */
export const alone: Lead = {};
const firstPauseMs = 5;
const longestPauseMs = 50;

/**
 * The turn at computing this answer among all processes on one cache, or the answer another process made meanwhile. What is not
 * remembered is not waited for, and a cache that is away holds nobody up.
 */
export function takeLead(question: CacheQuestion, type: AnyQueryType, run: Run, parts: EngineParts, emit: Emit): Promise<Lead> | Lead {
  const { cache } = parts;
  if (cache?.lease === undefined || type === "tool" || (parts.ttlMs[type] ?? 0) === 0) return alone;
  return (run.query.options?.cache ?? "use") === "use" ? awaitLead(question, cache, run, parts, emit) : alone;
}

async function awaitLead(question: CacheQuestion, cache: Cache, run: Run, { limits }: EngineParts, emit: Emit): Promise<Lead> {
  const { signal } = run;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)) {
    const turn = await orDegrade("cache", run, limits, emit, async () => cache.lease?.(question, { signal }));
    if (turn === undefined || turn.state === "nobodys") return alone;
    const lease = turn.state === "mine" ? turn : undefined;
    let outcome: "stored" | "left" | undefined = "left";
    try {
      if (lease === undefined) await pause(pauseMs, signal);
      // Also with the turn in hand: it may be free because the answer was stored since it was last looked for.
      const hit = await orDegrade("cache", run, limits, emit, () => cache.lookup(question, { kind: "exact", signal }));
      outcome = hit === undefined ? undefined : "stored";
      if (hit !== undefined) return { hit };
      if (lease !== undefined) return { lease };
    } finally {
      if (outcome !== undefined) void lease?.end(outcome);
    }
  }
}
