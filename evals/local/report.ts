import type { Outcome } from "./ask.ts";
import type { Verdict } from "./score.ts";

const kinds = ["simple", "other"] as const;

const ofKind = (outcomes: readonly Outcome[], kind: Outcome["kind"]): readonly Outcome[] =>
  outcomes.filter((outcome) => outcome.kind === kind);
const ofVerdict = (outcomes: readonly Outcome[], verdict: Verdict): number =>
  outcomes.filter((outcome) => outcome.verdict === verdict).length;

/** Shares, each 0 to 1: right of the simple and of the other questions, refused of those that were not right, wrong of all. */
export function shares(outcomes: readonly Outcome[]): Record<"simple" | "other" | "saidSo" | "wrong", number> {
  const share = (part: number, whole: number, ofNone: number): number => (whole === 0 ? ofNone : part / whole);
  const right = (of: readonly Outcome[]): number => share(ofVerdict(of, "right"), of.length, 1);
  return {
    simple: right(ofKind(outcomes, "simple")),
    other: right(ofKind(outcomes, "other")),
    saidSo: share(ofVerdict(outcomes, "refused"), outcomes.length - ofVerdict(outcomes, "right"), 1),
    wrong: share(ofVerdict(outcomes, "wrong"), outcomes.length, 0),
  };
}

const shorten = (text: string): string => text.replace(/\s+/g, " ").slice(0, 220);

function printFailure({ ask, verdict, accepted, type, text, explanation }: Outcome): void {
  console.log(`- ${verdict} (taken as ${type}): ${ask}`);
  console.log(`    expected ${shorten(accepted.map((answer) => JSON.stringify(answer)).join(" or "))}`);
  console.log(`    got      ${shorten(text)}`);
  if (verdict === "wrong" && explanation !== "") console.log(`    by       ${shorten(explanation)}`);
}

/** One section: the counts of each verdict, then every question that was not answered right. */
export function printSection(title: string, outcomes: readonly Outcome[]): void {
  console.log(
    `\n## ${title}\n\n| questions | asked | right | refused | wrong | exactly right |\n| --- | ---: | ---: | ---: | ---: | ---: |`,
  );
  for (const kind of kinds) {
    const asked = ofKind(outcomes, kind);
    const [right, refused, wrong] = (["right", "refused", "wrong"] as const).map((verdict) => ofVerdict(asked, verdict));
    console.log(`| ${kind} | ${asked.length} | ${right} | ${refused} | ${wrong} | ${percent(shares(outcomes)[kind])} |`);
  }
  const { saidSo, wrong } = shares(outcomes);
  console.log(`\nOf those not right, said so: ${percent(saidSo)}. Wrong, of all: ${percent(wrong)}.`);
  for (const outcome of outcomes) if (outcome.verdict !== "right") printFailure(outcome);
}

/** What became of the same questions in two places, where that differs. */
export function printDifferences(title: string, before: readonly Outcome[], after: readonly Outcome[]): void {
  const differing = after.filter((outcome, at) => outcome.verdict !== before[at]?.verdict);
  console.log(`\n${title}: ${after.length - differing.length} of ${after.length} as over collections.`);
  for (const outcome of differing) printFailure(outcome);
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
