import { OrchestratorError } from "@hydrogenai/core";

export interface DeadlineOptions {
  /** @default no limit: only the signals end it */
  readonly timeoutMs?: number | undefined;
  /** Completes "… took longer than N ms". */
  readonly what: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** Any of them ends the work early; the promise then rejects with that signal's reason, unchanged. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * Settles like `run`, but at once when a signal aborts (with its reason) or when the time is over (`DEADLINE_EXCEEDED`),
 * whatever `run` goes on doing. The signal given to `run` aborts at the same moment.
 */
export async function withDeadline<T>(options: DeadlineOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs, what, details, signals } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const stops = signals.flatMap((outer) => {
    if (outer === undefined) return [];
    const onAbort = (): void => controller.abort(outer.reason);
    if (outer.aborted) onAbort();
    else outer.addEventListener("abort", onAbort, { once: true });
    return [() => outer.removeEventListener("abort", onAbort)];
  });
  const onTimeout = (): void => {
    controller.abort(new OrchestratorError("DEADLINE_EXCEEDED", `${what} took longer than ${timeoutMs} ms`, { retryable: true, details }));
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  try {
    signal.throwIfAborted();
    return await abortable(run(signal), signal);
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop();
  }
}

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Resolves after that many milliseconds, or rejects with the signal's reason. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0) return Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<void>((resolve) => (timer = setTimeout(resolve, delayMs)));
  return abortable(waiting, signal).finally(() => clearTimeout(timer));
}
