import { OrchestratorError } from "../errors.ts";

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts, whatever `work` goes on doing. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Settles like `run`, under a signal that also ends after `timeoutMs` with the given error. */
export async function withTimeout<T>(
  timeoutMs: number,
  signal: AbortSignal,
  what: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new OrchestratorError("DEADLINE_EXCEEDED", `${what} took longer than ${timeoutMs} ms`, { retryable: true }));
  }, timeoutMs);
  try {
    return await abortable(run(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
