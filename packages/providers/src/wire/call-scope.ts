import type { CheckedLimits } from "./limits.ts";

/** One call's time: what ends it, and why it ended. */
export interface CallScope {
  /** Aborts when the caller does or when time is up. */
  readonly signal: AbortSignal;
  /** An event with data arrived: the idle time starts anew. */
  readonly progress: () => void;
  /** Whether the vendor is waited for; while the reader is slow the vendor is not to blame. */
  readonly waits: (forVendor: boolean) => void;
  /** All that matters has arrived; whatever else follows may take this long. */
  readonly complete: (graceMs: number) => void;
  /** Why the signal aborted, undefined while it has not. */
  readonly reason: () => unknown;
  /** Lets go of timers and of the caller's signal. */
  readonly end: () => void;
}

/** The SDKs' own timeouts end at the headers; these go on until the body is read. `tooSlow` makes the error of a time that is up. */
export function callScope(caller: AbortSignal | undefined, limits: CheckedLimits, tooSlow: (what: string) => Error): CallScope {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(caller?.reason);
  let waitsFor = `no answer began within ${limits.firstByteTimeoutMs} ms`;
  let forVendor = true;
  const silence = (): void => {
    if (forVendor) controller.abort(tooSlow(waitsFor));
    else idle.refresh();
  };
  let idle = setTimeout(silence, limits.firstByteTimeoutMs);
  let begun = false;
  const total = setTimeout(() => controller.abort(tooSlow(`the answer was not complete within ${limits.timeoutMs} ms`)), limits.timeoutMs);
  if (caller?.aborted) onAbort();
  else caller?.addEventListener("abort", onAbort, { once: true });

  function restart(timeoutMs: number): void {
    clearTimeout(idle);
    idle = setTimeout(silence, timeoutMs);
  }

  return {
    signal: controller.signal,
    progress() {
      if (begun) idle.refresh();
      else {
        begun = true;
        waitsFor = `the answer paused for more than ${limits.idleTimeoutMs} ms`;
        restart(limits.idleTimeoutMs);
      }
    },
    waits(value) {
      forVendor = value;
    },
    complete: (graceMs) => restart(graceMs),
    reason: () => controller.signal.reason,
    end() {
      clearTimeout(idle);
      clearTimeout(total);
      caller?.removeEventListener("abort", onAbort);
    },
  };
}
