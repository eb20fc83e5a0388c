import { z } from "zod";
import { DataToolsError } from "../errors.ts";
import type { Cap, JsonDocument } from "../backend.ts";
import type { Limits } from "../limits.ts";
import type { Services } from "./services.ts";

/**
 * Any JSON object, just as it came: a record would drop a key named `__proto__`, and with it a part of the query, before the policy could refuse it.
 * Operators are checked by the policy, not here.
 */
export const jsonObject = z
  .unknown()
  .refine(isObject, "expected an object")
  .meta({ type: "object" }) as z.ZodType as z.ZodType<JsonDocument>; // The refinement looks.

export const database = z.string().optional().describe("Database name; may be left out, there is only one");
export const collection = z.string().min(1).describe("Collection name");
export const filter = jsonObject.optional().describe("The query filter, matching the syntax of the query argument of db.collection.find()");
export const equals = jsonObject
  .optional()
  .describe(
    "Plain values by field, for values a person typed: they are compared as data, whatever they look like. Combined with the filter.",
  );
export const sort = z
  .record(z.string(), z.union([z.literal(1), z.literal(-1)]))
  .optional()
  .describe("Fields to sort on, 1 for ascending and -1 for descending, the first one first");
export const rowLimit = z.int().positive().optional().describe("The maximum number of documents to return");
export const byteLimit = z
  .int()
  .positive()
  .optional()
  .describe("The maximum number of bytes of documents to return; the server's own maximum still holds");

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `UNKNOWN_DATABASE` unless the name is left out or is the one served. */
export function assertDatabase(given: string | undefined, { database }: Services): void {
  if (given === undefined || given === database) return;
  throw new DataToolsError("UNKNOWN_DATABASE", `There is no database "${given}"; the only one is "${database}" and may be left out.`, {
    details: { database },
  });
}

/** The cap of a call: the server's limits, or less when the caller asks for less. */
export function capOf(limits: Limits, rows: number | undefined, bytes: number | undefined): Cap {
  return { rows: Math.min(rows ?? limits.rows, limits.maxRows), bytes: Math.min(bytes ?? limits.bytes, limits.bytes) };
}
