import type { Completion, FinishReason, ToolCall, Usage } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { type Loose, argumentsOf, callIds, countOf, isObject, listOf, textOf, wordOf } from "../wire/read-json.ts";
import { complaintIn } from "../wire/vendor-call.ts";
import { type Callee, complaintError, vendorError } from "../wire/vendor-error.ts";

const stopReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
};

export const stopReason = (text: string): FinishReason => stopReasons[text] ?? "other";

/** Counts of a usage object over those known before; the vendor counts what it cached apart. */
export function usageIn(json: unknown, before: Usage = { inputTokens: 0, outputTokens: 0 }): Usage {
  if (!isObject(json)) return before;
  const cached = countOf(json["cache_read_input_tokens"]);
  const fresh = countOf(json["input_tokens"]);
  const details = json["output_tokens_details"];
  return {
    inputTokens: fresh === undefined ? before.inputTokens : fresh + (cached ?? 0) + (countOf(json["cache_creation_input_tokens"]) ?? 0),
    outputTokens: countOf(json["output_tokens"]) ?? before.outputTokens,
    cachedInputTokens: cached ?? before.cachedInputTokens,
    reasoningTokens: (isObject(details) ? countOf(details["thinking_tokens"]) : undefined) ?? before.reasoningTokens,
  };
}

export const requestIdIn = (headers: Headers): string | undefined => headers.get("request-id") ?? undefined;

function toolCallsIn(blocks: readonly Loose[]): ToolCall[] {
  const idOf = callIds();
  return blocks.map(({ id, name, input }) => ({ id: idOf(wordOf(id)), name: textOf(name) ?? "", arguments: argumentsOf(input) }));
}

/** A whole reply as a completion; throws a `malformed` failure for any other shape. */
export function completionIn(json: unknown, headers: Headers, callee: Callee): Completion {
  if (isObject(json) && isObject(json["error"])) throw complaintError(callee, { ...complaintIn(json), headers });
  if (!isObject(json) || !Array.isArray(json["content"])) throw vendorError(callee, "malformed", "the reply is not a message", { headers });
  const reason = textOf(json["stop_reason"]);
  if (reason === undefined) throw vendorError(callee, "incomplete", "the reply does not say how it ended", { headers });
  const blocks = listOf(json["content"]).filter(isObject);
  return {
    text: blocks.map((block) => (block["type"] === "text" ? (textOf(block["text"]) ?? "") : "")).join(""),
    toolCalls: toolCallsIn(blocks.filter((block) => block["type"] === "tool_use")),
    finishReason: stopReason(reason),
    usage: usageIn(json["usage"]),
    model: textOf(json["model"]) ?? callee.model,
    requestId: requestIdIn(headers),
    rateLimits: rateLimits(headers),
  };
}
