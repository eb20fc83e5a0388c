import { writeFileSync } from "node:fs";
import { type Verifier, verifier } from "../../packages/cache/src/semantic/verifier.ts";
import { learn, read } from "./learn.ts";
import { type Labelled, labelledPairs, pairsOf } from "./pairs.ts";
import { formatPairs, formatStream, scorePairs, scoreStream, streamOfPairs } from "./score.ts";

const folds = 5;

function foldOf({ group, source, a }: Labelled): number {
  let hash = 7;
  // A source without databases is split by question.
  for (const letter of group === source ? `${group} ${source === "qqp" || source === "medical-question-pairs" ? a : ""}` : group)
    hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return hash % folds;
}

const decide = (verify: Verifier, floor: number) => (a: string, b: string) => {
  const verdict = verify(read(a), read(b));
  return "score" in verdict && verdict.score >= floor;
};

/** Figures on databases and sources left out of training, fold by fold, for several floors of the score. */
export function crossValidate(folder: string, floors: readonly number[]): void {
  const { pairs, streams } = labelledPairs(folder);
  const all = [...pairs, ...streams.flatMap(pairsOf)];
  const verifiers = Array.from({ length: folds }, (_, fold) => verifier(learn(all.filter((row) => foldOf(row) !== fold))));
  const verifierOf = (row: Labelled): Verifier => verifiers[foldOf(row)]!;
  for (const floor of floors) {
    console.log(`\nscore >= ${floor}, each group judged by what was learnt from the others`);
    console.log(
      formatPairs(
        scorePairs(pairs, (pair) => decide(verifierOf(pair), floor)(pair.a, pair.b)),
        floor === floors[0],
      ),
    );
    const parts = streams.map((stream) => {
      const group = stream[0]!.db;
      return streamOfPairs(stream, decide(verifierOf({ group, source: "stream", slice: "", a: "", b: "", same: false }), floor));
    });
    console.log(formatStream(scoreStream(parts.flat())));
  }
}

/** Learns from everything and writes what the package ships. */
export function train(folder: string, file: string): void {
  const { pairs, streams } = labelledPairs(folder);
  const { sameMeaning, mayBeMissing, weights } = learn([...pairs, ...streams.flatMap(pairsOf)]);
  const list = (words: readonly string[]): string => `"${words.join(",")}".split(",")`;
  writeFileSync(
    file,
    `import type { Learnt } from "./verifier.ts";

/** Written by evals/semantic (see NOTICE for what it was learnt from). */
export const learnt: Learnt = {
  sameMeaning: ${list(sameMeaning)},
  mayBeMissing: ${list(mayBeMissing)},
  weights: ${JSON.stringify(weights, undefined, 2)},
};
`,
  );
}
