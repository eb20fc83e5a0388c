import type { Clock } from "../ports/clock.ts";

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Resolves once the clock was advanced that far. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Moves time on and runs what is due, earliest first; what that starts is due too. Promises that hang on it go on in between; what waits for the world outside does not. */
  readonly advance: (ms: number) => Promise<void>;
  /** Timers that wait. */
  readonly pending: () => number;
}

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** Lets promises that are ready run their handlers, also those that become ready meanwhile. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock for tests: starts at 0, and time passes only by `advance`. */
export function virtualClock(): VirtualClock {
  const timers = new Set<Timer>();
  let now = 0;

  const setTimeout: Clock["setTimeout"] = (callback, delayMs) => {
    const timer: Timer = { dueAt: now + Math.max(0, delayMs), callback };
    timers.add(timer);
    return () => timers.delete(timer);
  };

  const nextDue = (until: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.dueAt <= until && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    return next;
  };

  return {
    now: () => now,
    setTimeout,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    advance: async (ms) => {
      const until = now + ms;
      await turn();
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.dueAt);
        timer.callback();
        await turn();
      }
      now = until;
    },
    pending: () => timers.size,
  };
}
