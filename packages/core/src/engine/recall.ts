import { type Limits, defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import type { CacheHit, CacheQuestion } from "../ports/cache.ts";
import type { Json } from "../ports/json.ts";
import type { AnyQueryType, Query } from "../ports/query.ts";
import type { Emit, Turn } from "../ports/workflow.ts";
import { inTime } from "./abortable.ts";
import type { EngineParts, Run } from "./parts.ts";
import { unsaid } from "./follow-up.ts";
import { conversationFingerprint } from "./sessions.ts";

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Does something the answer can do without: in time, or not at all and said so. */
export function orDegrade<T>(
  part: string,
  run: Run,
  limits: Limits,
  emit: Emit,
  work: () => Promise<T> | T,
): Promise<T | undefined> | T | undefined {
  const without = (error: unknown): undefined => {
    run.signal.throwIfAborted();
    if (isOrchestratorError(error, "SESSION_NOT_FOUND")) throw error;
    if (run.degraded.has(part)) return;
    run.degraded.set(part, reasonOf(error));
    emit({ type: "degraded", part, reason: reasonOf(error) });
  };
  run.signal.throwIfAborted();
  try {
    const made = work();
    // What is in memory is there at once, and needs no limit.
    return made instanceof Promise ? inTime(limits.storeTimeoutMs, part, made).catch(without) : made;
  } catch (error) {
    return without(error);
  }
}

const noTurns: readonly Turn[] = [];

/** The session's earlier exchanges; none without a session or while the state store is away. */
export async function recallTurns(run: Run, parts: EngineParts, emit: Emit): Promise<readonly Turn[]> {
  const { query, signal } = run;
  return (await orDegrade("state", run, parts.limits, emit, () => parts.sessions.recall(query, signal))) ?? noTurns;
}

/** What was asked for beside the text; the same for options that say nothing as for none. */
function settingsOf({ context, options }: Query, plan: Json | undefined, corrected: AnyQueryType | undefined): string {
  const { type, provider, model } = options ?? {};
  if (
    context === undefined &&
    type === undefined &&
    provider === undefined &&
    model === undefined &&
    plan === undefined &&
    corrected === undefined
  )
    return "{}";
  return JSON.stringify({ context, type, provider, model, plan, corrected });
}

/** What the cache is asked: the text, and everything the answer may depend on. */
export function cacheQuestion({ query, reading }: Run, turns: readonly Turn[], parts: EngineParts): CacheQuestion {
  const { principal, tenant = defaultTenant } = query;
  return {
    text: query.text,
    scope: {
      tenant,
      principal: parts.cacheScope === "principal" ? principal?.id : undefined,
      roles: principal === undefined ? undefined : [...principal.roles].sort(),
      conversation: conversationFingerprint(turns),
      settings: settingsOf(query, unsaid(reading), parts.learnt.correctionOf(query)),
      dataVersion: parts.dataVersion(),
    },
  };
}

/** Asks the cache, unless the query says not to; a cache that is away is a miss. One that is in memory answers at once. */
export function recallAnswer(
  question: CacheQuestion,
  kind: "exact" | "semantic",
  run: Run,
  parts: EngineParts,
  emit: Emit,
): Promise<CacheHit | undefined> | CacheHit | undefined {
  const { cache, limits } = parts;
  if (cache === undefined || (run.query.options?.cache ?? "use") !== "use") return undefined;
  const told = (hit: CacheHit | undefined): CacheHit | undefined => {
    if (hit !== undefined) emit({ type: "cache-hit", kind: hit.kind, ageMs: hit.ageMs });
    else if (kind === "exact") emit({ type: "cache-miss" });
    return hit;
  };
  const looked = orDegrade("cache", run, limits, emit, () => cache.lookup(question, { kind, signal: run.signal }));
  return looked instanceof Promise ? looked.then(told) : told(looked);
}
