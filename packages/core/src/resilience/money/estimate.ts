import type { ModelRequest } from "../../ports/provider.ts";

/** No tokenizer in use needs more tokens than this for ordinary text of any language; most need half as many. */
const bytesPerToken = 2;
const perMessage = 16;
/** What vendors add to a prompt that offers tools. */
const perToolset = 500;
/** The largest tile counts of the known vendors. */
const perImage = 2_000;

const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / bytesPerToken);

/** Input tokens a request will hardly exceed. */
export function mostInputTokens({ messages, tools, outputSchema }: ModelRequest): number {
  let tokens = messages.length * perMessage;
  for (const { content } of messages) {
    if (typeof content === "string") tokens += tokensOf(content);
    else for (const part of content) tokens += part.type === "text" ? tokensOf(part.text) : perImage;
  }
  if (tools !== undefined && tools.length > 0) tokens += perToolset + tokensOf(JSON.stringify(tools));
  if (outputSchema !== undefined) tokens += tokensOf(JSON.stringify(outputSchema));
  return tokens;
}

/** More characters than a token has on average in any text. */
const charsPerToken = 5;

/** Output tokens an answer has at least, by what was seen of it. */
export const leastOutputTokens = (pieces: number, chars: number): number => Math.max(pieces, Math.floor(chars / charsPerToken));
