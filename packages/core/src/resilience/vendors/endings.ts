import { OrchestratorError, ProviderError, type ProviderFailure } from "../../errors.ts";
import type { FinishReason, ModelEvent, ModelRequest } from "../../ports/provider.ts";
import type { Candidate } from "./turns.ts";

/** The vendor says more than it was asked for, and more than is paid for. */
export function crossed(provider: string, { maxOutputTokens }: ModelRequest, text: string): OrchestratorError {
  const message = `${provider} went on beyond the ${maxOutputTokens} tokens that were reserved for its answer`;
  return new OrchestratorError("BUDGET_EXCEEDED", message, { details: { provider, reservedTokens: maxOutputTokens, text } });
}

export function cutOff(provider: string, model: string | undefined): ProviderError {
  return new ProviderError(`${provider} ended its answer without an end mark`, { provider, model, kind: "incomplete", retryable: true });
}

/** An answer without a word and without a call of a tool is none, whatever the vendor calls it. */
export function emptyAnswer(provider: string, model: string | undefined, { reason, usage }: Finish): ProviderError {
  const [kind, why] = emptyBecause[reason] ?? (["malformed", "the answer is empty"] as const);
  const where = model === undefined ? provider : `${provider} (${model})`;
  return new ProviderError(`${where}: ${why}`, { provider, model, kind, retryable: kind !== "content-filter", details: { usage } });
}

type Finish = Extract<ModelEvent, { readonly type: "finish" }>;

const emptyBecause: Readonly<Partial<Record<FinishReason, readonly [ProviderFailure, string]>>> = {
  "content-filter": ["content-filter", "the vendor filtered the whole answer"],
  length: ["incomplete", "its tokens were used up before the answer began; allow it more output tokens"],
};

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
