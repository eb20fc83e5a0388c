import type { Reading } from "./semantic/read-question.ts";
import { lemmaOf, stemOf } from "./semantic/words.ts";

/** A question that was stored, by the key of its answer. */
export interface Indexed {
  readonly key: string;
  readonly text: string;
}

/** Finds stored questions that share words with another, among those the guard could let through. */
export interface LexicalIndex {
  readonly add: (shelf: string, reading: Reading, indexed: Indexed) => void;
  /** At most `limit`, those that share the rarest words first. */
  readonly candidates: (shelf: string, reading: Reading, limit: number) => readonly Indexed[];
  readonly remove: (key: string) => void;
  readonly size: () => number;
}

interface Slot {
  readonly indexed: Indexed;
  readonly drawer: string;
  readonly terms: readonly string[];
}

/** Stored questions looked at, those with the rarest words first. */
const maxSeen = 2_000;

/** Numbers, names and signs must agree anyway, so they are part of where a question is filed. */
function drawerOf(shelf: string, { numbers, symbols, signs }: Reading): string {
  const said = signs.flatMap(({ sign }) => (sign === "each" ? [] : [sign])).toSorted();
  return JSON.stringify([shelf, numbers.map(({ value, comparison }) => [value, comparison]), symbols, said]);
}

const termsOf = (reading: Reading): readonly string[] => [
  ...new Set(reading.words.map(({ lemma, fixed, raw }) => stemOf(fixed ? lemmaOf(raw.toLowerCase()) : lemma))),
];

/** Bounded: beyond `maxEntries` the question added longest ago goes. */
export function lexicalIndex(maxEntries: number): LexicalIndex {
  const slots = new Map<string, Slot>();
  const drawers = new Map<string, Map<string, Set<Slot>>>();

  function remove(key: string): void {
    const slot = slots.get(key);
    if (slot === undefined) return;
    slots.delete(key);
    const postings = drawers.get(slot.drawer);
    for (const term of slot.terms) {
      const holders = postings?.get(term);
      holders?.delete(slot);
      if (holders?.size === 0) postings?.delete(term);
    }
    if (postings?.size === 0) drawers.delete(slot.drawer);
  }

  return {
    add(shelf, reading, indexed) {
      remove(indexed.key);
      const drawer = drawerOf(shelf, reading);
      const slot = { indexed, drawer, terms: termsOf(reading) };
      const postings = drawers.get(drawer) ?? new Map<string, Set<Slot>>();
      drawers.set(drawer, postings);
      slots.set(indexed.key, slot);
      for (const term of slot.terms) {
        const holders = postings.get(term);
        if (holders === undefined) postings.set(term, new Set([slot]));
        else holders.add(slot);
      }
      if (slots.size > maxEntries) remove(slots.keys().next().value!);
    },
    candidates(shelf, reading, limit) {
      const postings = drawers.get(drawerOf(shelf, reading));
      if (postings === undefined) return [];
      const lists = termsOf(reading)
        .flatMap((term) => {
          const holders = postings.get(term);
          return holders === undefined ? [] : [{ term, holders }];
        })
        .toSorted((a, b) => a.holders.size - b.holders.size);
      const weightOf = new Map(lists.map(({ term, holders }) => [term, 1 / Math.log(2 + holders.size)]));
      const seen = new Set<Slot>();
      const best: { readonly slot: Slot; readonly score: number }[] = [];
      for (const { holders } of lists)
        for (const slot of holders) {
          if (seen.size >= maxSeen) break;
          if (seen.has(slot)) continue;
          seen.add(slot);
          let score = 0;
          // Words that only one of the two has count against a pair.
          for (const term of slot.terms) score += (weightOf.get(term) ?? 0) - 0.05;
          const last = best[limit - 1];
          if (last !== undefined && score <= last.score) continue;
          const at = best.findIndex((other) => other.score < score);
          best.splice(at === -1 ? best.length : at, 0, { slot, score });
          if (best.length > limit) best.pop();
        }
      return best.map(({ slot }) => slot.indexed);
    },
    remove,
    size: () => slots.size,
  };
}
