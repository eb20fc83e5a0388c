import type { FieldType } from "../backend.ts";
import { isIsoDate } from "../load/dates.ts";

/** The type of one JSON value. */
export function valueType(value: unknown): FieldType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "string":
      return isIsoDate(value) ? "date" : "string";
    case "number":
      return Number.isInteger(value) ? "integer" : "number";
    case "boolean":
      return "boolean";
    default:
      return "object";
  }
}
