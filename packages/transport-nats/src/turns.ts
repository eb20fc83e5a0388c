import { unavailable } from "./nats-errors.ts";

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** In terms of `performance.now()`; the call rejects then, whether its turn came or not. */
  readonly deadline: number;
}

/** Calls waiting at once, of all keys; beyond it the next is refused. */
const maxWaiting = 20_000;

/** Runs calls of one key one after the other, in the order they came; keys do not wait for each other. */
export function turns(): <T>(key: string, options: TurnOptions, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  let waiting = 0;

  return <T>(key: string, { signal, deadline }: TurnOptions, run: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      if (waiting >= maxWaiting) return reject(unavailable(`${waiting} calls already wait for their turn`));
      let over = false;
      waiting++;
      const end = (settle: () => void): void => {
        if (over) return;
        over = true;
        waiting--;
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        settle();
      };
      const onAbort = (): void => end(() => reject(signal?.reason));
      const timer = setTimeout(
        () => end(() => reject(unavailable("no answer in time; the outcome is unknown"))),
        Math.max(1, deadline - performance.now()),
      );
      signal?.addEventListener("abort", onAbort, { once: true });

      const turn = async (): Promise<void> => {
        if (over) return;
        try {
          const value = await run();
          end(() => resolve(value));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const before = tails.get(key);
      const tail = before === undefined ? turn() : before.then(turn);
      tails.set(key, tail);
      void tail.then(() => tails.get(key) === tail && tails.delete(key));
    });
}
