import type { FieldSchema, FieldType, JsonDocument } from "../backend.ts";
import { valueType } from "./value-type.ts";

const maxNesting = 8;

interface Seen {
  types: Set<FieldType>;
  present: number;
  /** The values so far while they are all different; `undefined` once they are not, or the field lies in an array. */
  distinct: Set<unknown> | undefined;
}

/**
 * Describes the fields of the given documents, each named by its dotted path, in the order they first occur. A field is `unique` when every
 * document has it with a different plain value. A column of whole and broken numbers is `number`, not both.
 */
export function discoverFields(rows: readonly JsonDocument[], descriptions: ReadonlyMap<string, string> = new Map()): FieldSchema[] {
  const fields = new Map<string, Seen>();
  for (const row of rows) visit(row, "", false, 0, fields);
  return [...fields].map(([name, seen]) => {
    const description = descriptions.get(name);
    return {
      name,
      types: typesOf(seen),
      ...(description === undefined ? {} : { description }),
      nullable: seen.types.has("null") || seen.present < rows.length,
      unique: seen.distinct !== undefined && rows.length > 0 && seen.distinct.size === rows.length,
    };
  });
}

function visit(document: JsonDocument, prefix: string, inArray: boolean, depth: number, fields: Map<string, Seen>): void {
  for (const key of Object.keys(document)) {
    const value = document[key];
    const name = prefix + key;
    const type = valueType(value);
    let seen = fields.get(name);
    if (seen === undefined) {
      seen = { types: new Set(), present: 0, distinct: inArray ? undefined : new Set() };
      fields.set(name, seen);
    }
    seen.types.add(type);
    seen.present += 1;
    if (seen.distinct !== undefined && (type === "null" || type === "array" || type === "object" || seen.distinct.has(value)))
      seen.distinct = undefined;
    seen.distinct?.add(value);
    if (depth >= maxNesting) continue;
    if (isDocument(value)) visit(value, `${name}.`, inArray, depth + 1, fields);
    else if (Array.isArray(value)) {
      for (const item of value) if (isDocument(item)) visit(item, `${name}.`, true, depth + 1, fields);
    }
  }
}

function typesOf({ types }: Seen): FieldType[] {
  const found = [...types].filter((type) => !(type === "integer" && types.has("number")) && !(type === "date" && types.has("string")));
  return found.toSorted((one, other) => Number(one === "null") - Number(other === "null"));
}

function isDocument(value: unknown): value is JsonDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
