import { unavailable } from "./nats-errors.ts";
import { settled, type SettleOptions } from "./settled.ts";

/** Calls waiting at once, of all keys; beyond it the next is refused. */
const maxWaiting = 20_000;

/** Runs calls of one key one after the other, in the order they came; keys do not wait for each other. One that is over when its turn comes does not run. */
export function turns(): <T>(key: string, options: SettleOptions, run: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  let waiting = 0;

  return async <T>(key: string, options: SettleOptions, run: () => Promise<T>) => {
    if (waiting >= maxWaiting) throw unavailable(`${waiting} calls already wait for their turn`);
    let over = false;
    const turn = async (): Promise<T> => {
      if (over) throw unavailable("nobody waits for it any more");
      return await run();
    };
    const before = tails.get(key);
    const own = before === undefined ? turn() : before.then(turn);
    const tail = own.catch(() => {});
    tails.set(key, tail);
    void tail.then(() => tails.get(key) === tail && tails.delete(key));
    waiting++;
    try {
      return await settled(own, options);
    } finally {
      waiting--;
      over = true;
    }
  };
}
