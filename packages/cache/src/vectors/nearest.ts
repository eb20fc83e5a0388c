import type { VectorMatch } from "@hydrogenai/core";

/** Collects the most alike of what it is shown, at most `limit`. */
export interface Nearest {
  readonly show: (key: string, likeness: number) => void;
  /** What is less alike will not be kept. */
  readonly atLeast: () => number;
  /** The most alike first. */
  readonly matches: () => readonly VectorMatch[];
}

export function nearest(atLeast: number, limit: number): Nearest {
  const found: VectorMatch[] = [];
  let least = atLeast;
  return {
    show(key, likeness) {
      if (!(likeness >= least)) return;
      let low = 0;
      for (let high = found.length; low < high;) {
        const middle = (low + high) >> 1;
        if (found[middle]!.likeness >= likeness) low = middle + 1;
        else high = middle;
      }
      found.splice(low, 0, { key, likeness });
      if (found.length > limit) found.pop();
      if (found.length === limit) least = Math.max(atLeast, found[limit - 1]!.likeness);
    },
    atLeast: () => least,
    matches: () => found,
  };
}
