import type { Completion, FinishReason, ToolCall, Usage } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { type Loose, countOf, isObject, textOf } from "../wire/read-json.ts";
import { type Callee, vendorError } from "../wire/vendor-error.ts";

const reasons: ReadonlySet<string> = new Set(["stop", "length", "content-filter", "tool-calls", "other"] satisfies FinishReason[]);

function finishIn(finish: unknown): FinishReason | undefined {
  const unified = isObject(finish) ? finish["unified"] : finish;
  if (typeof unified !== "string" || !reasons.has(unified)) return undefined;
  if (isObject(finish) && unified === "other" && finish["raw"] === undefined) return undefined;
  // It is one of the list above.
  return unified as FinishReason;
}

/**
 * Why the answer ended. Throws `incomplete` where the vendor did not say, which means that it was cut: the AI SDK's models then report
 * `other` without the vendor's own word for it, or `unknown`.
 */
export function endOf(finish: unknown, callee: Callee): FinishReason {
  const reason = finishIn(finish);
  if (reason !== undefined) return reason;
  throw vendorError(callee, "incomplete", "the reply does not say how it ended");
}

/** Since version 3 of the specification each side of the usage is an object of its own. */
export function usageIn(usage: unknown): Usage {
  if (!isObject(usage)) return { inputTokens: 0, outputTokens: 0 };
  const { inputTokens: input, outputTokens: output } = usage;
  return {
    inputTokens: countOf(isObject(input) ? input["total"] : input) ?? 0,
    outputTokens: countOf(isObject(output) ? output["total"] : output) ?? 0,
    cachedInputTokens: countOf(isObject(input) ? input["cacheRead"] : usage["cachedInputTokens"]),
    reasoningTokens: countOf(isObject(output) ? output["reasoning"] : usage["reasoningTokens"]),
  };
}

/** A call for the caller to run; undefined for one the vendor ran itself. */
export function toolCallIn(part: Loose): ToolCall | undefined {
  if (part["providerExecuted"] === true) return undefined;
  const input = part["input"];
  return {
    id: textOf(part["toolCallId"]) ?? "",
    name: textOf(part["toolName"]) ?? "",
    arguments: typeof input === "string" ? input : JSON.stringify(input ?? {}),
  };
}

/** Headers as the AI SDK hands them on. */
export function headersOf(record: unknown): Pick<Headers, "get"> {
  const lower = new Map(isObject(record) ? Object.entries(record).map(([name, value]) => [name.toLowerCase(), textOf(value)]) : []);
  return { get: (name) => lower.get(name.toLowerCase()) ?? null };
}

export const requestIdIn = (headers: Pick<Headers, "get">): string | undefined =>
  headers.get("x-request-id") ?? headers.get("request-id") ?? undefined;

/** The headers of a whole or streamed reply. */
export const headersIn = (reply: object): Pick<Headers, "get"> =>
  headersOf("response" in reply && isObject(reply.response) ? reply.response["headers"] : undefined);

/** A whole reply as a completion. Throws `malformed` for what is none, and `incomplete` for one that does not say how it ended. */
export function completionIn(reply: object, callee: Callee): Completion {
  const { content, finishReason, usage, response }: Loose = { ...reply };
  if (!Array.isArray(content)) throw vendorError(callee, "malformed", "the reply has no content");
  const parts = content.filter(isObject);
  const said = isObject(response) ? response : {};
  const headers = headersIn(reply);
  return {
    text: parts.map((part) => (part["type"] === "text" ? (textOf(part["text"]) ?? "") : "")).join(""),
    toolCalls: parts.flatMap((part) => (part["type"] === "tool-call" ? (toolCallIn(part) ?? []) : [])),
    finishReason: endOf(finishReason, callee),
    usage: usageIn(usage),
    model: textOf(said["modelId"]) ?? callee.model,
    requestId: requestIdIn(headers) ?? textOf(said["id"]),
    rateLimits: rateLimits(headers),
  };
}
