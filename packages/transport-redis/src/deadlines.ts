import { unavailable } from "./redis-errors.ts";

interface Waiting {
  readonly deadline: number;
  readonly expire: () => void;
}

/** What hears of a call that is waited for. */
interface Watch {
  /** Once, however it ends. */
  readonly onEnd: () => void;
  readonly onExpire: () => void;
  /** What the caller is given for what went wrong. */
  readonly asError: (error: unknown) => unknown;
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

  /** Settles like the reply, or rejects after the time or at the abort, whatever becomes of the reply. */
  return function within<T>(reply: Promise<T>, signal: AbortSignal | undefined, { onEnd, onExpire, asError }: Watch): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        waiting.delete(entry);
        signal?.removeEventListener("abort", onAbort);
        onEnd();
      };
      const onAbort = (): void => {
        end();
        reject(signal?.reason);
      };
      const expire = (): void => {
        end();
        onExpire();
        reject(asError(unavailable(`no answer within ${timeoutMs} ms; the outcome is unknown`)));
      };
      const entry: Waiting = { deadline: performance.now() + timeoutMs, expire };
      waiting.add(entry);
      if (timer === undefined) arm(timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      reply.then(
        (value) => {
          // What comes after the end is nobody's any more.
          if (!waiting.has(entry)) return;
          end();
          resolve(value);
        },
        (error: unknown) => {
          if (!waiting.has(entry)) return;
          end();
          reject(asError(error));
        },
      );
    });
  };
}
