import { ProviderError } from "./errors.ts";
import type { CallOptions } from "./ports/call.ts";
import type { Completion, ModelEvent, ModelRequest, Provider, ToolCall } from "./ports/provider.ts";

/** A vendor's name and at least one way to ask it; the other way is filled in. */
export type ProviderDefinition = Pick<Provider, "name" | "model" | "close"> &
  (
    | { readonly stream: Provider["stream"]; readonly generate?: Provider["generate"] }
    | { readonly generate: Provider["generate"]; readonly stream?: Provider["stream"] }
  );

/** Reads a stream to its end. Throws `STREAM_INCOMPLETE` when it ends without its finish event. */
async function generateFrom(name: string, stream: Provider["stream"], request: ModelRequest, options?: CallOptions): Promise<Completion> {
  let text = "";
  let model = request.model ?? "unknown";
  const toolCalls: ToolCall[] = [];
  for await (const event of stream(request, options)) {
    if (event.type === "text-delta") text += event.text;
    else if (event.type === "text-reset") text = "";
    else if (event.type === "tool-call") toolCalls.push(event.call);
    else if (event.type === "start") model = event.model ?? model;
    else if (event.type === "finish") {
      const { type: _, reason, ...rest } = event;
      return { text, toolCalls, finishReason: reason, ...rest, model: event.model ?? model };
    }
  }
  throw new ProviderError(`${name} ended its answer without an end mark`, {
    provider: name,
    kind: "incomplete",
    retryable: true,
    details: { text },
  });
}

async function* streamFrom(
  generate: Provider["generate"],
  request: ModelRequest,
  options?: CallOptions,
): AsyncGenerator<ModelEvent, void, void> {
  const { text, toolCalls, finishReason, ...rest } = await generate(request, options);
  if (text !== "") yield { type: "text-delta", text };
  for (const call of toolCalls) yield { type: "tool-call", call };
  yield { type: "finish", reason: finishReason, ...rest };
}

/** A provider from `stream`, from `generate`, or from both. */
export function defineProvider({ name, model, generate, stream, close }: ProviderDefinition): Provider {
  const base = { name, ...(model !== undefined && { model }), ...(close !== undefined && { close }) };
  if (stream !== undefined)
    return { ...base, stream, generate: generate ?? ((request, options) => generateFrom(name, stream, request, options)) };
  if (generate !== undefined) return { ...base, generate, stream: (request, options) => streamFrom(generate, request, options) };
  throw new TypeError(`the provider ${name} needs generate or stream`);
}
