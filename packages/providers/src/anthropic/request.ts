import type { ImagePart, JsonObject, Message, ModelRequest, TextPart, ToolCall } from "@hydrogenai/core";

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: object[];
}

const source = ({ data, mediaType }: ImagePart): object =>
  /^https?:/.test(data) ? { type: "url", url: data } : { type: "base64", media_type: mediaType ?? "image/png", data };

const part = (each: TextPart | ImagePart): object =>
  each.type === "text" ? { type: "text", text: each.text } : { type: "image", source: source(each) };

/** A model's own arguments go back as an object; what was no object was refused before and goes back empty. */
function inputOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

const toolUse = ({ id, name, arguments: text }: ToolCall): object => ({ type: "tool_use", id, name, input: inputOf(text) });

function blocks(each: Exclude<Message, { role: "system" }>): object[] {
  if (each.role === "tool")
    return [{ type: "tool_result", tool_use_id: each.callId, content: each.content, ...(each.isError && { is_error: true }) }];
  const said =
    typeof each.content === "string" ? (each.content === "" ? [] : [{ type: "text", text: each.content }]) : each.content.map(part);
  return each.role === "assistant" ? [...said, ...(each.toolCalls ?? []).map(toolUse)] : said;
}

/** The API wants the results of parallel calls in one turn, so neighbours of one side are joined. */
function turns(messages: readonly Message[]): Turn[] {
  const made: Turn[] = [];
  for (const each of messages) {
    if (each.role === "system") continue;
    const role = each.role === "assistant" ? "assistant" : "user";
    const last = made.at(-1);
    if (last?.role === role) last.content.push(...blocks(each));
    else made.push({ role, content: blocks(each) });
  }
  return made.filter(({ content }) => content.length > 0);
}

function choice(asked: NonNullable<ModelRequest["toolChoice"]>): object {
  if (typeof asked === "object") return { type: "tool", name: asked.tool };
  return { type: asked === "required" ? "any" : asked };
}

/** The request in the format of Anthropic's messages. */
export function messagesBody(request: ModelRequest, model: string, stream: boolean, maxOutputTokens: number): object {
  const { messages, tools = [], toolChoice, outputSchema, temperature, stopSequences } = request;
  const system = messages.flatMap((each) => (each.role === "system" ? [each.content] : [])).join("\n\n");
  return {
    model,
    max_tokens: request.maxOutputTokens ?? maxOutputTokens,
    messages: turns(messages),
    ...(system !== "" && { system }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema })),
      ...(toolChoice !== undefined && { tool_choice: choice(toolChoice) }),
    }),
    ...(outputSchema !== undefined && { output_config: { format: { type: "json_schema", schema: outputSchema.schema } } }),
    ...(temperature !== undefined && { temperature }),
    ...(stopSequences !== undefined && { stop_sequences: stopSequences }),
    ...(stream && { stream: true }),
  };
}
