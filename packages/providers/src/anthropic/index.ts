import { type CallOptions, type ModelRequest, type Provider, defineProvider } from "@hydrogenai/core";
import { type VendorOptions, connectOnce, checkedKey, required } from "../chat/chat-provider.ts";
import { isClosed } from "../wire/closed-schema.ts";
import { fittingProvider } from "../wire/fitting-provider.ts";
import { checkedLimits } from "../wire/limits.ts";
import { loadSdk } from "../wire/load-sdk.ts";
import { sdkRequests } from "../wire/sdk-requests.ts";
import { type Send, type VendorCall, callForEvents, callForJson } from "../wire/vendor-call.ts";
import type { Callee } from "../wire/vendor-error.ts";
import { completionIn } from "./reply.ts";
import { messagesBody } from "./request.ts";
import { messageReader } from "./stream.ts";

export interface AnthropicOptions extends VendorOptions {
  /** Tokens an answer may have where the request does not say; the API wants a number. @default 8192 */
  readonly maxOutputTokens?: number | undefined;
}

function connect(baseURL: string, apiKey: string): Promise<Send> {
  return sdkRequests(async (fetch) => {
    const { default: Anthropic } = await loadSdk("@anthropic-ai/sdk@^1.12.0", () => import("@anthropic-ai/sdk"));
    const { messages } = new Anthropic({ baseURL, apiKey, webhookKey: null, fetch, maxRetries: 0, logLevel: "off" });
    // The body is built field by field beside this file; the SDK's type is wider.
    return (body, options) => messages.create(body as Parameters<typeof messages.create>[0], options).asResponse();
  });
}

/** Anthropic through its official SDK (`npm install @anthropic-ai/sdk`). Throws `CONFIG_INVALID` without a key or a model. */
export function anthropic(options: AnthropicOptions): Provider {
  const { name = "anthropic", apiKey, model, baseURL = "https://api.anthropic.com", maxOutputTokens = 8192, ...given } = options;
  const secret = checkedKey(name, "an apiKey, from platform.claude.com", apiKey);
  const ownModel = required(name, "the name of a model", model);
  const limits = checkedLimits(given);
  const connected = connectOnce(() => connect(baseURL, secret));

  const calleeOf = (request: ModelRequest): Callee => ({ provider: name, model: request.model ?? ownModel, secret });

  function call(request: ModelRequest, stream: boolean, options: CallOptions | undefined): VendorCall {
    const callee = calleeOf(request);
    return { connect: connected, body: messagesBody(request, callee.model, stream, maxOutputTokens), callee, limits, options };
  }

  const provider = defineProvider({
    name,
    model: ownModel,
    async generate(request, options) {
      const made = call(request, false, options);
      return callForJson(made, (json, headers) => completionIn(json, headers, made.callee));
    },
    stream: (request, options) => callForEvents(() => call(request, true, options), messageReader),
    async close() {},
  });
  return fittingProvider(provider, calleeOf, (schema) => isClosed(schema, false));
}
