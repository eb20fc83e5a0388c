import { loadSdk } from "../wire/load-sdk.ts";
import type { Send } from "../wire/vendor-call.ts";
import { vendorFetch } from "../wire/vendor-fetch.ts";

/** A client of the official SDK that reads no environment, logs nothing, follows nothing and retries nothing. */
export async function openaiClient(baseURL: string, apiKey: string | undefined) {
  const { default: OpenAI } = await loadSdk("openai@^7.57.0", () => import("openai"));
  return new OpenAI({
    baseURL,
    apiKey: apiKey ?? "none",
    organization: null,
    project: null,
    webhookSecret: null,
    fetch: vendorFetch,
    maxRetries: 0,
    logLevel: "off",
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
  });
}

/** Chat completions through the official SDK. */
export async function connectOpenai(baseURL: string, apiKey: string | undefined): Promise<Send> {
  const { chat } = await openaiClient(baseURL, apiKey);
  // The body is built here, field by field, for several vendors; the SDK's type is that of its own one.
  return (body, signal) => chat.completions.create(body as Parameters<typeof chat.completions.create>[0], { signal }).asResponse();
}
