import type { Classification, Query, QueryType } from "../ports/query.ts";
import { cues } from "./cues.ts";

export const queryTypes: readonly QueryType[] = ["simple", "complex", "rag", "schema", "tool"];

/** Log odds before a word is read: most questions to a data service are look-ups. */
const prior: Readonly<Record<QueryType, number>> = { simple: 0.8, complex: 0.2, rag: 0.3, schema: -0.6, tool: -0.6 };

/** Only the beginning is read: what kind of question it is shows early, and the cost stays bounded. */
const maxChars = 2_000;

/** Turns log odds into a verdict. */
function verdict(scores: Readonly<Record<QueryType, number>>, by: string, evidence: readonly string[]): Classification {
  const probabilities = { simple: 0, complex: 0, rag: 0, schema: 0, tool: 0 };
  let total = 0;
  for (const type of queryTypes) total += probabilities[type] = Math.exp(scores[type]);
  let best: QueryType = "simple";
  let second = 0;
  for (const type of queryTypes) {
    const p = (probabilities[type] /= total);
    if (type === best) continue;
    if (p > probabilities[best]) {
      second = probabilities[best];
      best = type;
    } else if (p > second) second = p;
  }
  return { type: best, confidence: probabilities[best], probabilities, margin: probabilities[best] - second, by, evidence };
}

/** Classifies by general ways of asking; always answers, within microseconds, and says which cues spoke. */
export function classifyByRules({ text }: Query): Classification {
  const start = text.length > maxChars ? text.slice(0, maxChars) : text;
  const scores = { ...prior };
  const evidence: string[] = [];
  for (const { type, weight, name, pattern } of cues) {
    if (!pattern.test(start)) continue;
    scores[type] += weight;
    evidence.push(`${type}: ${name}`);
  }
  return verdict(scores, "rules", evidence);
}
