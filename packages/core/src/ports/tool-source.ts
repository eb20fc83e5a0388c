import type { CallOptions, HealthReport } from "./call.ts";
import type { Json, JsonObject } from "./json.ts";

export interface ToolCallOptions extends CallOptions {
  /** The same for every try of one call; a tool that understands it acts once. */
  readonly idempotencyKey?: string | undefined;
}

/** Something that can be called by name with JSON. */
export interface Tool {
  /** ASCII letters, digits, `_`, `-`, `.`; at most 128. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input object. */
  readonly inputSchema: JsonObject;
  /** True when it changes nothing. A source that does not know says false. */
  readonly readOnly: boolean;
  /** True when running it twice is the same as once. A source that does not know says false. */
  readonly idempotent: boolean;
  /** Milliseconds for which a result, and an answer that rests on it, may be used again; 0 for never. @default the cache's own times */
  readonly freshMs?: number | undefined;
  readonly execute: (input: Json, options?: ToolCallOptions) => Promise<Json>;
}

/**
 * Where tools come from.
 *
 * 1. `tools` lists every tool with a name, a description and the JSON Schema of its input.
 * 2. Names are unique within the source.
 * 3. `execute` answers the tool's result as JSON.
 * 4. A tool that reports a failure rejects with `TOOL_FAILED` and what the tool said.
 * 5. Input that does not fit the tool's schema rejects with `TOOL_FAILED` or `TOOL_INPUT_INVALID`, and the source works on.
 * 6. An aborted call rejects with the signal's reason.
 * 7. Calls running at the same time get their own results.
 * 8. After `close`, `execute` rejects with `CLOSED`.
 * 9. `close` may be called twice.
 */
export interface ToolSource {
  readonly name: string;
  readonly tools: (options?: CallOptions) => Promise<readonly Tool[]>;
  /** Calls back when the list of tools changed; answers how to stop listening. */
  readonly onChange?: ((listener: () => void) => () => void) | undefined;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
