import type { Provider } from "@hydrogenai/core";
import { chatProvider, checkedKey, required } from "../chat/chat-provider.ts";
import { connectOpenai } from "../openai/connect.ts";
import type { CallLimits } from "../wire/limits.ts";

export interface OpenaiCompatibleOptions extends CallLimits {
  /** Names the server in results, errors and health. */
  readonly name: string;
  /** Where it listens, up to and with `/v1`. */
  readonly baseURL: string;
  /** The model of requests that name none. */
  readonly model: string;
  /** Left out, no key is sent. */
  readonly apiKey?: string | undefined;
}

/** Any server that speaks OpenAI's format: Ollama, vLLM, LM Studio, llama.cpp. Needs `npm install openai`. Throws `CONFIG_INVALID` for what is missing. */
export function openaiCompatible({ name, baseURL, model, apiKey, ...limits }: OpenaiCompatibleOptions): Provider {
  const vendor = required("openaiCompatible", "a name", name);
  const address = required(vendor, "a baseURL", baseURL);
  const secret = apiKey?.trim() ? checkedKey(vendor, "an apiKey", apiKey) : undefined;
  return chatProvider({
    ...limits,
    name: vendor,
    model: required(vendor, "the name of a model", model),
    secret,
    maxTokens: "max_tokens",
    connect: () => connectOpenai(address, secret),
  });
}
