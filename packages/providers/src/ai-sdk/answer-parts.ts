import type {
  LanguageModelV4FinishReason,
  LanguageModelV4Source,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { FinishReason, QueryResult, ToolCall, Usage } from "@hydrogenai/core";

export const finishPart = (reason: FinishReason): LanguageModelV4FinishReason => ({ unified: reason, raw: reason });

export function usagePart({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }: Usage): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: inputTokens,
      noCache: cachedInputTokens === undefined ? undefined : inputTokens - cachedInputTokens,
      cacheRead: cachedInputTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: outputTokens,
      text: reasoningTokens === undefined ? undefined : outputTokens - reasoningTokens,
      reasoning: reasoningTokens,
    },
  };
}

export const callPart = ({ id, name, arguments: input }: ToolCall): LanguageModelV4ToolCall => ({
  type: "tool-call",
  toolCallId: id,
  toolName: name,
  input,
});

/** What an orchestrator's answer rests on. */
export function sourceParts(result: QueryResult | undefined): LanguageModelV4Source[] {
  return (result?.citations ?? []).map(({ id, title, source }) =>
    source !== undefined && URL.canParse(source)
      ? { type: "source", sourceType: "url", id, url: source, title }
      : { type: "source", sourceType: "document", id, mediaType: "text/plain", title },
  );
}

/** Who answered, and for an orchestrator how: under `hydrogenai`, of what is known. */
export function metadataOf(provider: string | undefined, result: QueryResult | undefined): SharedV4ProviderMetadata {
  if (result === undefined) return { hydrogenai: { ...(provider !== undefined && { provider }) } };
  const { id, type, cached, workflow, answeredBy, costUsd, degraded } = result;
  return {
    hydrogenai: {
      id,
      type,
      cached,
      workflow,
      answeredBy,
      degraded: [...degraded],
      ...(provider !== undefined && { provider }),
      ...(costUsd !== undefined && { costUsd }),
    },
  };
}
