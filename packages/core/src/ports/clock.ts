/** Time as the library sees it: durations on a monotonic clock, and waiting. Tests give a virtual one. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly now: () => number;
  /** Calls back once after that many milliseconds; answers how to call it off, which is harmless afterwards. */
  readonly setTimeout: (callback: () => void, delayMs: number) => () => void;
}
