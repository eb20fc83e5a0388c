import type { ModelEvent } from "../../ports/provider.ts";
import type { Watchdog, Watched } from "./watchdog.ts";

/** One try at one vendor, which ends when its caller leaves or its time is up, whatever the vendor heeds. */
export interface OpenAttempt {
  /** The next event, undefined at the end; rejects with what `interrupt` was given as soon as it was. */
  readonly next: (dueMs: number) => Promise<ModelEvent | undefined>;
  /** Lets go. The vendor's stream is told to end and not waited for. */
  readonly close: () => void;
}

interface AttemptParts {
  /** Opens the vendor's stream under a signal. */
  readonly open: (signal: AbortSignal) => AsyncIterable<ModelEvent>;
  readonly caller: AbortSignal | undefined;
  readonly dog: Watchdog;
  /** Makes the error of a time that is up. */
  readonly tooSlow: () => Error;
}

export function openAttempt({ open, caller, dog, tooSlow }: AttemptParts): OpenAttempt {
  const controller = new AbortController();
  let iterator: AsyncIterator<ModelEvent> | undefined;
  let rejectPending: ((reason: unknown) => void) | undefined;
  let ended = false;

  function interrupt(reason: unknown): void {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    rejectPending?.(reason);
  }

  const watched: Watched = { dueMs: Infinity, onDue: () => interrupt(tooSlow()) };
  const onAbort = (): void => interrupt(caller?.reason);
  caller?.addEventListener("abort", onAbort, { once: true });
  dog.add(watched);

  return {
    next: (dueMs) =>
      new Promise((resolve, reject) => {
        if (controller.signal.aborted) return reject(controller.signal.reason);
        rejectPending = reject;
        watched.dueMs = dueMs;
        iterator ??= open(controller.signal)[Symbol.asyncIterator]();
        iterator.next().then(
          (step) => {
            watched.dueMs = Infinity;
            if (step.done) ended = true;
            resolve(step.done ? undefined : step.value);
          },
          (error: unknown) => {
            ended = true;
            reject(error);
          },
        );
      }),
    close() {
      caller?.removeEventListener("abort", onAbort);
      dog.remove(watched);
      if (ended) return;
      // A stream that waits for its vendor hears only the signal; one that is between two events hears only `return`.
      void iterator?.return?.()?.catch(() => {});
      controller.abort(new Error("the answer is not wanted any more"));
    },
  };
}
