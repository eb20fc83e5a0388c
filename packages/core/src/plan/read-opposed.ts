import { Unplannable } from "./context.ts";
import { flagOf } from "./flags.ts";
import type { FilterReading } from "./frame.ts";
import type { Reading } from "./reading.ts";

const moreWords: ReadonlyMap<string, "asc" | "desc"> = new Map([
  ...["more", "higher", "larger", "bigger", "greater"].map((word) => [word, "desc"] as const),
  ...["fewer", "less", "lower", "smaller"].map((word) => [word, "asc"] as const),
]);

/** Two values of one field that are not denied, as each of two filters. */
function pairOfOneField(r: Reading): readonly [FilterReading, FilterReading] | undefined {
  const named = r.filters.filter((one) => one.test.kind === "values" && !one.negated);
  const fieldOf = ({ test }: FilterReading) => (test.kind === "values" ? test.chosen.field : undefined);
  const first = named.find((one) => named.some((other) => other !== one && fieldOf(other) === fieldOf(one)));
  const alike = first ? named.filter((one) => fieldOf(one) === fieldOf(first)) : [];
  const [left, right, ...more] = alike;
  return left && right && more.length === 0 ? [left, right] : undefined;
}

/** "The number of active and inactive users": a number for each, since all rows are one or the other. */
function readBothFlags(r: Reading): void {
  const pair = pairOfOneField(r);
  const { test, unit } = pair?.[0] ?? {};
  const other = pair?.[1].test;
  if (!pair || test?.kind !== "values" || other?.kind !== "values" || flagOf(test.chosen.field) === undefined) return;
  if (test.values[0] === other.values[0]) return;
  if (r.wanted === undefined || r.wanted.kind === "share")
    throw new Unplannable(`every row is one or the other: ${test.chosen.field.name}`);
  r.filters.splice(0, r.filters.length, ...r.filters.filter((one) => !pair.includes(one)));
  if (r.groups.length === 0) r.groups.push({ thing: { kind: "field", chosen: test.chosen, unit: unit ?? 0 }, unit: unit ?? 0 });
}

/** "Does Spain or Italy have more airlines": how many each has, the one with more first. */
function readWhichHasMore(r: Reading): void {
  const pair = pairOfOneField(r);
  const index = r.units.findIndex((unit, place) => !r.used[place] && moreWords.has(unit.words.join(" ")));
  const test = pair?.[0].test;
  if (!pair || index < 0 || test?.kind !== "values" || r.rank || r.groups.length > 0) return;
  const isEither = r.units.some((unit, place) => place > pair[0].unit && place < pair[1].unit && unit.words[0] === "or");
  if (!isEither || r.units.some((unit, place) => place > index && unit.words[0] === "than")) return;
  if (r.wanted?.kind === "aggregate") r.use(index);
  else {
    const counted = r.thing(index + 1);
    if (r.wanted || counted?.kind !== "entity" || !/^(more|fewer)$/.test(r.at(index)?.words[0] ?? "")) return;
    r.use(index, index + 1);
    r.wanted = { kind: "count", thing: counted };
  }
  r.groups.push({ thing: { kind: "field", chosen: test.chosen, unit: pair[0].unit }, unit: pair[0].unit });
  r.sort = { direction: moreWords.get(r.at(index)?.words.join(" ") ?? "") ?? "desc", by: r.wanted };
}

/** Two values of one field, of which the question asks for each. */
export function readOpposed(r: Reading): void {
  readBothFlags(r);
  readWhichHasMore(r);
}
