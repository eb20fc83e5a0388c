// Each way a vendor refuses ends as the guide says, with one vendor and with two; and no key is in anything that is told of it.
import { inspect } from "node:util";
import { type OrchestratorEvent, type Provider, type QueryEvent, createOrchestrator, isProviderError } from "@hydrogenai/core";
import { createOpenAI } from "@ai-sdk/openai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { asLanguageModel, fromAiSdk } from "../src/ai-sdk/index.ts";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openaiCompatible } from "../src/openai-compatible/index.ts";
import { openai, openaiEmbedder } from "../src/openai/index.ts";
import { type Answer, type VendorServer, vendorServer } from "./vendor-server.ts";
import { type WireFormat, beginEvents, chatFormat, messagesFormat, sendJson, sse } from "./wire-formats.ts";

const opened: VendorServer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function serve(answer: Answer): Promise<string> {
  const server = await vendorServer(answer);
  opened.push(server);
  return server.url;
}

const answering =
  (format: WireFormat): Answer =>
  (response, { body }) => {
    const reply = { text: "Well said.", model: "m-2", inputTokens: 3, outputTokens: 2, finish: "stop" } as const;
    if (body["stream"] !== true) return sendJson(response, 200, format.json(reply));
    beginEvents(response).end(format.events(reply).map(sse).join(""));
  };

interface Vendor {
  readonly format: WireFormat;
  readonly make: (url: string, apiKey: string) => Provider;
}

const vendors: Readonly<Record<string, Vendor>> = {
  openai: { format: chatFormat, make: (url, apiKey) => openai({ model: "m-1", apiKey, baseURL: `${url}/v1` }) },
  groq: { format: chatFormat, make: (url, apiKey) => groq({ model: "m-1", apiKey, baseURL: url }) },
  anthropic: { format: messagesFormat, make: (url, apiKey) => anthropic({ model: "m-1", apiKey, baseURL: url }) },
  local: { format: chatFormat, make: (url, apiKey) => openaiCompatible({ name: "local", model: "m-1", apiKey, baseURL: `${url}/v1` }) },
};

const query = { text: "Say it well, please", options: { type: "simple" } } as const;

describe.each(Object.entries(vendors))("%s", (name, { format, make }) => {
  it.each([
    ["the key is rejected", 401, "invalid_api_key", "auth", /check the API key/],
    ["the model is unknown", 404, "model_not_found", "model-not-found", /check the name of the model/],
    ["the quota is gone", 429, "insufficient_quota", "quota", /check its plan and billing/],
    ["the context is too long", 400, "context_length_exceeded", "context-length", /send less text or use a model with a larger window/],
  ] as const)("the next vendor answers when %s", async (_what, status, code, kind, advice) => {
    const refusing = make(await serve((response) => sendJson(response, status, format.error("no", code))), "sk-first");
    const second = anthropic({ name: "second", model: "m-2", apiKey: "sk-second", baseURL: await serve(answering(messagesFormat)) });
    await using both = createOrchestrator({ providers: [refusing, second] });
    const result = await both.query(query);
    expect(result).toMatchObject({ text: "Well said.", provider: "second", model: "m-2" });
    expect(result.attempts).toMatchObject([
      { provider: name, model: "m-1", outcome: "failed", kind },
      { provider: "second", outcome: "ok" },
    ]);

    await using alone = createOrchestrator({ providers: [refusing] });
    const local = await alone.query(query);
    expect(local).toMatchObject({ answeredBy: "local", degraded: expect.arrayContaining(["providers"]), attempts: [{ kind }] });
    const error: unknown = await refusing.generate({ messages: [{ role: "user", content: "hello" }] }).catch((reason: unknown) => reason);
    expect(isProviderError(error) && error.message).toMatch(new RegExp(`^${name} \\(m-1\\): .*${advice.source}`));
  });

  it("what one vendor will not write is not asked of the next", async () => {
    const second = await vendorServer(answering(messagesFormat));
    opened.push(second);
    const filtering = make(await serve((response) => sendJson(response, 400, format.error("no", "content_policy_violation"))), "sk-first");
    await using orchestrator = createOrchestrator({
      providers: [filtering, anthropic({ name: "second", model: "m-2", apiKey: "sk-second", baseURL: second.url })],
    });
    const ended: unknown = await orchestrator.query(query).catch((reason: unknown) => reason);
    expect(second.requests()).toBe(0);
    const told = isProviderError(ended) ? ended.kind : (ended as { attempts: { kind?: string }[] }).attempts[0]?.kind;
    expect(told).toBe("content-filter");
  });
});

