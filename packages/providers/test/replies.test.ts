// What goes out to a vendor and what comes of its reply, beyond what every provider has to do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Completion, ModelEvent, ModelRequest, Provider } from "@hydrogenai/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openaiCompatible } from "../src/openai-compatible/index.ts";
import { openai } from "../src/openai/index.ts";
import { type Answer, type VendorServer, vendorServer } from "./vendor-server.ts";
import { beginEvents, chatFormat, messagesFormat, sendJson, sse } from "./wire-formats.ts";

const apiKey = "sk-planted-0123456789";
const hello = { messages: [{ role: "user", content: "hello" }] } as const;

const opened: VendorServer[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function serve(answer: Answer): Promise<VendorServer> {
  const server = await vendorServer(answer);
  opened.push(server);
  return server;
}

const chat = ({ url }: VendorServer): Provider => openai({ model: "m-1", apiKey, baseURL: `${url}/v1` });
const messages = ({ url }: VendorServer): Provider => anthropic({ model: "m-1", apiKey, baseURL: url });

/** The events of a reply that consists of these. */
async function eventsOf(make: (server: VendorServer) => Provider, events: readonly { data: string; type?: string }[], headers = {}) {
  const server = await serve((response) => void beginEvents(response, headers).end(events.map(sse).join("")));
  const seen: ModelEvent[] = [];
  for await (const event of make(server).stream(hello)) seen.push(event);
  return seen;
}

async function completionOf(make: (server: VendorServer) => Provider, reply: object, headers = {}): Promise<Completion> {
  return make(await serve((response) => sendJson(response, 200, reply, headers))).generate(hello);
}

async function sentBy(make: (server: VendorServer) => Provider, request: ModelRequest, reply: object) {
  const server = await serve((response) => sendJson(response, 200, reply));
  await make(server).generate(request);
  return server.received[0]!;
}

const plain = { text: "yes", model: "m-1", inputTokens: 1, outputTokens: 1, finish: "stop" } as const;
const data = (value: object, type?: string) => ({ data: JSON.stringify(value), ...(type !== undefined && { type }) });
const choice = (delta: object, finish_reason: string | null = null) => ({ choices: [{ index: 0, delta, finish_reason }] });

const conversation: ModelRequest = {
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", data: "aGk=", mediaType: "image/jpeg" },
        { type: "image", data: "https://example.com/a.png" },
      ],
    },
    {
      role: "assistant",
      content: "I look.",
      toolCalls: [
        { id: "c1", name: "look", arguments: '{"at":1}' },
        { id: "c2", name: "look", arguments: '{"at":2}' },
      ],
    },
    { role: "tool", callId: "c1", name: "look", content: "a cat" },
    { role: "tool", callId: "c2", name: "look", content: "no such thing", isError: true },
  ],
  tools: [{ name: "look", description: "Looks", inputSchema: { type: "object" } }],
  toolChoice: { tool: "look" },
  temperature: 0,
  maxOutputTokens: 64,
  stopSequences: ["END"],
};

describe("what is sent", () => {
  it("in the format of chat completions", async () => {
    const { body, headers } = await sentBy(chat, conversation, chatFormat.json(plain));
    expect(headers.authorization).toBe(`Bearer ${apiKey}`);
    expect(body).toEqual({
      model: "m-1",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/jpeg;base64,aGk=" } },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          ],
        },
        {
          role: "assistant",
          content: "I look.",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } },
            { id: "c2", type: "function", function: { name: "look", arguments: '{"at":2}' } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "a cat" },
        { role: "tool", tool_call_id: "c2", content: "Error: no such thing" },
      ],
      tools: [{ type: "function", function: { name: "look", description: "Looks", parameters: { type: "object" } } }],
      tool_choice: { type: "function", function: { name: "look" } },
      temperature: 0,
      max_completion_tokens: 64,
      stop: ["END"],
    });
  });

  it("in the format of Anthropic's messages, the results of parallel calls in one turn", async () => {
    const { body, headers } = await sentBy(messages, conversation, messagesFormat.json(plain));
    expect([headers.authorization, headers["x-api-key"]].join(" ")).toContain(apiKey);
    expect(body).toEqual({
      model: "m-1",
      max_tokens: 64,
      system: "Be brief.",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "aGk=" } },
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "I look." },
            { type: "tool_use", id: "c1", name: "look", input: { at: 1 } },
            { type: "tool_use", id: "c2", name: "look", input: { at: 2 } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "c1", content: "a cat" },
            { type: "tool_result", tool_use_id: "c2", content: "no such thing", is_error: true },
          ],
        },
      ],
      tools: [{ name: "look", description: "Looks", input_schema: { type: "object" } }],
      tool_choice: { type: "tool", name: "look" },
      temperature: 0,
      stop_sequences: ["END"],
    });
  });

  it("goes where and as whom the options say, whatever the environment says", async () => {
    for (const name of ["OPENAI", "GROQ", "ANTHROPIC"])
      for (const [what, value] of Object.entries({
        BASE_URL: "http://127.0.0.1:1",
        API_KEY: "sk-env",
        AUTH_TOKEN: "env",
        ORG_ID: "env",
        LOG: "debug",
      }))
        vi.stubEnv(`${name}_${what}`, value);
    const makers = [
      [chat, chatFormat],
      [messages, messagesFormat],
      [({ url }: VendorServer) => groq({ model: "m-1", apiKey, baseURL: url }), chatFormat],
    ] as const;
    for (const [make, format] of makers) {
      const { headers } = await sentBy(make, hello, format.json(plain));
      expect(headers.authorization ?? headers["x-api-key"]).toContain(apiKey);
      expect(Object.values(headers).join()).not.toContain("env");
    }
  });
});

