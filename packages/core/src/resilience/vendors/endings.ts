import { OrchestratorError, ProviderError } from "../../errors.ts";
import type { ModelRequest } from "../../ports/provider.ts";
import type { Candidate } from "./turns.ts";

/** The vendor says more than it was asked for, and more than is paid for. */
export function crossed(provider: string, { maxOutputTokens }: ModelRequest, text: string): OrchestratorError {
  const message = `${provider} went on beyond the ${maxOutputTokens} tokens that were reserved for its answer`;
  return new OrchestratorError("BUDGET_EXCEEDED", message, { details: { provider, reservedTokens: maxOutputTokens, text } });
}

export function cutOff(provider: string, model: string | undefined): ProviderError {
  return new ProviderError(`${provider} ended its answer without an end mark`, { provider, model, kind: "incomplete", retryable: true });
}

/** The one way a stream ends whose reader has seen text of an answer that will not be whole. */
export function incomplete(error: ProviderError, text: string): ProviderError {
  const { provider, model, status, requestId, kind, details } = error;
  return new ProviderError(error.message, {
    provider,
    model,
    status,
    requestId,
    kind: "incomplete",
    retryable: true,
    details: { ...details, text, reason: kind },
    cause: error,
  });
}

export function exhausted(candidates: readonly Candidate[], errors: readonly ProviderError[]): OrchestratorError {
  const waits = candidates.map(({ vendor }) => Math.max(vendor.restsForMs(), vendor.breaker.waitMs()));
  const resting = candidates.flatMap(({ provider, vendor: { health } }) => {
    const { status, detail } = health();
    return status === "up" ? [] : [`${provider.name} is ${detail ?? status}`];
  });
  const nobody = candidates.length === 0 ? ["the order has none to ask"] : resting;
  const reasons = errors.length > 0 ? errors.map(({ message }) => message) : nobody;
  const retryAfterMs = Math.ceil(Math.min(...waits));
  return new OrchestratorError("PROVIDERS_EXHAUSTED", `no model vendor answered: ${reasons.join("; ")}`, {
    retryable: true,
    details: { kinds: errors.map(({ kind }) => kind), ...(Number.isFinite(retryAfterMs) && { retryAfterMs }) },
    cause: new AggregateError(errors, "every vendor failed"),
  });
}
