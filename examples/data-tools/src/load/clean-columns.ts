import type { JsonDocument } from "../backend.ts";
import { isoColumn } from "./dates.ts";

/** What a description of the data says a column holds; only these four lead to a conversion. */
export type DeclaredType = "string" | "number" | "integer" | "boolean";

const numberText = /^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const decimalText = /^[+-]?\d*\.\d+$/;
const missingText = new Set(["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "-"]);
const timeWords = /(^|[^a-z])(time|date|timestamp|updated|created|modified)([^a-z]|$)|At$/i;
const epochFrom = Date.UTC(1990, 0);
const epochTo = Date.UTC(2100, 0);

/**
 * Gives top-level columns one clear type, in place, a whole column at a time and only when every value agrees:
 * text that is numbers, booleans or dates becomes that (numbers and booleans from JSON strings only when `declared` says so), marks for
 * "missing" in a column of numbers become null, epoch milliseconds in a column named for a time become ISO strings. Numbers written
 * with leading zeros are codes and stay text. Columns that do not agree are left as they are.
 */
export function cleanColumns(rows: JsonDocument[], declared: ReadonlyMap<string, DeclaredType>, from: "text" | "json"): void {
  const columns = new Set<string>();
  for (const row of rows) for (const column of Object.keys(row)) columns.add(column);
  for (const column of columns) {
    const cleaned = cleanColumn(
      column,
      rows.map((row) => row[column]),
      declared.get(column),
      from,
    );
    if (cleaned === undefined) continue;
    for (const [index, row] of rows.entries()) {
      if (Object.hasOwn(row, column)) row[column] = cleaned[index];
    }
  }
}

function cleanColumn(
  name: string,
  values: readonly unknown[],
  declared: DeclaredType | undefined,
  from: "text" | "json",
): unknown[] | undefined {
  if (declared === "string" && from === "json")
    return values.map((value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value));
  if (isEpochColumn(name, values)) return values.map((value) => (typeof value === "number" ? new Date(value).toISOString() : value));
  const texts = values.map((value) => (value === undefined ? null : value));
  if (!texts.every((value) => value === null || typeof value === "string")) return undefined;
  if (from === "text" || declared === "number" || declared === "integer") {
    const numbers = declared === "string" ? undefined : numberColumn(texts);
    if (numbers !== undefined) return numbers;
  }
  if (from === "text" || declared === "boolean") {
    const booleans = booleanColumn(texts);
    if (booleans !== undefined) return booleans;
  }
  return isoColumn(texts);
}

function numberColumn(values: readonly (string | null)[]): (number | null)[] | undefined {
  let seen = false;
  const numbers: (number | null)[] = [];
  for (const value of values) {
    const text = value?.trim();
    if (text === undefined || missingText.has(text)) {
      numbers.push(null);
      continue;
    }
    const number = Number(text);
    if (!numberText.test(text) && !decimalText.test(text)) return undefined;
    // A whole number too large to keep exactly is an identifier, not a quantity.
    if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return undefined;
    seen = true;
    numbers.push(number);
  }
  return seen ? numbers : undefined;
}

function booleanColumn(values: readonly (string | null)[]): (boolean | null)[] | undefined {
  const words = values.map((value) => value?.trim().toLowerCase() ?? null);
  if (!words.some((word) => word !== null) || !words.every((word) => word === null || word === "true" || word === "false"))
    return undefined;
  return words.map((word) => (word === null ? null : word === "true"));
}

function isEpochColumn(name: string, values: readonly unknown[]): boolean {
  if (!timeWords.test(name)) return false;
  const present = values.filter((value) => value !== null && value !== undefined);
  return (
    present.length > 0 &&
    present.every((value) => typeof value === "number" && Number.isInteger(value) && value >= epochFrom && value < epochTo)
  );
}
