import { type Labelled, labels } from "./rows.ts";

/** A question and what was said of it. */
export interface Scored {
  readonly row: Labelled;
  readonly said: string;
  readonly confidence: number;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const isRight = ({ row, said }: Scored): boolean => row.label === said;
const merged = (type: string): string => (type === "complex" ? "simple" : type);
const share = (all: readonly Scored[], test: (one: Scored) => boolean): number => all.filter(test).length / (all.length || 1);

function grouped(all: readonly Scored[], keyOf: (one: Scored) => string): string {
  const groups = Map.groupBy(all, keyOf);
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, ones]) => `${key} ${percent(share(ones, isRight))} (${ones.length})`)
    .join(", ");
}

/** How far what is said of sureness is from how often it is right, over ten bins. */
function calibrationError(all: readonly Scored[]): number {
  const bins = Map.groupBy(all, ({ confidence }) => Math.min(9, Math.floor(confidence * 10)));
  let error = 0;
  for (const ones of bins.values()) {
    const said = ones.reduce((sum, { confidence }) => sum + confidence, 0);
    error += Math.abs(said - ones.filter(isRight).length);
  }
  return error / (all.length || 1);
}

/** The largest share, surest first, that is right so often; with the confidence it ends at. */
function coverageAt(all: readonly Scored[], target: number): { readonly share: number; readonly threshold: number } {
  const surest = all.toSorted((a, b) => b.confidence - a.confidence);
  let right = 0;
  let best = { share: 0, threshold: 1 };
  for (const [index, one] of surest.entries()) {
    if (isRight(one)) right++;
    if (right / (index + 1) >= target) best = { share: (index + 1) / surest.length, threshold: one.confidence };
  }
  return best;
}

/** What a model that is asked gets right, scripted from the labels. */
const modelIsRight = 0.98;

/** The confidence below which a model has to be asked so that so many are right together, with as few asked as that takes. */
export function thresholdFor(all: readonly Scored[], wanted: number): number {
  const surest = all.toSorted((a, b) => b.confidence - a.confidence);
  let right = 0;
  let threshold = 1;
  for (const [index, one] of surest.entries()) {
    if (isRight(one)) right++;
    if (right + modelIsRight * (surest.length - index - 1) >= wanted * surest.length) threshold = one.confidence;
  }
  return threshold;
}

/** The figures of a run, a line each. */
export function report(all: readonly Scored[], threshold: number): string {
  const covered = coverageAt(all, 0.95);
  const sent = share(all, ({ confidence }) => confidence < threshold);
  const kept = share(all, (one) => one.confidence >= threshold && isRight(one));
  const hard = all.filter(({ row }) => row.slice.startsWith("hard"));
  return [
    `${all.length} questions: accuracy ${percent(share(all, isRight))}, simple and complex as one ${percent(share(all, ({ row, said }) => merged(row.label) === merged(said)))}, ECE ${calibrationError(all).toFixed(3)}`,
    `answered at 95 % accuracy: ${percent(covered.share)} (confidence from ${covered.threshold.toFixed(2)})`,
    `below ${threshold.toFixed(2)} sent to a model that is right ${percent(modelIsRight)}: ${percent(kept + modelIsRight * sent)} overall, ${percent(sent)} sent`,
    `by slice: ${grouped(all, ({ row }) => row.slice)}${hard.length > 0 ? `; all hard ones ${percent(share(hard, isRight))}` : ""}`,
    `by label: ${grouped(all, ({ row }) => row.label)}`,
    `by source: ${grouped(all, ({ row }) => row.source)}`,
    `confusion: ${labels.map((label) => `${label} -> ${labels.map((said) => `${said} ${(share(all, (one) => one.row.label === label && one.said === said) * all.length) | 0}`).join(" ")}`).join("; ")}`,
  ].join("\n");
}
