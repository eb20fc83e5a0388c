import type { CallOptions } from "../../ports/call.ts";
import type { ModelEvent } from "../../ports/provider.ts";
import type { Watchdog, Watched } from "../../watchdog.ts";

/** One try at one vendor, which ends when its caller leaves or its time is up, whatever the vendor heeds. */
export interface OpenAttempt {
  /** The next event, undefined at the end. Rejects with the caller's reason, or once `dueMs` has passed, whatever the vendor does. */
  readonly next: (dueMs: number) => Promise<ModelEvent | undefined>;
  /** Lets go. A vendor's stream that is not at its end is told so, and not waited for. */
  readonly close: () => void;
}

interface AttemptParts {
  readonly open: (options: CallOptions) => AsyncIterable<ModelEvent>;
  readonly caller: AbortSignal | undefined;
  readonly dog: Watchdog;
  /** Makes the error of a time that is up. */
  readonly tooSlow: () => Error;
}

/** A provider may be anybody's code, and yield nothing where an event is due. */
type Step = IteratorResult<ModelEvent | null | undefined, unknown>;

export function openAttempt({ open, caller, dog, tooSlow }: AttemptParts): OpenAttempt {
  let iterator: AsyncIterator<ModelEvent> | undefined;
  const controller = new AbortController();
  let stopped: { readonly reason: unknown } | undefined;
  let resolvePending: ((event: ModelEvent | undefined) => void) | undefined;
  let rejectPending: ((reason: unknown) => void) | undefined;
  let atEnd = false;

  function stop(reason: unknown): void {
    if (stopped !== undefined) return;
    stopped = { reason };
    controller.abort(reason);
    rejectPending?.(reason);
  }

  const watched: Watched = { dueMs: Infinity, onDue: () => stop(tooSlow()) };
  const onAbort = (): void => stop(caller?.reason);
  caller?.addEventListener("abort", onAbort, { once: true });
  dog.add(watched);

  const onStep = (step: Step): void => {
    watched.dueMs = Infinity;
    // Nothing comes after a finish, so that a stream which is left there is not cut off.
    if (step.done || step.value?.type === "finish") atEnd = true;
    resolvePending!(step.done ? undefined : (step.value ?? undefined));
  };
  const onError = (error: unknown): void => {
    atEnd = true;
    rejectPending!(error);
  };

  // One executor for all events: a closure for each would be a good part of what an event costs.
  const pend = (resolve: (event: ModelEvent | undefined) => void, reject: (reason: unknown) => void): void => {
    if (stopped !== undefined) return reject(stopped.reason);
    resolvePending = resolve;
    rejectPending = reject;
    iterator ??= open({ signal: controller.signal })[Symbol.asyncIterator]();
    iterator.next().then(onStep, onError);
  };

  return {
    next(dueMs) {
      watched.dueMs = dueMs;
      return new Promise(pend);
    },
    close() {
      caller?.removeEventListener("abort", onAbort);
      dog.remove(watched);
      // A stream that waits for its vendor hears only the signal; one that is between two events hears only `return`.
      if (iterator?.return !== undefined) iterator.return().then(undefined, ignore);
      if (!atEnd) stop(new Error("the answer is not wanted any more"));
    },
  };
}

const ignore = (): void => {};
