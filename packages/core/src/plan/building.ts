import { displayFields } from "./display-fields.ts";
import { type Collection, isNumeric, type Catalog } from "./catalog.ts";
import type { ChosenField, Context } from "./context.ts";
import type { FilterReading, Thing, Wanted, Frame } from "./frame.ts";
import type { GroupKey, Join } from "./query-plan.ts";
import type { RelationGraph } from "./relation-graph.ts";

/** A key rows are grouped by, as it was understood. */
export interface Key {
  readonly thing: Thing | undefined;
  readonly bucket: GroupKey["bucket"];
}

/** From where rows are taken: listed as they are, or measured by keys. */
export type Settled =
  /** `per`: ranked within each of these. */
  | { readonly kind: "list"; readonly from: Collection; readonly per?: readonly Key[] | undefined }
  | { readonly kind: "measured"; readonly from: Collection; readonly wanted: Wanted; readonly keys: readonly Key[] };

/** A plan while it is built: what was understood, refined by what the data allows, and the joins it needs so far. */
export interface Building {
  readonly context: Context;
  readonly catalog: Catalog;
  readonly graph: RelationGraph;
  readonly frame: Frame;
  readonly joins: Join[];
  readonly groupThings: Frame["groups"][number][];
  readonly shown: Thing[];
  readonly having: Frame["having"];
  /** The collection rows are taken from; set once it is settled. */
  from: Collection;
  /** Relations walked so far. */
  reach: number;
  /** The groups themselves are counted. */
  rolled: boolean;
  wanted: Wanted | undefined;
  rank: Frame["rank"];
  target: Thing | undefined;
}

/** The collection a thing is, or its field is in. */
export function collectionOfThing(thing: Thing): Collection {
  return thing.kind === "entity" ? thing.collection : thing.chosen.collection;
}

/** True for two things that are one. */
export function sameThing(a: Thing | undefined, b: Thing | undefined): boolean {
  if (!a || !b || a.kind !== b.kind) return false;
  if (a.kind === "entity" && b.kind === "entity") return a.collection === b.collection;
  return a.kind === "field" && b.kind === "field" && a.chosen.field === b.chosen.field;
}

/** The collection a filter looks at; undefined for a time without a field. */
export function collectionOfFilter(filter: FilterReading): Collection | undefined {
  if (filter.test.kind === "partners") return filter.test.collection;
  return "chosen" in filter.test ? filter.test.chosen?.collection : undefined;
}

/** A measure in one word. */
export function wordOf(fn: "sum" | "avg" | "min" | "max" | "median"): string {
  return { sum: "total", avg: "average", min: "lowest", max: "highest", median: "median" }[fn];
}

/** A name that is no path and no operator anywhere. */
export function columnName(name: string): string {
  const safe = name.replace(/[.$\0]/g, " ").trim();
  return safe === "" ? "value" : safe;
}

/** A number that only points at another row. */
export function isForeignKey(b: Building, { collection, field }: ChosenField): boolean {
  return isNumeric(field) && b.catalog.relations.some((one) => one.from.collection === collection.name && one.from.field === field.name);
}

/** True for the fields that name a row. */
export function isDisplay(chosen: ChosenField): boolean {
  return displayFields(chosen.collection).includes(chosen.field);
}
