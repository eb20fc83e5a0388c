/** What every call that may wait accepts as its last argument. */
export interface CallOptions {
  /** Ends the call early; the promise then rejects with `signal.reason`, unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/** A running subscription or consumer. */
export interface Subscription extends AsyncDisposable {
  /** Takes no more work, waits for handlers in flight, then resolves. Closing twice is harmless. */
  readonly close: () => Promise<void>;
}

/** Anything that can report whether it works at this moment. */
export interface HealthReport {
  readonly status: "up" | "degraded" | "down";
  /** Which tier or part serves, or why it does not; plain words, never a secret. */
  readonly detail?: string | undefined;
}
