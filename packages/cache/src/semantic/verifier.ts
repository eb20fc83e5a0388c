import { compare } from "./compare.ts";
import { refuse } from "./guard.ts";
import { learnt } from "./learnt.ts";
import type { Reading } from "./read-question.ts";

/** What was learnt from labelled pairs of questions. */
export interface Learnt {
  /** Pairs of words that mean the same in questions, `a|b` in the order of the alphabet. */
  readonly sameMeaning: readonly string[];
  /** Words that may stand in one question and not in the other. */
  readonly mayBeMissing: readonly string[];
  /** Weight by name of feature; `bias` is the constant. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Either the log-odds that both questions ask for the same, or why they cannot. */
export type Verdict =
  | { readonly score: number }
  | {
      readonly refused: string;
      /** Words alone spoke against it, and few: somebody who knows more words may think otherwise. */
      readonly arguable?: boolean;
    };

export type Verifier = (a: Reading, b: Reading) => Verdict;

/** A word of each question, and one more. */
const maxArguable = 3;

/** The guard speaks first, then every word must be explained, and only then what was learnt is asked. */
export function verifier({ sameMeaning, mayBeMissing, weights }: Learnt): Verifier {
  const pairs = new Set(sameMeaning);
  const missing = new Set(mayBeMissing);
  const weightOf = new Map(Object.entries(weights));
  const words = {
    sameMeaning: (a: string, b: string) => pairs.has(a < b ? `${a}|${b}` : `${b}|${a}`),
    mayBeMissing: (word: string) => missing.has(word),
  };
  return (a, b) => {
    const refused = refuse(a, b);
    if (refused !== undefined) return { refused };
    const { features, unexplained } = compare(a, b, words);
    if (unexplained.length > 0)
      return { refused: `nothing in the other question explains: ${unexplained.join(", ")}`, arguable: unexplained.length <= maxArguable };
    let score = weightOf.get("bias") ?? 0;
    for (const [name, value] of features) score += (weightOf.get(name) ?? 0) * value;
    return { score };
  };
}

/** The verifier that comes with the package. */
export const verify: Verifier = verifier(learnt);
