import { OrchestratorError } from "../../errors.ts";
import type { Json } from "../../ports/json.ts";

/** What is written of a step's result, and what its workflow is given: the same, so that a replay gives nothing else. */
export interface KeptResult<T> {
  readonly result: Json | undefined;
  readonly made: T;
}

const isPlain = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/** Throws `HISTORY_FULL` for what is too large, and what `JSON.stringify` throws for what is no JSON. */
export function keptResult<T>(step: string, made: T, maxChars: number): KeptResult<T> {
  if (isPlain(made)) return { result: made as Json | undefined, made };
  // Undefined for a function, which leaves no result.
  const text = JSON.stringify(made) as string | undefined;
  if (text === undefined) return { result: undefined, made: undefined as T };
  if (text.length > maxChars) {
    const message = `the result of the step ${JSON.stringify(step)} has ${text.length} characters; at most ${maxChars} are kept`;
    throw new OrchestratorError("HISTORY_FULL", message, { details: { step, limit: maxChars } });
  }
  if (typeof made === "string") return { result: made, made };
  return { result: made as Json, made: JSON.parse(text) as T };
}
