import type { CacheHit, CacheQuestion } from "../ports/cache.ts";
import type { Answer, Classification, QueryResult } from "../ports/query.ts";
import type { Turn, Watched } from "../ports/workflow.ts";
import { timeToLive } from "./freshness.ts";
import type { EngineParts, Run } from "./parts.ts";
import { orDegrade, recallAnswer } from "./recall.ts";
import { type Tally, newTally, usageOf, workflowContext } from "./workflow-context.ts";

/** A remembered answer as the answer to this query: nothing was asked of a vendor, and it took as long as it took. */
export function fromCache(hit: CacheHit, run: Run): QueryResult {
  const spent = { attempts: [], usage: { inputTokens: 0, outputTokens: 0 }, costUsd: undefined };
  return {
    ...hit.result,
    ...spent,
    id: run.id,
    cached: hit.kind,
    degraded: [...run.degraded.keys()],
    timings: { totalMs: performance.now() - run.startedAt },
  };
}

async function* classify(run: Run, parts: EngineParts): Watched<Classification> {
  const verdict = parts.classify(run.query, run.signal);
  const classification = verdict instanceof Promise ? await verdict : verdict;
  yield { type: "classified", classification };
  return classification;
}

async function* runWorkflow(
  run: Run,
  turns: readonly Turn[],
  classification: Classification,
  tally: Tally,
  parts: EngineParts,
): Watched<Answer> {
  const workflow = parts.workflows[classification.type];
  yield { type: "workflow-start", workflow: workflow.name };
  const listing = parts.tools.snapshot();
  const { tools, missing } = listing instanceof Promise ? await listing : listing;
  for (const [source, reason] of missing) {
    tally.degraded.set(`tools:${source}`, reason);
    yield { type: "degraded", part: `tools:${source}`, reason };
  }
  const { query, signal, id } = run;
  const model = parts.modelFor(query);
  const context = workflowContext({
    id,
    query,
    classification,
    turns,
    signal,
    tools,
    mayUse: parts.mayUse,
    model,
    limits: parts.limits,
    tally,
  });
  const answer = yield* workflow.run(query, context);
  if (tally.shown === "") yield { type: "text-delta", text: answer.text };
  else if (tally.shown !== answer.text) {
    yield { type: "text-reset", reason: "the final answer replaces what was said on the way" };
    yield { type: "text-delta", text: answer.text };
  }
  return answer;
}

/** Whether others may be given this answer later. */
function mayRemember(result: QueryResult, answer: Answer, run: Run): boolean {
  if ((run.query.options?.cache ?? "use") === "bypass" || answer.cacheable === false) return false;
  if (result.degraded.length > 0 || result.text === "") return false;
  if (answer.finishReason === "length" || answer.finishReason === "content-filter") return false;
  return answer.personal !== true || run.query.principal !== undefined;
}

async function* remember(question: CacheQuestion, result: QueryResult, answer: Answer, run: Run, parts: EngineParts): Watched<void> {
  const { cache, limits } = parts;
  const ttlMs = timeToLive(question.text, result.type, parts.ttlMs);
  if (cache === undefined || ttlMs === 0 || !mayRemember(result, answer, run)) return;
  const scope = { ...question.scope, dataVersion: parts.dataVersion() };
  if (answer.personal) Object.assign(scope, { principal: run.query.principal?.id });
  yield* orDegrade("cache", run, limits, (signal) => cache.store({ ...question, type: result.type, scope }, result, { ttlMs, signal }));
}

/** After a tool changed something, what is known of the data and its answers may be wrong. */
async function* forget(question: CacheQuestion, run: Run, parts: EngineParts): Watched<void> {
  parts.dataChanged();
  const { tenant } = question.scope;
  yield* orDegrade("cache", run, parts.limits, async () => parts.cache?.invalidate({ tenant }));
  parts.recorder.record({
    type: "cache.invalidated",
    subject: tenant,
    tenant,
    correlationId: run.id,
    data: { reason: "a tool changed something" },
  });
}

/** Stages 5 to 8: classify, semantic hit, workflow, remember. Several readers may share one run of it. */
export async function* answerQuery(question: CacheQuestion, turns: readonly Turn[], run: Run, parts: EngineParts): Watched<QueryResult> {
  const classifying = performance.now();
  const classification = yield* classify(run, parts);
  const { type } = classification;
  const looking = performance.now();
  const hit = yield* recallAnswer(question, "semantic", run, parts, type);
  if (hit !== undefined) {
    yield { type: "text-delta", text: hit.result.text };
    return fromCache(hit, run);
  }
  const working = performance.now();
  const tally = newTally(run.degraded);
  const answer = yield* runWorkflow(run, turns, classification, tally, parts);
  const ended = performance.now();
  const { text, data, citations, explanation, answeredBy, provider, model } = answer;
  const result: QueryResult = {
    id: run.id,
    text,
    data,
    citations,
    explanation,
    type,
    classification,
    cached: "none",
    workflow: parts.workflows[type].name,
    answeredBy,
    provider,
    model,
    attempts: tally.attempts,
    usage: usageOf(tally),
    costUsd: tally.costUsd,
    degraded: [...run.degraded.keys()],
    timings: { totalMs: ended - run.startedAt, classifyMs: looking - classifying, cacheMs: working - looking, workflowMs: ended - working },
  };
  if (tally.changed) yield* forget(question, run, parts);
  else yield* remember(question, result, answer, run, parts);
  return result;
}
