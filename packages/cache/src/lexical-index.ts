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

/** Postings read for one word; more common words tell little. */
const maxPostings = 2_000;

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
      const shared = new Map<Slot, number>();
      const lists = termsOf(reading)
        .flatMap((term) => postings?.get(term) ?? [])
        .toSorted((a, b) => a.size - b.size);
      let left = maxPostings;
      for (const list of lists) {
        const weight = 1 / Math.log(2 + list.size);
        for (const slot of list) {
          if (left-- <= 0) break;
          // Words that only one of the two has count against a pair.
          shared.set(slot, (shared.get(slot) ?? -0.05 * slot.terms.length) + weight);
        }
      }
      return [...shared]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, limit)
        .map(([slot]) => slot.indexed);
    },
    remove,
    size: () => slots.size,
  };
}
