import type { ContentWord } from "./read-question.ts";
import { areSynonyms, isKnownWord } from "./synonyms.ts";
import { isSlip, stemOf } from "./words.ts";

/** How sure it is that two words mean the same, the surest first. */
export type Tie = "same" | "stem" | "synonym" | "slip" | "learnt";

export interface Pair {
  readonly a: ContentWord;
  readonly b: ContentWord;
  readonly tie: Tie;
}

/** The words of two questions, each with its counterpart where it has one. */
export interface Alignment {
  readonly pairs: readonly Pair[];
  readonly onlyA: readonly ContentWord[];
  readonly onlyB: readonly ContentWord[];
}

function tieOf(a: ContentWord, b: ContentWord): Tie | undefined {
  if (a.fixed || b.fixed) {
    if (a.quoted && b.quoted) return a.raw === b.raw ? "same" : undefined;
    return a.raw.toLowerCase() === b.raw.toLowerCase() || a.lemma === b.lemma ? "same" : undefined;
  }
  if (a.lemma === b.lemma) return "same";
  if (stemOf(a.lemma) === stemOf(b.lemma)) return "stem";
  if (areSynonyms(a.lemma, b.lemma)) return "synonym";
  if (isSlip(a.lemma, b.lemma) && !(isKnownWord(a.lemma) && isKnownWord(b.lemma))) return "slip";
  return undefined;
}

const order: Readonly<Record<Tie, number>> = { same: 0, stem: 1, synonym: 2, slip: 3, learnt: 4 };

/** Pairs every word with the surest counterpart, and among equals with the one in the most similar place. */
export function align(a: readonly ContentWord[], b: readonly ContentWord[], learnt: (a: string, b: string) => boolean): Alignment {
  const found: { readonly i: number; readonly j: number; readonly tie: Tie; readonly apart: number }[] = [];
  for (const [i, word] of a.entries())
    for (const [j, other] of b.entries()) {
      const tie = tieOf(word, other) ?? (!word.fixed && !other.fixed && learnt(word.lemma, other.lemma) ? "learnt" : undefined);
      if (tie !== undefined) found.push({ i, j, tie, apart: (word.part === other.part ? 0 : 1) + Math.abs(i / a.length - j / b.length) });
    }
  found.sort((x, y) => order[x.tie] - order[y.tie] || x.apart - y.apart);
  const takenA = new Set<number>();
  const takenB = new Set<number>();
  const pairs: Pair[] = [];
  for (const { i, j, tie } of found) {
    if (takenA.has(i) || takenB.has(j)) continue;
    takenA.add(i);
    takenB.add(j);
    pairs.push({ a: a[i]!, b: b[j]!, tie });
  }
  return { pairs, onlyA: a.filter((_, i) => !takenA.has(i)), onlyB: b.filter((_, j) => !takenB.has(j)) };
}
