import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Orchestrator, Provider, Query } from "@hydrogenai/core";
import { callPart, finishPart, metadataOf, sourceParts, usagePart } from "./answer-parts.ts";
import { callError } from "./call-error.ts";
import { type Source, orchestratorSource } from "./orchestrator-source.ts";
import { partStream } from "./part-stream.ts";
import { requestIn, warningsFor } from "./request-in.ts";

export interface AsLanguageModelOptions {
  /** Names the model to the AI SDK, as in its telemetry. @default the provider's model or name, or "orchestrator" */
  readonly modelId?: string | undefined;
  /** What every question to an orchestrator carries beside its text: tenant, principal, session, options. */
  readonly query?: Omit<Query, "text"> | undefined;
  /**
   * What a failover does when a vendor fails after text was shown: the AI SDK cannot take text back, so `error` ends the stream with an
   * error, and `buffer` shows nothing until the answer is whole. An orchestrator goes by its own option. @default "error"
   */
  readonly afterFirstToken?: "error" | "buffer" | undefined;
}

/**
 * A provider, a failover or a whole orchestrator as a language model of the Vercel AI SDK (`generateText`, `streamText`; needs
 * `npm install ai @ai-sdk/provider`). Tools, schemas and images reach a provider or failover as they are; an orchestrator takes questions in
 * text, uses its own tools, and says so with a warning or a refusal. Failures are the AI SDK's `APICallError` with ours as the `cause`;
 * those of a failover or an orchestrator are not marked retryable, since they did retry. What the answer was made of is told in
 * `providerMetadata.hydrogenai`.
 */
export function asLanguageModel(from: Orchestrator | Provider, options: AsLanguageModelOptions = {}): LanguageModelV4 {
  const { afterFirstToken = "error", query = {} } = options;
  const isOrchestrator = "query" in from;
  const modelId = options.modelId ?? (isOrchestrator ? "orchestrator" : (from.model ?? from.name));
  const source: Source = isOrchestrator ? orchestratorSource(from, modelId, query) : from;
  const ownName = isOrchestrator ? undefined : from.name;
  const retries = !isOrchestrator && !("vendors" in from);
  const failed = (error: unknown): unknown => callError(error, retries);

  function asked(call: LanguageModelV4CallOptions) {
    const warnings = warningsFor(call);
    if (isOrchestrator && call.tools !== undefined)
      warnings.push({ type: "unsupported", feature: "tools", details: "an orchestrator uses its own" });
    try {
      // A failover takes more options than a provider, which leaves alone what it does not know.
      return { warnings, request: requestIn(call), options: { signal: call.abortSignal, afterFirstToken } };
    } catch (error) {
      throw failed(error);
    }
  }

  return {
    specificationVersion: "v4",
    provider: "hydrogenai",
    modelId,
    // Images are handed on by their address.
    supportedUrls: isOrchestrator ? {} : { "image/*": [/^https?:/] },
    async doGenerate(call) {
      const { warnings, request, options } = asked(call);
      const { text, toolCalls, finishReason, usage, model, provider, requestId, result } = await source
        .generate(request, options)
        .catch((error: unknown) => {
          throw failed(error);
        });
      return {
        content: [...(text === "" ? [] : [{ type: "text", text } as const]), ...sourceParts(result), ...toolCalls.map(callPart)],
        finishReason: finishPart(finishReason),
        usage: usagePart(usage),
        providerMetadata: metadataOf(provider ?? ownName, result),
        response: { modelId: model, ...(requestId !== undefined && { id: requestId }) },
        warnings,
      };
    },
    async doStream(call) {
      const { warnings, request, options } = asked(call);
      return { stream: await partStream(source.stream(request, options), { provider: ownName, warnings, failed }) };
    },
  };
}
