/** Something that can be in one bag. */
export interface Bagged {
  /** Its place in the bag; the bag's own. */
  place?: number;
}

/**
 * Things that come and go with every call, in no order. Unlike a `Set`, which keeps its past tables, and what was in them, alive through
 * many collections when it is emptied and filled again and again.
 */
export interface Bag<T extends Bagged> {
  readonly items: readonly T[];
  readonly add: (item: T) => void;
  /** Harmless for what is not in it. The last one takes the place that is left, so whoever removes while reading reads from the end. */
  readonly remove: (item: T) => void;
}

export function bag<T extends Bagged>(): Bag<T> {
  const items: T[] = [];
  return {
    items,
    add(item) {
      item.place = items.length;
      items.push(item);
    },
    remove(item) {
      const { place = -1 } = item;
      if (items[place] !== item) return;
      const last = items.pop()!;
      if (last === item) return;
      items[place] = last;
      last.place = place;
    },
  };
}
