import { measureNoun, wantedAt } from "./read-measures.ts";
import { type Collection, isNumeric } from "./catalog.ts";
import { type ChosenField, fieldByWords, isCue, Unplannable } from "./context.ts";
import { heightFields } from "./lexicon.ts";
import { fieldOfVerb, isObjectOfVerb } from "./read-verbs.ts";
import type { Frame, Thing } from "./frame.ts";
import { dated, isRelationVerb, type Reading } from "./reading.ts";
import type { Unit } from "./units.ts";
import { singular } from "./words.ts";

const commonest = /common|frequent|popular|numerous|often|rare|widely/;

/** How many "the best" are, where there is no number. */
const severalRows = 10;

/** What rows or groups are ranked by: "most albums", "highest rating", "longest", "top 5 by revenue". */
export function readRank(r: Reading): void {
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index] || r.rank) continue;
    const before = r.at(index - 1);
    if (unit.ops.has("best-selling")) {
      r.use(index);
      r.rank = { direction: "desc", by: { kind: "trade", of: "units", fn: "sum" } };
      // Several are asked for, and not all.
      const named = r.at(r.skip(index + 1))?.words.at(-1) ?? "";
      if (singular(named) !== named) r.limit ??= severalRows;
      continue;
    }
    if (
      unit.words[0] === "first" &&
      r.at(index + 1)?.words[0] === "and" &&
      r
        .at(index + 2)
        ?.words.join(" ")
        .startsWith("last name")
    ) {
      // "first and last names" are fields; people are shown by both anyway.
      r.use(index);
      continue;
    }
    if (unit.superlative) {
      if (unit.ops.has("most") && commonest.test(unit.text)) {
        const liked = dimensionExists(r, unit.superlative);
        if (!liked) {
          readCommonest(r, index, "desc");
          continue;
        }
      }
      if ((unit.ops.has("highest") || unit.ops.has("lowest")) && readHighest(r, index)) continue;
      r.use(index);
      const measured = unit.superlative.temporal ? undefined : fieldAfterBy(r, index);
      if (measured) r.rank = { direction: rankDirection(unit), by: { kind: "field", chosen: measured } };
      const moment = unit.superlative.temporal ? namedMoment(r, index) : undefined;
      r.rank ??= moment
        ? { direction: unit.superlative.high ? "asc" : "desc", by: { kind: "field", chosen: moment } }
        : { direction: rankDirection(unit), by: { kind: "dimension", dimension: unit.superlative } };
      const place = unit.end > 0 ? r.skip(index + 1) : index + 1;
      if (readPeriod(r, unit.superlative, place)) continue;
      if (!r.target) {
        let noun = place;
        while (r.isValue(noun) && noun < place + 3) noun++;
        const named = r.entity(noun) ?? undefined;
        const lead = leadThing(r, index);
        if (!named && !lead && r.at(noun)?.bucket === "day" && r.context.main.fields.some(dated)) {
          r.target = { kind: "entity", collection: r.context.main, unit: noun };
          r.use(noun);
          continue;
        }
        if (named && !lead) r.target = { kind: "entity", collection: named, unit: noun };
        if (named && !lead) r.use(noun);
        else if (!named && !lead) {
          const kind = r.field(noun, (one) => !isNumeric(one));
          if (kind && !r.isValue(noun)) {
            r.target = { kind: "field", chosen: kind, unit: noun };
            r.use(noun);
          }
        }
      }
      continue;
    }
    if (unit.ops.has("most") || unit.ops.has("least")) {
      const direction = unit.ops.has("most") ? "desc" : "asc";
      if (commonest.test(unit.text)) {
        readCommonest(r, index, direction);
        continue;
      }
      readMost(r, index, direction);
      continue;
    }
    if (unit.ops.has("highest") || unit.ops.has("lowest")) {
      if (readHighest(r, index)) continue;
    }
    if (
      (unit.ops.has("top") || unit.ops.has("bottom")) &&
      !unit.schema.some((ref) => ref.score >= 0.95 && ref.collection === r.context.main)
    ) {
      const measured = r.limit === undefined ? r.field(r.skip(index + 1), r.measurable) : undefined;
      if (measured) continue;
      r.use(index);
      const direction = unit.ops.has("top") ? "desc" : "asc";
      if (index > 0 && r.limit !== undefined && index + 2 === r.units.length && r.used[index + 1]) {
        // "total sales per shop, top 3": by what was measured.
        r.sort ??= { direction };
        continue;
      }
      const by = r.units.findIndex((one, place) => place > index && one.words[0] === "by" && !r.used[place]);
      if (by >= 0) {
        let place = by + 1;
        while (r.plain(place)) place++;
        const isNumberOf = r.has(place, "how-many");
        const measure = wantedAt(r, place);
        if (measure) {
          r.use(by);
          // "Top 3 cars by number of cylinders": of rows that say how many they have.
          const collection = isNumberOf && measure.kind === "aggregate" ? measure.chosen.collection : undefined;
          const rowsAt = collection === undefined ? -1 : r.units.findIndex((_, at) => at < by && r.entity(at) === collection);
          if (rowsAt >= 0 && collection !== undefined) {
            r.use(rowsAt);
            r.target ??= { kind: "entity", collection, unit: rowsAt };
          }
          r.rank = { direction, by: rowsAt >= 0 && measure.kind === "aggregate" ? { kind: "field", chosen: measure.chosen } : measure };
          // "Top 3 years by number of releases".
          const time = r.units.findIndex((one, at) => at > index && at < by && one.bucket !== undefined && !r.used[at]);
          const bucket = r.at(time)?.bucket;
          if (time >= 0) {
            r.use(time);
            r.groups.push({ ...(bucket === undefined ? {} : { bucket }), unit: time });
          }
        } else {
          const chosen = r.field(place, (one) => r.measurable(one) || dated(one)) ?? measureNoun(r, place, r.context.main);
          if (chosen) {
            r.use(by, place);
            r.rank = { direction, by: { kind: "field", chosen } };
          } else {
            const counted = r.thing(place);
            const lead = leadThing(r, place);
            if (counted?.kind === "field" && lead?.kind === "entity" && lead.collection === counted.chosen.collection)
              throw new Unplannable(`${counted.chosen.field.name} holds texts, which have no order of size`);
            if (counted) {
              r.use(by, place);
              r.rank = { direction, by: { kind: "count", thing: counted } };
            } else r.pendingTop = { index, direction };
          }
        }
      } else if (before === undefined || unit.words[0] !== "first") {
        r.pendingTop = { index, direction };
      }
    }
  }
  if (!r.rank && r.pendingTop && !r.sort) {
    // "top 5 movies in sales": the number may be named without "by".
    const place = r.units.findIndex(
      (_, at2) => at2 > (r.pendingTop?.index ?? 0) && r.field(at2, r.measurable) !== undefined && !r.used[at2],
    );
    const chosen = place >= 0 ? r.field(place, r.measurable) : undefined;
    if (chosen) {
      r.use(place);
      r.rank = { direction: r.pendingTop.direction, by: { kind: "field", chosen } };
    } else if (r.units[r.pendingTop.index]?.words[0] !== "first") {
      throw new Unplannable("it does not say by what to rank them");
    }
  }
}

