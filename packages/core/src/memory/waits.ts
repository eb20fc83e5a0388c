import type { Clock } from "../ports/clock.ts";

/** Waits that can all be ended at once, so that closing leaves no timer behind. */
export interface Waits {
  /** Resolves after that time, or earlier when all waits are ended. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly endAll: () => void;
}

export function waits(clock: Clock): Waits {
  const ends = new Set<() => void>();
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const end = (): void => {
          ends.delete(end);
          callOff();
          resolve();
        };
        const callOff = clock.setTimeout(end, ms);
        ends.add(end);
      }),
    endAll: () => {
      for (const end of ends) end();
    },
  };
}

/** Resolves with true once the promise is fulfilled, or with false after the limit. */
export function fulfilledWithin(promise: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const callOff = clock.setTimeout(() => resolve(false), limitMs);
    promise.then(
      () => (callOff(), resolve(true)),
      (error: unknown) => (callOff(), reject(error)),
    );
  });
}

/** How long to wait before the next try: doubles with each, up to half a minute. */
export const retryDelay = (firstMs: number, attempt: number): number => Math.min(firstMs * 2 ** (attempt - 1), 30_000);

/** What a thrown value says, in one line. */
export const causeOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
