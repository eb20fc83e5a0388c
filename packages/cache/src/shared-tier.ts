import { type HealthReport, OrchestratorError } from "@hydrogenai/core";

/** Calls of a store that may be away: each is given a moment, and a store that keeps failing is left alone for a while. */
export interface SharedTier {
  /** Answers within the time, or a `patient` one within five times that, or rejects `STORE_UNAVAILABLE`; an abort of the caller rejects with its reason. */
  readonly ask: <T>(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>, patient?: boolean) => Promise<T>;
  readonly health: () => HealthReport;
}

/** Calls that began at almost the same time end at the same time: one timer and one signal for all of them. */
interface Batch {
  readonly openedAt: number;
  readonly timeoutMs: number;
  readonly controller: AbortController;
  readonly giveUp: ((reason: unknown) => void)[];
  unsettled: number;
  readonly failuresBefore: number;
}

const failuresBeforeRest = 3;
const maxGrace = 3;
const patience = 5;

const away = (cause?: unknown): OrchestratorError =>
  new OrchestratorError("STORE_UNAVAILABLE", "the shared tier of the cache did not answer in time", { retryable: true, cause });

/** After three failures in a row nothing is asked for `restMs`; then one call tries, and the others go without until it is back. */
export function sharedTier(timeoutMs: number, restMs: number): SharedTier {
  let failures = 0;
  let restUntil = 0;
  let trying = false;
  const newest = new Map<number, Batch>();

  /** Many calls that fail together are one failure: it counts when none was counted since the call began. */
  function fail(failuresBefore: number): void {
    restUntil = performance.now() + restMs;
    if (failures <= failuresBefore) failures++;
  }

  function expire(batch: Batch): void {
    if (newest.get(batch.timeoutMs) === batch) newest.delete(batch.timeoutMs);
    if (batch.unsettled === 0) return;
    fail(batch.failuresBefore);
    const reason = away();
    batch.controller.abort(reason);
    for (const giveUp of batch.giveUp) giveUp(reason);
  }

  /** Time in which this process was too busy to read an answer is not held against the store. */
  function wait(batch: Batch, ms: number, grace: number): void {
    const startedAt = performance.now();
    setTimeout(() => {
      const wasBusy = performance.now() - startedAt > ms + timeoutMs / 2;
      // An answer that came meanwhile is read before the time counts as over.
      setImmediate(() => (wasBusy && grace > 0 && batch.unsettled > 0 ? wait(batch, timeoutMs / 2, grace - 1) : expire(batch)));
    }, ms);
  }

  function currentBatch(ms: number): Batch {
    const now = performance.now();
    const open = newest.get(ms);
    if (open !== undefined && now - open.openedAt < timeoutMs / 5) return open;
    const batch: Batch = {
      openedAt: now,
      timeoutMs: ms,
      controller: new AbortController(),
      giveUp: [],
      unsettled: 0,
      failuresBefore: failures,
    };
    newest.set(ms, batch);
    wait(batch, ms, maxGrace);
    return batch;
  }

  function within<T>(ms: number, signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const batch = currentBatch(ms);
      const onAbort = (): void => reject(signal?.reason);
      const settled = (): void => {
        batch.unsettled--;
        signal?.removeEventListener("abort", onAbort);
      };
      const failuresBefore = failures;
      batch.unsettled++;
      batch.giveUp.push(reject);
      signal?.addEventListener("abort", onAbort, { once: true });
      run(batch.controller.signal).then(
        (answer) => {
          settled();
          failures = 0;
          resolve(answer);
        },
        (error: unknown) => {
          settled();
          if (!batch.controller.signal.aborted) fail(failuresBefore);
          reject(away(error));
        },
      );
    });
  }

  return {
    async ask(signal, run, patient = false) {
      signal?.throwIfAborted();
      if (failures < failuresBeforeRest) return within(patient ? timeoutMs * patience : timeoutMs, signal, run);
      if (trying || performance.now() < restUntil) throw away();
      trying = true;
      try {
        return await within(timeoutMs, signal, run);
      } finally {
        trying = false;
      }
    },
    health: () => (failures < failuresBeforeRest ? { status: "up" } : { status: "degraded", detail: "the shared tier is away" }),
  };
}
