import { OrchestratorError } from "../errors.ts";

const tooSlow = (what: string, timeoutMs: number): OrchestratorError =>
  new OrchestratorError("DEADLINE_EXCEEDED", `${what} took longer than ${timeoutMs} ms`, { retryable: true });

/** Settles like `run`, under a signal that also ends after `timeoutMs`; rejects at once then, whatever `run` goes on doing. */
export function withTimeout<T>(timeoutMs: number, signal: AbortSignal, what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal.throwIfAborted();
    const controller = new AbortController();
    const end = (reason: unknown): void => {
      controller.abort(reason);
      reject(reason);
    };
    const onAbort = (): void => end(signal.reason);
    const timer = setTimeout(() => end(tooSlow(what, timeoutMs)), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    run(controller.signal).then(resolve, reject).finally(settled);
  });
}

/** Turns of the microtask queue that work in memory may take before it is worth a timer. */
const freeTurns = 4;

/**
 * Settles like `work`, or rejects after `timeoutMs` or when the signal aborts, and then leaves the work to itself. Work that is done
 * within a few turns, as in memory, costs no timer and no listener.
 */
export async function inTime<T>(timeoutMs: number, signal: AbortSignal, what: string, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const promise = work();
  let done = false;
  const note = (): void => {
    done = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < freeTurns && !done; turn++) await Promise.resolve();
  return done ? promise : withTimeout(timeoutMs, signal, what, () => promise);
}
