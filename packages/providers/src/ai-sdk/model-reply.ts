import type { FinishReason, ToolCall, Usage } from "@hydrogenai/core";
import { type Loose, countOf, isObject, textOf } from "../wire/read-json.ts";

const reasons: ReadonlySet<string> = new Set(["stop", "length", "content-filter", "tool-calls", "other"] satisfies FinishReason[]);

/**
 * Why the answer ended; undefined where the vendor did not say, which means that it was cut: the AI SDK's models then report `other`
 * without the vendor's own word for it, or `unknown`.
 */
export function finishIn(finish: unknown): FinishReason | undefined {
  const unified = isObject(finish) ? finish["unified"] : finish;
  if (typeof unified !== "string" || !reasons.has(unified)) return undefined;
  if (isObject(finish) && unified === "other" && finish["raw"] === undefined) return undefined;
  // It is one of the list above.
  return unified as FinishReason;
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

/** The headers of a reply, as the AI SDK hands them on. */
export function headersOf(record: unknown): Pick<Headers, "get"> {
  const lower = new Map(isObject(record) ? Object.entries(record).map(([name, value]) => [name.toLowerCase(), textOf(value)]) : []);
  return { get: (name) => lower.get(name.toLowerCase()) ?? null };
}

export const requestIdIn = (headers: Pick<Headers, "get">): string | undefined =>
  headers.get("x-request-id") ?? headers.get("request-id") ?? undefined;
