import type { JsonDocument } from "../backend.ts";

/** An index over one field that finds the documents with a given plain value. */
export interface EqualityIndex {
  name: string;
  field: string;
  /** The documents that can match a filter, or `undefined` when the filter does not pin the field to plain values. */
  candidates(filter: JsonDocument): readonly JsonDocument[] | undefined;
}

/** Builds the index. `undefined` when a document holds an array or an object in the field: such values match in more ways than one. */
export function equalityIndex(name: string, field: string, rows: readonly JsonDocument[]): EqualityIndex | undefined {
  const byValue = new Map<unknown, JsonDocument[]>();
  for (const row of rows) {
    const value = row[field] ?? null;
    if (typeof value === "object" && value !== null) return undefined;
    const same = byValue.get(value);
    if (same === undefined) byValue.set(value, [row]);
    else same.push(row);
  }
  return {
    name,
    field,
    candidates(filter) {
      const values = pinnedValues(filter[field]);
      return values?.flatMap((value) => byValue.get(value) ?? []);
    },
  };
}

/** The values a condition allows, when they are plain and not null (null also matches a missing field, which the full scan knows best). */
function pinnedValues(condition: unknown): unknown[] | undefined {
  if (isPlain(condition)) return [condition];
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) return undefined;
  const { $eq, $in } = condition as { $eq?: unknown; $in?: unknown };
  if (isPlain($eq)) return [$eq];
  return Array.isArray($in) && $in.every(isPlain) ? [...new Set<unknown>($in)] : undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
