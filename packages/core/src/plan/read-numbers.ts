import type { Field } from "./catalog.ts";
import type { ChosenField } from "./context.ts";
import { howAdjectives } from "./lexicon.ts";
import type { Comparison } from "./query-plan.ts";
import type { Reading } from "./reading.ts";

const ordinals: ReadonlyMap<string, number> = new Map(
  "second third fourth fifth sixth seventh eighth ninth tenth".split(" ").flatMap((word, at): [string, number][] => [
    [word, at + 2],
    [`${at + 2}${["nd", "rd"][at] ?? "th"}`, at + 2],
  ]),
);
const comparisonOps: readonly Comparison[] = [">=", "<=", ">", "<", "!=", "="];

/** The field right beside a unit, with only little words between. */
export function direct(
  r: Reading,
  index: number,
  step: 1 | -1,
  accept: (field: Field) => boolean,
): { chosen: ChosenField; index: number } | undefined {
  for (let place = index + step, seen = 0; r.at(place) && seen < 4; place += step, seen++) {
    const unit = r.at(place);
    if (!unit || (step === 1 && unit.afterPause) || unit.words[0] === "and" || unit.words[0] === "or") return undefined;
    const chosen = r.used[place] ? undefined : r.field(place, accept);
    if (chosen && !(unit.filler && !r.strong(place))) return { chosen, index: place };
    if (!unit.filler && !unit.measurement) return undefined;
    if (step === -1 && r.units[index]?.afterPause) return undefined;
  }
  return undefined;
}

/** The "average" or "total" right before a unit. */
export function aggregateBefore(r: Reading, index: number): { index: number; fn: "avg" | "sum" | "min" | "max" | "median" } | undefined {
  let place = r.skip(index - 1, -1);
  // "Total visit cost": the owner may stand before the field.
  const owner = r.entity(place);
  const isOwned = owner !== undefined && r.at(index)?.schema.some((ref) => ref.field && ref.collection === owner) === true;
  if (isOwned) {
    const before = r.skip(place - 1, -1);
    if (!["avg", "sum", "median", "min", "max"].some((fn) => r.has(before, fn))) return undefined;
    r.use(place);
    place = before;
  }
  for (const fn of ["avg", "sum", "median", "min", "max"] as const) if (r.has(place, fn) && !r.used[place]) return { index: place, fn };
  return undefined;
}

/** The number right after a unit. */
export function numberAfter(r: Reading, index: number): number | undefined {
  for (let place = index + 1, seen = 0; r.at(place) && seen < 3; place++, seen++) {
    if (r.at(place)?.number !== undefined && !r.used[place]) return place;
    if (r.at(place)?.time !== undefined && r.at(place)?.number === undefined && r.at(index)?.comparative?.temporal && !r.used[place])
      return place;
    if (!r.at(place)?.filler || r.strong(place)) return undefined;
  }
  return undefined;
}

/** "5 minutes long", "30 years old". */
export function useAdjective(r: Reading, place: number): void {
  const word = r.at(place)?.words[0] ?? "";
  if (r.at(place)?.words.length === 1 && (Object.hasOwn(howAdjectives, word) || word === "each")) r.use(place);
}

/** True when a negation stands right before a unit; uses it. */
export function negatedBefore(r: Reading, index: number): boolean {
  for (let place = index - 1, seen = 0; place >= 0 && seen < 3; place--, seen++) {
    if (r.has(place, "not")) {
      r.use(place);
      return true;
    }
    if (!r.at(place)?.filler) return false;
  }
  return false;
}

/** "top 5", "the 3 cheapest", "which 10 airports". */
export function readLimits(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (r.used[index] || unit.number === undefined || !Number.isInteger(unit.number) || unit.number < 1) return;
    if (unit.number > 1000 || unit.percent === true) return;
    const before = r.at(index - 1);
    const after = r.at(index + 1);
    if (!after) {
      if (!before || !(r.has(index - 1, "top") || r.has(index - 1, "bottom"))) return;
      r.limit = unit.number;
      r.use(index);
      return;
    }
    const leads =
      before === undefined ||
      r.has(index - 1, "top") ||
      r.has(index - 1, "bottom") ||
      before.superlative !== undefined ||
      r.has(index - 1, "highest") ||
      r.has(index - 1, "lowest");
    const asks =
      before !== undefined &&
      ["which", "what", "the", "show", "list", "give", "me", "find", "name", "are", "top"].includes(before.words.at(-1) ?? "");
    const ranked =
      after.superlative !== undefined ||
      after.ops.has("most") ||
      after.ops.has("least") ||
      after.ops.has("highest") ||
      after.ops.has("lowest");
    if (after.ops.has(">=") || after.ops.has("<=") || after.measurement) return;
    const numeric =
      unit.values.length === 0 &&
      after.schema.some((ref) => ref.field && r.measurable(ref.field) && ref.score > 0.9 && ref.collection === r.context.main);
    if (!(ranked || ((leads || asks) && !numeric))) return;
    if (before?.words[0] === "than" || comparisonOps.some((op) => r.has(index - 1, op)) || r.has(index - 1, "between")) return;
    r.limit = unit.number;
    r.use(index);
  });
}

/** "The second highest", "3rd most common": one row, so many places down. */
export function readOrdinal(r: Reading): void {
  r.units.forEach((unit, index) => {
    const place = ordinals.get(unit.words[0] ?? "");
    const next = r.at(index + 1);
    if (place === undefined || unit.words.length > 1 || unit.quoted || unit.capital || !next) return;
    const isRank = next.superlative !== undefined || ["most", "least", "highest", "lowest"].some((op) => next.ops.has(op));
    if (!isRank) return;
    r.use(index);
    r.offset = place - 1;
  });
}
