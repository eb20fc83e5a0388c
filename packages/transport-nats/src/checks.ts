import { OrchestratorError } from "@hydrogenai/core";

/** Throws `CONFIG_INVALID` unless the value is a whole number of at least `least`. */
export function checkCount(option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${option} must be a whole number of at least ${least}, not ${value}`);
}

/** Throws `CONFIG_INVALID` unless the value is a duration in milliseconds of at least `least`. */
export function checkDuration(option: string, value: number, least = 1): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${option} must be a number of milliseconds of at least ${least}, not ${value}`);
}

/** Throws `CONFIG_INVALID` unless the value may stand in names of streams and as one word of a subject. */
export function checkName(option: string, value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${option} must be 1 to 64 letters, digits, "_" or "-", not ${JSON.stringify(value)}`);
}
