import { type Example, examplesOf, keptFeatures, learn, scoresInto } from "./learn.ts";
import { type Labelled, labels } from "./rows.ts";

/** A question with the log odds of a model that never saw its source. */
export interface LeftOut {
  readonly row: Labelled;
  readonly scores: Float64Array;
  readonly label: number;
}

/** Sources that are the same questions in other words are left out together. */
const familyOf = (source: string): string => (source.startsWith("spider") ? "spider" : source);

/** Scores each source with a model learnt from all the others and from what is written by us. */
export function leaveSourcesOut(rows: readonly Labelled[], written: readonly Labelled[]): readonly LeftOut[] {
  const examples: readonly Example[] = examplesOf([...rows, ...written]);
  const families = [...new Set(rows.map(({ source }) => familyOf(source)))];
  return families.flatMap((family) => {
    const model = learn(examples.filter(({ source }) => familyOf(source) !== family));
    return rows
      .filter(({ source }) => familyOf(source) === family)
      .map((row) => {
        const scores = new Float64Array(labels.length);
        scoresInto(scores, model, keptFeatures(row.text));
        return { row, scores, label: labels.indexOf(row.label) };
      });
  });
}
