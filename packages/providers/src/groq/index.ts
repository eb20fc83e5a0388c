import type { Provider } from "@hydrogenai/core";
import { type VendorOptions, chatProvider, checkedKey, required } from "../chat/chat-provider.ts";
import { loadSdk } from "../wire/load-sdk.ts";
import { sdkRequests } from "../wire/sdk-requests.ts";
import type { Send } from "../wire/vendor-call.ts";

export type GroqOptions = VendorOptions;

function connect(baseURL: string, apiKey: string): Promise<Send> {
  return sdkRequests(async (fetch) => {
    const { default: Groq } = await loadSdk("groq-sdk@^1.6.0", () => import("groq-sdk"));
    const { chat } = new Groq({ baseURL, apiKey, fetch, maxRetries: 0, logLevel: "off" });
    // The body is built here, field by field, for several vendors; the SDK's type is that of its own one.
    return (body, options) => chat.completions.create(body as Parameters<typeof chat.completions.create>[0], options).asResponse();
  });
}

/** Groq through its official SDK (`npm install groq-sdk`). Throws `CONFIG_INVALID` without a key or a model. */
export function groq(options: GroqOptions): Provider {
  const { name = "groq", apiKey, model, baseURL = "https://api.groq.com", ...limits } = options;
  const secret = checkedKey(name, "an apiKey, from console.groq.com", apiKey);
  return chatProvider({
    ...limits,
    name,
    model: required(name, "the name of a model", model),
    secret,
    maxTokens: "max_completion_tokens",
    connect: () => connect(baseURL, secret),
  });
}
