import { defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import { questionKey } from "../memory/question-key.ts";
import type { JsonObject } from "../ports/json.ts";
import type { QueryEvent, QueryResult } from "../ports/query.ts";
import type { Emit, Turn, Watched } from "../ports/workflow.ts";
import { answerQuery, fromCache } from "./answer-query.ts";
import type { EngineParts, Run } from "./parts.ts";
import { cacheQuestion, orDegrade, recallAnswer, recallTurns } from "./recall.ts";
import { validateQuery } from "./validate-query.ts";

const noTurns: readonly Turn[] = [];

/** The life of a query, top to bottom. Yields what a reader may watch, returns the result. */
export async function* runQuery(run: Run, parts: EngineParts): Watched<QueryResult> {
  const { query } = run;
  const told: QueryEvent[] = [];
  const emit: Emit = (event) => told.push(event);
  // 1. admit
  validateQuery(query, parts.limits);
  const leave = parts.admission.enter();
  try {
    for (const guard of parts.guards) await guard(query, { signal: run.signal });
    yield { type: "query-start", id: run.id, text: query.text, sessionId: query.sessionId };
    // 2. recall
    const turns = query.sessionId === undefined ? noTurns : await recallTurns(run, parts, emit);
    // 3. exact hit?
    const question = cacheQuestion(run, turns, parts);
    const hit = await recallAnswer(question, "exact", run, parts, emit);
    if (hit !== undefined) emit({ type: "text-delta", text: hit.result.text });
    while (told.length > 0) yield told.shift()!;
    // 4. single flight around 5. classify, 6. semantic hit?, 7. run the workflow, 8. remember
    const compute = (signal: AbortSignal, emit: Emit): Promise<QueryResult> =>
      answerQuery(question, turns, { ...run, signal }, parts, emit);
    const answered =
      hit === undefined ? yield* parts.flights.join(flightKey(question, run, parts), run.signal, compute) : fromCache(hit, run);
    // 9. record
    const result = await record(answered, run, parts, emit);
    while (told.length > 0) yield told.shift()!;
    yield { type: "finish", result };
    return result;
  } catch (error) {
    recordFailure(error, run, parts);
    throw error;
  } finally {
    leave();
  }
}

/** Which questions may share a run: the same in everything the answer may depend on, where sharing answers is allowed at all. */
function flightKey(question: ReturnType<typeof cacheQuestion>, { query }: Run, { cache }: EngineParts): string | undefined {
  return cache !== undefined && (query.options?.cache ?? "use") === "use" ? questionKey(question) : undefined;
}

async function record(answered: QueryResult, run: Run, parts: EngineParts, emit: Emit): Promise<QueryResult> {
  const { query, signal } = run;
  if (query.sessionId !== undefined) {
    const turn: Turn = { question: query.text, answer: answered.text, type: answered.type, time: new Date().toISOString() };
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
    degraded,
    usage,
    costUsd,
    totalMs: timings.totalMs,
    question: query.text,
    text,
  };
  parts.recorder.record({ ...happeningOf(run), type: "query.answered", data: data as unknown as JsonObject });
  return result;
}

/** The result under this query's id, also when another query's run made it, with what this one missed. */
function asOwn(answered: QueryResult, run: Run): QueryResult {
  const isShared = answered.id !== run.id;
  if (!isShared && answered.degraded.length === run.degraded.size) return answered;
  const degraded = [...new Set([...answered.degraded, ...run.degraded.keys()])];
  return { ...answered, id: run.id, degraded, timings: isShared ? { totalMs: performance.now() - run.startedAt } : answered.timings };
}

function recordFailure(error: unknown, run: Run, parts: EngineParts): void {
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