/** "The rainiest month": the months are what is ranked, by what came together in them or by their average. */
function readPeriod(r: Reading, dimension: NonNullable<Unit["superlative"]>, place: number): boolean {
  const bucket = r.at(place)?.bucket;
  if (bucket === undefined || bucket === "day" || dimension.temporal === true || r.rank?.by.kind !== "dimension") return false;
  const chosen = fieldByWords(r.context, dimension.fields, [r.context.main], r.measurable, dimension.high ? "high" : "low");
  if (!chosen) return false;
  r.use(place);
  const fn = dimension.adds === true ? "sum" : "avg";
  r.rank = { direction: r.rank.direction, by: { kind: "aggregate", fn, chosen } };
  r.groups.push({ bucket, unit: place });
  return true;
}

/** "hired first", "most recently released": the date that was named. */
function namedMoment(r: Reading, index: number): ChosenField | undefined {
  for (const place of [index - 1, index - 2, index + 1, index + 2]) {
    const unit = r.at(place);
    if (!unit || (unit.filler && !r.strong(place)) || r.entity(place)) continue;
    const chosen = r.field(place, dated);
    if (!chosen) continue;
    r.use(place);
    return chosen;
  }
  return undefined;
}

/** "The largest planets by radius": told by what. */
function fieldAfterBy(r: Reading, index: number): ChosenField | undefined {
  const by = r.units.findIndex((one, place) => place > index && one.words.join(" ") === "by" && !r.used[place]);
  const chosen = by < 0 ? undefined : r.field(r.skip(by + 1), r.measurable);
  if (!chosen || chosen.score < 0.75) return undefined;
  r.use(by, r.skip(by + 1));
  return chosen;
}

function rankDirection(unit: Unit): "asc" | "desc" {
  const dimension = unit.superlative;
  if (!dimension) return "desc";
  return dimension.high ? "desc" : "asc";
}

function dimensionExists(r: Reading, dimension: NonNullable<Unit["superlative"]>): boolean {
  return fieldByWords(r.context, dimension.fields, [r.context.main], r.measurable) !== undefined;
}

