import type { Provider } from "@hydrogenai/core";
import { type VendorOptions, chatProvider, checkedKey, required } from "../chat/chat-provider.ts";
import { connectOpenai } from "./connect.ts";

export { type OpenaiEmbedderOptions, openaiEmbedder } from "./embedder.ts";

export type OpenaiOptions = VendorOptions;

export const openaiURL = "https://api.openai.com/v1";

/** OpenAI through its official SDK (`npm install openai`). Throws `CONFIG_INVALID` without a key or a model. */
export function openai(options: OpenaiOptions): Provider {
  const { name = "openai", apiKey, model, baseURL = openaiURL, ...limits } = options;
  const secret = checkedKey(name, "an apiKey, from platform.openai.com", apiKey);
  return chatProvider({
    ...limits,
    name,
    model: required(name, "the name of a model", model),
    secret,
    maxTokens: "max_completion_tokens",
    connect: () => connectOpenai(baseURL, secret),
  });
}
