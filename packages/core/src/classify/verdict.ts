import type { AnyQueryType, Classification } from "../ports/query.ts";

/** A verdict that names one type: what is left of its confidence is shared by the five others evenly. */
export function verdictOf(type: AnyQueryType, confidence: number, by: string, why: string): Classification {
  const probabilities: Record<string, number> & Classification["probabilities"] = {
    simple: 0,
    complex: 0,
    rag: 0,
    schema: 0,
    tool: 0,
    [type]: 0,
  };
  const others = Object.keys(probabilities).length - 1;
  const rest = (1 - confidence) / others;
  for (const each of Object.keys(probabilities)) probabilities[each] = each === type ? confidence : rest;
  return { type, confidence, probabilities, margin: confidence - rest, by, evidence: [why] };
}
