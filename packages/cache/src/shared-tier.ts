import { type HealthReport, OrchestratorError } from "@hydrogenai/core";

/** Calls of a store that may be away: each is given a moment, and a store that keeps failing is left alone for a while. */
export interface SharedTier {
  /** Answers within the time or rejects `STORE_UNAVAILABLE`; an abort of the caller rejects with its reason. */
  readonly ask: <T>(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly health: () => HealthReport;
}

const failuresBeforeRest = 3;

const away = (cause?: unknown): OrchestratorError =>
  new OrchestratorError("STORE_UNAVAILABLE", "the shared tier of the cache did not answer in time", { retryable: true, cause });

/** Settles with `run`, or rejects when the time is over or the caller gives up, whatever `run` goes on doing. */
function within<T>(timeoutMs: number, signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const end = (reason: unknown): void => {
      controller.abort(reason);
      reject(reason);
    };
    const onAbort = (): void => end(signal?.reason);
    // An answer that came while this process was busy is read before the time counts as over.
    const timer = setTimeout(() => setImmediate(() => end(away())), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    run(controller.signal)
      .then(resolve, (error: unknown) => reject(away(error)))
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      });
  });
}

/** After three failures in a row nothing is asked for `restMs`; then one call tries, and the others go without until it is back. */
export function sharedTier(timeoutMs: number, restMs: number): SharedTier {
  let failures = 0;
  let restUntil = 0;
  let trying = false;

  return {
    async ask(signal, run) {
      signal?.throwIfAborted();
      const resting = failures >= failuresBeforeRest;
      if (resting && (trying || performance.now() < restUntil)) throw away();
      if (resting) trying = true;
      try {
        const answer = await within(timeoutMs, signal, run);
        failures = 0;
        return answer;
      } catch (error) {
        if (signal?.aborted !== true) {
          failures++;
          restUntil = performance.now() + restMs;
        }
        throw error;
      } finally {
        if (resting) trying = false;
      }
    },
    health: () => (failures < failuresBeforeRest ? { status: "up" } : { status: "degraded", detail: "the shared tier is away" }),
  };
}
