import { OrchestratorError } from "@hydrogenai/core";

/** The value as JSON text; throws a `TypeError` for what JSON cannot hold. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`a ${typeof value} is not JSON`);
  return text;
}

/** The value of stored JSON text; throws `DATA_CORRUPT` when it is none. */
export function parseStored(text: unknown, what: string): unknown {
  try {
    return JSON.parse(String(text));
  } catch (cause) {
    throw new OrchestratorError("DATA_CORRUPT", `${what} is not JSON`, { cause });
  }
}

/** Longest time to live that Redis takes with room to spare: about 3,000 years. */
const maxTtlMs = 1e14;

/** Whole milliseconds for Redis, never 0; throws `CONFIG_INVALID` for what is no duration. */
export function checkTtl(ttlMs: number): number {
  if (Number.isFinite(ttlMs) && ttlMs > 0) return Math.min(Math.ceil(ttlMs), maxTtlMs);
  throw new OrchestratorError("CONFIG_INVALID", `ttlMs must be a number of milliseconds above 0, not ${ttlMs}`);
}

/** Throws `CONFIG_INVALID` unless the value is a whole number of at least `least`. */
export function checkCount(option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${option} must be a whole number of at least ${least}, not ${value}`);
}
