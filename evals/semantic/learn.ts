import { align } from "../../packages/cache/src/semantic/align.ts";
import { compare } from "../../packages/cache/src/semantic/compare.ts";
import { refuse } from "../../packages/cache/src/semantic/guard.ts";
import { type Reading, readQuestion } from "../../packages/cache/src/semantic/read-question.ts";
import { isKnownWord } from "../../packages/cache/src/semantic/synonyms.ts";
import type { Learnt } from "../../packages/cache/src/semantic/verifier.ts";
import type { Labelled } from "./pairs.ts";

const readings = new Map<string, Reading>();

/** Readings are kept: a question stands in many pairs. */
export function read(text: string): Reading {
  const known = readings.get(text) ?? readQuestion(text);
  readings.set(text, known);
  return known;
}

const pairName = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`);

function countUp<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Words that stand side by side in one list are different things, whatever annotators made of them. */
function contrasts(rows: readonly Labelled[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of new Set(rows.flatMap(({ a, b }) => [a, b]))) {
    const listed = [...new Set(read(text).words.flatMap(({ lemma, listed }) => (listed ? [lemma] : [])))];
    for (const [i, word] of listed.entries()) for (const other of listed.slice(0, i)) countUp(counts, pairName(word, other));
  }
  return counts;
}

/** What typing did is not learnt as language. */
const isWord = (lemma: string): boolean => isKnownWord(lemma) || isKnownWord(`${lemma}e`);

interface Seen {
  readonly groups: Set<string>;
  same: number;
  different: number;
}

/** Which words stand for each other, and which may be left out, judged by pairs that differ in little else. */
function learnWords(rows: readonly Labelled[]): Pick<Learnt, "sameMeaning" | "mayBeMissing"> {
  const swaps = new Map<string, Seen>();
  const gaps = new Map<string, Seen>();
  const note = (seen: Map<string, Seen>, key: string, { same, group }: Labelled): void => {
    const known = seen.get(key) ?? { groups: new Set<string>(), same: 0, different: 0 };
    seen.set(key, known);
    if (same) {
      known.same++;
      known.groups.add(group);
    } else known.different++;
  };
  for (const row of rows) {
    const { pairs, onlyA, onlyB } = align(read(row.a).words, read(row.b).words, () => false);
    const said = new Set(pairs.flatMap(({ a, b }) => [a.lemma, b.lemma]));
    const left = (words: typeof onlyA) => words.filter(({ lemma, fixed }) => !fixed && !said.has(lemma)).map(({ lemma }) => lemma);
    const [ofA, ofB] = [left(onlyA), left(onlyB)];
    if (ofA.length === 1 && ofB.length === 1) note(swaps, pairName(ofA[0]!, ofB[0]!), row);
    if (ofA.length + ofB.length <= (row.same ? 4 : 2)) for (const word of [...ofA, ...ofB]) note(gaps, word, row);
  }
  const contrast = contrasts(rows);
  const sameMeaning = [...swaps]
    .filter(([pair, { groups, same, different }]) => {
      const [a = "", b = ""] = pair.split("|");
      if ((contrast.get(pair) ?? 0) >= 2 || !isWord(a) || !isWord(b)) return false;
      return (groups.size >= 3 && same >= 8 * different) || (groups.size >= 2 && different === 0);
    })
    .map(([pair]) => pair);
  const mayBeMissing = [...gaps]
    .filter(([, { groups, same, different }]) => groups.size >= 2 && same >= 3 && same >= 2 * different)
    .map(([word]) => word)
    .filter(isWord);
  return { sameMeaning: sameMeaning.toSorted(), mayBeMissing: mayBeMissing.toSorted() };
}

const epochs = 40;
const rate = 0.3;
const shrink = 0.003;
const leastSeen = 4;

/** Random numbers that are the same in every run. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const result = [...items];
  let state = seed;
  for (let i = result.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const j = Math.floor((state / 2_147_483_648) * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Logistic regression by adaptive gradient steps over the pairs that the guard lets through. */
export function learn(all: readonly Labelled[]): Learnt {
  const rows = all.filter(({ a, b }) => refuse(read(a), read(b)) === undefined);
  const { sameMeaning, mayBeMissing } = learnWords(rows);
  const [same, missing] = [new Set(sameMeaning), new Set(mayBeMissing)];
  const known = { sameMeaning: (a: string, b: string) => same.has(pairName(a, b)), mayBeMissing: (word: string) => missing.has(word) };
  const compared = rows
    .map((row) => ({ row, comparison: compare(read(row.a), read(row.b), known) }))
    .filter(({ comparison }) => comparison.unexplained.length <= 2);
  const seen = new Map<string, number>();
  for (const { comparison } of compared) for (const name of comparison.features.keys()) countUp(seen, name);
  const examples = compared.map(({ row, comparison: { features, unexplained } }) => ({
    target: row.same ? 1 : 0,
    features: [
      ...[...features].filter(([name]) => seen.get(name)! >= leastSeen),
      ["unexplained", unexplained.length] as const,
      ["bias", 1] as const,
    ],
  }));
  const weights = new Map<string, number>();
  const steepness = new Map<string, number>();
  for (let epoch = 0; epoch < epochs; epoch++)
    for (const { target, features } of shuffled(examples, epoch + 1)) {
      const sum = features.reduce((total, [name, value]) => total + (weights.get(name) ?? 0) * value, 0);
      const error = 1 / (1 + Math.exp(-sum)) - target;
      for (const [name, value] of features) {
        const weight = weights.get(name) ?? 0;
        const slope = error * value + (name === "bias" ? 0 : shrink * weight);
        const steep = (steepness.get(name) ?? 0.01) + slope * slope;
        steepness.set(name, steep);
        weights.set(name, weight - (rate * slope) / Math.sqrt(steep));
      }
    }
  const kept = [...weights].filter(([name, weight]) => name !== "unexplained" && Math.abs(weight) >= 0.01);
  return {
    sameMeaning,
    mayBeMissing,
    weights: Object.fromEntries(
      kept.map(([name, weight]): [string, number] => [name, Number(weight.toFixed(2))]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
