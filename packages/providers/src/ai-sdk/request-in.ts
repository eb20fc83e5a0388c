import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4ToolResultOutput,
  SharedV4Warning,
} from "@ai-sdk/provider";
import {
  type ImagePart,
  type JsonObject,
  type Message,
  type ModelRequest,
  ProviderError,
  type TextPart,
  type ToolCall,
} from "@hydrogenai/core";

/** Refuses what would otherwise be left out without a word. */
const unsupported = (what: string): ProviderError =>
  new ProviderError(`hydrogenai takes no ${what}`, { provider: "hydrogenai", kind: "bad-request" });

const base64Of = (data: string | Uint8Array): string => (typeof data === "string" ? data : Buffer.from(data).toString("base64"));

function filePart({ data, mediaType }: LanguageModelV4FilePart): TextPart | ImagePart {
  if (data.type === "text") return { type: "text", text: data.text };
  if (data.type === "data" && mediaType.startsWith("text/"))
    return { type: "text", text: Buffer.from(base64Of(data.data), "base64").toString("utf8") };
  if (!mediaType.startsWith("image")) throw unsupported(`files of the type ${mediaType}`);
  if (data.type === "url") return { type: "image", data: data.url.href };
  if (data.type === "reference") throw unsupported("references to files");
  return { type: "image", data: base64Of(data.data), ...(mediaType.startsWith("image/") && !mediaType.endsWith("*") && { mediaType }) };
}

function resultText(output: LanguageModelV4ToolResultOutput): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "json":
    case "error-json":
      return JSON.stringify(output.value);
    case "execution-denied":
      return output.reason ?? "the tool was not allowed to run";
    default:
      return output.value
        .map((part) => {
          if (part.type === "text") return part.text;
          throw unsupported("files in the result of a tool");
        })
        .join("\n");
  }
}

const failed = ({ type }: LanguageModelV4ToolResultOutput): boolean => type.startsWith("error") || type === "execution-denied";

function messagesOf(each: LanguageModelV4Message): Message[] {
  switch (each.role) {
    case "system":
      return [{ role: "system", content: each.content }];
    case "user": {
      const parts = each.content.map((part) => (part.type === "text" ? { type: part.type, text: part.text } : filePart(part)));
      const plain = parts.every((part) => part.type === "text");
      return [{ role: "user", content: plain ? parts.map(({ text }) => text).join("") : parts }];
    }
    case "assistant": {
      const toolCalls = each.content.flatMap((part): ToolCall[] =>
        part.type === "tool-call" ? [{ id: part.toolCallId, name: part.toolName, arguments: JSON.stringify(part.input ?? {}) }] : [],
      );
      const content = each.content.map((part) => (part.type === "text" ? part.text : "")).join("");
      return [{ role: "assistant", content, ...(toolCalls.length > 0 && { toolCalls }) }];
    }
    default:
      return each.content.flatMap((part): Message[] =>
        part.type === "tool-result"
          ? [
              {
                role: "tool",
                callId: part.toolCallId,
                name: part.toolName,
                content: resultText(part.output),
                ...(failed(part.output) && { isError: true }),
              },
            ]
          : [],
      );
  }
}

const unused = ["topP", "topK", "presencePenalty", "frequencyPenalty", "seed"] as const;

/** What a call asks for and does not get. */
export function warningsFor(options: LanguageModelV4CallOptions): SharedV4Warning[] {
  const features: string[] = unused.filter((name) => options[name] !== undefined);
  if (options.reasoning !== undefined && options.reasoning !== "provider-default") features.push("reasoning");
  for (const tool of options.tools ?? []) if (tool.type !== "function") features.push(`the tool ${tool.name}, which a vendor would run`);
  return features.map((feature) => ({ type: "unsupported", feature }));
}

/** A call of the AI SDK as a request of ours. Throws a `bad-request` failure for content that no provider of ours takes. */
export function requestIn(options: LanguageModelV4CallOptions): ModelRequest {
  const { prompt, toolChoice, responseFormat, temperature, maxOutputTokens, stopSequences } = options;
  const tools = (options.tools ?? []).flatMap((tool) =>
    tool.type === "function" ? [{ name: tool.name, description: tool.description ?? "", inputSchema: tool.inputSchema as JsonObject }] : [],
  );
  return {
    messages: prompt.flatMap(messagesOf),
    temperature,
    maxOutputTokens,
    stopSequences,
    ...(tools.length > 0 && {
      tools,
      toolChoice: toolChoice?.type === "tool" ? { tool: toolChoice.toolName } : toolChoice?.type,
    }),
    ...(responseFormat?.type === "json" && {
      // Without a schema any object will do.
      outputSchema: { name: responseFormat.name ?? "answer", schema: (responseFormat.schema ?? { type: "object" }) as JsonObject },
    }),
  };
}
