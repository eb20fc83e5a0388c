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
  /** The text that was told while another process computed. @default none */
  readonly told?: string;
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

/** Tells the text another process tells, from when it is heard of. */
function relay(emit: Emit): { readonly onText: (text: string) => void; readonly told: () => string } {
  let told = "";
  return {
    onText(text) {
      tellAsFar(told, text, "the answer begins anew", emit);
      told = text;
    },
    told: () => told,
  };
}

/** Makes of what was told this text. */
export function tellAsFar(told: string, text: string, reason: string, emit: Emit): void {
  const goesOn = text.startsWith(told);
  if (!goesOn) emit({ type: "text-reset", reason });
  const rest = goesOn ? text.slice(told.length) : text;
  if (rest !== "") emit({ type: "text-delta", text: rest });
}

async function awaitLead(question: CacheQuestion, cache: Cache, run: Run, { limits }: EngineParts, emit: Emit): Promise<Lead> {
  const { signal, query, afterFirstToken } = run;
  const { onText, told } = relay(emit);
  // Whether an answer is one caller's own is known at its end only: until then nobody else hears of it.
  const mayHear = question.scope.principal === query.principal?.id && run.watched && afterFirstToken !== "buffer";
  let stopListening: (() => void) | undefined;
  try {
    return { ...(await turnOrHit()), told: told() };
  } finally {
    stopListening?.();
  }

  async function turnOrHit(): Promise<Lead> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)) {
      const turn = await orDegrade("cache", run, limits, emit, async () => cache.lease?.(question, { signal }));
      if (turn === undefined || turn.state === "nobodys") return alone;
      if (turn.state === "theirs" && mayHear) stopListening ??= turn.listen?.(onText);
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
}