function readCommonest(r: Reading, index: number, direction: "asc" | "desc"): void {
  r.use(index);
  let place = index + 1;
  while (r.plain(place)) place++;
  const kind = r.thing(place);
  r.rank = { direction, by: { kind: "rows" } };
  const lead = leadThing(r, index);
  if (kind && (!r.target || !lead)) {
    r.target ??= kind;
    r.use(place);
  }
}

function readMost(r: Reading, index: number, direction: "asc" | "desc"): void {
  const whom = r.at(index + 1);
  if (whom && [index - 1, index - 2].some((place) => isObjectOfVerb(r.at(place), whom)) && readVerbMost(r, index, direction)) return;
  for (let place = index + 1, seen = 0; seen < 5; place++, seen++) {
    const unit = r.at(place);
    if (!unit) break;
    if (r.isValue(place) || r.used[place] || (unit.filler && !r.strong(place) && unit.words[0] !== "by") || r.soft(place)) continue;
    const fn = (["avg", "sum", "median"] as const).find((one) => unit.ops.has(one));
    if (fn) {
      const measure = wantedAt(r, place);
      if (measure) {
        r.use(index);
        r.rank = { direction, by: measure };
        return;
      }
    }
    if (unit.trade === "money" && !r.entity(place)) {
      if (unit.words[0] === "money" && readVerbMost(r, index, direction)) return;
      r.use(index, place);
      r.rank = { direction, by: { kind: "trade", of: "money", fn: "sum" } };
      absorbVerb(r, index);
      return;
    }
    if (isRelationVerb(unit) && unit.schema.length === 0 && r.entity(place + 1)) {
      // "most borrowed books": by how often something points at them.
      r.use(place);
      readCommonest(r, index, direction);
      r.use(place);
      const kind = r.thing(place + 1);
      if (kind && !r.target) {
        r.target = kind;
        r.use(place + 1);
      }
      return;
    }
    const counted = describedEntity(r, place) ?? r.thing(place);
    if (!counted) break;
    r.use(index, counted.unit);
    const sold =
      [index - 1, index - 2].some((back) => r.at(back)?.trade === "units") ||
      [counted.unit + 1, counted.unit + 2].some((later) => r.at(later)?.trade === "units");
    if (counted.kind === "field" && r.measurable(counted.chosen.field)) {
      // "Which fruit has the most sugar", where fruits are some of the rows.
      const isKind = !r.over && !leadThing(r, index) && ["which", "what"].includes(r.at(0)?.words[0] ?? "") && r.isValue(1);
      if (isKind && !r.target) r.target = { kind: "entity", collection: counted.chosen.collection, unit: -1 };
      const rowWise = !r.over && (isKind || leadIs(r, counted.chosen.collection) || follows(r, index, counted.chosen.collection));
      r.rank = {
        direction,
        by: rowWise ? { kind: "field", chosen: counted.chosen } : { kind: "aggregate", fn: "sum", chosen: counted.chosen },
      };
    } else if (sold && counted.kind === "entity") {
      absorbVerb(r, index);
      r.units.forEach((one, at2) => (one.trade === "units" ? r.use(at2) : undefined));
      r.rank = { direction, by: { kind: "trade", of: "units", fn: "sum", hint: counted.collection } };
    } else {
      r.rank = { direction, by: { kind: "count", thing: counted } };
    }
    return;
  }
  if (readVerbMost(r, index, direction)) return;
  // "spent the most", "sold the most"
  const verb = [index - 1, index - 2, index - 3].find((back) => r.at(back)?.trade !== undefined && !r.used[back]);
  if (verb !== undefined) {
    r.use(index, verb);
    r.rank = { direction, by: { kind: "trade", of: r.at(verb)?.trade ?? "money", fn: "sum" } };
    return;
  }
  const measure = [index - 1, index - 2, index - 3]
    .map((back) => ({ back, chosen: r.at(back)?.filler ? undefined : r.field(back, r.measurable) }))
    .find(({ chosen }) => chosen !== undefined);
  if (measure?.chosen) {
    r.use(index, measure.back);
    r.rank = { direction, by: { kind: "field", chosen: measure.chosen } };
  }
}

/** "Weighs the most", "killed the most people": by the number the verb is about. */
function readVerbMost(r: Reading, index: number, direction: "asc" | "desc"): boolean {
  const back = [index - 1, index - 2].find((place) => fieldOfVerb(r, place) !== undefined);
  const chosen = back === undefined ? undefined : fieldOfVerb(r, back);
  if (back === undefined || !chosen) return false;
  const object = r.at(index + 1);
  const isMeasured = object !== undefined && isObjectOfVerb(r.at(back), object);
  if (object && !object.filler && !object.afterPause && !isMeasured && r.thing(index + 1)) return false;
  r.use(index, back, ...(isMeasured ? [index + 1] : []));
  r.rank = { direction, by: { kind: "field", chosen } };
  return true;
}

