import type { QueryResult } from "@hydrogenai/core";

/** An answer to store. */
export const answer: QueryResult = {
  id: "1",
  text: "42",
  type: "simple",
  classification: {
    type: "simple",
    confidence: 1,
    probabilities: { simple: 1, complex: 0, rag: 0, schema: 0, tool: 0 },
    margin: 1,
    by: "rules",
    evidence: [],
  },
  cached: "none",
  workflow: "simple",
  answeredBy: "local",
  attempts: [],
  usage: { inputTokens: 0, outputTokens: 0 },
  degraded: [],
  timings: { totalMs: 1 },
};
