import { type Catalog, type Collection, type Field, fieldOf, isNumeric } from "./catalog.ts";
import { type ChosenField, type Context, entityOf, fieldOfUnit, nearness, rankedValues } from "./context.ts";
import type { FilterReading, Frame, Thing, Wanted } from "./frame.ts";
import { relationVerbs, softWords } from "./lexicon.ts";
import type { Bucket, Comparison } from "./query-plan.ts";
import type { Unit } from "./units.ts";
import { root, singular } from "./words.ts";

/**
 * A question while it is read: what was understood so far, and which units found a place.
 * Each `read-…` file fills in one part of it; a unit used by one is left alone by the next.
 */
export interface Reading {
  readonly context: Context;
  readonly units: readonly Unit[];
  readonly used: boolean[];
  readonly filters: FilterReading[];
  readonly shown: Thing[];
  readonly groups: { thing?: Thing; bucket?: Bucket; unit: number }[];
  readonly having: { op: Comparison; value: number | "average"; of: Wanted }[];
  readonly extra: Wanted[];
  readonly cues: { readonly cue: string; readonly collection: Collection }[];
  /** Units that named a key, which more than one value may follow: "reports to Nancy Edwards". */
  readonly throughUnits: Set<number>;
  /** Units that are denied by what stands before them. */
  readonly denied: Set<number>;
  wanted: Wanted | undefined;
  over: Frame["over"];
  target: Thing | undefined;
  /** The unit the target was read from. */
  targetAt: number | undefined;
  rank: Frame["rank"];
  /** A "top" that has not been told by what. */
  pendingTop: { readonly index: number; readonly direction: "asc" | "desc" } | undefined;
  sort: Frame["sort"];
  limit: number | undefined;
  offset: number | undefined;
  growth: Frame["growth"];
  ask: Frame["ask"];
  distinct: boolean;
  readonly at: (index: number) => Unit | undefined;
  readonly has: (index: number, op: string) => boolean;
  readonly use: (...indices: number[]) => void;
  /** A little word with no meaning of its own. */
  readonly plain: (index: number) => boolean;
  /** A word that says nothing of its own before the name of a thing: "time zones", "data records". */
  readonly soft: (index: number) => boolean;
  /** A filler that is also the full name of a field is none where a field is wanted. */
  readonly strong: (index: number) => boolean;
  /** The first place from here on that is no filler. */
  readonly skip: (index: number, step?: 1 | -1) => number;
  /** True for fields that sums and comparisons make sense of: numbers that are no keys. */
  readonly measurable: (field: Field) => boolean;
  readonly entity: (index: number) => Collection | undefined;
  readonly field: (
    index: number,
    accept?: (field: Field) => boolean,
    within?: Collection,
    prefer?: "high" | "low",
  ) => ChosenField | undefined;
  /** The unit is best read as a value. */
  readonly isValue: (index: number) => boolean;
  readonly thing: (index: number) => Thing | undefined;
}

