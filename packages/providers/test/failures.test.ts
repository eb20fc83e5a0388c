import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { type Provider, type ProviderError, createOrchestrator, isProviderError } from "@hydrogenai/core";
import { afterEach, describe, expect, it } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openai } from "../src/openai/index.ts";
import { type Answer, type VendorServer, vendorServer } from "./vendor-server.ts";
import { type WireFormat, beginEvents, chatFormat, messagesFormat, sendJson, sse } from "./wire-formats.ts";

const apiKey = "sk-planted-SECRET-0123456789abcdef";
const request = { messages: [{ role: "user", content: "hello" }] } as const;
const bounded = { timeoutMs: 10_000, maxReplyBytes: 100_000 };
const impatient = { firstByteTimeoutMs: 150, idleTimeoutMs: 150 };

const opened: VendorServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function serve(answer: Answer): Promise<VendorServer> {
  const server = await vendorServer(answer);
  opened.push(server);
  return server;
}

/** What `generate` and `stream` reject with. */
async function failuresOf(provider: Provider): Promise<ProviderError[]> {
  const read = async (): Promise<void> => {
    for await (const event of provider.stream(request)) if (event.type === "finish") throw new Error("it was a success");
  };
  const ends = await Promise.allSettled([provider.generate(request), read()]);
  return ends.map((end) => {
    if (end.status === "fulfilled" || !isProviderError(end.reason)) throw new Error(`no failure of a vendor: ${inspect(end)}`);
    return end.reason;
  });
}

interface Vendor {
  readonly format: WireFormat;
  readonly make: (url: string, more?: object) => Provider;
}

const vendors: Readonly<Record<string, Vendor>> = {
  openai: { format: chatFormat, make: (url, more) => openai({ model: "m-1", apiKey, baseURL: `${url}/v1`, ...bounded, ...more }) },
  groq: { format: chatFormat, make: (url, more) => groq({ model: "m-1", apiKey, baseURL: url, ...bounded, ...more }) },
  anthropic: { format: messagesFormat, make: (url, more) => anthropic({ model: "m-1", apiKey, baseURL: url, ...bounded, ...more }) },
};

