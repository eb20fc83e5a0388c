/** What the values of a field are. `date` covers days and moments, however they are stored. */
export type FieldType = "string" | "number" | "integer" | "boolean" | "date" | "array" | "object" | "unknown";

/** The values that occur in a field, as far as they were read. */
export interface FieldValues {
  /** Distinct values with how many rows hold each. Strings and booleans only. */
  readonly counts: ReadonlyMap<string | boolean, number>;
  /** False when there were more distinct values than were read: a value that is missing here may still occur. */
  readonly complete: boolean;
}

/** One field of a collection. */
export interface Field {
  /** Dotted path inside the document, or the column name. */
  readonly name: string;
  readonly type: FieldType;
  readonly description?: string | undefined;
  readonly nullable: boolean;
  /** True when no two rows share a value and none is missing. */
  readonly unique: boolean;
  /** How a `date` is stored: a real date, ISO text (sorts as text), or other text a date can be read from. A number: text, where it is that. */
  readonly storage?: "date" | "iso-text" | "other-text" | "number-text" | undefined;
  /** Smallest and largest value of a number or date; dates as ISO text. */
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
  readonly values?: FieldValues | undefined;
  /** What else it is called. */
  readonly aliases?: readonly string[] | undefined;
}

/** One collection or table. */
export interface Collection {
  readonly name: string;
  /** What else it is called. */
  readonly aliases?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly fields: readonly Field[];
  /** How many rows it holds. */
  readonly count: number;
}

/** Each row of `from` points at no more than one row of `to`. */
export interface Relation {
  readonly from: { readonly collection: string; readonly field: string };
  readonly to: { readonly collection: string; readonly field: string };
}

/** Everything the planner knows about the connected data. Plain data; a new object when anything changed. */
export interface Catalog {
  readonly collections: readonly Collection[];
  readonly relations: readonly Relation[];
  /** Differs between catalogs that differ. */
  readonly version: string;
}

/** The collection of this name, or undefined. */
export function collectionOf(catalog: Catalog, name: string): Collection | undefined {
  return catalog.collections.find((collection) => collection.name === name);
}

/** The field of this name, or undefined. */
export function fieldOf(catalog: Catalog, collection: string, name: string): Field | undefined {
  return collectionOf(catalog, collection)?.fields.find((field) => field.name === name);
}

/** True for fields sums and averages make sense of by type. */
export function isNumeric(field: Field): boolean {
  return field.type === "number" || field.type === "integer";
}

/** The field that identifies a row: the first unique one that is named like a key, else the first unique one. */
export function keyOf(collection: Collection): Field | undefined {
  const unique = collection.fields.filter((field) => field.unique && field.type !== "date");
  return unique.find((field) => /(^_?id$|[_\s]?(id|key|code|number|no)$)/i.test(field.name)) ?? unique[0];
}

/** True for text in which nothing at all may stand for a value that is not known. */
export function mayBeEmpty(field: Field | undefined): boolean {
  return field?.type === "string" && (field.values === undefined || !field.values.complete || field.values.counts.has(""));
}
