import { type ErrorCode, type OrchestratorError, isOrchestratorError } from "@hydrogenai/core";

/** The HTTP status of each code; what is not listed is 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  QUERY_REJECTED: 400,
  TOOL_INPUT_INVALID: 400,
  TOOL_FORBIDDEN: 403,
  APPROVAL_INVALID: 403,
  QUERY_NOT_FOUND: 404,
  SESSION_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  TOOL_NOT_FOUND: 404,
  VERSION_CONFLICT: 409,
  RUN_CANCELLED: 409,
  RUN_INTERRUPTED: 409,
  APPROVAL_REQUIRED: 409,
  RATE_LIMITED: 429,
  BUDGET_EXCEEDED: 429,
  ABORTED: 499,
  TOOL_FAILED: 502,
  PROVIDER_FAILED: 502,
  STREAM_INCOMPLETE: 502,
  TOOL_OUTCOME_UNKNOWN: 502,
  OVERLOADED: 503,
  CLOSED: 503,
  PROVIDERS_EXHAUSTED: 503,
  STORE_UNAVAILABLE: 503,
  STORE_FULL: 503,
  DEADLINE_EXCEEDED: 504,
};

/** What a client is told of a failure. */
export interface ErrorBody {
  readonly error: Pick<OrchestratorError, "code" | "message" | "retryable"> & { readonly details?: Readonly<Record<string, unknown>> };
}

/** Status, body and `Retry-After` seconds of a failure. A defect of ours is told as such, without its inside. */
export function httpError(error: unknown): { readonly status: number; readonly body: ErrorBody; readonly retryAfterS: number | undefined } {
  if (!isOrchestratorError(error))
    return {
      status: 500,
      body: { error: { code: "INTERNAL", message: "something went wrong on our side", retryable: false } },
      retryAfterS: undefined,
    };
  const { code, message, retryable, details } = error;
  const { retryAfterMs, rule } = details;
  const tooLarge = rule === "text-too-long" || rule === "context-too-large";
  const retryAfterS = typeof retryAfterMs === "number" ? Math.ceil(retryAfterMs / 1000) : undefined;
  return { status: tooLarge ? 413 : (statuses[code] ?? 500), body: { error: { code, message, retryable, details } }, retryAfterS };
}
