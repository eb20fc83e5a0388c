import type { Asked, Pair } from "./pairs.ts";

interface Slice {
  pairs: number;
  accepted: number;
}

export interface PairScore {
  readonly same: Slice;
  readonly different: Slice;
  readonly near: Slice;
  /** By slice, `+` for pairs that mean the same. */
  readonly slices: ReadonlyMap<string, Slice>;
}

/** Pairs that differ in one thing only. */
const isNear = (slice: string): boolean =>
  /^(?:edit-|value-swap|sql-diff-(?:literal|number|operator|column|projection|clause|shape))/.test(slice);

/** How many pairs of each kind a cache takes for the same question. */
export function scorePairs<Row extends Pair>(pairs: readonly Row[], accepts: (pair: Row) => boolean): PairScore {
  const score = { same: { pairs: 0, accepted: 0 }, different: { pairs: 0, accepted: 0 }, near: { pairs: 0, accepted: 0 } };
  const slices = new Map<string, Slice>();
  for (const pair of pairs) {
    const name = `${pair.same ? "+" : "-"} ${pair.slice}`;
    const slice = slices.get(name) ?? { pairs: 0, accepted: 0 };
    slices.set(name, slice);
    const touched = [slice, pair.same ? score.same : score.different, ...(!pair.same && isNear(pair.slice) ? [score.near] : [])];
    const accepted = accepts(pair);
    for (const each of touched) {
      each.pairs++;
      if (accepted) each.accepted++;
    }
  }
  return { ...score, slices };
}

/** What became of one question of a stream. */
export interface Lookup {
  readonly asked: Asked;
  /** The same question was asked before. */
  readonly possible: boolean;
  /** The stored question whose answer was given. */
  readonly answeredBy: Asked | undefined;
}

export interface StreamScore {
  readonly questions: number;
  readonly possible: number;
  readonly hits: number;
  readonly wrong: readonly Lookup[];
}

export const scoreStream = (lookups: readonly Lookup[]): StreamScore => ({
  questions: lookups.length,
  possible: lookups.filter(({ possible }) => possible).length,
  hits: lookups.filter(({ answeredBy }) => answeredBy !== undefined).length,
  wrong: lookups.filter(({ asked, answeredBy }) => answeredBy !== undefined && answeredBy.key !== asked.key),
});

/** A stream through a cache that is nothing but the decision on pairs: asks, and stores what missed. */
export function streamOfPairs(stream: readonly Asked[], accepts: (a: string, b: string) => boolean): readonly Lookup[] {
  const stored: Asked[] = [];
  const keys = new Set<string>();
  return stream.map((asked) => {
    const answeredBy = stored.find(({ text }) => accepts(asked.text, text));
    if (answeredBy === undefined) stored.push(asked);
    const possible = keys.has(asked.key);
    keys.add(asked.key);
    return { asked, possible, answeredBy };
  });
}

const share = (part: number, whole: number): string => `${((100 * part) / (whole || 1)).toFixed(2)} %`;
const rate = ({ pairs, accepted }: Slice): string => `${share(accepted, pairs)} (${accepted} of ${pairs})`;

export function formatPairs({ same, different, near, slices }: PairScore, inFull = true): string {
  const lines = [`pairs: recall ${rate(same)}, false hits ${rate(different)}, near misses accepted ${rate(near)}`];
  if (inFull)
    for (const [name, slice] of [...slices].toSorted(([a], [b]) => (a < b ? -1 : 1))) lines.push(`  ${name.padEnd(26)} ${rate(slice)}`);
  return lines.join("\n");
}

export function formatStream({ questions, possible, hits, wrong }: StreamScore): string {
  const lines = [
    `stream: ${questions} questions, ${possible} asked before; right hits ${share(hits - wrong.length, possible)} of the possible, errors ${share(wrong.length, questions)} of the questions (${wrong.length})`,
  ];
  for (const { asked, answeredBy } of wrong)
    lines.push(`  ${JSON.stringify(asked.text)} got the answer to ${JSON.stringify(answeredBy?.text)}`);
  return lines.join("\n");
}
