import { verdictOf } from "../classify/verdict.ts";
import type { Attempt, Classification, Query } from "../ports/query.ts";
import type { Emit } from "../ports/workflow.ts";
import { randomId } from "../random-id.ts";
import type { FailoverCallOptions } from "../resilience/failover-options.ts";
import type { ByModel } from "./by-model.ts";
import { asMeant, classificationOf, readFollowUp, shareOfTime } from "./follow-up.ts";
import { modelConfidence } from "./learnt-examples.ts";
import type { EngineParts, Run } from "./parts.ts";
import { recallTurns } from "./recall.ts";
import { validateQuery } from "./validate-query.ts";

const unheard: Emit = () => {};

/** What kind of question it is without asking a model: corrected, from the conversation, or classified. */
export const classify = (run: Run, parts: EngineParts): Promise<Classification> | Classification =>
  (run.reading === undefined || run.query.options?.type !== undefined
    ? undefined
    : (parts.learnt.corrected(run.query) ?? classificationOf(run))) ?? parts.classify(run.query, run.signal);

/** A classification, with what asking a model for it took. */
export interface Opinion {
  readonly classification: Classification;
  readonly attempts: readonly Attempt[];
}

/** The verdict, or a model's where it is unsure and a vendor is up. Whatever goes wrong, the verdict stands; only an abort is passed on. */
export async function secondOpinion(verdict: Classification, run: Run, parts: EngineParts): Promise<Opinion> {
  const attempts: Attempt[] = [];
  const { byModel } = parts;
  if (byModel === undefined || !(await byModel.isUnsure(verdict)) || !byModel.isUp(run.query)) return { classification: verdict, attempts };
  const type = await askModel(byModel, run, parts, (attempt) => attempts.push(attempt));
  if (type === undefined) return { classification: verdict, attempts };
  // A fragment is another question in the next conversation. What is kept is kept behind the answer's back: a slow store holds nobody up.
  if (run.reading?.kind !== "unresolved") void parts.learnt.learn(run.query.tenant, { text: run.query.text, type, by: "model" });
  const said = verdictOf(type, modelConfidence, "model", "a model says so");
  return { classification: { ...said, evidence: [...verdict.evidence, ...said.evidence] }, attempts };
}

/** What kind of question it is, read against its session as `query` does, without answering it. */
export async function classifyOnly(query: Query, signal: AbortSignal, parts: EngineParts): Promise<Classification> {
  validateQuery(query, parts);
  const startedAt = performance.now();
  const deadlineMs = query.options?.deadlineMs ?? parts.limits.deadlineMs;
  const run: Run = {
    id: randomId(),
    query,
    startedAt,
    deadlineMs,
    afterFirstToken: "restart",
    watched: false,
    signal,
    degraded: new Map(),
  };
  await parts.learnt.ready(query, startedAt);
  const turns = query.sessionId === undefined ? [] : await recallTurns(run, parts, unheard);
  const meant = turns.length === 0 ? run : asMeant(run, (await readFollowUp(run, turns, parts)).reading);
  const verdict = await classify(meant, parts);
  return (await secondOpinion(verdict, meant, parts)).classification;
}

async function askModel(
  byModel: ByModel,
  { query, signal, startedAt, deadlineMs }: Run,
  { modelFor, limits }: EngineParts,
  onAttempt: (attempt: Attempt) => void,
): Promise<string | undefined> {
  const leftMs = Math.min(startedAt + deadlineMs - performance.now(), limits.deadlineMs);
  const options: FailoverCallOptions = { signal, timeoutMs: Math.min(byModel.timeoutMs, leftMs * shareOfTime), onAttempt };
  const asked = query.options?.model === undefined ? {} : { model: query.options.model };
  try {
    const model = modelFor(query);
    return model && (await byModel.ask(query.text, (request) => model.generate({ ...request, ...asked }, options)));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
