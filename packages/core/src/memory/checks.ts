import { OrchestratorError } from "../errors.ts";

/** Throws `CONFIG_INVALID` unless the value is a whole number of at least `least`. */
export function checkCount(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be a whole number of at least ${least}, not ${value}`);
}

/** Throws `CONFIG_INVALID` unless the value is a duration in milliseconds above 0. */
export function checkDuration(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be a number of milliseconds above 0, not ${value}`);
}

export const closedError = (part: string): OrchestratorError => new OrchestratorError("CLOSED", `${part} was closed`);
