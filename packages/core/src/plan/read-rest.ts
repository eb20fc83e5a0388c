import { negationOf } from "./read-filters.ts";
import type { Collection } from "./catalog.ts";
import { type ChosenField, fieldByWords, isCue, nearby } from "./context.ts";
import { type Reading, dated } from "./reading.ts";
import type { Thing } from "./frame.ts";
import { fieldOfVerb } from "./read-verbs.ts";
import type { Unit } from "./units.ts";
import { nameWords } from "./words.ts";

const placeFields = ["address", "city", "state", "region", "country", "location"];

/** What is left names the thing to look for, or what to show of it. */
export function readRest(r: Reading): void {
  const how = r.units.findIndex((unit, index) => unit.how !== undefined && !r.used[index]);
  if (how >= 0) {
    const words = r.units[how]?.how ?? [];
    const chosen = fieldByWords(
      r.context,
      words,
      nearby(r.context, r.context.main, true).slice(0, 3),
      (one) => r.measurable(one) || dated(one),
    );
    if (chosen) {
      r.use(how);
      r.shown.push({ kind: "field", chosen, unit: how });
    }
  }
  readVerbAsked(r);
  if (r.units[0]?.words[0] === "where") {
    for (const place of placeFields) {
      const chosen = fieldByWords(r.context, [place], [r.context.main], (one) => one.type === "string");
      if (chosen && chosen.score >= 0.6) r.shown.push({ kind: "field", chosen, unit: 0 });
    }
  }
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index] || r.isValue(index)) continue;
    if (unit.ops.has("distinct")) {
      r.use(index);
      r.distinct = true;
      continue;
    }
    if (unit.ops.has("or") || unit.words[0] === "or") {
      r.use(index);
      continue;
    }
    if (unit.trade && !unit.schema.some((ref) => ref.score > 0.9)) {
      const negated = negationOf(r, index);
      const sale = saleCollection(r);
      if (sale) {
        r.use(index);
        const value = r.filters.some(
          (filter) => filter.test.kind !== "time" && (filter.unit > index || (negated === filter.negated && negated)),
        );
        if (!value || (negated && !r.filters.some((filter) => filter.negated)))
          r.filters.push({ unit: index, negated, test: { kind: "partners", collection: sale } });
        continue;
      }
    }
    if (!unit.filler && unit.words.length === 1 && isCue(unit.words[0] ?? "") && !r.cues.some((one) => one.cue === unit.words[0])) {
      r.cues.push({ cue: unit.words[0] ?? "", collection: r.context.main });
      r.use(index);
      continue;
    }
    const named = !unit.filler || r.strong(index) ? r.thing(index) : undefined;
    const detail = named?.kind === "entity" ? detailOf(r, index, named) : undefined;
    if (detail) r.use(detail.unit);
    const found = detail ?? named;
    if (!found) {
      const nounless = unit.words[0] === "name" || unit.words[0] === "names";
      if (nounless) r.use(index);
      if (/^(people|persons?|individuals?)$/.test(unit.words[0] ?? "") && !r.target) r.use(index);
      if (
        unit.bucket &&
        r.groups.length === 0 &&
        (r.rank || r.wanted || r.growth) &&
        ["which", "what"].includes(r.at(index - 1)?.words[0] ?? "")
      ) {
        r.use(index);
        r.groups.push({ bucket: unit.bucket, unit: index });
      }
      continue;
    }
    if (unit.bucket && found.kind === "field" && found.chosen.score < 0.95 && ["which", "what"].includes(r.at(index - 1)?.words[0] ?? "")) {
      r.use(index);
      r.groups.push({ bucket: unit.bucket, unit: index });
      continue;
    }
    const negated = found.kind === "entity" ? negationOf(r, index) : false;
    r.use(index);
    if (found.kind === "field" && holdsField(r, index) && (r.target !== undefined || r.wanted?.kind === "count")) {
      r.filters.push({ unit: index, negated: true, test: { kind: "missing", chosen: found.chosen } });
      continue;
    }
    if (negated && found.kind === "entity") {
      r.filters.push({ unit: index, negated: true, test: { kind: "partners", collection: found.collection } });
    } else if (!r.target && !(r.wanted && r.wanted.kind !== "share" && found.kind === "field" && r.measurable(found.chosen.field))) {
      r.target = found;
      r.targetAt = index;
    } else r.shown.push(found);
  }
  nameBucket(r);
  if (r.wanted && r.target && r.targetAt !== undefined && r.wanted.kind !== "share") {
    // The noun after a measure only says where it is taken, unless the question asks "which".
    const measureAt = r.units.findIndex(
      (unit) => unit.ops.has("how-many") || ["avg", "sum", "min", "max", "median", "highest", "lowest"].some((op) => unit.ops.has(op)),
    );
    const asked =
      (measureAt < 0 || r.targetAt < measureAt) &&
      r.units.slice(0, r.targetAt).some((unit) => ["which", "what", "who", "list", "show"].includes(unit.words[0] ?? "")) &&
      r.ask !== "count";
    if (!asked) r.shown.push(r.target);
  }
}

