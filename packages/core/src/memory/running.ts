/** Counts calls in flight, so that closing can wait for them. */
export interface Running {
  readonly count: () => number;
  readonly begin: () => void;
  readonly end: () => void;
  /** Resolves when nothing is in flight. */
  readonly idle: () => Promise<void>;
}

export function running(): Running {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    count: () => count,
    begin: () => {
      count++;
    },
    end: () => {
      if (--count > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
