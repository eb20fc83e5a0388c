import { classifyByRules } from "../classify/rules.ts";
import type { Catalog } from "../plan/index.ts";
import type { Json } from "../ports/json.ts";
import type { Classification, QueryResult } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { Turn } from "../ports/workflow.ts";
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

/** How what is asked is to be read after these turns; undefined for a question that goes on as it is. */
export async function readFollowUp(run: Run, turns: readonly Turn[], parts: EngineParts): Promise<Reading | undefined> {
  const { query } = run;
  const { readMessage } = await import("../conversation/read-message.ts");
  const reading = readMessage(query.text, turns, await knownData(run, parts));
  // What may be about documents is answered with the conversation, as before.
  return reading?.kind === "complete" && !/^(?:simple|complex)$/.test(classifyByRules(query).type) ? undefined : reading;
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

/** The result with how the question was read. */
export function asRead(result: QueryResult, reading: Reading | undefined): QueryResult {
  if (reading?.kind !== "resolved") return result;
  return { ...result, explanation: [`Read as: ${reading.text}`, ...(result.explanation ?? [])] };
}