/** Keys as they look, also such as nobody would know for one. */
const keys = [
  "sk-FAKEDEV0000aaaaBBBBcccc1111",
  "gsk_FAKEDEV2222ddddEEEE",
  "sk-ant-FAKEDEV-3333ffff",
  "plain-pass-FAKEDEV-44!@#",
  "eyJhbGciOiJIUzI1NiJ9.RkFLRURFVg.c2ln",
];

/** A vendor that repeats the key it was sent wherever it can: whole, in part, in headers. */
const repeating =
  (format: WireFormat, status: number): Answer =>
  (response, { headers }) => {
    const key = String(headers["x-api-key"] ?? headers.authorization).replace(/^Bearer /, "");
    const basic = Buffer.from(`someone:${key}`).toString("base64");
    const shown = `https://vendor.test/v1?key=${encodeURIComponent(key)}&auth=${basic}`;
    const said = `Incorrect key ${key}; it begins with ${key.slice(0, 10)} and ends with ${key.slice(-9)}, "Bearer ${key}", ${shown}`;
    sendJson(response, status, format.error(said, "authentication_error"), { "x-request-id": key, "request-id": key, "x-debug": key });
  };

function pieces(key: string): string[] {
  return Array.from({ length: key.length - 7 }, (_, at) => key.slice(at, at + 8));
}

describe.each(keys)("the key %s", (apiKey) => {
  it.each(Object.entries(vendors))("is in nothing that %s tells", async (_name, { format, make }) => {
    const printed: unknown[] = [];
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, "write").mockImplementation((chunk) => {
        printed.push(String(chunk));
        return true;
      });
    for (const level of ["log", "info", "warn", "error", "debug"] as const)
      vi.spyOn(console, level).mockImplementation((...line) => void printed.push(inspect(line, { depth: 20 })));

    const said: unknown[] = [];
    const closed = await vendorServer(() => {});
    await closed.close();
    const urls = [await serve(repeating(format, 401)), await serve(repeating(format, 500)), await serve(answering(format)), closed.url];
    for (const url of urls) {
      const provider = make(url, apiKey);
      const wrapped = fromAiSdk(asLanguageModel(provider));
      said.push(provider, wrapped);
      // The first request goes through the SDK, the second does not.
      for (let call = 0; call < 2; call++)
        for (const asked of [provider, wrapped])
          said.push(await asked.generate({ messages: [{ role: "user", content: "hello" }] }).catch((error: unknown) => error));
      await using orchestrator = createOrchestrator({ providers: [provider] });
      const events: (OrchestratorEvent | QueryEvent)[] = [];
      orchestrator.on("*", (event) => events.push(event));
      const stream = orchestrator.stream(query);
      for await (const event of stream) events.push(event);
      said.push(events, await stream.result(), orchestrator.health(), orchestrator);
    }
    const model = createOpenAI({ apiKey, baseURL: `${urls[0]}/v1` }).chat("m");
    said.push(
      await fromAiSdk(model, { secret: apiKey })
        .generate({ messages: [{ role: "user", content: "hello" }] })
        .catch((error: unknown) => error),
    );
    const embedder = openaiEmbedder({ apiKey, baseURL: `${urls[0]}/v1` });
    said.push(embedder, await embedder.embed(["hello"]).catch((error: unknown) => error));
    vi.restoreAllMocks();

    const messages = said.map((each) => (each instanceof Error ? `${each.message} ${each.stack}` : ""));
    const everything = [printed, messages, inspect(said, { depth: 30, showHidden: true, getters: true }), JSON.stringify(said)].join("\n");
    expect(everything).toContain("auth");
    for (const piece of pieces(apiKey)) expect(everything).not.toContain(piece);
    // What lies within the base64 of "someone:KEY" is the key's alone.
    expect(everything).not.toContain(Buffer.from(`someone:${apiKey}`).toString("base64").slice(12, 24));
    expect(everything).not.toContain(encodeURIComponent(apiKey));
  });
});

it("refuses a key that no header can hold without showing it, and takes away the space around one", async () => {
  for (const apiKey of ["sk-broken\nsecret-half", "sk-smart’quote-secret"]) {
    const make = () => openai({ model: "m", apiKey });
    expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(make).toThrow(/^(?!.*secret)/);
  }
  const server = await vendorServer(answering(chatFormat));
  opened.push(server);
  await openai({ model: "m", apiKey: " sk-from-a-file\n", baseURL: `${server.url}/v1` }).generate({
    messages: [{ role: "user", content: "hi" }],
  });
  expect(server.received[0]?.headers.authorization).toBe("Bearer sk-from-a-file");
});
