import type { CallOptions } from "../ports/call.ts";
import type { Catalog, Collection, Field, FieldValues } from "./catalog.ts";
import type { CatalogReader, DeclaredCollection, DeclaredField, FieldStatistics } from "./catalog-reader.ts";
import { numbersInTexts, standsForUnknown } from "./number-texts.ts";
import { inferRelations } from "./relations.ts";

/** How much is read. */
export interface LoadCatalogOptions extends CallOptions {
  /** Distinct values read of one field before it counts as incomplete. @default 5000 */
  readonly maxValues?: number | undefined;
}

const pageSize = 1000;
const isoDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

interface ReadValues extends FieldValues {
  /** Numbers among the texts. */
  readonly numbers: readonly number[];
}

async function readValues(
  reader: CatalogReader,
  collection: string,
  field: DeclaredField,
  options: LoadCatalogOptions,
): Promise<ReadValues> {
  const maxValues = options.maxValues ?? 5000;
  const counts = new Map<string | boolean, number>();
  const numbers: number[] = [];
  for (let skip = 0; skip < maxValues;) {
    const { values, last } = await reader.groups(collection, field, { skip, limit: pageSize }, options);
    for (const { value, count } of values) {
      if (typeof value === "string" || typeof value === "boolean") counts.set(value, count);
      else if (typeof value === "number") numbers.push(value);
    }
    skip += values.length;
    if (last) return { counts, numbers, complete: true };
  }
  return { counts, numbers, complete: false };
}

/** Text whose values are all ISO days or moments, or stand for an unknown one, is a date. */
function looksLikeDates(values: FieldValues | undefined): boolean {
  if (!values || values.counts.size === 0) return false;
  let looked = 0;
  for (const value of values.counts.keys()) {
    if (typeof value !== "string") return false;
    if (standsForUnknown(value)) continue;
    if (!isoDate.test(value)) return false;
    if (++looked >= 200) break;
  }
  return looked > 0;
}

function storageOf(declared: DeclaredField, statistics: FieldStatistics, values: FieldValues | undefined): Field["storage"] {
  if (declared.storage) return declared.storage;
  if (statistics.types.length > 0 && statistics.types.every((type) => type === "date" || type === "timestamp")) return "date";
  if (values) return looksLikeDates(values) ? "iso-text" : "other-text";
  const sample = statistics.min;
  return typeof sample === "string" && isoDate.test(sample) ? "iso-text" : "other-text";
}

async function loadField(
  reader: CatalogReader,
  collection: string,
  count: number,
  declared: DeclaredField,
  statistics: FieldStatistics,
  options: LoadCatalogOptions,
): Promise<Field> {
  const { name, description } = declared;
  let type = declared.type;
  if (type === "unknown") {
    const numeric = statistics.types.length > 0 && statistics.types.every((one) => /^(int|long|double|decimal|number)/.test(one));
    if (numeric) type = statistics.types.every((one) => /^(int|long)/.test(one)) ? "integer" : "number";
    else type = statistics.types.includes("bool") ? "boolean" : statistics.types.includes("date") ? "date" : "string";
  }
  const nullable = declared.nullable ?? statistics.present < count;
  const base = { name, type, description, nullable };
  // Some databases keep text in a column of numbers, such as nothing at all for an unknown one.
  const isMixed = (type === "integer" || type === "number") && statistics.types.includes("string");
  const isTextDate = type === "date" && !statistics.types.every((one) => one === "date" || one === "timestamp");
  const values =
    type === "string" || type === "boolean" || type === "array" || isTextDate || isMixed
      ? await readValues(reader, collection, declared, options)
      : undefined;
  const key = count > 0 && !nullable;
  if (type === "date" || (type === "string" && looksLikeDates(values))) {
    const storage = storageOf({ ...declared, type: "date" }, statistics, values);
    const texts = values
      ? [...values.counts.keys()].filter((one): one is string => typeof one === "string" && !standsForUnknown(one)).toSorted()
      : [];
    const min = storage === "iso-text" && texts.length > 0 ? texts[0] : statistics.min;
    const max = storage === "iso-text" && texts.length > 0 ? texts.at(-1) : statistics.max;
    const unique = key && values?.complete === true && values.counts.size === count;
    return { ...base, type: "date", unique, storage, min, max };
  }
  const numbers = (type === "string" || isMixed) && values ? numbersInTexts(name, [...values.counts.keys()], values.numbers) : undefined;
  if (numbers) {
    const isWhole = numbers.every(Number.isInteger);
    const [min, max] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
    return { ...base, type: isWhole ? "integer" : "number", nullable: true, unique: false, storage: "number-text", min, max };
  }
  if (type === "integer" || type === "number") {
    const unique = key && type === "integer" && (declared.unique ?? !(await reader.hasDuplicates(collection, name, options)));
    return { ...base, unique, min: statistics.min, max: statistics.max };
  }
  if (type === "string" && values) {
    const unique =
      key &&
      (declared.unique ?? (values.complete ? values.counts.size === count : !(await reader.hasDuplicates(collection, name, options))));
    return { ...base, unique, values: { counts: values.counts, complete: values.complete } };
  }
  return { ...base, unique: false, values };
}

async function loadCollection(reader: CatalogReader, declared: DeclaredCollection, options: LoadCatalogOptions): Promise<Collection> {
  const { count, fields: statistics } = await reader.statistics(declared.name, declared.fields, options);
  const fields: Field[] = [];
  for (const [index, field] of declared.fields.entries()) {
    const known = statistics[index] ?? { present: 0, types: [] };
    fields.push(await loadField(reader, declared.name, count, field, known, options));
  }
  return { name: declared.name, description: declared.description, fields, count };
}

/** Reads declarations, statistics, values and relations of every collection. Many small queries; meant to be cached. */
export async function loadCatalog(reader: CatalogReader, options: LoadCatalogOptions = {}): Promise<Catalog> {
  const declared = await reader.collections(options);
  const collections: Collection[] = [];
  for (const one of declared) collections.push(await loadCollection(reader, one, options));
  const stated = declared.flatMap((one) => one.relations);
  const relations = await inferRelations(collections, stated, (from, to) => reader.contained(from, to, options));
  return { collections, relations, version: versionOf(collections) };
}

/** A fingerprint of names, types, counts and bounds; cheap, and changed by nearly every change of the data. */
function versionOf(collections: readonly Collection[]): string {
  let hash = 0x811c9dc5;
  const text = JSON.stringify(
    collections.map(({ name, count, fields }) => [
      name,
      count,
      fields.map((field) => [field.name, field.type, field.min, field.max, field.values?.counts.size]),
    ]),
  );
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
