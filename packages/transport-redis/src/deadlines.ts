import { unavailable } from "./redis-errors.ts";

interface Waiting {
  readonly deadline: number;
  readonly expire: () => void;
}

/** Lets calls wait no longer than that many milliseconds, all with one timer: as each has the same time, what came first is due first. */
export function deadlines(timeoutMs: number) {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  function arm(inMs: number): void {
    // The socket keeps the process alive while an answer is awaited; a timer that outlives its calls must not.
    timer = setTimeout(sweep, Math.max(1, inMs)).unref();
  }

  function sweep(): void {
    timer = undefined;
    const now = performance.now();
    for (const each of waiting) {
      if (each.deadline > now) return arm(each.deadline - now);
      each.expire();
    }
  }

  /** Settles like the reply, or rejects after the time, which `onExpire` hears of, or at the abort, whatever becomes of the reply. */
  return function within<T>(reply: Promise<T>, signal: AbortSignal | undefined, onExpire: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        waiting.delete(entry);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        end();
        reject(signal?.reason);
      };
      const expire = (): void => {
        end();
        onExpire();
        reject(unavailable(`no answer within ${timeoutMs} ms; the outcome is unknown`));
      };
      const entry: Waiting = { deadline: performance.now() + timeoutMs, expire };
      waiting.add(entry);
      if (timer === undefined) arm(timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      reply.then(
        (value) => (end(), resolve(value)),
        (error: unknown) => (end(), reject(error)),
      );
    });
  };
}