describe.each(Object.entries(vendors))("%s", (name, { format, make }) => {
  it.each([
    [401, "authentication_error", "auth", false],
    [403, "permission_error", "auth", false],
    [402, "billing_error", "quota", false],
    [404, "not_found_error", "model-not-found", false],
    [400, "context_length_exceeded", "context-length", false],
    [400, "content_policy_violation", "content-filter", false],
    [400, "invalid_request_error", "bad-request", false],
    [413, "request_too_large", "context-length", false],
    [422, "unprocessable", "bad-request", false],
    [429, "rate_limit_error", "rate-limit", true],
    [429, "insufficient_quota", "quota", false],
    [408, "timeout", "timeout", true],
    [409, "conflict", "server", true],
    [500, "api_error", "server", true],
    [503, "overloaded", "overloaded", true],
    [529, "overloaded_error", "overloaded", true],
  ] as const)("answers of %s %s are failures of the kind %s, retryable: %s", async (status, code, kind, retryable) => {
    const server = await serve((response) => sendJson(response, status, format.error("the vendor's words", code)));
    for (const error of await failuresOf(make(server.url))) {
      expect(error).toMatchObject({ kind, retryable, status, provider: name, model: "m-1", requestId: "req_1" });
      expect(error.message).toMatch(new RegExp(`${name} \\(m-1\\).*the vendor's words; .+`));
    }
    expect(server.requests()).toBe(2);
  });

  const words: Readonly<Record<string, Answer>> = {
    "never end": (response) => void response.write('{"error":{"mess'),
    "are cut": (response) => void response.write('{"error":{"mess', () => response.socket?.resetAndDestroy()),
    "cannot be decompressed": (response) => void response.end("no gzip"),
  };
  it.each(Object.entries(words))("tells a refusal by its status when its words %s", { timeout: 10_000 }, async (what, say) => {
    const server = await serve((response, received) => {
      const headers = {
        "content-type": "application/json",
        "retry-after": "7",
        ...(what.endsWith("decompressed") && { "content-encoding": "gzip" }),
      };
      response.writeHead(429, headers);
      return say(response, received);
    });
    // The first request goes through the SDK, the others do not.
    const provider = make(server.url);
    for (const error of [...(await failuresOf(provider)), ...(await failuresOf(provider))])
      expect(error).toMatchObject({ kind: "rate-limit", status: 429, retryAfterMs: 7_000 });
    await expect.poll(() => server.open()).toBe(0);
  });

  it("hands on how long it shall be left alone, and no nonsense", async () => {
    const waits: Record<string, number | undefined> = { "7": 7_000, "-5": undefined, Infinity: undefined, soon: undefined };
    for (const [text, expected] of Object.entries(waits)) {
      const server = await serve((response) =>
        sendJson(response, 429, format.error("slow down", "rate_limit_error"), { "retry-after": text }),
      );
      for (const error of await failuresOf(make(server.url))) expect(error.retryAfterMs).toBe(expected);
    }
  });

  const bodies: Readonly<Record<string, readonly [Answer, string]>> = {
    "a page of HTML": [(response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html></html>"), "malformed"],
    "an empty list": [(response) => sendJson(response, 200, []), "malformed"],
    "an HTML 502": [(response) => void response.writeHead(502, { "content-type": "text/html" }).end("<html>bad gateway</html>"), "server"],
    "no body": [(response) => void response.writeHead(200).end(), "malformed"],
    "a redirect": [(response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(), "malformed"],
    "nothing at all": [() => {}, "timeout"],
    "no HTTP": [(response) => void response.socket?.end("220 mail.example.com ESMTP\r\n"), "malformed"],
    "headers without end": [(response) => void response.writeHead(200, { "x-long": "x".repeat(100_000) }).end(), "malformed"],
    "a reset": [(response) => void response.socket?.resetAndDestroy(), "network"],
  };
  for (const [what, [answer, kind]] of Object.entries(bodies))
    it(`takes ${what} for a failure of the kind ${kind}`, async () => {
      const server = await serve(answer);
      for (const error of await failuresOf(make(server.url, kind === "timeout" ? impatient : {}))) expect(error).toMatchObject({ kind });
    });

  it("reads no more than its limit, also of what is compressed", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, `: ${"x".repeat(70)}\n\n`));
    const server = await serve((response, { body }) => {
      const type = body["stream"] === true ? "text/event-stream" : "application/json";
      response.writeHead(200, { "content-type": type, "content-encoding": "gzip" }).end(bomb);
    });
    for (const error of await failuresOf(make(server.url))) expect(error).toMatchObject({ kind: "malformed" });
  });

  it("measures a streamed answer by what it says, not by the names around each piece", async () => {
    const saying = async (chars: number): Promise<number> => {
      const text = "word word ".repeat(chars / 10);
      const reply = { text, model: "m", inputTokens: 1, outputTokens: chars, finish: "stop" } as const;
      const server = await serve((response) => void beginEvents(response).end(format.events(reply).map(sse).join("")));
      let said = 0;
      for await (const event of make(server.url, { maxReplyBytes: 50_000 }).stream(request))
        if (event.type === "text-delta") said += event.text.length;
      return said;
    };
    await expect(saying(10_000)).resolves.toBe(10_000);
    await expect(saying(60_000)).rejects.toMatchObject({ kind: "malformed", retryable: true });
  });

  it.each(["one piece", "many pieces"])("does not wait for a whole answer to be closed, in %s", { timeout: 5_000 }, async (pieces) => {
    const server = await serve(async (response) => {
      beginEvents(response);
      const events = format.events({ text: "one two", model: "m", inputTokens: 1, outputTokens: 2, finish: "stop" }).map(sse);
      for (const event of pieces === "one piece" ? [events.join("")] : events) {
        response.write(event);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    let last = "";
    // Left to themselves the limits would be 15 seconds.
    for await (const event of make(server.url).stream(request)) last = event.type;
    expect(last).toBe("finish");
    await expect.poll(() => server.open()).toBe(0);
  });

  it("does not take comments and pings for progress", async () => {
    const server = await serve((response) => {
      beginEvents(response);
      for (const event of format.begun("It begins")) response.write(sse(event));
      const timer = setInterval(() => response.write(": ping\n\n"), 10);
      response.on("close", () => clearInterval(timer));
    });
    const reading = async (): Promise<void> => {
      for await (const _ of make(server.url, impatient).stream(request));
    };
    await expect(reading()).rejects.toMatchObject({ kind: "timeout" });
  });

  it("ends an answer that drips for ever at its total limit", async () => {
    const server = await serve((response) => {
      beginEvents(response);
      for (const event of format.begun("")) response.write(sse(event));
      const event = sse(format.begun("word").at(-1)!);
      const timer = setInterval(() => response.write(event), 10);
      response.on("close", () => clearInterval(timer));
    });
    const reading = async (): Promise<void> => {
      for await (const _ of make(server.url, { timeoutMs: 300 }).stream(request));
    };
    await expect(reading()).rejects.toMatchObject({ kind: "timeout" });
  });

  it("reports an error inside a stream as what it is", async () => {
    const server = await serve((response) => {
      beginEvents(response);
      for (const event of format.begun("It begins")) response.write(sse(event));
      response.end(sse({ data: JSON.stringify(format.error("too much to do", "overloaded_error")), type: "error" }));
    });
    const reading = async (): Promise<void> => {
      for await (const _ of make(server.url).stream(request));
    };
    await expect(reading()).rejects.toMatchObject({ kind: "overloaded", retryable: true });
  });

  it("uses its connections again", async () => {
    const sockets = new Set<unknown>();
    const server = await serve((response, { body }) => {
      sockets.add(response.socket);
      const reply = { text: "one two", model: "m", inputTokens: 1, outputTokens: 2, finish: "stop" } as const;
      if (body["stream"] !== true) return sendJson(response, 200, format.json(reply));
      beginEvents(response);
      for (const event of format.events(reply)) response.write(sse(event));
      response.end();
    });
    const provider = make(server.url);
    for (let call = 0; call < 3; call++) {
      await provider.generate(request);
      for await (const event of provider.stream(request)) if (event.type === "finish") break;
    }
    // A second one is opened where the first was not free yet.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it("shows its key in no error, event, log or result, whoever repeats it", async () => {
    const server = await serve((response) =>
      sendJson(response, 401, format.error(`Incorrect API key provided: ${apiKey}`, "authentication_error")),
    );
    const provider = make(server.url);
    const said: unknown[] = [provider, ...(await failuresOf(provider))];
    await using orchestrator = createOrchestrator({ providers: [provider] });
    orchestrator.on("*", (event) => said.push(event));
    const stream = orchestrator.stream({ text: "Say hello", options: { type: "simple" } });
    for await (const event of stream) said.push(event);
    said.push(await stream.result(), orchestrator.health());
    const everything = inspect(said, { depth: 20, showHidden: true }) + JSON.stringify(said);
    expect(everything).toContain("auth");
    expect(everything).not.toContain(apiKey);
  });
});

it("cannot be talked into anything by a server without TLS where TLS was asked for", async () => {
  const { url } = await serve((response) => sendJson(response, 200, {}));
  const provider = openai({ model: "m", apiKey, baseURL: `${url.replace("http:", "https:")}/v1` });
  for (const error of await failuresOf(provider)) expect(error).toMatchObject({ kind: "network", retryable: true });
});

it("refuses to be made without a key or a model, and says what is missing", () => {
  expect(() => openai({ model: "m", apiKey: "" })).toThrow(/openai needs an apiKey/);
  expect(() => groq({ model: " ", apiKey })).toThrow(/groq needs the name of a model/);
  expect(() => anthropic({ model: "m", apiKey: undefined as never })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(() => openai({ model: "m", apiKey, timeoutMs: -1 })).toThrow(/timeoutMs must be a number above 0/);
});
