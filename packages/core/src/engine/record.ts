import { defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import type { Json, JsonObject } from "../ports/json.ts";
import type { QueryResult } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { Emit, Turn } from "../ports/workflow.ts";
import type { EngineParts, Run } from "./parts.ts";
import { orDegrade } from "./recall.ts";

const maxRowChars = 2_000;

/** The row an answer consists of, unless it is too large to keep with every turn. */
function onlyRow({ data }: QueryResult): { row: Json } | undefined {
  const [row, ...others] = Array.isArray(data) ? (data as readonly Json[]) : [];
  return row === undefined || others.length > 0 || JSON.stringify(row).length > maxRowChars ? undefined : { row };
}

/** Keeps the session's turn and tells log and bus; answers the result as this query's own. */
export async function record(
  answered: QueryResult,
  run: Run,
  reading: Reading | undefined,
  parts: EngineParts,
  emit: Emit,
): Promise<QueryResult> {
  const { query, signal } = run;
  const standalone = reading?.kind === "resolved" ? { standalone: reading.text } : {};
  if (query.sessionId !== undefined) {
    const turn: Turn = {
      question: query.text,
      ...standalone,
      ...(answered.plan !== undefined && { plan: answered.plan }),
      answer: answered.text,
      ...onlyRow(answered),
      type: answered.type,
      time: run.durable?.queuedAt ?? new Date().toISOString(),
    };
    await orDegrade("state", run, parts.limits, emit, () => parts.sessions.remember(query, turn, signal));
  }
  const result = asOwn(answered, run);
  const { type, cached, workflow, answeredBy, provider, model, degraded, usage, costUsd, timings, text } = result;
  const data = {
    type,
    cached,
    workflow,
    answeredBy,
    provider,
    model,
    degraded: [...degraded],
    usage: { ...usage },
    costUsd,
    totalMs: timings.totalMs,
    question: query.text,
    ...standalone,
    text,
  };
  // A queued run that ends in a second process, because the first died just then, tells the same event, not another.
  parts.recorder.record({ ...happeningOf(run), id: `${run.id}/answered`, type: "query.answered", data: data as unknown as JsonObject });
  return result;
}

/** The result under this query's id, also when another query's run made it, with what this one missed. */
function asOwn(answered: QueryResult, run: Run): QueryResult {
  const isShared = answered.id !== run.id;
  if (!isShared && answered.degraded.length === run.degraded.size) return answered;
  const degraded = [...new Set([...answered.degraded, ...run.degraded.keys()])];
  return { ...answered, id: run.id, degraded, timings: isShared ? { totalMs: performance.now() - run.startedAt } : answered.timings };
}

/** Tells log and bus how a query failed. */
export function recordFailure(error: unknown, run: Run, parts: EngineParts): void {
  const code = isOrchestratorError(error) ? error.code : run.signal.aborted ? "ABORTED" : "INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  parts.recorder.record({ ...happeningOf(run), type: "query.failed", data: { code, message } });
}

/** A session's turns are its history and go into the log; a single question is told on the bus only. */
function happeningOf({ id, query }: Run): { subject: string; stream: string | undefined; correlationId: string; tenant: string } {
  const { tenant = defaultTenant, sessionId, principal, options } = query;
  const stream = sessionId === undefined ? undefined : `session:${JSON.stringify([tenant, principal?.id ?? null, sessionId])}`;
  return { subject: sessionId ?? id, stream, correlationId: options?.correlationId ?? id, tenant };
}
