import type { JsonDocument } from "../backend.ts";
import { isIsoDate } from "../load/dates.ts";

const comparisons = new Set(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$not"]);

/** A query in which ISO texts compared with a stored date become dates, since MongoDB never finds a date equal to a text. Fields are dotted paths. */
export function withTypedDates(filter: JsonDocument, dateFields: ReadonlySet<string>): JsonDocument {
  return Object.fromEntries(
    Object.entries(filter).map(([key, value]): [string, unknown] => {
      if (Array.isArray(value) && (key === "$and" || key === "$or" || key === "$nor")) {
        return [key, value.map((part: unknown) => (isObject(part) ? withTypedDates(part, dateFields) : part))];
      }
      return [key, dateFields.has(key) ? typed(value) : value];
    }),
  );
}

function typed(value: unknown): unknown {
  if (typeof value === "string")
    return isIsoDate(value) ? new Date(hasZone(value) ? value : `${value.replace(" ", "T")}${value.length === 10 ? "" : "Z"}`) : value;
  if (Array.isArray(value)) return value.map(typed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]): [string, unknown] => [key, comparisons.has(key) ? typed(part) : part]),
  );
}

function hasZone(text: string): boolean {
  return /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
}

function isObject(value: unknown): value is JsonDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
