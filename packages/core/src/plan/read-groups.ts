import { wantedAt } from "./read-measures.ts";
import { isNumeric } from "./catalog.ts";
import type { Thing } from "./frame.ts";
import type { Bucket } from "./query-plan.ts";
import type { Reading } from "./reading.ts";
import { nameWords, singular } from "./words.ts";

/** What rows are grouped by: "per country", "for each genre", "by month". */
export function readGroups(r: Reading): void {
  const measured = r.wanted !== undefined || r.rank !== undefined || r.having.length > 0;
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index]) continue;
    if (unit.bucket && /ly$|^annual$/.test(unit.words[0] ?? "")) {
      r.use(index);
      r.groups.push({ bucket: unit.bucket, unit: index });
      continue;
    }
    if (unit.bucket && r.at(index + 1)?.words[0] === "by" && r.at(index + 2)?.bucket === unit.bucket) {
      r.use(index, index + 1, index + 2);
      r.groups.push({ bucket: unit.bucket, unit: index });
      continue;
    }
    const by = unit.words.length === 1 && unit.words[0] === "by" && !isAgent(r, index) && (measured || categorical(r, index + 1));
    const grouping = unit.ops.has("group");
    if (!by && !grouping) continue;
    if (readGroupKeys(r, index + 1, unit.words.includes("each") || unit.words.includes("every") || grouping)) r.use(index);
  }
}

/** "the amount spent by customers from Canada": they did it, and are no key. One of a kind, as in "spent by customer", is. */
function isAgent(r: Reading, index: number): boolean {
  const verb = r.at(index - 1)?.words[0] ?? "";
  const next = r.skip(index + 1);
  const word = r.at(next)?.words.at(-1) ?? "";
  return r.at(index - 1)?.words.length === 1 && /(ed|nt|ht|id|old)$/.test(verb) && r.entity(next) !== undefined && singular(word) !== word;
}

/** "orders by status": with nothing to measure, a repeating text is a key; an author or maker is not. */
function categorical(r: Reading, place: number): boolean {
  const chosen = r.isValue(place) ? undefined : r.thing(place);
  return (
    chosen?.kind === "field" &&
    chosen.chosen.field.type === "string" &&
    !chosen.chosen.field.unique &&
    r.used.slice(place + 1).every(Boolean)
  );
}

function readGroupKeys(r: Reading, start: number, certain: boolean): boolean {
  let place = start;
  while ((r.plain(place) && !r.strong(place)) || r.has(place, "distinct")) place++;
  if (r.has(place, "how-many") && !r.used[place]) {
    // "by number of cylinders" groups by the field; "by number of tracks" sorts.
    const chosen = r.field(r.skip(place + 1), r.measurable);
    const counting = chosen ? undefined : wantedAt(r, place);
    if (counting && !r.rank && !r.sort) {
      r.sort = { direction: "desc", by: counting };
      return true;
    }
    if (!chosen) return false;
    r.use(place);
    place = r.skip(place + 1);
    certain = true;
  }
  if (r.isValue(place)) return false;
  if (r.at(place)?.trade && !r.thing(place) && r.thing(place + 1)) r.use(place++);
  const unit = r.at(place);
  if (!unit || r.used[place]) return false;
  const key = groupKeyAt(r, place);
  if (!key) return false;
  if (
    !certain &&
    key.thing?.kind === "field" &&
    r.measurable(key.thing.chosen.field) &&
    !/year|month|rank|cylinder|cluster|grade|level|class|star/i.test(key.thing.chosen.field.name)
  )
    return false;
  r.use(place, key.unit);
  r.groups.push(key);
  let next = key.unit + 1;
  const isNamed =
    r.at(next)?.afterPause === true && ["the", "what", "which", "how", "show", "list", "give", "find"].includes(r.at(next)?.words[0] ?? "");
  if (["and", "or"].includes(r.at(next)?.words[0] ?? "") || (r.at(next)?.afterPause && !isNamed)) {
    if (["and", "or"].includes(r.at(next)?.words[0] ?? "")) next++;
    while ((r.plain(next) && !r.strong(next)) || r.has(next, "group")) next++;
    // "by origin and number of cylinders"
    const isNumber = r.has(next, "how-many") && !r.used[next] && r.field(r.skip(next + 1), r.measurable) !== undefined;
    const mark = next;
    if (isNumber) next = r.skip(next + 1);
    const second = r.isValue(next) || r.has(next, "how-many") ? undefined : groupKeyAt(r, next);
    const isMeasure =
      second?.thing?.kind === "field" &&
      r.measurable(second.thing.chosen.field) &&
      !/year|cylinder|cluster|grade|level|class/i.test(second.thing.chosen.field.name);
    if (second && (isNumber || !isMeasure)) {
      r.use(next, second.unit, ...(isNumber ? [mark] : []));
      r.groups.push(second);
    }
  }
  return true;
}

function groupKeyAt(r: Reading, place: number): { thing?: Thing; bucket?: Bucket; unit: number } | undefined {
  const unit = r.at(place);
  if (!unit || r.used[place]) return undefined;
  if (unit.bucket) {
    const own = r.context.main.fields.find((one) => isNumeric(one) && nameWords(one.name).join(" ") === unit.bucket);
    if (own && unit.bucket === "year")
      return { thing: { kind: "field", chosen: { collection: r.context.main, field: own, score: 1 }, unit: place }, unit: place };
    return { bucket: unit.bucket, unit: place };
  }
  const found = r.thing(place);
  if (!found) return undefined;
  if (found.kind === "field" && found.chosen.field.type === "date") {
    const bucketLater = r.at(place + 1)?.bucket;
    if (bucketLater) r.use(place + 1);
    return { thing: found, bucket: bucketLater ?? "year", unit: place };
  }
  // "per customer country": the field of the thing, not the thing.
  const detail =
    found.kind === "entity" && !r.at(place + 1)?.afterPause && !r.at(place + 1)?.filler && !r.isValue(place + 1)
      ? r.field(place + 1, (one) => one.type !== "date", found.collection)
      : undefined;
  if (detail && detail.score >= 0.6) {
    r.use(place);
    return { thing: { kind: "field", chosen: detail, unit: place + 1 }, unit: place + 1 };
  }
  const bucketLater = found.kind === "field" ? undefined : r.at(place + 1)?.bucket;
  if (bucketLater && found.kind === "entity") {
    r.use(place + 1);
    return { bucket: bucketLater, unit: place + 1 };
  }
  return { thing: found, unit: place };
}
