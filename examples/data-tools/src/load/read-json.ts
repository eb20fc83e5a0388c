import type { JsonDocument } from "../backend.ts";
import { brokenFile, lineAt } from "./broken-file.ts";
import { withFieldNames } from "./field-name.ts";
import { featureRows, isFeatureCollection } from "./geojson.ts";

/**
 * Reads JSON as documents: an array of objects, newline-delimited objects, a GeoJSON feature collection, an object with exactly one
 * array of objects in it (an export with an envelope), or one plain object (one document). Anything else is a `BROKEN_FILE`.
 */
export function readJson(text: string, file: string): JsonDocument[] {
  if (text.trim() === "") throw brokenFile(file, undefined, "the file is empty");
  const parsed = tryParse(text);
  if (!parsed.ok) {
    if (looksLineDelimited(text)) return readNdjson(text, file);
    throw brokenFile(file, parsed.line, parsed.reason);
  }
  const found = documentsIn(parsed.value);
  if (found === undefined) throw brokenFile(file, undefined, "expected an array of objects or one object");
  return checked(found, file);
}

/** Reads one JSON object a line; empty lines are allowed. */
export function readNdjson(text: string, file: string): JsonDocument[] {
  const documents: JsonDocument[] = [];
  let line = 0;
  for (const row of text.split("\n")) {
    line += 1;
    if (row.trim() === "") continue;
    const parsed = tryParse(row);
    if (!parsed.ok) throw brokenFile(file, line, parsed.reason);
    if (!isDocument(parsed.value)) throw brokenFile(file, line, "expected one JSON object on each line");
    documents.push(withFieldNames(parsed.value) as JsonDocument); // An object stays an object.
  }
  return documents;
}

type Parsed = { ok: true; value: unknown } | { ok: false; line: number; reason: string };

function tryParse(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(reason)?.[1];
    // Without a position the text ended too early.
    return { ok: false, line: lineAt(text, position === undefined ? text.trimEnd().length : Number(position)), reason };
  }
}

function looksLineDelimited(text: string): boolean {
  const [first = "", second = ""] = text.split("\n", 20).filter((line) => line.trim() !== "");
  const parsed = tryParse(first);
  return parsed.ok && isDocument(parsed.value) && second.trimStart().startsWith("{");
}

function documentsIn(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isDocument(value)) return undefined;
  if (isFeatureCollection(value)) return featureRows(value);
  const lists = Object.values(value).filter((part) => Array.isArray(part) && part.length > 0 && part.every(isDocument));
  const [only] = lists;
  return lists.length === 1 && Array.isArray(only) ? only : [value];
}

function checked(found: unknown[], file: string): JsonDocument[] {
  return found.map((item, index) => {
    if (!isDocument(item)) throw brokenFile(file, undefined, `expected an array of objects, but item ${index + 1} is ${describe(item)}`);
    return withFieldNames(item) as JsonDocument; // An object stays an object.
  });
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function isDocument(value: unknown): value is JsonDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
