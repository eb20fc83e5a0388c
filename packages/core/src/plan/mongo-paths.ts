import type { Json, JsonObject } from "../ports/json.ts";
import { type Catalog, collectionOf, type Field, fieldOf } from "./catalog.ts";
import type { FieldRef, QueryPlan } from "./query-plan.ts";

/** Where the rows of a join stand in a document. */
export const joinedName = (name: string): string => `__${name}`;

/** Where a field stands in the document once the plan's joins ran. */
export function mongoPath(ref: FieldRef): string {
  return ref.via === undefined ? ref.field : `${joinedName(ref.via)}.${ref.field}`;
}

/** The collection a field named with `via` is of. */
export function collectionVia(plan: QueryPlan, via: string | undefined): string {
  return via === undefined ? plan.from : (plan.joins.find((join) => join.as === via)?.to ?? plan.from);
}

/** Looks up what the catalog knows of a field of the plan. */
export const typeIn =
  (catalog: Catalog, plan: QueryPlan) =>
  (ref: FieldRef): Field | undefined =>
    fieldOf(catalog, collectionVia(plan, ref.via), ref.field);

/** Follows one relation; a row without a partner stays. */
export function lookup(from: string, localField: string, foreignField: string, as: string): JsonObject[] {
  return [{ $lookup: { from, localField, foreignField, as } }, { $unwind: { path: `$${as}`, preserveNullAndEmptyArrays: true } }];
}

/** Text that is a number as that number, and any other text as nothing. */
function parsed(path: string): Json {
  const text = { $trim: { input: { $toString: path } } };
  const bare = [",", "$", "€", "£"].reduce<Json>(
    (input, find) => ({ $replaceAll: { input, find: { $literal: find }, replacement: "" } }),
    text,
  );
  const isNumber = { $regexMatch: { input: { $ifNull: [bare, ""] }, regex: "^[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$" } };
  return { $cond: [isNumber, { $convert: { input: bare, to: "double", onError: null, onNull: null } }, null] };
}

/** Makes numbers of the fields of a collection that hold them as text, as far as the plan names them. */
export function parsedFields(catalog: Catalog, plan: QueryPlan, collection: string, prefix = ""): JsonObject[] {
  const texts = collectionOf(catalog, collection)?.fields.filter((field) => field.storage === "number-text") ?? [];
  if (texts.length === 0) return [];
  const said = JSON.stringify(plan);
  const named = texts.filter((field) => said.includes(JSON.stringify(field.name)));
  return named.length === 0
    ? []
    : [{ $addFields: Object.fromEntries(named.map(({ name }) => [`${prefix}${name}`, parsed(`$${prefix}${name}`)])) }];
}