/** "How much is a desk": what it costs. */
function priceAsked(r: Reading, asked: number): ChosenField | undefined {
  if (!/^(is|are|was|were)$/.test(r.at(asked + 1)?.words[0] ?? "")) return undefined;
  return fieldByWords(r.context, ["price", "cost", "fee", "fare", "rent"], [r.context.main], r.measurable);
}

/** "How much does it weigh": the number the verb is about. */
function readVerbAsked(r: Reading): void {
  const asked = r.units.findIndex((unit, index) => unit.words.join(" ") === "how much" && !r.used[index]);
  const verb = asked < 0 ? -1 : r.units.findIndex((_, index) => index > asked && fieldOfVerb(r, index) !== undefined);
  const chosen = fieldOfVerb(r, verb) ?? (asked < 0 ? undefined : priceAsked(r, asked));
  if (!chosen) return;
  r.use(asked, ...(verb < 0 ? [] : [verb]));
  r.shown.push({ kind: "field", chosen, unit: verb < 0 ? asked : verb });
}

/** "On which weekday were most movies released": the date named is the one the days are of. */
function nameBucket(r: Reading): void {
  const at = r.groups.findIndex((group) => group.bucket !== undefined && group.thing === undefined);
  const group = r.groups[at];
  if (!group || (!r.wanted && !r.rank)) return;
  const isDate = (one: Thing | undefined): boolean => one?.kind === "field" && dated(one.chosen.field);
  const thing = isDate(r.target) ? r.target : r.shown.find(isDate);
  if (!thing) return;
  r.groups[at] = { ...group, thing };
  if (r.target === thing) r.target = undefined;
  else r.shown.splice(r.shown.indexOf(thing), 1);
}

/** "Which customer country has the most customers": the country of customers, of which there are few. */
function detailOf(r: Reading, index: number, { collection }: Extract<Thing, { kind: "entity" }>): Thing | undefined {
  const next = r.at(index + 1);
  const isRanked = r.rank !== undefined && r.rank.by.kind !== "dimension" && r.rank.by.kind !== "field";
  if (!isRanked || !next || next.afterPause || next.filler || r.isValue(index + 1)) return undefined;
  const chosen = r.field(index + 1, (one) => one.type === "string" && !one.unique, collection);
  return chosen && chosen.score >= 0.6 ? { kind: "field", chosen, unit: index + 1 } : undefined;
}

/** "have a fax", "with a company": the field is not missing. */
function holdsField(r: Reading, index: number): boolean {
  const article = ["a", "an", "any", "some"].includes(r.at(index - 1)?.words[0] ?? "");
  return article && ["have", "has", "with", "having", "had"].includes(r.at(index - 2)?.words[0] ?? "");
}

function saleCollection(r: Reading): Collection | undefined {
  const names = ["invoice line", "order line", "order item", "order detail", "sale", "order", "purchase", "invoice", "transaction"];
  return r.context.catalog.collections.find((one) => {
    const words = nameWords(one.name).join(" ");
    return names.some((name) => words === name) && r.context.graph.any(r.context.main.name, one.name).length > 0;
  });
}

/** A verb with something the plan uses on both sides, or at the end, only says that they belong together. */
export function joinsThings(r: Reading, index: number): boolean {
  const placed = (unit: Unit, place: number): boolean =>
    r.used[place] === true &&
    (unit.schema.length > 0 || unit.values.length > 0 || unit.time !== undefined || unit.ops.size > 0 || unit.trade !== undefined);
  return (
    r.units.some((unit, place) => place < index && (placed(unit, place) || unit.words[0] === "who")) &&
    (index === r.units.length - 1 || r.units.some((unit, place) => place > index && placed(unit, place)))
  );
}
