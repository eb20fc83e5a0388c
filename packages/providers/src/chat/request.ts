import type { ImagePart, Message, ModelRequest, TextPart, ToolCall } from "@hydrogenai/core";
import { isClosed } from "../wire/closed-schema.ts";

/** Where servers that speak this format differ. */
export interface Dialect {
  /** How the limit of the answer's length is called. */
  readonly maxTokens: "max_completion_tokens" | "max_tokens";
}

const imageUrl = ({ data, mediaType }: ImagePart): string =>
  /^https?:/.test(data) ? data : `data:${mediaType ?? "image/png"};base64,${data}`;

const part = (each: TextPart | ImagePart): object =>
  each.type === "text" ? { type: "text", text: each.text } : { type: "image_url", image_url: { url: imageUrl(each) } };

const toolCall = ({ id, name, arguments: text }: ToolCall): object => ({ id, type: "function", function: { name, arguments: text } });

function message(each: Message): object {
  switch (each.role) {
    case "system":
      return { role: "system", content: each.content };
    case "user":
      return { role: "user", content: typeof each.content === "string" ? each.content : each.content.map(part) };
    case "assistant": {
      const calls = each.toolCalls ?? [];
      return calls.length === 0
        ? { role: "assistant", content: each.content }
        : { role: "assistant", content: each.content || null, tool_calls: calls.map(toolCall) };
    }
    default:
      return { role: "tool", tool_call_id: each.callId, content: each.isError ? `Error: ${each.content}` : each.content };
  }
}

const choice = (asked: NonNullable<ModelRequest["toolChoice"]>): unknown =>
  typeof asked === "string" ? asked : { type: "function", function: { name: asked.tool } };

/** Strict where the format allows it: then the vendor holds the model to the schema, and otherwise only shows it. */
const schemaOf = ({ name, schema }: NonNullable<ModelRequest["outputSchema"]>): object => ({
  name,
  schema,
  ...(isClosed(schema, true) && { strict: true }),
});

/** The request in the format of OpenAI's chat completions. */
export function chatBody(request: ModelRequest, model: string, stream: boolean, { maxTokens }: Dialect): object {
  const { messages, tools = [], toolChoice, outputSchema, temperature, maxOutputTokens, stopSequences } = request;
  return {
    model,
    messages: messages.map(message),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: "function",
        function: { name, description, parameters: inputSchema },
      })),
      ...(toolChoice !== undefined && { tool_choice: choice(toolChoice) }),
    }),
    ...(outputSchema !== undefined && {
      response_format: { type: "json_schema", json_schema: schemaOf(outputSchema) },
    }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { [maxTokens]: maxOutputTokens }),
    ...(stopSequences !== undefined && { stop: stopSequences }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
}
