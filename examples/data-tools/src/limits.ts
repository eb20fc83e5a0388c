import { DataToolsError } from "./errors.ts";

/** How much one call may cost. All are upper bounds; a caller may ask for less. */
export interface Limits {
  /** Rows returned when a call names no `limit`. @default 1000 */
  rows: number;
  /** The largest `limit` a call may name; more is cut to this. @default 10000 */
  maxRows: number;
  /** Bytes of JSON returned as documents. @default 1 MiB */
  bytes: number;
  /** How long one tool call may take, in milliseconds. @default 10000 */
  timeMs: number;
  /** Calls that may wait for the embedded engine before the next is refused as `BUSY`. @default 256 */
  waitingCalls: number;
  /** The largest data file, in bytes. @default 64 MiB */
  fileBytes: number;
  /** Memory of the embedded engine's thread, in MiB. @default 1024 */
  memoryMb: number;
}

const defaults: Limits = {
  rows: 1_000,
  maxRows: 10_000,
  bytes: 1_048_576,
  timeMs: 10_000,
  waitingCalls: 256,
  fileBytes: 64 * 1_048_576,
  memoryMb: 1_024,
};

/** Fills in the defaults; a limit that is not a positive whole number is a `BAD_ARGUMENT`. */
export function withDefaults(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaults, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new DataToolsError("BAD_ARGUMENT", `limits.${name} must be a positive whole number, not ${value}`);
  }
  return limits;
}
