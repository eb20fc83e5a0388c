import { ProviderError, type ProviderFailure, isOrchestratorError, isProviderError } from "@hydrogenai/core";
import { isObject, textOf } from "../wire/read-json.ts";
import { complaintIn } from "../wire/vendor-call.ts";
import { type Callee, complaintError, vendorError } from "../wire/vendor-error.ts";
import { headersOf } from "./model-reply.ts";

/** The AI SDK's errors that have no status; their names are its public contract. */
const byName: Readonly<Record<string, ProviderFailure>> = {
  AI_LoadAPIKeyError: "auth",
  AI_NoSuchModelError: "model-not-found",
  AI_UnsupportedFunctionalityError: "bad-request",
  AI_InvalidPromptError: "bad-request",
  AI_InvalidArgumentError: "bad-request",
  AI_JSONParseError: "malformed",
  AI_TypeValidationError: "malformed",
  AI_InvalidResponseDataError: "malformed",
  AI_EmptyResponseBodyError: "malformed",
  AI_NoContentGeneratedError: "malformed",
};

function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** One of our own failures that went through the AI SDK and back. */
function ownError(error: Error, { provider, model }: Callee): ProviderError | undefined {
  const own = isOrchestratorError(error) ? error : error.cause;
  if (!isOrchestratorError(own)) return undefined;
  const { message, retryable, details } = own;
  if (isProviderError(own)) {
    const { kind, status, retryAfterMs, requestId } = own;
    return new ProviderError(message, { provider, model, kind, retryable, status, retryAfterMs, requestId, details, cause: own });
  }
  const waitMs = details["retryAfterMs"];
  return new ProviderError(message, {
    provider,
    model,
    kind: retryable ? "overloaded" : "bad-request",
    retryable,
    retryAfterMs: typeof waitMs === "number" ? waitMs : undefined,
    details,
    cause: own,
  });
}

/** Whatever a model of the AI SDK failed with, as the error this library throws. `begun` says that a reply was there. */
export function modelError(error: unknown, callee: Callee, begun: boolean): ProviderError {
  if (!(error instanceof Error)) return complaintError(callee, complaintIn(error));
  const own = ownError(error, callee);
  if (own !== undefined) return own;
  const { name, message } = error;
  if (name === "AI_APICallError" && "statusCode" in error && typeof error.statusCode === "number") {
    // The reply began well, and neither its JSON nor its shape is to blame.
    if (error.statusCode < 300 && error.cause instanceof Error && byName[error.cause.name] === undefined)
      return vendorError(callee, "incomplete", `the answer broke off: ${error.cause.message}`, {}, error);
    const body: unknown = ("data" in error ? error.data : undefined) ?? parsed("responseBody" in error ? error.responseBody : undefined);
    const complaint = complaintIn(body);
    return complaintError(callee, {
      ...complaint,
      message: complaint.message ?? message,
      status: error.statusCode,
      headers: headersOf("responseHeaders" in error ? error.responseHeaders : undefined),
    });
  }
  const kind = byName[name];
  if (kind !== undefined) return vendorError(callee, kind, message, {}, error);
  if (begun) return vendorError(callee, "incomplete", `the answer broke off: ${message}`, {}, error);
  const code = isObject(error.cause) ? textOf(error.cause["code"]) : textOf((error as { code?: unknown }).code);
  const unreachable = name === "AI_APICallError" || code !== undefined || message === "fetch failed";
  return vendorError(callee, unreachable ? "network" : "unknown", code === undefined ? message : `${code} ${message}`, {}, error);
}
