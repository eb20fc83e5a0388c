import { type Limits, defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import type { CacheHit, CacheQuestion } from "../ports/cache.ts";
import type { Query, QueryType } from "../ports/query.ts";
import type { Turn, Watched } from "../ports/workflow.ts";
import { withTimeout } from "./abortable.ts";
import type { EngineParts, Run } from "./parts.ts";
import { conversationFingerprint } from "./sessions.ts";

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs something the answer can do without: in time, or not at all and said so. */
export async function* orDegrade<T>(
  part: string,
  run: Run,
  limits: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Watched<T | undefined> {
  try {
    return await withTimeout(limits.storeTimeoutMs, run.signal, part, work);
  } catch (error) {
    run.signal.throwIfAborted();
    if (isOrchestratorError(error, "SESSION_NOT_FOUND")) throw error;
    if (!run.degraded.has(part)) {
      run.degraded.set(part, reasonOf(error));
      yield { type: "degraded", part, reason: reasonOf(error) };
    }
    return undefined;
  }
}

/** The session's earlier exchanges; none without a session or while the state store is away. */
export async function* recallTurns(run: Run, parts: EngineParts): Watched<readonly Turn[]> {
  if (run.query.sessionId === undefined) return [];
  return (yield* orDegrade("state", run, parts.limits, (signal) => parts.sessions.recall(run.query, signal))) ?? [];
}

/** What was asked for beside the text; the same for options that say nothing as for none. */
const settingsOf = ({ context, options: { type, provider, model } = {} }: Query): string => JSON.stringify({ context, type, provider, model });

/** What the cache is asked: the text, and everything the answer may depend on. */
export function cacheQuestion({ query }: Run, turns: readonly Turn[], parts: EngineParts): CacheQuestion {
  return {
    text: query.text,
    scope: {
      tenant: query.tenant ?? defaultTenant,
      principal: parts.cacheScope === "principal" ? query.principal?.id : undefined,
      roles: query.principal === undefined ? undefined : [...query.principal.roles].sort(),
      conversation: conversationFingerprint(turns),
      settings: settingsOf(query),
      dataVersion: parts.dataVersion(),
    },
  };
}

/** Asks the cache, unless the query says not to; a cache that is away is a miss. */
export async function* recallAnswer(
  question: CacheQuestion,
  kind: "exact" | "semantic",
  run: Run,
  parts: EngineParts,
  type?: QueryType,
): Watched<CacheHit | undefined> {
  const { cache, limits } = parts;
  if (cache === undefined || (run.query.options?.cache ?? "use") !== "use") return undefined;
  const hit = yield* orDegrade("cache", run, limits, (signal) => cache.lookup({ ...question, type }, { kind, signal }));
  if (hit !== undefined) yield { type: "cache-hit", kind: hit.kind, ageMs: hit.ageMs };
  else if (kind === "exact") yield { type: "cache-miss" };
  return hit;
}
