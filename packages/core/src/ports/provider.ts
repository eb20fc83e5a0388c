import type { CallOptions } from "./call.ts";
import type { JsonObject } from "./json.ts";

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** An image as a URL or as base64 data. */
export interface ImagePart {
  readonly type: "image";
  /** `https:` address, or base64 without the `data:` prefix. */
  readonly data: string;
  /** Such as `image/png`; needed for base64, ignored for a URL. */
  readonly mediaType?: string | undefined;
}

/** A tool the model asked for. `arguments` is the text as the model wrote it: parsed and validated by the caller, never repaired. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export type Message =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly (TextPart | ImagePart)[] }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly ToolCall[] | undefined }
  | {
      readonly role: "tool";
      readonly callId: string;
      readonly name: string;
      readonly content: string;
      readonly isError?: boolean | undefined;
    };

/** A tool as a model sees it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input object. */
  readonly inputSchema: JsonObject;
}

export interface ModelRequest {
  readonly messages: readonly Message[];
  /** Instead of the provider's own default model. */
  readonly model?: string | undefined;
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** @default "auto" when there are tools */
  readonly toolChoice?: "auto" | "none" | "required" | { readonly tool: string } | undefined;
  /** JSON Schema the answer must fit; the text of the completion is then that JSON. */
  readonly outputSchema?: { readonly name: string; readonly schema: JsonObject } | undefined;
  readonly temperature?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
}

/** Tokens as the vendor counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens` read from the vendor's prompt cache. */
  readonly cachedInputTokens?: number | undefined;
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

/** What the vendor said is left; absent fields were not said. */
export interface RateLimits {
  readonly remainingRequests?: number | undefined;
  readonly remainingTokens?: number | undefined;
  /** Milliseconds until the request window is full again. */
  readonly resetRequestsMs?: number | undefined;
  readonly resetTokensMs?: number | undefined;
}

/** A whole answer. */
export interface Completion {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model named in the reply, which may differ from the one asked for. */
  readonly model: string;
  /** The provider that answered, where it is not the one asked (failover). */
  readonly provider?: string | undefined;
  readonly requestId?: string | undefined;
  readonly rateLimits?: RateLimits | undefined;
}

/** A piece of a streamed answer. `finish` comes exactly once, last. */
export type ModelEvent =
  | {
      readonly type: "start";
      readonly model?: string | undefined;
      readonly requestId?: string | undefined;
      readonly rateLimits?: RateLimits | undefined;
    }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "text-reset"; readonly reason: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "tool-call"; readonly call: ToolCall }
  | {
      readonly type: "finish";
      readonly reason: FinishReason;
      readonly usage: Usage;
      readonly model?: string | undefined;
      readonly provider?: string | undefined;
      readonly requestId?: string | undefined;
      readonly rateLimits?: RateLimits | undefined;
    };

/**
 * A model vendor.
 *
 * 1. `generate` answers with the text, the finish reason, the usage and the model of the reply.
 * 2. `stream` yields the same text in pieces and ends with exactly one `finish`.
 * 3. A tool call arrives whole, with an id, the tool's name and its arguments as text.
 * 4. An answer that ends without the vendor's end mark throws `STREAM_INCOMPLETE`, and is never a success.
 * 5. A failure of the vendor throws a `ProviderError` that names the provider and says whether a retry may help.
 * 6. An aborted call rejects with the signal's reason and closes the connection.
 * 7. Leaving a stream early closes the connection.
 * 8. Nothing is sent before the first event of a stream is asked for.
 * 9. It makes one attempt a call: retries are the caller's.
 * 10. Calls running at the same time do not disturb each other.
 * 11. `close` may be called twice.
 */
export interface Provider {
  readonly name: string;
  /** The model it asks where a request names none; what the call may cost is then known before. */
  readonly model?: string | undefined;
  readonly generate: (request: ModelRequest, options?: CallOptions) => Promise<Completion>;
  readonly stream: (request: ModelRequest, options?: CallOptions) => AsyncIterable<ModelEvent>;
  readonly close?: (() => Promise<void>) | undefined;
}
