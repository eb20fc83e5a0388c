import type { ProviderError } from "../../errors.ts";
import type { HealthReport } from "../../ports/call.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RateLimits, Usage } from "../../ports/provider.ts";
import { type Breaker, type BreakerRule, type BreakerState, breaker } from "./breaker.ts";
import { restAfter } from "./policy.ts";
import { type Percentiles, recentTimes } from "./recent-times.ts";
import type { SharedOutage } from "./shared-outages.ts";

/** How one vendor is doing with one model, as far as its answers told. */
export interface VendorHealth extends HealthReport {
  readonly provider: string;
  /** The model asked for; undefined is the vendor's own default. */
  readonly model: string | undefined;
  readonly breaker: BreakerState["kind"];
  /** Milliseconds it is still left alone because it asked for that; 0 is not at all. */
  readonly restsForMs: number;
  readonly rateLimits: RateLimits | undefined;
  /** Milliseconds to the first piece of an answer, over the last answers; undefined while there are few. */
  readonly firstTokenMs: Percentiles | undefined;
  /** Milliseconds to the end of a whole answer, likewise. */
  readonly answerMs: Percentiles | undefined;
  readonly attempts: number;
  readonly failures: number;
  readonly usage: Usage;
  readonly costUsd: number;
}

/** A vendor and model as failover sees them. */
export interface Vendor {
  readonly breaker: Breaker;
  /** Milliseconds until it may be asked again after a refusal. */
  readonly restsForMs: () => number;
  /** False when, by its own word, the vendor has not as many tokens or requests left. */
  readonly hasRoom: (tokens: number) => boolean;
  /** Leaves it alone after a failure that asks for that. */
  readonly rest: (error: ProviderError) => void;
  /** Looks what other processes learnt, behind the call's back; absent where nothing is shared. */
  readonly refresh: (() => void) | undefined;
  readonly answered: (firstTokenMs: number) => void;
  readonly limited: (limits: RateLimits) => void;
  /** A call of about so many tokens began; until it has ended, what it takes counts as gone. */
  readonly asked: (tokens: number) => void;
  readonly ended: (tokens: number) => void;
  readonly count: (failed: boolean, durationMs: number, usage: Usage | undefined, costUsd: number | undefined) => void;
  readonly health: () => VendorHealth;
}

interface VendorParts {
  readonly provider: string;
  readonly model: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly rule: BreakerRule | undefined;
  /** What other processes learn of it. */
  readonly shared: SharedOutage | undefined;
  readonly onChange: (state: BreakerState["kind"] | "resting", why: string) => void;
}

/** How long counts are believed that came without a time of their reset. */
const limitsStaleMs = 5_000;

export function vendor({ provider, model, clock, random, rule, shared, onChange }: VendorParts): Vendor {
  const guard = breaker({
    clock,
    rule,
    onChange(state, why) {
      if (state === "open") shared?.opened(guard.waitMs(), why);
      else if (state === "closed") shared?.closed();
      onChange(state, why);
    },
  });
  const firstTokens = recentTimes();
  const answers = recentTimes();
  let restUntilMs = 0;
  let restWhy = "";
  let refusedInARow = 0;
  let limits: RateLimits | undefined;
  let limitsAtMs = 0;
  let callsInFlight = 0;
  let tokensInFlight = 0;
  let attempts = 0;
  let failures = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let costUsd = 0;

  const restsForMs = (): number => (restUntilMs === 0 ? 0 : Math.max(0, restUntilMs - clock.now()));

  /** False where it is left alone longer already: a shorter rest never ends a longer one early. */
  function restFor(ms: number, why: string): boolean {
    const untilMs = clock.now() + ms;
    if (ms === 0 || untilMs <= restUntilMs) return false;
    const isNew = restsForMs() === 0;
    restWhy = why;
    restUntilMs = untilMs;
    if (isNew) onChange("resting", why);
    return true;
  }

  function learn(openForMs: number, forMs: number, why: string): void {
    if (openForMs > 0) guard.openFor(openForMs, why);
    restFor(forMs, why);
  }

  const isSpent = (left: number | undefined, needed: number, resetMs = limitsStaleMs): boolean =>
    left !== undefined && left < needed && clock.now() - limitsAtMs < resetMs;

  function describe(): HealthReport {
    const state = guard.state();
    if (state.kind !== "closed") return { status: "down", detail: `${state.kind}: ${state.why}` };
    const waitMs = restsForMs();
    return waitMs > 0 ? { status: "down", detail: `left alone for ${Math.ceil(waitMs / 1000)} s: ${restWhy}` } : { status: "up" };
  }

  return {
    breaker: guard,
    restsForMs,
    hasRoom: (tokens) =>
      limits === undefined ||
      !(
        isSpent(limits.remainingRequests, callsInFlight + 1, limits.resetRequestsMs) ||
        isSpent(limits.remainingTokens, tokensInFlight + tokens, limits.resetTokensMs)
      ),
    rest(error) {
      const forMs = restAfter(error, ++refusedInARow, random);
      if (restFor(forMs, error.kind)) shared?.rests(forMs, error.kind);
    },
    refresh: shared === undefined ? undefined : () => shared.look(learn),
    answered(firstTokenMs) {
      refusedInARow = 0;
      firstTokens.add(firstTokenMs);
    },
    limited(told) {
      limits = told;
      limitsAtMs = clock.now();
    },
    asked(tokens) {
      callsInFlight++;
      tokensInFlight += tokens;
    },
    ended(tokens) {
      callsInFlight--;
      tokensInFlight -= tokens;
    },
    count(failed, durationMs, usage, cost) {
      attempts++;
      if (failed) failures++;
      else answers.add(durationMs);
      inputTokens += usage?.inputTokens ?? 0;
      outputTokens += usage?.outputTokens ?? 0;
      costUsd += cost ?? 0;
    },
    health: () => ({
      ...describe(),
      provider,
      model,
      breaker: guard.state().kind,
      restsForMs: restsForMs(),
      rateLimits: limits,
      firstTokenMs: firstTokens.percentiles(),
      answerMs: answers.percentiles(),
      attempts,
      failures,
      usage: { inputTokens, outputTokens },
      costUsd,
    }),
  };
}
