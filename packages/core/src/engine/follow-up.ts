import { classifyByRules } from "../classify/rules.ts";
import type { Catalog } from "../plan/index.ts";
import type { Json } from "../ports/json.ts";
import type { Attempt, Classification, QueryResult } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { Turn } from "../ports/workflow.ts";
import type { FailoverCallOptions } from "../resilience/failover-options.ts";
import type { EngineParts, Run } from "./parts.ts";

/** What is known of the connected data; undefined when none is connected or it cannot be reached just now. */
async function knownData({ signal }: Run, parts: EngineParts): Promise<Catalog | undefined> {
  const { tools } = await parts.tools.snapshot();
  try {
    const source = await parts.sourceOf(tools);
    return await source?.catalog({ signal });
  } catch {
    // Whoever needs the data says that it is missing.
    signal.throwIfAborted();
    return undefined;
  }
}

/** A reading, with what asking a model for it took. */
export interface FollowUp {
  readonly reading?: Reading | undefined;
  readonly attempts: readonly Attempt[];
}

/** At most this share of the time left is spent on finding out what is meant. */
export const shareOfTime = 0.25;

/** How what is asked is to be read after these turns: by rules, and by a model where they are unsure and a vendor is there. */
export async function readFollowUp(run: Run, turns: readonly Turn[], parts: EngineParts): Promise<FollowUp> {
  const { query } = run;
  const { readMessage, readStandalone } = await import("../conversation/read-message.ts");
  const catalog = await knownData(run, parts);
  const reading = readMessage(query.text, turns, catalog);
  // What may be about documents is answered with the conversation.
  if (reading?.kind === "complete" && !/^(?:simple|complex)$/.test(classifyByRules(query).type)) return { attempts: [] };
  // With nothing to look anything up in, a model has the conversation and needs no other wording.
  if (reading?.kind !== "unresolved" || (await parts.tools.snapshot()).tools.length === 0) return { reading, attempts: [] };
  const attempts: Attempt[] = [];
  const text = await byModel(run, turns, parts, (attempt) => attempts.push(attempt));
  return { reading: text === undefined ? reading : readStandalone(text, catalog), attempts };
}

async function byModel(
  run: Run,
  turns: readonly Turn[],
  parts: EngineParts,
  onAttempt: (attempt: Attempt) => void,
): Promise<string | undefined> {
  const { query, signal, startedAt, deadlineMs } = run;
  const model = parts.modelFor(query);
  if (model === undefined) return undefined;
  const { standaloneByModel } = await import("../conversation/by-model.ts");
  const options: FailoverCallOptions = { signal, timeoutMs: (startedAt + deadlineMs - performance.now()) * shareOfTime, onAttempt };
  const asked = query.options?.model === undefined ? {} : { model: query.options.model };
  try {
    return await standaloneByModel(query.text, turns, (request) => model.generate({ ...request, ...asked }, options));
  } catch {
    // It is then answered with the conversation, as far as it goes.
    signal.throwIfAborted();
    return undefined;
  }
}

/** True when the answer depends on nothing that was said before. */
export const standsAlone = (reading: Reading | undefined): boolean => reading?.kind === "complete" || reading?.kind === "resolved";

/** The run of the question that is meant. */
export function asMeant(run: Run, reading: Reading | undefined): Run {
  if (reading === undefined) return run;
  return { ...run, reading, query: reading.kind === "resolved" ? { ...run.query, text: reading.text } : run.query };
}

/** What is asked beside the text, where the text alone does not say it all. */
export const unsaid = (reading: Reading | undefined): Json | undefined =>
  reading?.kind === "resolved" && !reading.isWhole ? reading.planned?.plan : undefined;

/** A data question is known by its plan; what kind it is needs no guess. */
export function classificationOf({ reading, query }: Run): Classification | undefined {
  if (reading?.kind !== "resolved" || reading.planned === undefined || query.options?.type !== undefined) return undefined;
  const { plan, confidence } = reading.planned;
  const { groupBy, joins } = plan as unknown as { readonly groupBy: readonly unknown[]; readonly joins: readonly unknown[] };
  const type = groupBy.length > 0 || joins.length > 0 ? "complex" : "simple";
  const probabilities = { simple: 0, complex: 0, rag: 0, schema: 0, tool: 0, [type]: 1 };
  return { type, confidence, probabilities, margin: 1, by: "conversation", evidence: ["goes on from an earlier question about the data"] };
}

const bothKnown = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** The result with how the question was read, and what that took. */
export function asRead(result: QueryResult, { reading, attempts }: FollowUp): QueryResult {
  const explanation = reading?.kind === "resolved" ? [`Read as: ${reading.text}`, ...(result.explanation ?? [])] : result.explanation;
  return withAttempts(explanation === result.explanation ? result : { ...result, explanation }, attempts);
}

/** The result with what was asked of models beside its answer: attempts, tokens and costs. */
export function withAttempts(result: QueryResult, attempts: readonly Attempt[]): QueryResult {
  if (attempts.length === 0) return result;
  const used = attempts.filter(({ usage }) => usage !== undefined);
  const sum = (tokens: "inputTokens" | "outputTokens"): number =>
    used.reduce((total, { usage }) => total + (usage?.[tokens] ?? 0), result.usage[tokens]);
  // What a cached answer cost is nothing; what one of this run cost may be unknown.
  const before = result.costUsd ?? (result.cached === "none" && result.attempts.length > 0 ? undefined : 0);
  return {
    ...result,
    attempts: [...attempts, ...result.attempts],
    usage: { ...result.usage, inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens") },
    costUsd: used.reduce((total: number | undefined, { costUsd }) => bothKnown(total, costUsd), before),
  };
}
