/** Waits of one owner; ending them leaves no timer behind. */
export interface Pauses {
  /** Resolves after that time, when `wake` is called, or at once after `end`. */
  readonly pause: (ms: number) => Promise<void>;
  /** Ends the waits under way. */
  readonly wake: () => void;
  readonly end: () => void;
  readonly ended: () => boolean;
}

export function pauses(): Pauses {
  const sleepers = new Set<() => void>();
  let ended = false;
  const wake = (): void => {
    for (const sleeper of sleepers) sleeper();
  };
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        if (ended) return resolve();
        const sleeper = (): void => {
          clearTimeout(timer);
          sleepers.delete(sleeper);
          resolve();
        };
        const timer = setTimeout(sleeper, ms);
        sleepers.add(sleeper);
      }),
    wake,
    end: () => {
      ended = true;
      wake();
    },
    ended: () => ended,
  };
}

/** How long to wait before the next try: doubles with each, up to the limit. */
export const backoff = (firstMs: number, attempt: number, limitMs = 30_000): number =>
  Math.min(limitMs, firstMs * 2 ** Math.min(attempt - 1, 30));

/** What a thrown value says, in one line. */
export const causeOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
