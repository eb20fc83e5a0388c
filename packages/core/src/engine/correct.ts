import { OrchestratorError } from "../errors.ts";
import type { AnyQueryType } from "../ports/query.ts";
import type { EngineParts } from "./parts.ts";

/** What became of a correction. */
export interface Correction {
  /** The question as it was meant. */
  readonly question: string;
  /** What it was taken for. */
  readonly was: AnyQueryType;
  readonly type: AnyQueryType;
  /** False while the state store is away: it then holds in this process, and is written when the store is back. */
  readonly stored: boolean;
}

/** Takes in what kind of question a query was. Its cached answer is not found again, since the correction is part of what an answer depends on. */
export async function correct(id: string, type: AnyQueryType, parts: EngineParts): Promise<Correction> {
  if (!parts.types.has(type))
    throw new OrchestratorError("QUERY_REJECTED", `the type must be one of ${[...parts.types].join(", ")}`, {
      details: { rule: "type-unknown" },
    });
  const asked = parts.asked.find(id);
  if (asked === undefined) throw new OrchestratorError("QUERY_NOT_FOUND", "this process answered no query of this id lately");
  const { text: question, tenant, type: was } = asked;
  const stored = await parts.learnt.learn(tenant, { text: question, type, by: "correction" });
  parts.recorder.record({ type: "query.corrected", subject: id, ...(tenant !== undefined && { tenant }), data: { was, type, question } });
  return { question, was, type, stored };
}
