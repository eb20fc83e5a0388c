import { answer, isSpliced } from "./canonical.ts";
import type { Facts, Scenario } from "./scenarios.ts";

export type Verdict = "pass" | "partial" | "safe" | "fail";

export interface Judged {
  readonly verdict: Verdict;
  readonly why: string;
}

/** A cut, spliced or otherwise altered text passed off as the answer. */
const isFalse = ({ outcome }: Facts): boolean => outcome.kind === "answer" && outcome.text !== answer;

const isSplicedSoFar = ({ outcome }: Facts): boolean => outcome.kind === "error" && isSpliced(outcome.textSoFar ?? "");

/** pass: the ideal outcome and every check; partial: an advisory check failed; safe: a bounded, clean error; fail: anything else. */
export function judge({ ideal = "answer", checks }: Scenario, facts: Facts): Judged {
  const { outcome } = facts;
  if (outcome.kind === "hang") return { verdict: "fail", why: "hangs" };
  if (isFalse(facts))
    return { verdict: "fail", why: `a false answer as success: ${(outcome as { text: string }).text.split(/\s+/).length} words` };
  if (isSplicedSoFar(facts)) return { verdict: "fail", why: "the text so far is of two answers" };
  if (outcome.unhandled > 0) return { verdict: "fail", why: `${outcome.unhandled} unhandled rejections` };
  const missed = checks.filter((check) => !check.holds(facts));
  const required = missed.filter(({ isAdvisory }) => isAdvisory !== true);
  if (required.length > 0) return { verdict: "fail", why: required.map(({ name }) => `not: ${name}`).join("; ") };
  if (outcome.kind !== ideal) {
    if (ideal === "error") return { verdict: "partial", why: "answered by going round the refusal" };
    return { verdict: "safe", why: outcome.kind === "error" ? outcome.message.slice(0, 100) : outcome.kind };
  }
  return missed.length > 0
    ? { verdict: "partial", why: missed.map(({ name }) => `not: ${name}`).join("; ") }
    : { verdict: "pass", why: "" };
}

const order: readonly Verdict[] = ["pass", "partial", "safe", "fail"];

/** The worst of several. */
export const worst = (all: readonly Judged[]): Judged =>
  all.reduce((a, b) => (order.indexOf(b.verdict) > order.indexOf(a.verdict) ? b : a));
