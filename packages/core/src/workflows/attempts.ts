import { setTimeout as wait } from "node:timers/promises";
import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import { watch } from "../watchdog.ts";
import type { Retry } from "./steps.ts";

/** Settles like `work`, under a signal that also ends after `timeoutMs`; rejects at once then, whatever the work goes on doing. */
function within<T>(timeoutMs: number, what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const callOff = watch(timeoutMs, () => {
      const tooSlow = new OrchestratorError("DEADLINE_EXCEEDED", `the step ${what} took longer than ${timeoutMs} ms`, { retryable: true });
      controller.abort(tooSlow);
      reject(tooSlow);
    });
    const settled = (): void => {
      callOff();
      signal.removeEventListener("abort", onAbort);
    };
    work(controller.signal).then(resolve, reject).finally(settled);
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
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { attempts = 1, delayMs = 200, maxDelayMs = 10_000, jitter = 0.5 } = retry ?? {};
  for (let attempt = 1; ; attempt++) {
    try {
      return await (timeoutMs === undefined ? run(signal) : within(timeoutMs, what, signal, run));
    } catch (error) {
      signal.throwIfAborted();
      if (retry === undefined || attempt >= attempts || !mayRetry(error, retry)) throw error;
      const fullMs = Math.min(maxDelayMs, delayMs * 2 ** (attempt - 1));
      await wait(fullMs * (1 - jitter * Math.random()), undefined, { signal });
    }
  }
}
