/** First in, first out; every call takes constant time on average, where `Array.shift` of a long array does not. */
export interface Fifo<T> {
  readonly push: (item: T) => void;
  readonly shift: () => T | undefined;
  readonly size: () => number;
  readonly clear: () => void;
  readonly [Symbol.iterator]: () => Iterator<T>;
}

const compactAfter = 64;

export function fifo<T>(): Fifo<T> {
  let items: T[] = [];
  let first = 0;

  const clear = (): void => {
    items = [];
    first = 0;
  };

  return {
    push: (item) => {
      items.push(item);
    },
    shift: () => {
      if (first === items.length) return undefined;
      const item = items[first++];
      if (first === items.length) clear();
      else if (first > compactAfter && first * 2 > items.length) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    size: () => items.length - first,
    clear,
    [Symbol.iterator]: () => items.slice(first).values(),
  };
}
