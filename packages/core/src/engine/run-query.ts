import { defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { QueryResult } from "../ports/query.ts";
import type { Turn, Watched } from "../ports/workflow.ts";
import { answerQuery, fromCache } from "./answer-query.ts";
import type { EngineParts, Run } from "./parts.ts";
import { cacheQuestion, orDegrade, recallAnswer, recallTurns } from "./recall.ts";
import { validateQuery } from "./validate-query.ts";

/** The life of a query, top to bottom. Yields what a reader may watch, returns the result. */
export async function* runQuery(run: Run, parts: EngineParts): Watched<QueryResult> {
  const { query } = run;
  // 1. admit
  validateQuery(query, parts.limits);
  const leave = parts.admission.enter();
  try {
    for (const guard of parts.guards) await guard(query, { signal: run.signal });
    yield { type: "query-start", id: run.id, text: query.text, sessionId: query.sessionId };
    // 2. recall
    const turns = yield* recallTurns(run, parts);
    // 3. exact hit?
    const question = cacheQuestion(run, turns, parts);
    const hit = yield* recallAnswer(question, "exact", run, parts);
    // 4. single flight around 5. classify, 6. semantic hit?, 7. run the workflow, 8. remember
    const answered = hit === undefined ? yield* shared(question, turns, run, parts) : fromCache(hit, run);
    if (hit !== undefined) yield { type: "text-delta", text: answered.text };
    // 9. record
    const result = yield* record(answered, run, parts);
    yield { type: "finish", result };
    return result;
  } catch (error) {
    recordFailure(error, run, parts);
    throw error;
  } finally {
    leave();
  }
}

async function* shared(
  question: ReturnType<typeof cacheQuestion>,
  turns: readonly Turn[],
  run: Run,
  parts: EngineParts,
): Watched<QueryResult> {
  const mayShare = parts.cache !== undefined && (run.query.options?.cache ?? "use") === "use";
  const key = mayShare ? JSON.stringify([question.scope, question.text]) : undefined;
  const result = yield* parts.flights.join(key, run.signal, (signal) => answerQuery(question, turns, { ...run, signal }, parts));
  if (result.id === run.id) return result;
  return { ...result, id: run.id, timings: { totalMs: performance.now() - run.startedAt } };
}

async function* record(answered: QueryResult, run: Run, parts: EngineParts): Watched<QueryResult> {
  const { query } = run;
  if (query.sessionId !== undefined) {
    const turn: Turn = { question: query.text, answer: answered.text, type: answered.type, time: new Date().toISOString() };
    yield* orDegrade("state", run, parts.limits, (signal) => parts.sessions.remember(query, turn, signal));
  }
  const missing = [...new Set([...answered.degraded, ...run.degraded.keys()])];
  const result = missing.length > answered.degraded.length ? { ...answered, degraded: missing } : answered;
  const { type, cached, workflow, answeredBy, provider, model, degraded, usage, costUsd, timings } = result;
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
    text: result.text,
  };
  parts.recorder.record({ ...happeningOf(run), type: "query.answered", data: data as unknown as Json });
  return result;
}

function recordFailure(error: unknown, run: Run, parts: EngineParts): void {
  const code = isOrchestratorError(error) ? error.code : run.signal.aborted ? "ABORTED" : "INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  parts.recorder.record({ ...happeningOf(run), type: "query.failed", data: { code, message } });
}

const happeningOf = ({ id, query }: Run): { subject: string; stream: string; correlationId: string; tenant: string } => ({
  subject: query.sessionId ?? id,
  stream:
    query.sessionId === undefined
      ? `query:${id}`
      : `session:${JSON.stringify([query.tenant ?? defaultTenant, query.principal?.id ?? null, query.sessionId])}`,
  correlationId: query.options?.correlationId ?? id,
  tenant: query.tenant ?? defaultTenant,
});
