import type { ProviderError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Provider } from "../../ports/provider.ts";
import type { Pass } from "./breaker.ts";
import { conduct, pauseBefore } from "./policy.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { Vendor } from "./vendor.ts";

/** A vendor within one call. */
export interface Candidate {
  readonly provider: Provider;
  readonly vendor: Vendor;
  /** Its failures within this call, oldest first. */
  readonly failures: ProviderError[];
}

/** Whose turn it is, or how long to wait before anybody's may be. */
export type Turn = { readonly candidate: Candidate; readonly pass: Pass; readonly afterMs: number } | { readonly waitMs: number };

export interface TurnRules {
  readonly clock: Clock;
  readonly random: () => number;
  readonly budget: RetryBudget;
  readonly maxAttempts: number;
  readonly onExhausted: "probe" | "wait" | "fail";
}

/** Longer than this in all nobody is waited for. */
const maxWaitMs = 60_000;

const isUntried = ({ failures }: Candidate): boolean => failures.length === 0;

function mayAgain({ failures }: Candidate): boolean {
  const last = failures.at(-1);
  return last !== undefined && failures.every(({ kind }) => conduct[kind].again !== "never");
}

const isRested = ({ vendor }: Candidate): boolean => vendor.restsForMs() === 0;

/** Decides whose turn it is within one call, from what happened in it and what is known of the vendors. */
export function turns(candidates: readonly Candidate[], tokens: number, deadlineMs: number, rules: TurnRules) {
  const { clock, random, budget, maxAttempts, onExhausted } = rules;
  let made = 0;
  let waitedMs = 0;

  const give = (candidate: Candidate, pass: Pass | undefined, afterMs: number): Turn | undefined =>
    pass === undefined ? undefined : { candidate, pass, afterMs };

  /** Of those nobody asked yet, in their order; one that is about to refuse comes after the others. */
  function untried(): Turn | undefined {
    const ready = candidates.filter((each) => isUntried(each) && isRested(each));
    if (ready.length > 1) ready.sort((a, b) => Number(b.vendor.hasRoom(tokens)) - Number(a.vendor.hasRoom(tokens)));
    for (const candidate of ready) {
      const turn = give(candidate, candidate.vendor.breaker.enter(), 0);
      if (turn !== undefined) return turn;
    }
    return undefined;
  }

  /** The same again at once, where a failure tends to be a passing one, once, and only if every other still can have a turn. */
  function sameAgain(last: Candidate | undefined): Turn | undefined {
    if (last?.failures.length !== 1 || conduct[last.failures[0]!.kind].again !== "first" || !isRested(last)) return undefined;
    if (candidates.filter(isUntried).length >= maxAttempts - made || last.vendor.breaker.state().kind !== "closed") return undefined;
    return budget.spend() ? give(last, last.vendor.breaker.enter(), 0) : undefined;
  }

  function again(): Turn | undefined {
    for (const candidate of candidates) {
      if (!mayAgain(candidate) || !isRested(candidate) || candidate.vendor.breaker.waitMs() > 0) continue;
      if (!budget.spend()) return undefined;
      const turn = give(candidate, candidate.vendor.breaker.enter(), pauseBefore(candidate.failures.length, random));
      if (turn !== undefined) return turn;
    }
    return undefined;
  }

  function probe(): Turn | undefined {
    for (const candidate of candidates) {
      if (!(isUntried(candidate) || mayAgain(candidate)) || !isRested(candidate)) continue;
      const turn = give(candidate, candidate.vendor.breaker.probe(), 0);
      if (turn !== undefined) return turn;
    }
    return undefined;
  }

  /** How long until somebody can be asked, where that is worth waiting for. */
  function wait(): Turn | undefined {
    const waits = candidates.flatMap((each) => {
      if (!(isUntried(each) || mayAgain(each))) return [];
      const closedInMs = each.vendor.breaker.waitMs();
      // A breaker is waited for only where nobody may probe it; what asked to be left alone is always left alone.
      return onExhausted === "probe" && closedInMs > 0 ? [] : [Math.max(each.vendor.restsForMs(), closedInMs)];
    });
    const waitMs = Math.min(...waits);
    if (waitMs === 0 || waitedMs + waitMs > maxWaitMs || clock.now() + waitMs >= deadlineMs) return undefined;
    waitedMs += waitMs;
    return { waitMs };
  }

  return {
    /** Undefined when nobody can be asked any more. `last` is the one that just failed. */
    next(last: Candidate | undefined): Turn | undefined {
      if (made >= maxAttempts || clock.now() >= deadlineMs) return undefined;
      const turn = sameAgain(last) ?? untried() ?? again() ?? (onExhausted === "probe" ? probe() : undefined);
      if (turn !== undefined) {
        if (made === 0) budget.earn();
        made++;
        return turn;
      }
      return onExhausted === "fail" ? undefined : wait();
    },
    /** Whether somebody else could take over now. */
    othersThan: (candidate: Candidate): boolean =>
      made < maxAttempts &&
      candidates.some(
        (each) => each !== candidate && (isUntried(each) || mayAgain(each)) && isRested(each) && each.vendor.breaker.waitMs() === 0,
      ),
  };
}