/** The comparison that holds exactly when the other does not. */
export const inverse: Readonly<Record<Comparison, Comparison>> = { "=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">" };

const verbRoots: ReadonlySet<string> = new Set(relationVerbs.map(root));

/** True for a verb that only says that two things belong together. */
export function isRelationVerb(unit: Unit | undefined): boolean {
  return unit?.words.length === 1 && verbRoots.has(root(unit.words[0] ?? ""));
}

/** True for dates and moments. */
export const dated = (field: Field): boolean => field.type === "date";

/** A date with no time of day. */
const holdsDays = (field: Field): boolean =>
  dated(field) && [field.min, field.max].every((end) => typeof end === "string" && /^\d{4}-\d{2}-\d{2}([T ]00:00:00(\.0+)?Z?)?$/.test(end));

/** Key columns are numbers nobody averages. */
export function isKeyLike(field: Field): boolean {
  return /(^_?id$|[a-z_\s]id$|Id$|ID$|_key$|uuid|[a-z]No$|_no$)/.test(field.name) && field.type !== "number";
}

/** The ends of all relations. */
function keyFields(catalog: Catalog): ReadonlySet<Field> {
  const ends = catalog.relations.flatMap((one) => [one.from, one.to]);
  return new Set(ends.flatMap((end) => fieldOf(catalog, end.collection, end.field) ?? []));
}

const joining: ReadonlySet<string> = new Set(["and", "or", "by", "not", "no"]);
const prepositions: ReadonlySet<string> = new Set(["in", "to", "from", "by", "of", "on"]);

/** A reading of the context's units with nothing understood yet. */
export function createReading(context: Context): Reading {
  const { units, main } = context;
  const used = units.map(() => false);
  const keys = keyFields(context.catalog);
  const at = (index: number): Unit | undefined => units[index];
  const plain = (index: number): boolean => {
    const unit = at(index);
    return unit !== undefined && unit.filler && !used[index] && unit.ops.size === 0;
  };
  const strong = (index: number): boolean => {
    const unit = at(index);
    if (!unit?.filler || prepositions.has(unit.words[0] ?? "")) return false;
    return unit.schema.some((ref) => ref.score >= 0.95 && (ref.kind === "collection" || ref.collection === main));
  };
  const soft = (index: number): boolean => {
    const unit = at(index);
    const next = at(index + 1);
    if (!unit || !next || used[index] || unit.words.length !== 1 || next.afterPause || unit.values.length > 0) return false;
    return softWords.has(singular(unit.words[0] ?? "")) && !unit.schema.some((ref) => ref.score >= 0.55) && entity(index + 1) !== undefined;
  };
  const entity = (index: number): Collection | undefined => {
    const unit = at(index);
    return unit && !used[index] && !(unit.filler && !strong(index)) ? entityOf(context, unit)?.collection : undefined;
  };
  const field: Reading["field"] = (index, accept, within, prefer) => {
    const unit = at(index);
    const isLink = unit?.filler === true && unit.words.length === 1 && prepositions.has(unit.words[0] ?? "");
    return unit && !isLink && !used[index] && unit.schema.length > 0 ? fieldOfUnit(context, unit, accept, within, prefer) : undefined;
  };
  /** "An ICAO code": the column of that name, whatever else is called so. */
  const isCodeName = (index: number): boolean => {
    const isCode = /^(codes?|numbers?|ids?)$/.test(at(index + 1)?.words.join(" ") ?? "");
    return isCode && at(index)?.schema.some((ref) => ref.field !== undefined && ref.collection === main && ref.score >= 0.95) === true;
  };
  const isValue = (index: number): boolean => {
    const unit = at(index);
    if (!unit || used[index]) return false;
    const best = rankedValues(context, unit, undefined)[0];
    if (!best) return false;
    if (unit.quoted) return true;
    if (isCodeName(index)) return false;
    const schema = Math.max(0, ...unit.schema.map((ref) => ref.score * nearness(context, main.name, ref.collection.name)));
    if (!best.ref.exact || !unit.capital || unit.start === 0) return best.score > schema;
    return best.score >= schema - 0.12 && !(schema >= 0.96 && best.score < 0.97);
  };
  return {
    context,
    units,
    used,
    filters: [],
    shown: [],
    groups: [],
    having: [],
    extra: [],
    cues: [],
    throughUnits: new Set(),
    denied: new Set(),
    wanted: undefined,
    over: undefined,
    target: undefined,
    targetAt: undefined,
    rank: undefined,
    pendingTop: undefined,
    sort: undefined,
    limit: undefined,
    offset: undefined,
    growth: undefined,
    ask: "plain",
    distinct: false,
    at,
    has: (index, op) => at(index)?.ops.has(op) === true,
    use: (...indices) => {
      for (const index of indices) used[index] = true;
    },
    plain,
    soft,
    strong,
    skip: (index, step = 1) => {
      let place = index;
      while (!strong(place) && (plain(place) || (at(place)?.filler === true && !joining.has(at(place)?.words[0] ?? "")))) place += step;
      return place;
    },
    measurable: (one) => isNumeric(one) && !isKeyLike(one) && !keys.has(one),
    entity,
    field,
    isValue,
    thing: (index) => {
      const unit = at(index);
      if (!unit || used[index] || isValue(index)) return undefined;
      const collection = entity(index);
      if (collection) return { kind: "entity", collection, unit: index };
      // One row a day: the days are the rows.
      if (unit.bucket === "day" && main.fields.some((one) => dated(one) && one.unique))
        return { kind: "entity", collection: main, unit: index };
      // Several rows a day, with nothing finer than days: the days that occur.
      const days = unit.bucket === "day" ? main.fields.filter(holdsDays) : [];
      if (days.length === 1 && days[0]) return { kind: "field", chosen: { collection: main, field: days[0], score: 0.9 }, unit: index };
      const chosen = field(index);
      return chosen ? { kind: "field", chosen, unit: index } : undefined;
    },
  };
}
