import type { AnyQueryType, Classification } from "../ports/query.ts";
import { type Direction, directionOf } from "./likeness.ts";
import { queryTypes } from "./rules.ts";

/** A labelled question, and how much it counts beside others: 1 where a person said so. */
export interface WeightedExample {
  readonly text: string;
  readonly type: AnyQueryType;
  readonly weight: number;
}

/** What examples add to a verdict. */
export interface Fit {
  /** The verdict as the examples change it; the very same where none is near and there are no types beside the five. */
  readonly heed: (text: string, verdict: Classification) => Classification;
  /** Takes one more example in, at the cost of a classification or two. */
  readonly add: (example: WeightedExample, verdict: Classification) => void;
}

/** How sure the type of an example is made of its own question. */
const target = 0.95;
const maxRounds = 30;
const stepSize = 1.5;
/** Passes over all examples, each after the first with what the others say by then. */
const passes = 2;
/** Up to this likeness, a cosine, two questions have nothing to tell each other. */
const nearFrom = 0.2;
/** From this likeness on they are as good as one. */
const sameFrom = 0.55;
/** What a type of the host's own is given of a question before any example was looked at. */
const priorOfOwn = 0.02;

const pull = (cosine: number): number => Math.min(1, (cosine - nearFrom) / (sameFrom - nearFrom));

type Near = { readonly at: number; readonly pull: number }[];

function softmax(scores: Float64Array): void {
  const top = Math.max(...scores);
  let total = 0;
  for (let k = 0; k < scores.length; k++) total += scores[k] = Math.exp((scores[k] ?? 0) - top);
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) / total;
}

/**
 * Corrects the verdicts of the shipped weights by labelled examples: logistic regression over the likeness to each example, which starts
 * at the shipped weights, so that a question like none of them keeps its probabilities. Thousands of examples take a second or less.
 */
export function fitExamples(
  examples: readonly WeightedExample[],
  ownTypes: readonly string[],
  classify: (text: string) => Classification,
): Fit {
  const types: readonly AnyQueryType[] = [...queryTypes, ...ownTypes];
  /** Log odds that each example adds for a question just like it. */
  const added: Float64Array[] = [];
  /** Which examples hold a piece, and how much it counts there. */
  const holders = new Map<string, { readonly at: number[]; readonly value: number[] }>();

  const startingAt = ({ probabilities }: Classification): Float64Array =>
    Float64Array.from(types, (type) => Math.log(Math.max(1e-6, probabilities[type] ?? priorOfOwn / (ownTypes.length || 1))));

  /** The examples near a question, and how much what they say counts there. */
  function nearTo(direction: Direction): Near {
    const cosines = new Float64Array(added.length);
    for (const [piece, value] of direction) {
      const held = holders.get(piece);
      if (held === undefined) continue;
      const { at, value: values } = held;
      for (let i = 0; i < at.length; i++) cosines[at[i]!]! += value * values[i]!;
    }
    const near: Near = [];
    for (let at = 0; at < cosines.length; at++) if (cosines[at]! > nearFrom) near.push({ at, pull: pull(cosines[at]!) });
    return near;
  }

  /** Adds what the examples near a question say, but for one of them. */
  function pullInto(scores: Float64Array, near: Near, except?: number): void {
    for (const { at, pull } of near) {
      if (at === except) continue;
      const says = added[at]!;
      for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) + pull * (says[k] ?? 0);
    }
  }

  function fitOne(at: number, goal: number, weight: number, start: Float64Array, near: Near): void {
    const base = Float64Array.from(start);
    pullInto(base, near, at);
    const says = added[at]!.fill(0);
    const p = new Float64Array(types.length);
    for (let round = 0; round < maxRounds; round++) {
      for (let k = 0; k < p.length; k++) p[k] = (base[k] ?? 0) + (says[k] ?? 0);
      softmax(p);
      if ((p[goal] ?? 0) >= target) break;
      for (let k = 0; k < p.length; k++) says[k] = (says[k] ?? 0) + stepSize * ((k === goal ? 1 : 0) - (p[k] ?? 0));
    }
    for (let k = 0; k < says.length; k++) says[k] = weight * (says[k] ?? 0);
  }

  function place(direction: Direction): number {
    const at = added.push(new Float64Array(types.length)) - 1;
    for (const [piece, value] of direction) {
      const held = holders.get(piece) ?? { at: [], value: [] };
      held.at.push(at);
      held.value.push(value);
      holders.set(piece, held);
    }
    return at;
  }

  const placed = examples.flatMap(({ text, type, weight }) => {
    const goal = types.indexOf(type);
    const direction = directionOf(text);
    return goal === -1 ? [] : [{ at: place(direction), goal, weight, start: startingAt(classify(text)), direction }];
  });
  const toFit = placed.map(({ direction, ...one }) => ({ ...one, near: nearTo(direction) }));
  for (let pass = 0; pass < passes; pass++) for (const { at, goal, weight, start, near } of toFit) fitOne(at, goal, weight, start, near);

  return {
    heed(text, verdict) {
      if (added.length === 0) return verdict;
      const near = nearTo(directionOf(text));
      if (near.length === 0 && ownTypes.length === 0) return verdict;
      const scores = startingAt(verdict);
      pullInto(scores, near);
      softmax(scores);
      const order = types.map((_, k) => k).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
      const [best = 0, second = 0] = order;
      const type = types[best] ?? verdict.type;
      const confidence = scores[best] ?? 0;
      const probabilities = Object.fromEntries(types.map((each, k) => [each, scores[k] ?? 0])) as Classification["probabilities"];
      const said = { type, confidence, probabilities, margin: confidence - (scores[second] ?? 0) };
      if (type === verdict.type) return { ...verdict, ...said };
      return { ...said, by: "examples", evidence: [...verdict.evidence, "examples like it"] };
    },
    add({ text, type, weight }, verdict) {
      const goal = types.indexOf(type);
      if (goal === -1) return;
      const direction = directionOf(text);
      const at = place(direction);
      fitOne(at, goal, weight, startingAt(verdict), nearTo(direction));
    },
  };
}
