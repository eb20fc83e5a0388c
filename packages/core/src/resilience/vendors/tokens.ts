import type { ProviderError } from "../../errors.ts";
import type { ModelRequest, Usage } from "../../ports/provider.ts";

const charsPerToken = 4;

/** Tokens the request takes at a guess, for what a vendor says is left. */
export function estimatedTokens({ messages, maxOutputTokens = 0 }: ModelRequest): number {
  let chars = 0;
  for (const { content } of messages)
    if (typeof content === "string") chars += content.length;
    else for (const part of content) if (part.type === "text") chars += part.text.length;
  return Math.ceil(chars / charsPerToken) + maxOutputTokens;
}

/** What a failed attempt used: as the vendor said, or the pieces that came. Undefined when it had not begun. */
export function usageOf(error: ProviderError, request: ModelRequest, pieces: number): Usage | undefined {
  const told = error.details["usage"];
  // An adapter that knows the usage puts it there in the shape of the port.
  if (typeof told === "object" && told !== null && "inputTokens" in told) return told as Usage;
  return usageSoFar(request, pieces);
}

/** At a guess, for an answer that was broken off. */
export function usageSoFar(request: ModelRequest, pieces: number): Usage | undefined {
  return pieces === 0 ? undefined : { inputTokens: estimatedTokens({ ...request, maxOutputTokens: 0 }), outputTokens: pieces };
}
