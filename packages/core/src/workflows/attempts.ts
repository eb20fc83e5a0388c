import { setTimeout as wait } from "node:timers/promises";
import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import { watch } from "../watchdog.ts";
import type { Retry } from "./steps.ts";

/** Settles like `work`, or rejects after `timeoutMs`, and then leaves the work to itself. */
function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = watch(timeoutMs, () =>
      reject(new OrchestratorError("DEADLINE_EXCEEDED", `the step ${what} took longer than ${timeoutMs} ms`, { retryable: true })),
    );
    work.then(resolve, reject).finally(callOff);
  });
}

function mayRetry(error: unknown, { on }: Retry): boolean {
  if (!isOrchestratorError(error)) return false;
  return on === undefined ? error.retryable : on.includes(error.code);
}

/** Tries until it works, the tries are used up, or an error says that another one is of no use. */
export async function attempted<T>(
  what: string,
  { timeoutMs, retry }: { readonly timeoutMs?: number | undefined; readonly retry?: Retry | undefined },
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  const { attempts = 1, delayMs = 200, maxDelayMs = 10_000, jitter = 0.5 } = retry ?? {};
  for (let attempt = 1; ; attempt++) {
    try {
      return await (timeoutMs === undefined ? run() : within(timeoutMs, what, run()));
    } catch (error) {
      signal.throwIfAborted();
      if (retry === undefined || attempt >= attempts || !mayRetry(error, retry)) throw error;
      const fullMs = Math.min(maxDelayMs, delayMs * 2 ** (attempt - 1));
      await wait(fullMs * (1 - jitter * Math.random()), undefined, { signal });
    }
  }
}
