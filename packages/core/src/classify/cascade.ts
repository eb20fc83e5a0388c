import type { Classification, Classifier, Query } from "../ports/query.ts";
import { shippedClassifier } from "./linear.ts";
import { classifyByRules } from "./rules.ts";
import { verdictOf } from "./verdict.ts";

/** What was learnt from examples, corrections and models. It never fails, and where nothing was learnt it costs nothing. */
export interface Learnt {
  /** What a person said of this very question. */
  readonly corrected: (query: Query) => Classification | undefined;
  /** What an example or a model said of this very question. */
  readonly known: (query: Query) => Classification | undefined;
  /** The verdict as examples near the question change it. */
  readonly heed: (query: Query, verdict: Classification, classify: (text: string) => Classification) => Classification;
}

/**
 * Asks one classifier after the other until one knows, then the learnt weights, to which the rules' cues are evidence: the rules alone
 * are wrong too often where they sound certain. What a person corrected goes before all of them, and examples change what the weights
 * say. It never fails: a classifier that throws is passed over, and where the weights cannot be read the rules' verdict stands.
 */
export function cascade(
  classifiers: readonly Classifier[],
  learnt: Learnt,
  types: ReadonlySet<unknown>,
): (query: Query, signal: AbortSignal) => Promise<Classification> | Classification {
  let linear: ((query: Query) => Classification) | undefined;
  let byText: (text: string) => Classification;

  const isVerdict = (verdict: Classification | undefined): verdict is Classification => verdict !== undefined && types.has(verdict.type);

  const byWeights = (query: Query, weigh: (query: Query) => Classification): Classification =>
    learnt.known(query) ?? learnt.heed(query, weigh(query), byText);

  function ourselves(query: Query): Promise<Classification> | Classification {
    if (linear !== undefined) return byWeights(query, linear);
    return shippedClassifier().then(
      (loaded) => {
        byText = (text) => loaded({ text });
        return byWeights(query, (linear = loaded));
      },
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
    if (query.options?.type !== undefined) return verdictOf(query.options.type, 1, "given", "the caller said so");
    return learnt.corrected(query) ?? (classifiers.length === 0 ? ourselves(query) : ask(query, signal));
  };
}
