import type { ContentWord, Reading } from "./semantic/read-question.ts";
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

/** The questions of one drawer that hold one word. */
interface Posting {
  readonly term: string;
  readonly holders: Set<Slot>;
  /** How much sharing this word says, while one search goes on; 0 otherwise. */
  weight: number;
}

interface Slot {
  readonly indexed: Indexed;
  readonly drawer: string;
  readonly postings: readonly Posting[];
}

/** Stored questions looked at, those with the rarest words first. */
const maxSeen = 2_000;
/** Words that only one of the two has count against a pair. */
const costOfWord = 0.05;

/** Numbers, names and signs must agree anyway, so they are part of where a question is filed. */
function drawerOf(shelf: string, { numbers, symbols, signs }: Reading): string {
  const said = signs.flatMap(({ sign }) => (sign === "each" ? [] : [sign])).toSorted();
  return JSON.stringify([shelf, numbers.map(({ value, comparison }) => [value, comparison]), symbols, said]);
}

const termOf = ({ lemma, fixed, raw }: ContentWord): string => stemOf(fixed ? lemmaOf(raw.toLowerCase()) : lemma);
const termsOf = (words: readonly ContentWord[]): ReadonlySet<string> => new Set(words.map(termOf));

function score({ postings }: Slot): number {
  let sum = 0;
  for (const { weight } of postings) sum += weight - costOfWord;
  return sum;
}

/** Bounded: beyond `maxEntries` the question added longest ago goes. */
export function lexicalIndex(maxEntries: number): LexicalIndex {
  const slots = new Map<string, Slot>();
  const drawers = new Map<string, Map<string, Posting>>();

  function remove(key: string): void {
    const slot = slots.get(key);
    if (slot === undefined) return;
    slots.delete(key);
    const drawer = drawers.get(slot.drawer);
    for (const { term, holders } of slot.postings) {
      holders.delete(slot);
      if (holders.size === 0) drawer?.delete(term);
    }
    if (drawer?.size === 0) drawers.delete(slot.drawer);
  }

  /** The best of those that hold one of the searched words and every name. */
  function best(searched: readonly Posting[], names: readonly Posting[], limit: number): readonly Indexed[] {
    const seen = new Set<Slot>();
    const found: { readonly slot: Slot; readonly score: number }[] = [];
    for (const { holders } of searched)
      for (const slot of holders) {
        if (seen.size >= maxSeen) break;
        if (seen.has(slot) || !names.every((name) => name.holders.has(slot))) continue;
        seen.add(slot);
        const scored = score(slot);
        const last = found[limit - 1];
        if (last !== undefined && scored <= last.score) continue;
        const at = found.findIndex((other) => other.score < scored);
        found.splice(at === -1 ? found.length : at, 0, { slot, score: scored });
        if (found.length > limit) found.pop();
      }
    return found.map(({ slot }) => slot.indexed);
  }

  return {
    add(shelf, reading, indexed) {
      remove(indexed.key);
      const name = drawerOf(shelf, reading);
      const drawer = drawers.get(name) ?? new Map<string, Posting>();
      drawers.set(name, drawer);
      const postings = [...termsOf(reading.words)].map((term) => {
        const posting = drawer.get(term) ?? { term, holders: new Set<Slot>(), weight: 0 };
        drawer.set(term, posting);
        return posting;
      });
      const slot: Slot = { indexed, drawer: name, postings };
      slots.set(indexed.key, slot);
      for (const { holders } of postings) holders.add(slot);
      if (slots.size > maxEntries) remove(slots.keys().next().value!);
    },
    candidates(shelf, reading, limit) {
      const drawer = drawers.get(drawerOf(shelf, reading));
      if (drawer === undefined) return [];
      const shared: Posting[] = [];
      for (const term of termsOf(reading.words)) {
        const posting = drawer.get(term);
        if (posting !== undefined) shared.push(posting);
      }
      shared.sort((a, b) => a.holders.size - b.holders.size);
      // What the guard lets nothing stand for: a name no stored question has is in none that could be the same.
      const names = termsOf(reading.words.filter(({ fixed }) => fixed));
      const named = shared.filter(({ term }) => names.has(term));
      if (named.length < names.size) return [];
      for (const posting of shared) posting.weight = 1 / Math.log(2 + posting.holders.size);
      const [rarest, ...others] = named;
      const found = best(rarest === undefined ? shared : [rarest], others, limit);
      for (const posting of shared) posting.weight = 0;
      return found;
    },
    remove,
    size: () => slots.size,
  };
}
