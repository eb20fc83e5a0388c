import { buckets, featuresOf } from "../../packages/core/src/classify/features.ts";
import { randomFrom } from "./random.ts";
import { type Labelled, labels } from "./rows.ts";

/** One question as numbers. */
export interface Example {
  readonly indices: Uint16Array;
  readonly values: Float32Array;
  readonly label: number;
  readonly weight: number;
  readonly source: string;
}

export interface Model {
  /** `labels.length` weights for each bucket. */
  readonly weights: Float32Array;
}

const epochs = 4;
const rate = 0.05;
const decay = 2e-5;
const smoothing = 0.04;

/** What a question shows, kept: reading the next one overwrites what was read. */
export function keptFeatures(text: string): Pick<Example, "indices" | "values"> {
  const { keys, ends, scales } = featuresOf(text);
  const count = ends.at(-1) ?? 0;
  const values = new Float32Array(count);
  for (let view = 0, from = 0; view < ends.length; from = ends[view++] ?? 0) values.fill(scales[view] ?? 0, from, ends[view]);
  return { indices: keys.slice(0, count), values };
}

/** The same question as people type it: without its mark, in small letters, with a slip of the finger. */
function typed(text: string, random: () => number): string {
  let out = text;
  if (random() < 0.5) out = out.replace(/[?.!]+\s*$/, "");
  if (random() < 0.4) out = out.toLowerCase();
  if (random() < 0.5) {
    const at = 1 + Math.floor(random() * Math.max(1, out.length - 3));
    const kind = random();
    if (kind < 0.4) out = out.slice(0, at) + out.slice(at + 1);
    else if (kind < 0.7) out = out.slice(0, at) + (out[at + 1] ?? "") + (out[at] ?? "") + out.slice(at + 2);
    else out = out.slice(0, at) + (out[at] ?? "") + out.slice(at);
  }
  return out;
}

/** Turns questions into examples, each as it is and as somebody may type it; sources count by the root of their size. */
export function examplesOf(rows: readonly Labelled[], seed = 7): readonly Example[] {
  const random = randomFrom(seed);
  const sizes = new Map<string, number>();
  for (const { source, label } of rows) sizes.set(source + label, (sizes.get(source + label) ?? 0) + 1);
  return rows.flatMap(({ text, label, source }) => {
    const weight = Math.min(2, Math.sqrt(300 / (sizes.get(source + label) ?? 1)));
    return [text, typed(text, random)].map((each) => {
      return { ...keptFeatures(each), label: labels.indexOf(label), weight: weight / 2, source };
    });
  });
}

/** The log odds a model gives, added into `into`. */
export function scoresInto(into: Float64Array, { weights }: Model, { indices, values }: Pick<Example, "indices" | "values">): void {
  const count = labels.length;
  into.fill(0);
  for (let i = 0; i < indices.length; i++) {
    const base = (indices[i] ?? 0) * count;
    const value = values[i] ?? 0;
    for (let k = 0; k < count; k++) into[k] = (into[k] ?? 0) + value * (weights[base + k] ?? 0);
  }
}

/** Makes log odds, divided by a temperature, into probabilities in place. */
export function softmax(scores: Float64Array, temperature = 1): void {
  const top = Math.max(...scores);
  let total = 0;
  for (let k = 0; k < scores.length; k++) total += scores[k] = Math.exp(((scores[k] ?? 0) - top) / temperature);
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) / total;
}

/** Learns by stochastic descent with steps that shrink where a weight was moved before; the same for the same examples. */
export function learn(examples: readonly Example[], seed = 3): Model {
  const random = randomFrom(seed);
  const count = labels.length;
  const weights = new Float32Array(buckets * count);
  const moved = new Float32Array(buckets * count).fill(0.02);
  const order = Uint32Array.from(examples, (_, index) => index);
  const p = new Float64Array(count);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    for (const index of order) {
      const example = examples[index];
      if (example === undefined) continue;
      scoresInto(p, { weights }, example);
      softmax(p);
      const { indices, values, label, weight } = example;
      for (let k = 0; k < count; k++) p[k] = weight * ((p[k] ?? 0) - (k === label ? 1 - smoothing : smoothing / (count - 1)));
      for (let i = 0; i < indices.length; i++) {
        const base = (indices[i] ?? 0) * count;
        const value = values[i] ?? 0;
        for (let k = 0; k < count; k++) {
          const at = base + k;
          const slope = value * (p[k] ?? 0) + decay * (weights[at] ?? 0);
          const sum = (moved[at] = (moved[at] ?? 0) + slope * slope);
          weights[at] = (weights[at] ?? 0) - (rate * slope) / Math.sqrt(sum);
        }
      }
    }
  }
  return { weights };
}

/** The temperature at which probabilities say how often they are right. */
export function temperatureOf(scored: readonly { readonly scores: Float64Array; readonly label: number }[]): number {
  let best = 1;
  let bestLoss = Infinity;
  for (let temperature = 0.4; temperature <= 4; temperature += 0.05) {
    let loss = 0;
    for (const { scores, label } of scored) {
      const p = Float64Array.from(scores);
      softmax(p, temperature);
      loss -= Math.log(Math.max(1e-9, p[label] ?? 0));
    }
    if (loss < bestLoss) [best, bestLoss] = [temperature, loss];
  }
  return best;
}
