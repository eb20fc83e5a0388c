import { type ChosenField, fieldByWords, nearby, Unplannable } from "./context.ts";
import type { Thing, Wanted } from "./frame.ts";
import { dimensions } from "./lexicon.ts";
import { wantedAt } from "./read-measures.ts";
import { aggregateBefore, direct, negatedBefore } from "./read-numbers.ts";
import { inverse, type Reading } from "./reading.ts";

const more: ReadonlySet<string> = new Set("more higher larger greater bigger longer better".split(" "));
const less: ReadonlySet<string> = new Set("less fewer lower smaller shorter worse".split(" "));

/** The field an adjective before "than average" is about: weight for "heavier". */
function byAdjective(r: Reading, head: string): ChosenField | undefined {
  const dimension = dimensions.find((one) => one.comparative.includes(`${head} than`) && one.temporal !== true);
  const fields = head === "older" || head === "younger" ? ["age"] : dimension?.fields;
  return fields && fieldByWords(r.context, fields, nearby(r.context, r.context.main, true).slice(0, 3), r.measurable);
}

/** "Than the average movie", "than the average of all movies": says of what, and is the rows anyway. */
function useRows(r: Reading, index: number): void {
  for (let place = index + 1, seen = 0; r.at(place) && seen < 4 && !r.at(place)?.afterPause; place++, seen++) {
    if (r.entity(place) === r.context.main && (r.at(index)?.words.at(-1) === "average" || r.at(index)?.words.at(-1) === "mean")) {
      r.use(place);
      return;
    }
    if (!r.at(place)?.filler && !r.has(place, "group")) return;
  }
}

/** "More tracks than average", "a higher budget than the average": what stands between is compared. */
function readThan(r: Reading, index: number): boolean {
  for (let place = index - 1; place >= Math.max(0, index - 4); place--) {
    const head = r.at(place)?.words.length === 1 ? (r.at(place)?.words[0] ?? "") : "";
    const op = more.has(head) ? ">" : less.has(head) ? "<" : undefined;
    if (op === undefined || r.used[place]) continue;
    const at = r.skip(place + 1);
    const chosen = at < index ? r.field(at, r.measurable) : undefined;
    const counted: Thing | undefined = at < index && !chosen ? r.thing(at) : undefined;
    if (!chosen && counted?.kind !== "entity") return false;
    r.use(index, place, at);
    if (chosen) r.filters.push({ unit: index, negated: false, test: { kind: "versus", chosen, op } });
    else if (counted) r.having.push({ op, value: "average", of: { kind: "count", thing: counted } });
    useRows(r, index);
    return true;
  }
  return false;
}

/** What a group is measured by right before "above the average": "total sales", "spent", "number of tracks". */
function measureBefore(r: Reading, index: number, left: { chosen: ChosenField; index: number } | undefined): Wanted | undefined {
  const aggregate = left && aggregateBefore(r, left.index);
  if (left && aggregate) {
    r.use(left.index, aggregate.index);
    return { kind: "aggregate", fn: aggregate.fn, chosen: left.chosen };
  }
  if (left) return undefined;
  const at = r.skip(index - 1, -1);
  if (r.at(at)?.trade === "money" && !r.entity(at)) {
    const total = aggregateBefore(r, at);
    if (total && total.fn !== "sum") return undefined;
    if (total) r.use(total.index);
    return wantedAt(r, at);
  }
  const count = r.skip(at - 1, -1);
  const isNumber = count >= 0 && r.has(count, "how-many") && r.at(count)?.words[0] !== "how";
  const counted = r.entity(at) && isNumber ? r.thing(at) : undefined;
  if (!counted) return undefined;
  r.use(at, count);
  return { kind: "count", thing: counted };
}

/** "With above average total sales", "an above average number of tracks". */
function measureAfter(r: Reading, index: number): Wanted | undefined {
  const at = r.skip(index + 1);
  const unit = r.at(at);
  const next = r.at(at + 1);
  if (!unit || r.used[at]) return undefined;
  const isSum = unit.ops.has("sum") && next !== undefined && !next.filler && (next.trade !== undefined || next.schema.length > 0);
  return isSum || unit.ops.has("how-many") || (unit.trade === "money" && !r.entity(at)) ? wantedAt(r, at) : undefined;
}

/** Bounds that are an average: "above average", "heavier than average", "who spent more than the average". */
export function readVersusAverage(r: Reading, index: number): boolean {
  const unit = r.at(index);
  if (!unit) return false;
  if (unit.ops.has("than-average")) return readThan(r, index);
  const versus = unit.ops.has("above-average") ? ">" : unit.ops.has("below-average") ? "<" : undefined;
  if (versus === undefined) return false;
  const left = direct(r, index, -1, r.measurable);
  const measured = measureBefore(r, index, left) ?? (left ? undefined : measureAfter(r, index));
  const op = negatedBefore(r, index) ? inverse[versus] : versus;
  if (measured) {
    r.use(index);
    r.having.push({ op, value: "average", of: measured });
    useRows(r, index);
    return true;
  }
  const named = left ?? direct(r, index, 1, r.measurable);
  const compared = named?.chosen ?? byAdjective(r, unit.words[0] ?? "");
  if (!compared) throw new Unplannable("it is not clear what is compared with the average");
  r.use(index, ...(named ? [named.index] : []));
  if (r.units.some((one, place) => place > index && one.time !== undefined && !r.used[place]))
    throw new Unplannable("it is not clear of which rows the average is");
  r.filters.push({ unit: index, negated: false, test: { kind: "versus", chosen: compared, op } });
  if (!named || named === left) useRows(r, index);
  return true;
}
