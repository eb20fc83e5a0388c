import { defaultTtlMs } from "../defaults.ts";
import { OrchestratorError } from "../errors.ts";
import type { CacheHit, CacheQuestion } from "../ports/cache.ts";
import type { Answer, AnyQueryType, Attempt, CacheExplanation, Classification, QueryResult } from "../ports/query.ts";
import type { Emit, Turn, Workflow, WorkflowContext } from "../ports/workflow.ts";
import { withAttempts } from "./follow-up.ts";
import { graceOf, timeToLive } from "./freshness.ts";
import { type Lead, alone, takeLead, tellAsFar } from "./lead.ts";
import { once } from "./once.ts";
import type { EngineParts, Run } from "./parts.ts";
import { orDegrade, recallAnswer } from "./recall.ts";
import { classify, secondOpinion } from "./classify-run.ts";
import { toolResults } from "./tool-results.ts";
import { type Tally, newTally, undo, workflowContext } from "./workflow-context.ts";

const none: readonly Attempt[] = [];

/** A remembered answer as the answer to this query: nothing was asked of a vendor, and it took as long as it took. */
export function fromCache({ kind, result, id, ageMs, stale, askedAs }: CacheHit, run: Run): QueryResult {
  return {
    ...result,
    id: run.id,
    cached: kind,
    explain: { hitId: id, ageMs, stale, askedAs, savedMs: result.timings.totalMs, savedUsd: result.costUsd },
    attempts: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    costUsd: 0,
    degraded: [...run.degraded.keys()],
    timings: { totalMs: performance.now() - run.startedAt },
  };
}

function explanationOfMiss(question: CacheQuestion, { reused }: Tally, { cache }: EngineParts): CacheExplanation | undefined {
  const nearest = cache?.nearest?.(question);
  if (nearest === undefined && reused === 0) return undefined;
  return { nearest, toolResults: reused === 0 ? undefined : reused };
}

/** Runs a workflow of either kind to its answer, passing on what it yields. */
async function follow(workflow: Workflow, run: Run, context: WorkflowContext, emit: Emit): Promise<Answer> {
  const running = workflow.run(run.query, context);
  if (running instanceof Promise) return running;
  try {
    for (;;) {
      const next = await running.next();
      if (next.done) return next.value;
      emit(next.value);
      run.signal.throwIfAborted();
    }
  } finally {
    await running.return(undefined as never);
  }
}

/** A run that was queued under other options may name a type that is gone. */
const workflowOf = ({ type }: Classification, { workflows }: EngineParts): Workflow => workflows[type] ?? workflows.rag;

/** How long answers of a type are remembered. With no tool connected an order is only words, as an open question is. */
function ttlOf(type: AnyQueryType, { ttlMs, tools }: EngineParts): number {
  const own = ttlMs[type] ?? 0;
  if (type !== "tool" || own !== defaultTtlMs.tool) return own;
  const listed = tools.snapshot();
  return listed instanceof Promise || listed.tools.length > 0 ? own : ttlMs.rag;
}

/** Tells the text that was not told as it came, so that whoever watches ends with exactly the answer's text. */
function tellRest({ text }: Answer, { shown }: Tally, emit: Emit): void {
  if (shown === text) return;
  if (shown !== "") emit({ type: "text-reset", reason: "the final answer replaces what was said on the way" });
  if (text !== "") emit({ type: "text-delta", text });
}

async function runWorkflow(
  run: Run,
  turns: readonly Turn[],
  classification: Classification,
  tally: Tally,
  parts: EngineParts,
  emit: Emit,
): Promise<Answer> {
  const { query, signal, id } = run;
  const { limits, mayUse } = parts;
  const workflow = workflowOf(classification, parts);
  emit({ type: "workflow-start", workflow: workflow.name });
  const listing = parts.tools.snapshot();
  const { tools, missing } = listing instanceof Promise ? await listing : listing;
  const model = parts.modelFor(query);
  const leftMs = (): number => run.startedAt + run.deadlineMs - performance.now();
  const { afterFirstToken } = run;
  const context = workflowContext({
    id,
    query,
    classification,
    turns,
    reading: run.reading,
    signal,
    emit,
    tools,
    mayUse,
    model,
    limits,
    leftMs,
    afterFirstToken,
    tally,
    approvals: parts.approvals,
    durable: run.durable,
    reuse: toolResults(run, parts.ttlMs[classification.type] ?? 0, tally, parts, emit),
  });
  for (const [source, reason] of missing) context.degrade(`tools:${source}`, reason);
  const answer = await follow(workflow, run, context, emit).catch(async (error: unknown) => {
    await undo(tally, limits.toolTimeoutMs);
    throw error;
  });
  tellRest(answer, tally, emit);
  return answer;
}

/** Whether others may be given this answer later. */
function mayRemember(result: QueryResult, answer: Answer, run: Run): boolean {
  if ((run.query.options?.cache ?? "use") === "bypass" || answer.cacheable === false) return false;
  if (result.degraded.length > 0 || result.text === "") return false;
  if (answer.finishReason === "length" || answer.finishReason === "content-filter") return false;
  return answer.personal !== true || run.query.principal !== undefined;
}

/** The data may have been looked at for the first time meanwhile, and a personal answer is for its asker only. */
function storedUnder(question: CacheQuestion, { personal }: Answer, { query }: Run, parts: EngineParts): CacheQuestion {
  const dataVersion = parts.dataVersion();
  if (dataVersion === question.scope.dataVersion && personal !== true) return question;
  return { ...question, scope: { ...question.scope, dataVersion, principal: personal ? query.principal?.id : question.scope.principal } };
}

