import type { Classification, Classifier, Query } from "../ports/query.ts";
import { shippedClassifier } from "./linear.ts";
import { classifyByRules, queryTypes } from "./rules.ts";

function given(type: Classification["type"]): Classification {
  const probabilities = { simple: 0, complex: 0, rag: 0, schema: 0, tool: 0, [type]: 1 };
  return { type, confidence: 1, probabilities, margin: 1, by: "given", evidence: ["the caller said so"] };
}

const isVerdict = (verdict: Classification | undefined): verdict is Classification =>
  verdict !== undefined && queryTypes.includes(verdict.type);

/**
 * Asks one classifier after the other until one knows, then the learnt weights, to which the rules' cues are evidence: the rules alone
 * are wrong too often where they sound certain. It never fails: a classifier that throws is passed over, and where the weights cannot
 * be read the rules' verdict stands.
 */
export function cascade(
  classifiers: readonly Classifier[],
): (query: Query, signal: AbortSignal) => Promise<Classification> | Classification {
  let linear: ((query: Query) => Classification) | undefined;

  function ourselves(query: Query): Promise<Classification> | Classification {
    if (linear !== undefined) return linear(query);
    return shippedClassifier().then(
      (loaded) => (linear = loaded)(query),
      () => classifyByRules(query),
    );
  }

  async function ask(query: Query, signal: AbortSignal): Promise<Classification> {
    for (const classifier of classifiers) {
      try {
        const verdict = await classifier(query, { signal });
        if (isVerdict(verdict)) return verdict;
      } catch {
        signal.throwIfAborted();
      }
    }
    return ourselves(query);
  }
  return (query, signal) => {
    if (query.options?.type !== undefined) return given(query.options.type);
    return classifiers.length === 0 ? ourselves(query) : ask(query, signal);
  };
}
