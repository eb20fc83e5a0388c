import type { Completion, FinishReason, ToolCall, Usage } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { type Loose, argumentsOf, callIds, countOf, isObject, listOf, textOf, wordOf } from "../wire/read-json.ts";
import { complaintIn } from "../wire/vendor-call.ts";
import { type Callee, complaintError, vendorError } from "../wire/vendor-error.ts";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

export const finishReason = (text: string): FinishReason => finishReasons[text] ?? "other";

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/** The usage of a reply or chunk; undefined where there is none. */
export function usageIn(json: Loose): Usage | undefined {
  // Groq's streams carry it one level down.
  const usage = json["usage"] ?? (isObject(json["x_groq"]) ? json["x_groq"]["usage"] : undefined);
  if (!isObject(usage)) return undefined;
  const detail = (of: string, name: string): number | undefined => (isObject(usage[of]) ? countOf(usage[of][name]) : undefined);
  return {
    inputTokens: countOf(usage["prompt_tokens"]) ?? 0,
    outputTokens: countOf(usage["completion_tokens"]) ?? 0,
    cachedInputTokens: detail("prompt_tokens_details", "cached_tokens"),
    reasoningTokens: detail("completion_tokens_details", "reasoning_tokens"),
  };
}

export const requestIdIn = (headers: Headers): string | undefined => headers.get("x-request-id") ?? undefined;

function toolCallsIn(calls: unknown): ToolCall[] {
  const idOf = callIds();
  return listOf(calls).flatMap((call) => {
    if (!isObject(call) || !isObject(call["function"])) return [];
    const { name, arguments: given } = call["function"];
    return [{ id: idOf(wordOf(call["id"])), name: textOf(name) ?? "", arguments: argumentsOf(given) }];
  });
}

/** What was written, as a text or in parts. */
export const contentOf = (content: unknown): string | undefined =>
  textOf(content) ??
  (Array.isArray(content) ? content.map((part) => (isObject(part) ? (textOf(part["text"]) ?? "") : "")).join("") : undefined);

/** A whole reply as a completion; throws a `malformed` failure for any other shape. */
export function completionIn(json: unknown, headers: Headers, callee: Callee): Completion {
  if (isObject(json) && json["error"] != null) throw complaintError(callee, { ...complaintIn(json), headers });
  const choice = isObject(json) ? listOf(json["choices"])[0] : undefined;
  if (!isObject(json) || !isObject(choice) || !isObject(choice["message"]))
    throw vendorError(callee, "malformed", "the reply is not a chat completion", { headers });
  const { message } = choice;
  const reason = textOf(choice["finish_reason"]);
  if (reason === undefined) throw vendorError(callee, "incomplete", "the reply does not say how it ended", { headers });
  const toolCalls = toolCallsIn(message["tool_calls"]);
  return {
    text: contentOf(message["content"]) || (textOf(message["refusal"]) ?? ""),
    toolCalls,
    finishReason: toolCalls.length > 0 && reason === "stop" ? "tool-calls" : finishReason(reason),
    usage: usageIn(json) ?? noUsage,
    model: textOf(json["model"]) ?? callee.model,
    requestId: requestIdIn(headers),
    rateLimits: rateLimits(headers),
  };
}
