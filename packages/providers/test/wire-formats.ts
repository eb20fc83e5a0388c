// Replies as the vendors send them, whole and in pieces.
import type { ServerResponse } from "node:http";

export interface Reply {
  readonly text: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly finish: "stop" | "length" | "tool-calls";
  readonly tool?: { readonly name: string; readonly arguments: string } | undefined;
}

/** How one vendor writes. */
export interface WireFormat {
  readonly json: (reply: Reply) => object;
  /** The data of each event of a streamed reply, and how many of them come before its end. */
  readonly events: (reply: Reply) => { readonly data: string; readonly type?: string }[];
  /** Events of the text alone, which nothing ends. */
  readonly begun: (text: string) => { readonly data: string; readonly type?: string }[];
  readonly error: (message: string, code: string) => object;
}

/** A text in pieces that add up to it, two or more where it has two characters. */
export function piecesOf(text: string): string[] {
  const words = text.match(/\S*\s*/gu)?.filter((word) => word !== "") ?? [];
  return words.length > 1 || text.length < 2 ? words : [text.slice(0, 1), text.slice(1)];
}

const chatFinish = { stop: "stop", length: "length", "tool-calls": "tool_calls" } as const;

function chunk(delta: object, finish: string | null, more: object = {}): { data: string } {
  return {
    data: JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...more,
    }),
  };
}

export const chatFormat: WireFormat = {
  json: ({ text, model, inputTokens, outputTokens, finish, tool }) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: tool === undefined ? text : null,
          ...(tool && { tool_calls: [{ id: "call_1", type: "function", function: tool }] }),
        },
        finish_reason: chatFinish[finish],
      },
    ],
    usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens },
  }),
  events: ({ text, model, inputTokens, outputTokens, finish, tool }) => {
    const named = { model };
    const halves = tool === undefined ? [] : [tool.arguments.slice(0, 4), tool.arguments.slice(4)];
    return [
      chunk({ role: "assistant", content: "" }, null, named),
      ...piecesOf(text).map((content) => chunk({ content }, null, named)),
      ...(tool
        ? [chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: tool.name, arguments: "" } }] }, null, named)]
        : []),
      ...halves.map((half) => chunk({ tool_calls: [{ index: 0, function: { arguments: half } }] }, null, named)),
      chunk({}, chatFinish[finish], named),
      {
        data: JSON.stringify({
          id: "chatcmpl-1",
          model,
          choices: [],
          usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens },
        }),
      },
      { data: "[DONE]" },
    ];
  },
  begun: (text) => [chunk({ role: "assistant", content: "" }, null), ...piecesOf(text).map((content) => chunk({ content }, null))],
  error: (message, code) => ({ error: { message, type: code, code } }),
};

const messageFinish = { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use" } as const;

const typed = (type: string, more: object): { data: string; type: string } => ({ type, data: JSON.stringify({ type, ...more }) });

const messageStart = (model: string, inputTokens: number) =>
  typed("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [],
      model,
      usage: { input_tokens: inputTokens, output_tokens: 1 },
    },
  });

const textBlock = (text: string) => [
  typed("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  typed("ping", {}),
  ...piecesOf(text).map((piece) => typed("content_block_delta", { index: 0, delta: { type: "text_delta", text: piece } })),
];

export const messagesFormat: WireFormat = {
  json: ({ text, model, inputTokens, outputTokens, finish, tool }) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    // A server's own text stands for arguments that are no JSON.
    content: tool === undefined ? [{ type: "text", text }] : [{ type: "tool_use", id: "toolu_1", name: tool.name, input: tool.arguments }],
    stop_reason: messageFinish[finish],
    usage: { input_tokens: inputTokens, output_tokens: outputTokens },
  }),
  events: ({ text, model, inputTokens, outputTokens, finish, tool }) => [
    messageStart(model, inputTokens),
    ...(tool === undefined
      ? textBlock(text)
      : [
          typed("content_block_start", { index: 0, content_block: { type: "tool_use", id: "toolu_1", name: tool.name, input: {} } }),
          ...[tool.arguments.slice(0, 4), tool.arguments.slice(4)].map((half) =>
            typed("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json: half } }),
          ),
        ]),
    typed("content_block_stop", { index: 0 }),
    typed("message_delta", { delta: { stop_reason: messageFinish[finish] }, usage: { output_tokens: outputTokens } }),
    typed("message_stop", {}),
  ],
  begun: (text) => [messageStart("m", 3), ...textBlock(text)],
  error: (message, code) => ({ type: "error", error: { type: code, message } }),
};

export const sse = ({ data, type }: { readonly data: string; readonly type?: string }): string =>
  `${type === undefined ? "" : `event: ${type}\n`}data: ${data}\n\n`;

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-request-id": "req_1", "request-id": "req_1", ...headers })
    .end(JSON.stringify(body));
}

export const beginEvents = (response: ServerResponse, headers: Readonly<Record<string, string>> = {}): ServerResponse =>
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "x-request-id": "req_1",
    "request-id": "req_1",
    ...headers,
  });
