import type { FieldSchema, JsonDocument, Relation } from "../backend.ts";
import type { ForeignKey } from "../load/table.ts";
import { endsAsKey, keySubject, nameWords, singular } from "./name-words.ts";

/** A collection as far as relations are concerned. */
export interface RelationSource {
  name: string;
  rows: readonly JsonDocument[];
  fields: readonly FieldSchema[];
  foreignKeys: readonly ForeignKey[];
}

/** This part of a field's different values must occur in the target; real data has a few strays. */
const minContained = 0.95;
/** Without a matching name, only this many different texts in common make chance unlikely. */
const minSharedTexts = 20;
const treeWords = new Set(["to", "of", "by", "parent", "manager", "boss", "supervisor", "superior"]);

interface Key {
  collection: string;
  field: string;
  values: ReadonlySet<unknown>;
  rows: readonly JsonDocument[];
}

/**
 * Finds which fields name documents of another collection. What the data declares comes first. Else a field relates to a unique field that
 * holds (almost) all its values when, in this order: their names say so (`artist_id` or `ArtistId` and the key of `artists`);
 * both hold texts, at least twenty different ones; the field is a key whose words occur in the documents it would name; or its documents
 * form a tree over their own collection. Dates never relate. A guess from names and values, which can be wrong.
 */
export function discoverRelations(sources: readonly RelationSource[]): Map<string, Relation[]> {
  const keys = sources.flatMap(uniqueKeys);
  return new Map(sources.map((source) => [source.name, relationsOf(source, keys)]));
}

function relationsOf(source: RelationSource, keys: readonly Key[]): Relation[] {
  const declared = source.foreignKeys.map((key): Relation => ({ ...key, declared: true }));
  const known = new Set(declared.map(({ field }) => field));
  const found = source.fields.flatMap((field): Relation[] => {
    if (known.has(field.name) || !isKeyLike(field)) return [];
    const target = targetOf(source, field, keys);
    return target === undefined ? [] : [{ field: field.name, collection: target.collection, target: target.field, declared: false }];
  });
  return [...declared, ...found];
}

function targetOf(source: RelationSource, field: FieldSchema, keys: readonly Key[]): Key | undefined {
  if (isOwnKey(source, field)) return undefined;
  const values = distinctValues(source.rows, field.name);
  if (values.size === 0) return undefined;
  const candidates = keys.filter((key) => !(key.collection === source.name && key.field === field.name) && isContained(values, key.values));
  const elsewhere = candidates.filter((key) => key.collection !== source.name);
  return (
    best(elsewhere.filter((key) => namesMatch(field, key))) ??
    sharedTexts(values, elsewhere) ??
    treeTarget(source, field, candidates) ??
    describedTarget(field, values, elsewhere)
  );
}

/** Several keys may fit: the one in the collection with the fewest documents is the list the others draw from. */
function best(keys: readonly Key[]): Key | undefined {
  return keys.toSorted((one, other) => one.rows.length - other.rows.length)[0];
}

/**
 * `ArtistId` fits `artists.ArtistId`, `artist.id` and `artists._id`; `country` fits `countries.country` and `countries.name`. Where the collection
 * is named for something else, the two fields must have the same name, and hold texts or be named as keys: equal years mean nothing.
 */
export function namesMatch(field: FieldSchema, key: { collection: string; field: string }): boolean {
  const subject = keySubject(field.name);
  const own = ownWord(key.collection);
  const keyField = keySubject(key.field);
  if (subject === "") return false;
  if (subject.endsWith(own)) return keyField === "" || keyField === own || nameWords(key.field).join("") === "name";
  return subject === keyField && (field.types.includes("string") || (endsAsKey(field.name) && endsAsKey(key.field)));
}

function sharedTexts(values: ReadonlySet<unknown>, keys: readonly Key[]): Key | undefined {
  if (values.size < minSharedTexts || ![...values].every((value) => typeof value === "string")) return undefined;
  return best(keys);
}

/** Employees who report to employees: a nullable key into the own collection, with roots and without cycles. */
function treeTarget(source: RelationSource, field: FieldSchema, keys: readonly Key[]): Key | undefined {
  const words = nameWords(field.name);
  if (!field.nullable || !words.some((word) => treeWords.has(word))) return undefined;
  return keys.find((key) => key.collection === source.name && isForest(source.rows, key.field, field.name));
}

function isForest(rows: readonly JsonDocument[], keyField: string, parentField: string): boolean {
  const parents = new Map(rows.map((row) => [valueAt(row, keyField), valueAt(row, parentField)]));
  return rows.every((row) => {
    let at = valueAt(row, parentField);
    for (let steps = 0; at !== null && at !== undefined; at = parents.get(at)) if ((steps += 1) > 100) return false;
    return true;
  });
}

/** `SupportRepId` names employees because the ones it names are, say, "Sales Support Agent": a word of the field occurs in every document it names. */
function describedTarget(field: FieldSchema, values: ReadonlySet<unknown>, keys: readonly Key[]): Key | undefined {
  if (!endsAsKey(field.name)) return undefined;
  const words = nameWords(field.name).filter((word) => word.length > 3);
  const described = keys.filter((key) => {
    const named = key.rows.filter((row) => values.has(valueAt(row, key.field)));
    return named.length < key.rows.length && named.every((row) => words.some((word) => textOf(row).has(word)));
  });
  return described.length === 1 ? described[0] : undefined;
}

function textOf(row: JsonDocument): Set<string> {
  return new Set(Object.values(row).flatMap((value) => (typeof value === "string" ? nameWords(value) : [])));
}

function uniqueKeys(source: RelationSource): Key[] {
  if (source.rows.length < 2) return [];
  return source.fields
    .filter((field) => field.unique && isKeyLike(field))
    .map((field) => ({ collection: source.name, field: field.name, rows: source.rows, values: distinctValues(source.rows, field.name) }));
}

/** Whether a field holds plain texts or whole numbers, which is what keys are made of. */
export function isKeyLike({ types }: FieldSchema): boolean {
  const [type, ...more] = types.filter((each) => each !== "null");
  return (type === "string" || type === "integer") && more.length === 0;
}

/** A unique field named for its own collection is that collection's key, so it does not refer to others by chance. */
function isOwnKey(source: RelationSource, field: FieldSchema): boolean {
  const subject = keySubject(field.name);
  return field.unique && (subject === "" || subject === ownWord(source.name));
}

function ownWord(collection: string): string {
  return singular(nameWords(collection).join(""));
}

function isContained(values: ReadonlySet<unknown>, target: ReadonlySet<unknown>): boolean {
  const allowedStrays = Math.floor(values.size * (1 - minContained));
  let strays = 0;
  for (const value of values) if (!target.has(value) && (strays += 1) > allowedStrays) return false;
  return true;
}

function distinctValues(rows: readonly JsonDocument[], field: string): Set<unknown> {
  const values = new Set(rows.map((row) => valueAt(row, field)));
  values.delete(null);
  values.delete(undefined);
  return values;
}

function valueAt(row: JsonDocument, path: string): unknown {
  if (!path.includes(".")) return row[path];
  return path.split(".").reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as JsonDocument)[key] : undefined), row);
}