it("sends no key where none was given", async () => {
  const make = ({ url }: VendorServer) => openaiCompatible({ name: "local", model: "m-1", baseURL: `${url}/v1/` });
  const { headers, path, body } = await sentBy(make, { ...hello, maxOutputTokens: 5 }, chatFormat.json(plain));
  expect(headers.authorization).toBeUndefined();
  expect(path).toBe("/v1/chat/completions");
  expect(body).toMatchObject({ model: "m-1", max_tokens: 5 });
});

it("lets the process end when nothing is asked any more", { timeout: 10_000 }, async () => {
  const server = await serve((response) => sendJson(response, 200, chatFormat.json(plain)));
  const script = `
    const { openai } = await import("@hydrogenai/providers/openai");
    const provider = openai({ apiKey: "sk-1", model: "m", baseURL: "${server.url}/v1" });
    console.log((await provider.generate({ messages: [{ role: "user", content: "hello" }] })).text);`;
  const args = ["--conditions=@hydrogenai/source", "--no-warnings", "--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { cwd: join(import.meta.dirname, ".."), stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect({ said: said.trim(), code }).toEqual({ said: "yes", code: 0 });
});

describe("what comes back", () => {
  const limits = { "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s" };
  const chatUsage = {
    prompt_tokens: 20,
    completion_tokens: 9,
    prompt_tokens_details: { cached_tokens: 16 },
    completion_tokens_details: { reasoning_tokens: 5 },
  };
  const counted = { inputTokens: 20, outputTokens: 9, cachedInputTokens: 16, reasoningTokens: 5 };

  it("has cached and reasoning tokens, request id, limits and the model that answered: chat completions", async () => {
    const expected = {
      usage: counted,
      model: "m-other",
      requestId: "req_1",
      rateLimits: { remainingRequests: 59, resetRequestsMs: 1_000 },
    };
    const reply = { ...chatFormat.json({ ...plain, model: "m-other" }), usage: chatUsage };
    expect(await completionOf(chat, reply, limits)).toMatchObject(expected);
    const events = [
      data({ ...choice({ content: "yes" }), model: "m-other" }),
      data(choice({}, "stop")),
      data({ choices: [], usage: chatUsage }),
      { data: "[DONE]" },
    ];
    expect((await eventsOf(chat, events, limits)).at(-1)).toMatchObject(expected);
    // Groq's streams have it one level down.
    const inGroq = [data(choice({ content: "yes" })), data({ ...choice({}, "stop"), x_groq: { usage: chatUsage } }), { data: "[DONE]" }];
    const viaGroq = await eventsOf(({ url }) => groq({ model: "m-1", apiKey, baseURL: url }), inGroq);
    expect(viaGroq.at(-1)).toMatchObject({ usage: counted });
  });

  it("has cached and reasoning tokens, request id, limits and the model that answered: Anthropic's messages", async () => {
    const anthropicLimits = { "anthropic-ratelimit-tokens-remaining": "1000" };
    const usage = {
      input_tokens: 3,
      cache_read_input_tokens: 16,
      cache_creation_input_tokens: 1,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 5 },
    };
    const expected = { usage: counted, model: "m-other", requestId: "req_1", rateLimits: { remainingTokens: 1_000 } };
    const reply = { ...messagesFormat.json({ ...plain, model: "m-other" }), usage };
    expect(await completionOf(messages, reply, anthropicLimits)).toMatchObject(expected);
    const events = [
      data({ type: "message_start", message: { model: "m-other", usage: { ...usage, output_tokens: 1 } } }, "message_start"),
      data({ type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } }, "content_block_delta"),
      data({ type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "yes" } }, "content_block_delta"),
      data({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }, "message_delta"),
      data({ type: "message_stop" }, "message_stop"),
    ];
    const seen = await eventsOf(messages, events, anthropicLimits);
    expect(seen.at(-1)).toMatchObject(expected);
    expect(seen.map(({ type }) => type)).toEqual(["start", "reasoning-delta", "text-delta", "finish"]);
  });

  it("has parallel calls whole, however their arguments were mixed: chat completions", async () => {
    const piece = (index: number, more: object) => data(choice({ tool_calls: [{ index, ...more }] }));
    const seen = await eventsOf(chat, [
      piece(0, { id: "c1", type: "function", function: { name: "look", arguments: "" } }),
      piece(1, { id: "c2", type: "function", function: { name: "find", arguments: '{"b' } }),
      piece(0, { function: { arguments: '{"a":' } }),
      piece(1, { function: { arguments: '":2}' } }),
      piece(0, { function: { arguments: "1}" } }),
      data(choice({}, "tool_calls")),
      { data: "[DONE]" },
    ]);
    expect(seen.slice(1)).toMatchObject([
      { type: "tool-call", call: { id: "c1", name: "look", arguments: '{"a":1}' } },
      { type: "tool-call", call: { id: "c2", name: "find", arguments: '{"b":2}' } },
      { type: "finish", reason: "tool-calls" },
    ]);
  });

  it("has parallel calls whole, however their arguments were mixed: Anthropic's messages", async () => {
    const block = (index: number, name: string) =>
      data(
        { type: "content_block_start", index, content_block: { type: "tool_use", id: `c${index}`, name, input: {} } },
        "content_block_start",
      );
    const piece = (index: number, partial_json: string) =>
      data({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } }, "content_block_delta");
    const seen = await eventsOf(messages, [
      data({ type: "message_start", message: { model: "m-1", usage: { input_tokens: 3, output_tokens: 1 } } }, "message_start"),
      block(0, "look"),
      block(1, "find"),
      piece(0, '{"a":'),
      piece(1, '{"b":2}'),
      piece(0, "1}"),
      data({ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } }, "message_delta"),
      data({ type: "message_stop" }, "message_stop"),
    ]);
    expect(seen.slice(1)).toMatchObject([
      { call: { id: "c0", name: "look", arguments: '{"a":1}' } },
      { call: { id: "c1", name: "find", arguments: '{"b":2}' } },
      { type: "finish", reason: "tool-calls" },
    ]);
  });

  it("is no success for a piece that was sent twice, and leaves out one that says it is the same", async () => {
    const twice = [data(choice({ content: "one " })), data(choice({ content: "two " })), data(choice({ content: "two " }))];
    const end = [data(choice({}, "stop")), data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }), { data: "[DONE]" }];
    await expect(eventsOf(chat, [...twice, ...end])).rejects.toMatchObject({ kind: "malformed" });
    const server = await serve((response) => {
      const ids = twice.map((event, at) => `id: ${Math.min(at, 1)}\n${sse(event)}`);
      beginEvents(response).end([...ids, ...end.map(sse)].join(""));
    });
    let text = "";
    for await (const event of chat(server).stream(hello)) if (event.type === "text-delta") text += event.text;
    expect(text).toBe("one two ");
  });

  it("has, when it fails, the tokens that came before", async () => {
    const begun = [
      data({ type: "message_start", message: { model: "m-1", usage: { input_tokens: 30, output_tokens: 1 } } }, "message_start"),
      ...["one ", "two ", "three "].map((text) => data({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    ];
    const usage = { inputTokens: 30, outputTokens: 3 };
    await expect(eventsOf(messages, begun)).rejects.toMatchObject({ kind: "incomplete", details: { usage } });
    const overloaded = data({ type: "error", error: { type: "overloaded_error", message: "no" } }, "error");
    await expect(eventsOf(messages, [...begun, overloaded])).rejects.toMatchObject({ kind: "overloaded", details: { usage } });
    const early = data({ ...choice({ content: "one" }), usage: { prompt_tokens: 7, completion_tokens: 1 } });
    await expect(eventsOf(chat, [early])).rejects.toMatchObject({
      kind: "incomplete",
      details: { usage: { inputTokens: 7, outputTokens: 1 } },
    });
  });

  it("says that content was filtered, whole and in pieces", async () => {
    const reply = { model: "m-1", choices: [{ message: { content: "" }, finish_reason: "content_filter" }] };
    expect(await completionOf(chat, reply)).toMatchObject({ finishReason: "content-filter" });
    expect(await completionOf(messages, { model: "m-1", content: [], stop_reason: "refusal" })).toMatchObject({
      finishReason: "content-filter",
    });
    expect((await eventsOf(chat, [data(choice({}, "content_filter")), { data: "[DONE]" }])).at(-1)).toMatchObject({
      reason: "content-filter",
    });
  });

  it("is read from one place only: a redirect gets no prompt and no key", async () => {
    const elsewhere = await serve((response) => sendJson(response, 200, chatFormat.json(plain)));
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await serve((response) => void response.writeHead(status, { location: `${elsewhere.url}/v1/chat/completions` }).end());
      const provider = chat(server);
      // The first request goes through the SDK, the second does not.
      for (let call = 0; call < 2; call++) await expect(provider.generate(hello)).rejects.toMatchObject({ kind: "malformed" });
    }
    expect(elsewhere.requests()).toBe(0);
  });

  it("may have 8 MiB and no more, by default", async () => {
    const reply = (chars: number) => chatFormat.json({ ...plain, text: "x".repeat(chars) });
    expect((await completionOf(chat, reply(8_000_000))).text).toHaveLength(8_000_000);
    await expect(completionOf(chat, reply(8_400_000))).rejects.toMatchObject({ kind: "malformed", retryable: true });
  });
});