function absorbVerb(r: Reading, index: number): void {
  for (const back of [index - 1, index - 2]) if (r.at(back)?.trade) r.use(back);
}

function leadIs(r: Reading, collection: Collection): boolean {
  const lead = leadThing(r, r.units.length);
  return lead?.kind === "entity" && lead.collection === collection;
}

/** "The car with the most horsepower": of rows, and of nothing that is added up over them. */
function follows(r: Reading, index: number, collection: Collection): boolean {
  const link = r.skip(index - 1, -1);
  return (
    link < index - 1 && ["with", "has", "have", "having", "had"].includes(r.at(link + 1)?.words[0] ?? "") && r.entity(link) === collection
  );
}

/** "departing flights": a field that only describes the entity after it. */
function describedEntity(r: Reading, place: number): Thing | undefined {
  const here = r.at(place);
  if (!here || r.used[place] || r.entity(place)) return undefined;
  const later = place + 1;
  const collection = r.entity(later);
  const describing = here.words.length === 1 && isCue(here.words[0] ?? "");
  if (!collection || !describing) return undefined;
  r.use(place);
  r.cues.push({ cue: here.words[0] ?? "", collection });
  return { kind: "entity", collection, unit: later };
}

/** "highest rating", "lowest average price", "largest total". */
function readHighest(r: Reading, index: number): boolean {
  const unit = r.at(index);
  if (!unit) return false;
  const direction = unit.ops.has("highest") ? "desc" : "asc";
  let place = index + 1;
  while (r.plain(place) && !r.strong(place)) place++;
  const next = r.at(place);
  if (!next) return readHighestLast(r, index, direction);
  let by: NonNullable<Frame["rank"]>["by"] | undefined;
  if (["avg", "sum", "median"].some((fn) => next.ops.has(fn))) by = wantedAt(r, place);
  else if (next.ops.has("how-many")) by = wantedAt(r, place);
  else {
    const chosen =
      next.trade && !next.schema.some((ref) => ref.score > 0.9)
        ? undefined
        : r.field(place, r.measurable, undefined, direction === "desc" ? "high" : "low");
    const owner = r.entity(place);
    const owned = owner ? r.field(place + 1, r.measurable, undefined, direction === "desc" ? "high" : "low") : undefined;
    if (owned && (owned.collection === owner || owned.collection === r.context.main)) {
      r.use(place, place + 1);
      by = { kind: "field", chosen: owned };
    } else if (chosen && !owner) {
      r.use(place);
      by = { kind: "field", chosen };
    } else if (next.trade === "money") {
      r.use(place);
      by = { kind: "trade", of: "money", fn: "sum" };
    } else {
      const date = owner ? undefined : r.field(place, dated);
      // "the highest mountain": of a thing, how high it is.
      const height =
        owner && /^(highest|lowest)$/.test(unit.text.toLowerCase())
          ? fieldByWords(r.context, heightFields, [owner], r.measurable)
          : undefined;
      if (date) {
        r.use(place);
        by = { kind: "field", chosen: date };
      } else if (height && owner) {
        r.use(place);
        r.target ??= { kind: "entity", collection: owner, unit: place };
        by = { kind: "field", chosen: height };
      }
    }
  }
  if (!by) return false;
  r.use(index);
  r.rank = { direction, by };
  return true;
}

/** "When are sales highest": what is ranked by stands before. */
function readHighestLast(r: Reading, index: number, direction: "asc" | "desc"): boolean {
  const measure = [index - 2, index - 3, index - 4].find(
    (back) => ["avg", "sum", "median", "how-many"].some((op) => r.has(back, op)) && !r.used[back],
  );
  const told = measure === undefined ? undefined : wantedAt(r, measure);
  if (told) {
    r.use(index);
    r.rank = { direction, by: told };
    return true;
  }
  const at = r.skip(index - 1, -1);
  const isMoney = r.at(at)?.trade === "money" && !r.used[at] && !r.entity(at);
  const by = isMoney ? wantedAt(r, at) : undefined;
  if (!by) return false;
  r.use(index);
  r.rank = { direction, by };
  return true;
}

/** The first thing named before a place. */
export function leadThing(r: Reading, index: number): Thing | undefined {
  for (let place = 0; place < index; place++) {
    if (r.used[place] || (r.at(place)?.filler && !r.strong(place))) continue;
    const found = r.thing(place);
    if (found && (found.kind === "entity" || !isNumeric(found.chosen.field))) return found;
  }
  return undefined;
}