/** What the answer rests on: what the workflow says, the collections it read, and the session it was given in. */
function tagsOf({ tags }: Answer, { read }: Tally, { query: { sessionId } }: Run): readonly string[] | undefined {
  if (tags === undefined && read.size === 0 && sessionId === undefined) return undefined;
  return [...new Set([...(tags ?? []), ...read, ...(sessionId === undefined ? [] : [`session:${sessionId}`])])];
}

/** What a later asker is given of it: how it was made is told to the first one only (`fromCache`). */
const lasting = (result: QueryResult): QueryResult => ({ ...result, attempts: [], timings: { totalMs: result.timings.totalMs } });

/** Whether it was stored. */
async function remember(
  question: CacheQuestion,
  result: QueryResult,
  answer: Answer,
  tally: Tally,
  run: Run,
  parts: EngineParts,
  emit: Emit,
): Promise<boolean> {
  const { cache, limits } = parts;
  const tags = tagsOf(answer, tally, run);
  const { freshMs } = tally;
  const ttlMs = timeToLive(question.text, ttlOf(result.type, parts), { freshMs, changeEveryMs: parts.changeRates.everyMs(tags ?? []) });
  if (cache === undefined || ttlMs === 0 || !mayRemember(result, answer, run)) return false;
  const stored = await orDegrade("cache", run, limits, emit, () => {
    const under = storedUnder(question, answer, run, parts);
    const storing = cache.store(under, lasting(result), { ttlMs, graceMs: graceOf(ttlMs), tags, signal: run.signal });
    return storing instanceof Promise ? storing.then(() => true) : true;
  });
  return stored === true && answer.personal !== true;
}

/** After a tool changed something, what is known of the data and its answers may be wrong. */
async function forget({ scope: { tenant } }: CacheQuestion, run: Run, parts: EngineParts, emit: Emit): Promise<void> {
  parts.dataChanged();
  parts.flights.closeAll();
  await orDegrade("cache", run, parts.limits, emit, async () => parts.cache?.invalidate({ tenant }));
  parts.recorder.record({
    type: "cache.invalidated",
    subject: tenant,
    tenant,
    correlationId: run.id,
    data: { reason: "a tool changed something" },
  });
}

/** The process that was answering is gone: what it told is void, or the end, as for a vendor that is gone. */
function beginAnew(told: string, lease: Lead["lease"], { afterFirstToken }: Run, emit: Emit): void {
  const reason = "the process that was answering is gone";
  if (afterFirstToken === "restart") return emit({ type: "text-reset", reason });
  void lease?.end("left");
  throw new OrchestratorError("STREAM_INCOMPLETE", reason, { retryable: true, details: { text: told } });
}

/** Stages 5 to 8: classify, semantic hit, workflow, remember. Several readers may share one run of it. */
export async function answerQuery(
  question: CacheQuestion,
  turns: readonly Turn[],
  run: Run,
  parts: EngineParts,
  emit: Emit,
): Promise<QueryResult> {
  const classifying = performance.now();
  const verdict = once("classification", run, emit, () => classify(run, parts));
  const first = verdict instanceof Promise ? await verdict : verdict;
  const opinion = parts.byModel === undefined ? undefined : await once("second opinion", run, emit, () => secondOpinion(first, run, parts));
  const { classification, attempts } = opinion ?? { classification: first, attempts: none };
  emit({ type: "classified", classification });
  const looking = performance.now();
  const typed = { ...question, type: classification.type };
  const recalled = recallAnswer(typed, "semantic", run, parts, emit);
  const semantic = recalled instanceof Promise ? await recalled : recalled;
  const leading = semantic === undefined ? takeLead(question, classification.type, run, parts, emit) : alone;
  const { lease, hit = semantic, told = "" } = leading instanceof Promise ? await leading : leading;
  if (hit !== undefined) {
    if (hit.stale === true) parts.refresher.refresh(run.query, question);
    if (semantic === undefined) emit({ type: "cache-hit", kind: hit.kind, ageMs: hit.ageMs });
    tellAsFar(told, hit.result.text, "the final answer replaces what was said on the way", emit);
    return withAttempts(fromCache(hit, run), attempts);
  }
  if (told !== "") beginAnew(told, lease, run, emit);
  const { tell } = lease ?? {};
  const telling: Emit =
    tell === undefined
      ? emit
      : (event) => {
          tell(event);
          emit(event);
        };
  let stored = false;
  try {
    const working = performance.now();
    const tally = newTally(run.degraded);
    const answer = await runWorkflow(run, turns, classification, tally, parts, telling);
    const ended = performance.now();
    const { text, data, citations, explanation, plan, answeredBy, provider, model, finishReason } = answer;
    const result: QueryResult = {
      id: run.id,
      text,
      data,
      citations,
      explanation,
      plan,
      type: classification.type,
      classification,
      cached: "none",
      explain: explanationOfMiss(typed, tally, parts),
      workflow: workflowOf(classification, parts).name,
      answeredBy,
      provider,
      model,
      finishReason,
      attempts: tally.attempts,
      usage: { inputTokens: tally.inputTokens, outputTokens: tally.outputTokens },
      costUsd: tally.costUsd,
      degraded: [...run.degraded.keys()],
      timings: {
        totalMs: ended - run.startedAt,
        classifyMs: looking - classifying,
        cacheMs: working - looking,
        workflowMs: ended - working,
      },
    };
    if (tally.changed) await forget(question, run, parts, emit);
    else if (lease?.held() !== false) stored = await remember(question, result, answer, tally, run, parts, emit);
    return withAttempts(result, attempts);
  } finally {
    void lease?.end(stored ? "stored" : run.signal.aborted ? "left" : "not-shared");
  }
}
