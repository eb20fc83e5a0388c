import { loadSdk } from "../wire/load-sdk.ts";
import { sdkRequests } from "../wire/sdk-requests.ts";
import type { Send } from "../wire/vendor-call.ts";
import type { vendorFetch } from "../wire/vendor-fetch.ts";

/** A client of the official SDK that reads no environment, logs nothing, follows nothing and retries nothing. */
async function openaiClient(baseURL: string, apiKey: string | undefined, fetch: typeof vendorFetch) {
  const { default: OpenAI } = await loadSdk("openai@^7.57.0", () => import("openai"));
  return new OpenAI({
    baseURL,
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    fetch,
    maxRetries: 0,
    logLevel: "off",
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
  });
}

/** Chat completions as the official SDK asks for them. */
export function connectOpenai(baseURL: string, apiKey: string | undefined): Promise<Send> {
  return sdkRequests(async (fetch) => {
    const { chat } = await openaiClient(baseURL, apiKey, fetch);
    // The body is built here, field by field, for several vendors; the SDK's type is that of its own one.
    return (body, options) => chat.completions.create(body as Parameters<typeof chat.completions.create>[0], options).asResponse();
  });
}

/** Embeddings as the official SDK asks for them. */
export function connectEmbeddings(baseURL: string, apiKey: string): Promise<Send> {
  return sdkRequests(async (fetch) => {
    const { embeddings } = await openaiClient(baseURL, apiKey, fetch);
    return (body, options) => embeddings.create(body as Parameters<typeof embeddings.create>[0], options).asResponse();
  });
}
