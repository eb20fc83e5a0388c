import type { ProviderError } from "../../errors.ts";
import type { HealthReport } from "../../ports/call.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RateLimits, Usage } from "../../ports/provider.ts";
import { type Breaker, type BreakerState, breaker } from "./breaker.ts";
import { restAfter } from "./policy.ts";

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
  readonly firstTokenMs: { readonly p50: number; readonly p95: number } | undefined;
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
  readonly rest: (error: ProviderError) => void;
  readonly answered: (firstTokenMs: number) => void;
  readonly limited: (limits: RateLimits) => void;
  readonly count: (failed: boolean, usage: Usage | undefined, costUsd: number | undefined) => void;
  readonly health: () => VendorHealth;
}

interface VendorParts {
  readonly provider: string;
  readonly model: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: (state: BreakerState["kind"], why: string) => void;
}

const samples = 64;
const minSamples = 8;
/** How long counts are believed that came without a time of their reset. */
const limitsStaleMs = 5_000;

export function vendor({ provider, model, clock, random, onChange }: VendorParts): Vendor {
  const guard = breaker({ clock, onChange });
  const firstTokens = new Float64Array(samples);
  let answers = 0;
  let restUntilMs = 0;
  let restWhy = "";
  let refusedInARow = 0;
  let limits: RateLimits | undefined;
  let limitsAtMs = 0;
  let attempts = 0;
  let failures = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let costUsd = 0;

  const restsForMs = (): number => (restUntilMs === 0 ? 0 : Math.max(0, restUntilMs - clock.now()));

  function percentiles(): VendorHealth["firstTokenMs"] {
    const known = firstTokens.slice(0, Math.min(answers, samples)).sort();
    const at = (share: number): number => known[Math.min(known.length - 1, Math.floor(known.length * share))]!;
    return known.length < minSamples ? undefined : { p50: at(0.5), p95: at(0.95) };
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
      !(isSpent(limits.remainingRequests, 1, limits.resetRequestsMs) || isSpent(limits.remainingTokens, tokens, limits.resetTokensMs)),
    rest(error) {
      const forMs = restAfter(error, ++refusedInARow, random);
      if (forMs === 0) return;
      restWhy = error.kind;
      // A shorter rest never ends a longer one early.
      restUntilMs = Math.max(restUntilMs, clock.now() + forMs);
    },
    answered(firstTokenMs) {
      refusedInARow = 0;
      firstTokens[answers++ % samples] = firstTokenMs;
    },
    limited(told) {
      limits = told;
      limitsAtMs = clock.now();
    },
    count(failed, usage, cost) {
      attempts++;
      if (failed) failures++;
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
      firstTokenMs: percentiles(),
      attempts,
      failures,
      usage: { inputTokens, outputTokens },
      costUsd,
    }),
  };
}
