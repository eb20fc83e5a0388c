import type { JsonObject, ModelEvent, Provider } from "@hydrogenai/core";
import { afterEach, describe, expect, it } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openaiCompatible } from "../src/openai-compatible/index.ts";
import { openai } from "../src/openai/index.ts";
import { type VendorServer, vendorServer } from "./vendor-server.ts";
import { type WireFormat, beginEvents, chatFormat, messagesFormat, sendJson, sse } from "./wire-formats.ts";

const apiKey = "sk-planted-0123456789";
const schema: JsonObject = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } },
  required: ["city", "days"],
  additionalProperties: false,
};
const good = '{"city":"Zürich","days":3}';
const bad = '{"city":"Zürich","days":"three"}';

const opened: VendorServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

interface Said {
  readonly text: string;
  readonly finish?: "stop" | "length";
}

/** A vendor that says these one after the other; with `refuses` it answers 400 to a request that has this field. */
async function vendor(format: WireFormat, says: readonly Said[], refuses?: string): Promise<VendorServer> {
  let at = 0;
  const server = await vendorServer((response, { body }) => {
    if (refuses !== undefined && body[refuses] !== undefined)
      return sendJson(response, 400, format.error(`this model does not support ${refuses}`, "invalid_request_error"));
    const { text, finish = "stop" } = says[Math.min(at++, says.length - 1)]!;
    const reply = { text, model: "m", inputTokens: 10, outputTokens: 20, finish } as const;
    if (body["stream"] !== true) return sendJson(response, 200, format.json(reply));
    beginEvents(response);
    for (const event of format.events(reply)) response.write(sse(event));
    response.end();
  });
  opened.push(server);
  return server;
}

const request = (asked: JsonObject = schema) =>
  ({ messages: [{ role: "user", content: "Where and how long?" }], outputSchema: { name: "stay", schema: asked } }) as const;

async function streamed(provider: Provider, asked: JsonObject = schema) {
  const events: ModelEvent[] = [];
  let text = "";
  for await (const event of provider.stream(request(asked))) {
    events.push(event);
    if (event.type === "text-delta") text += event.text;
    else if (event.type === "text-reset") text = "";
  }
  return { events, text, finish: events.at(-1) };
}

const makers: Readonly<Record<string, readonly [WireFormat, (url: string) => Provider, native: string]>> = {
  openai: [chatFormat, (url) => openai({ model: "m", apiKey, baseURL: `${url}/v1` }), "response_format"],
  groq: [chatFormat, (url) => groq({ model: "m", apiKey, baseURL: url }), "response_format"],
  "openai-compatible": [chatFormat, (url) => openaiCompatible({ name: "local", model: "m", baseURL: `${url}/v1` }), "response_format"],
  anthropic: [messagesFormat, (url) => anthropic({ model: "m", apiKey, baseURL: url }), "output_config"],
};

describe.each(Object.entries(makers))("%s", (_name, [format, make, native]) => {
  it("sends the schema to the vendor, and an answer that fits is asked for once", async () => {
    const server = await vendor(format, [{ text: good }]);
    expect((await make(server.url).generate(request())).text).toBe(good);
    expect((await streamed(make(server.url))).text).toBe(good);
    expect(server.requests()).toBe(2);
    for (const { body } of server.received) expect(JSON.stringify(body[native])).toContain(JSON.stringify(schema));
  });

  it("sends an answer that does not fit back once, and counts the tokens of both", async () => {
    const usage = { inputTokens: 20, outputTokens: 40 };
    const whole = await vendor(format, [{ text: bad }, { text: good }]);
    expect(await make(whole.url).generate(request())).toMatchObject({ text: good, finishReason: "stop", usage });
    const inPieces = await vendor(format, [{ text: bad }, { text: good }]);
    const { text, finish, events } = await streamed(make(inPieces.url));
    expect(text).toBe(good);
    expect(finish).toMatchObject({ type: "finish", usage });
    expect(events.filter(({ type }) => type === "text-reset" || type === "start").map(({ type }) => type)).toEqual(["start", "text-reset"]);
    for (const { received } of [whole, inPieces]) {
      expect(received).toHaveLength(2);
      const messages = JSON.stringify(received[1]?.body["messages"]);
      for (const part of ["three", "days", "integer"]) expect(messages).toContain(part);
    }
  });

  it("fails when it does not fit then either, with what it cost", async () => {
    const server = await vendor(format, [{ text: bad }, { text: "No." }]);
    const failure = { kind: "malformed", retryable: true, details: { usage: { inputTokens: 20, outputTokens: 40 } } };
    await expect(make(server.url).generate(request())).rejects.toMatchObject(failure);
    await expect(streamed(make(server.url))).rejects.toMatchObject(failure);
    expect(server.requests()).toBe(4);
  });

  it("asks in words where the vendor refuses the schema, and remembers that", async () => {
    const server = await vendor(format, [{ text: good }], native);
    const provider = make(server.url);
    expect((await provider.generate(request())).text).toBe(good);
    expect((await streamed(provider)).text).toBe(good);
    expect(server.received.map(({ body }) => body[native] !== undefined)).toEqual([true, false, false]);
    expect(JSON.stringify(server.received[1]?.body)).toContain("Answer with JSON alone");
  });

  it("takes fences away, and leaves alone what was cut by its length", async () => {
    const fenced = await vendor(format, [{ text: `\`\`\`json\n${good}\n\`\`\`` }]);
    expect((await make(fenced.url).generate(request())).text).toBe(good);
    expect((await streamed(make(fenced.url))).text).toBe(good);
    expect(fenced.requests()).toBe(2);
    const cut = await vendor(format, [{ text: '{"city":"Zü', finish: "length" }]);
    expect(await make(cut.url).generate(request())).toMatchObject({ text: '{"city":"Zü', finishReason: "length" });
    expect(cut.requests()).toBe(1);
  });

  it("does not hide another bad request behind the schema", async () => {
    const server = await vendorServer((response) => sendJson(response, 400, format.error("no such parameter", "invalid_request_error")));
    opened.push(server);
    await expect(make(server.url).generate(request())).rejects.toMatchObject({ kind: "bad-request" });
  });
});

it("holds the model to a schema only where the vendor can: every object closed, for OpenAI with nothing optional", async () => {
  const optional: JsonObject = { ...schema, required: ["city"] };
  const open: JsonObject = { ...schema, additionalProperties: true };
  const chat = await vendor(chatFormat, [{ text: good }]);
  const messages = await vendor(messagesFormat, [{ text: good }]);
  for (const asked of [schema, optional, open]) {
    await openai({ model: "m", apiKey, baseURL: `${chat.url}/v1` }).generate(request(asked));
    await anthropic({ model: "m", apiKey, baseURL: messages.url }).generate(request(asked));
  }
  const strict = chat.received.map(({ body }) => JSON.stringify(body["response_format"]).includes('"strict":true'));
  expect(strict).toEqual([true, false, false]);
  expect(messages.received.map(({ body }) => body["output_config"] !== undefined)).toEqual([true, true, false]);
});
