import { OrchestratorError } from "../errors.ts";
import { watch } from "../watchdog.ts";

const tooSlow = (what: string, timeoutMs: number): OrchestratorError =>
  new OrchestratorError("DEADLINE_EXCEEDED", `${what} took longer than ${timeoutMs} ms`, { retryable: true });

/** What a timer of the platform can take at most. */
const longestTimerMs = 2_147_483_647;

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
    const callOff = watch(timeoutMs, () => end(tooSlow(what, timeoutMs)));
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = (): void => {
      callOff();
      signal.removeEventListener("abort", onAbort);
    };
    run(controller.signal).then(resolve, reject).finally(settled);
  });
}

/** Settles like `work`, or rejects after `timeoutMs`, and then leaves the work to itself. An abort is the work's own to heed. */
export function inTime<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const callOff = watch(timeoutMs, () => reject(tooSlow(what, timeoutMs)));
    work.then(
      (value) => {
        callOff();
        resolve(value);
      },
      (error: unknown) => {
        callOff();
        reject(error);
      },
    );
  });
}

/** Resolves after `ms`, however many they are; rejects with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
        Math.min(left, longestTimerMs),
      );
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
