import type { Clock } from "../../ports/clock.ts";

export type BreakerState =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly untilMs: number; readonly why: string }
  | { readonly kind: "half-open"; readonly why: string };

/**
 * When to open, by outcomes in the order they come; told once a call. The breaker policies of the package `cockatiel` are such rules.
 * The argument is 0, or 2 for the outcome of a probe.
 */
export interface BreakerRule {
  success(state: 0 | 2): void;
  /** True to open. */
  failure(state: 0 | 2): boolean;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** @default more than half of the outcomes of the last five seconds failed, and no fewer than the last two */
  readonly rule?: BreakerRule | undefined;
  /** Told of every change of state, once. */
  readonly onChange?: ((state: BreakerState["kind"], why: string) => void) | undefined;
}

/** The right to make one call. The first of its three ends counts; further ones change nothing. */
export interface Pass {
  readonly succeeded: () => void;
  readonly failed: (why: string) => void;
  /** The call says nothing about the vendor, as when its caller left. */
  readonly dropped: () => void;
}

/** Keeps calls from a vendor that fails. */
export interface Breaker {
  readonly state: () => BreakerState;
  /** Undefined while open. Once the open time is over exactly one caller passes; the others are refused until its call has ended. */
  readonly enter: () => Pass | undefined;
  /** Like `enter`, but does not wait for the open time to be over; never more than one a second. */
  readonly probe: () => Pass | undefined;
  /** Opens it for at least so long, as where another process found out; never shortens. */
  readonly openFor: (ms: number, why: string) => void;
  /** Milliseconds until `enter` may let somebody through; 0 while closed. */
  readonly waitMs: () => number;
}

const openMs = 30_000;
const probeEveryMs = 1_000;
/** Outcomes younger than this are looked at, and never fewer than the last two. */
const windowMs = 5_000;
const minOutcomes = 2;
const maxOutcomes = 100;
const failureShare = 0.5;

const closed = 0;
const halfOpen = 2;

/** Looks at the share of failures among recent outcomes, and at what happened since the last probe only. */
function recentShare(clock: Clock): BreakerRule {
  /** The last outcomes, written in turn over and over. */
  const times = new Float64Array(maxOutcomes);
  const failures = new Uint8Array(maxOutcomes);
  let count = 0;

  function isFailing(): boolean {
    const now = clock.now();
    let seen = 0;
    let failed = 0;
    for (let at = count - 1; at >= 0 && seen < maxOutcomes; at--) {
      if (seen >= minOutcomes && now - times[at % maxOutcomes]! > windowMs) break;
      seen++;
      failed += failures[at % maxOutcomes]!;
    }
    return seen >= minOutcomes && failed > seen * failureShare;
  }

  function note(state: 0 | 2, failed: boolean): boolean {
    if (state === halfOpen) {
      count = 0;
      return failed;
    }
    times[count % maxOutcomes] = clock.now();
    failures[count % maxOutcomes] = failed ? 1 : 0;
    count++;
    return failed && isFailing();
  }

  return { success: (state) => void note(state, false), failure: (state) => note(state, true) };
}

/**
 * Opens for 30 seconds when more than half of what a busy vendor was asked in the last five seconds failed, or the last two calls of an
 * idle one. Time is the clock's, which never goes back; the outcome of a call that began before the last change of state is of no account.
 */
export function breaker({ clock, onChange, rule = recentShare(clock) }: BreakerOptions): Breaker {
  let state: BreakerState = { kind: "closed" };
  let lastProbeMs = -Infinity;

  function become(next: BreakerState, why: string): void {
    state = next;
    onChange?.(next.kind, why);
  }

  function note(failed: boolean, why: string): void {
    if (!failed) rule.success(closed);
    else if (rule.failure(closed)) open(openMs, why);
  }

  const open = (forMs: number, why: string): void => become({ kind: "open", untilMs: clock.now() + forMs, why }, why);

  function pass(): Pass {
    const admitted = state;
    let ended = false;
    function end(then: () => void): void {
      if (ended || state !== admitted) return;
      ended = true;
      then();
    }
    if (admitted.kind === "closed")
      return { succeeded: () => end(() => note(false, "")), failed: (why) => end(() => note(true, why)), dropped: () => end(() => {}) };
    return {
      succeeded: () =>
        end(() => {
          rule.success(halfOpen);
          become({ kind: "closed" }, "it answered again");
        }),
      failed: (why) =>
        end(() => {
          rule.failure(halfOpen);
          open(openMs, why);
        }),
      // The next caller finds out then.
      dropped: () => end(() => open(0, admitted.kind === "half-open" ? admitted.why : "")),
    };
  }

  function probing(why: string): Pass {
    lastProbeMs = clock.now();
    become({ kind: "half-open", why }, why);
    return pass();
  }

  return {
    state: () => state,
    enter() {
      if (state.kind === "closed") return pass();
      return state.kind === "open" && clock.now() >= state.untilMs ? probing(state.why) : undefined;
    },
    probe() {
      return state.kind === "open" && clock.now() - lastProbeMs >= probeEveryMs ? probing(state.why) : undefined;
    },
    openFor(ms, why) {
      const untilMs = clock.now() + ms;
      if (state.kind === "closed") open(ms, why);
      // Whose deadline is later holds, and nothing changes that would have to be told.
      else if (state.kind === "open" && state.untilMs < untilMs) state = { ...state, untilMs };
    },
    waitMs() {
      if (state.kind === "closed") return 0;
      return state.kind === "half-open" ? probeEveryMs : Math.max(0, state.untilMs - clock.now());
    },
  };
}
