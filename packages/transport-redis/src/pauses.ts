/** Waits of one owner; ending them leaves no timer behind. */
export interface Pauses {
  /** Resolves after that time, or as soon as `end` was called. */
  readonly pause: (ms: number) => Promise<void>;
  readonly end: () => void;
  readonly ended: () => boolean;
}

export function pauses(): Pauses {
  const wakes = new Set<() => void>();
  let ended = false;
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        if (ended) return resolve();
        const wake = (): void => {
          clearTimeout(timer);
          wakes.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        wakes.add(wake);
      }),
    end: () => {
      ended = true;
      for (const wake of wakes) wake();
    },
    ended: () => ended,
  };
}

/** How long to wait before the next try: doubles with each, up to the limit. */
export const backoff = (firstMs: number, attempt: number, limitMs = 30_000): number =>
  Math.min(limitMs, firstMs * 2 ** Math.min(attempt - 1, 30));

/** What a thrown value says, in one line. */
export const causeOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
