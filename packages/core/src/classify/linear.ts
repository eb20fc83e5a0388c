import type { Classification, Query, QueryType } from "../ports/query.ts";
import { cues } from "./cues.ts";
import { featuresOf } from "./features.ts";
import { queryTypes } from "./rules.ts";

/** Weights as they are shipped: one byte each, five types to a bucket. */
export interface LinearWeights {
  readonly bytes: Int8Array;
  /** What one step of a byte counts, already divided by the temperature that makes probabilities honest. */
  readonly step: number;
}

const sayings: readonly string[] = cues.map(({ type, name }) => [type, name].join(": "));

/** Classifies by weights learnt from labelled questions: some tens of microseconds, the cues that spoke as evidence. */
export function linearClassifier({ bytes, step }: LinearWeights): (query: Query) => Classification {
  const count = queryTypes.length;
  return ({ text }) => {
    const { indices, values, fired } = featuresOf(text);
    const scores = new Float64Array(count);
    for (let i = 0; i < indices.length; i++) {
      const base = (indices[i] ?? 0) * count;
      const value = values[i] ?? 0;
      for (let k = 0; k < count; k++) scores[k] = (scores[k] ?? 0) + value * (bytes[base + k] ?? 0);
    }
    let top = -Infinity;
    for (const score of scores) top = Math.max(top, score * step);
    let total = 0;
    for (let k = 0; k < count; k++) total += scores[k] = Math.exp((scores[k] ?? 0) * step - top);
    let type: QueryType = "simple";
    let best = -1;
    let second = 0;
    for (let k = 0; k < count; k++) {
      const p = (scores[k] = (scores[k] ?? 0) / total);
      if (p > best) {
        second = Math.max(best, 0);
        best = p;
        type = queryTypes[k] ?? type;
      } else if (p > second) second = p;
    }
    const [simple = 0, complex = 0, rag = 0, schema = 0, tool = 0] = scores;
    const probabilities = { simple, complex, rag, schema, tool };
    const evidence: string[] = [];
    for (const number of fired) if (number < sayings.length) evidence.push(sayings[number]!);
    return { type, confidence: best, probabilities, margin: best - second, by: "linear", evidence };
  };
}

let loaded: Promise<(query: Query) => Classification> | undefined;

/** The classifier with the weights that come with this package; they are read on the first call, once. */
export function shippedClassifier(): Promise<(query: Query) => Classification> {
  return (loaded ??= import("./weights.ts").then(({ step, weights }) => {
    const bytes = Buffer.from(weights, "base64");
    return linearClassifier({ bytes: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), step });
  }));
}
