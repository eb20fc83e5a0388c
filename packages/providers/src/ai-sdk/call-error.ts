import { type OrchestratorError, isOrchestratorError, isProviderError } from "@hydrogenai/core";

/** The AI SDK recognises its errors by these, across copies of its packages. */
const marks = ["vercel.ai.error", "vercel.ai.error.AI_APICallError"].map((name) => Symbol.for(name));

/** The status nearest to what the code means, where no vendor gave one. */
const statuses: Readonly<Record<string, number>> = {
  QUERY_REJECTED: 400,
  SESSION_NOT_FOUND: 404,
  BUDGET_EXCEEDED: 402,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  PROVIDERS_EXHAUSTED: 503,
  DEADLINE_EXCEEDED: 504,
};

function waitMs(error: OrchestratorError): number | undefined {
  const told = isProviderError(error) ? error.retryAfterMs : error.details["retryAfterMs"];
  return typeof told === "number" ? Math.ceil(told) : undefined;
}

/**
 * A failure as the AI SDK's `APICallError`, ours being the `cause`; anything else, such as the reason of an abort, as it is. `retries` says
 * whether nobody has tried again yet: the AI SDK does so by itself, and a failover already has.
 */
export function callError(error: unknown, retries: boolean): unknown {
  if (!isOrchestratorError(error)) return error;
  const { code, message, retryable } = error;
  const wait = waitMs(error);
  return Object.assign(new Error(message, { cause: error }), {
    ...Object.fromEntries(marks.map((mark) => [mark, true])),
    name: "AI_APICallError",
    url: "",
    requestBodyValues: {},
    statusCode: (isProviderError(error) ? error.status : undefined) ?? statuses[code],
    responseHeaders: wait === undefined ? {} : { "retry-after-ms": String(wait) },
    responseBody: undefined,
    isRetryable: retryable && (retries || code === "STREAM_INCOMPLETE"),
    data: { code, ...(isProviderError(error) && { kind: error.kind, provider: error.provider, model: error.model }) },
  });
}
