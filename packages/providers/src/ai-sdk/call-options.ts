import type { ImagePart, Message, ModelRequest, TextPart } from "@hydrogenai/core";

/** Models of specification 4 want to be told what kind of data a file is; older ones see it from the value. */
function fileData({ data }: ImagePart, version: string): unknown {
  const url = /^https?:/.test(data);
  const value = url ? new URL(data) : data;
  if (version !== "v4") return value;
  return url ? { type: "url", url: value } : { type: "data", data: value };
}

function part(each: TextPart | ImagePart, version: string): object {
  if (each.type === "text") return { type: "text", text: each.text };
  return { type: "file", mediaType: each.mediaType ?? "image/*", data: fileData(each, version) };
}

/** A model's own arguments go back as a value; what was no JSON was refused before and goes back empty. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function message(each: Message, version: string): object {
  switch (each.role) {
    case "system":
      return { role: "system", content: each.content };
    case "user":
      return {
        role: "user",
        content: typeof each.content === "string" ? [{ type: "text", text: each.content }] : each.content.map((one) => part(one, version)),
      };
    case "assistant":
      return {
        role: "assistant",
        content: [
          ...(each.content === "" ? [] : [{ type: "text", text: each.content }]),
          ...(each.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
            type: "tool-call",
            toolCallId: id,
            toolName: name,
            input: inputOf(text),
          })),
        ],
      };
    default:
      return {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: each.callId,
            toolName: each.name,
            output: { type: each.isError ? "error-text" : "text", value: each.content },
          },
        ],
      };
  }
}

/** A request in the form models of the AI SDK take, of this version of its specification. */
export function callOptions(request: ModelRequest, version: string): object {
  const { messages, tools = [], toolChoice, outputSchema, temperature, maxOutputTokens, stopSequences } = request;
  return {
    prompt: messages.map((each) => message(each, version)),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: "function", ...tool })),
      toolChoice: typeof toolChoice === "object" ? { type: "tool", toolName: toolChoice.tool } : { type: toolChoice ?? "auto" },
    }),
    ...(outputSchema !== undefined && { responseFormat: { type: "json", ...outputSchema } }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stopSequences !== undefined && { stopSequences: [...stopSequences] }),
  };
}
