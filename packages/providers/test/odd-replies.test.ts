// Replies that are right by the letter, or nearly, as some server of each format sends them.
import net from "node:net";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type Completion, type ModelEvent, createOrchestrator, isProviderError } from "@hydrogenai/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openai } from "../src/openai/index.ts";

type Bytes = string | Buffer;
/** What is written to the connection of a request, the number of which on that connection is given; `undefined` resets it. */
type Write = (nth: number) => readonly Bytes[] | undefined;

/** A server below HTTP: it writes what it is told once a request has come, and ends the connection where that says so. */
async function serve(write: Write): Promise<string> {
  const server = net.createServer((socket) => {
    let got = "";
    let nth = 0;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      got += bytes.toString("latin1");
      const body = got.indexOf("\r\n\r\n") + 4;
      if (body < 4 || got.length - body < Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0)) return;
      got = "";
      const pieces = write(++nth);
      if (pieces === undefined) return void socket.resetAndDestroy();
      for (const piece of pieces) socket.write(piece);
      if (/connection: close|HTTP\/1\.0/.test(String(pieces[0]))) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const whole = (body: Bytes, more = "", status = "200 OK"): readonly Bytes[] => [
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n`,
  body,
];
const pieces = (body: Bytes, head = "HTTP/1.1 200 OK\r\nconnection: close"): readonly Bytes[] => [
  `${head}\r\ncontent-type: text/event-stream\r\n\r\n`,
  body,
];
const chat = (message: object, reason = "stop"): string =>
  JSON.stringify({ model: "m", choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: reason }] });
const delta = (change: object, reason: string | null = null): string =>
  JSON.stringify({ model: "m", choices: [{ index: 0, delta: change, finish_reason: reason }] });
const hello = [delta({ content: "hel" }), delta({ content: "lo" }), delta({}, "stop"), "[DONE]"];
const events = (data: readonly string[], before = "data: ", after = "\n\n"): string => data.map((each) => before + each + after).join("");

const request = { messages: [{ role: "user", content: "hello" }] } as const;
const key = { model: "m", apiKey: "sk-key-of-this-test" };
const makers = {
  openai: (url: string) => openai({ ...key, baseURL: `${url}/v1` }),
  groq: (url: string) => groq({ ...key, baseURL: url }),
  anthropic: (url: string) => anthropic({ ...key, baseURL: url }),
};

async function completion(write: Write, maker: keyof typeof makers = "openai"): Promise<Completion> {
  return makers[maker](await serve(write)).generate(request);
}

async function streamed(write: Write): Promise<{ text: string; events: ModelEvent[] }> {
  const seen: ModelEvent[] = [];
  for await (const event of makers.openai(await serve(write)).stream(request)) seen.push(event);
  return { text: seen.map((event) => (event.type === "text-delta" ? event.text : "")).join(""), events: seen };
}

const callsIn = (seen: readonly ModelEvent[]) => seen.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));
const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (isProviderError(error) ? error : undefined),
  );

describe("a whole reply", () => {
  const same = chat({ content: "hello" });
  it.each<readonly [string, Write]>([
    ["with a byte order mark", () => whole(`\uFEFF${same}`)],
    ["with space behind it", () => whole(`${same}\n \n`)],
    [
      "in parts",
      () =>
        whole(
          chat({
            content: [
              { type: "text", text: "hel" },
              { type: "text", text: "lo" },
            ],
          }),
        ),
    ],
    ["by HTTP/1.0", () => ["HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n", same]],
    ["in gzip", () => whole(gzipSync(same), "content-encoding: gzip\r\n")],
    ["in brotli", () => whole(brotliCompressSync(same), "content-encoding: br\r\n")],
    ["in zstd", () => whole(zstdCompressSync(same), "content-encoding: zstd\r\n")],
    ["in gzip in brotli", () => whole(brotliCompressSync(gzipSync(same)), "content-encoding: gzip, br\r\n")],
  ])("%s is read, without usage as without any", async (_what, write) => {
    expect(await completion(write)).toMatchObject({ text: "hello", finishReason: "stop", usage: { inputTokens: 0, outputTokens: 0 } });
  });

  it.each<readonly [string, string]>([
    ["with something else behind it", `${same}}garbage`],
    ["without a choice", JSON.stringify({ choices: [] })],
    ["with null for choices", JSON.stringify({ choices: null })],
  ])("%s is malformed", async (_what, body) => {
    expect(await failure(completion(() => whole(body)))).toMatchObject({ kind: "malformed", retryable: true });
  });

  it("has calls with ids of their own and arguments as text, whatever was sent for them", async () => {
    const sent = [
      { id: "", function: { name: "f", arguments: null } },
      { function: { name: "g", arguments: { x: 1 } } },
      { id: "a", function: { name: "f", arguments: "{}" } },
      { id: "a", function: { name: "g", arguments: "{}" } },
    ];
    const { toolCalls } = await completion(() => whole(chat({ content: null, tool_calls: sent }, "tool_calls")));
    expect(toolCalls.map(({ arguments: text }) => text)).toEqual(["{}", '{"x":1}', "{}", "{}"]);
    expect(new Set(toolCalls.map(({ id }) => id || "none")).size).toBe(4);
    const block = { type: "tool_use", id: "", name: "f", input: {} };
    const message = JSON.stringify({ model: "m", content: [block, block], stop_reason: "tool_use" });
    const other = await completion(() => whole(message), "anthropic");
    expect(new Set(other.toolCalls.map(({ id }) => id || "none")).size).toBe(2);
  });
});

describe("a streamed reply", () => {
  const half = delta({ content: "hello" }).indexOf('"choices"');
  it.each<readonly [string, Write]>([
    ["with CR LF", () => pieces(events(hello, "data: ", "\r\n\r\n"))],
    ["without a space", () => pieces(events(hello, "data:"))],
    ["with a byte order mark and comments", () => pieces(`\uFEFF: hi\n\n${events(hello, "data: ", "\n: ping\n\n")}`)],
    [
      "with an event on two lines",
      () =>
        pieces(
          `data: ${delta({ content: "hello" }).slice(0, half)}\ndata: ${delta({ content: "hello" }).slice(half)}\n\n${events(hello.slice(2))}`,
        ),
    ],
    ["by HTTP/1.0", () => pieces(events(hello), "HTTP/1.0 200 OK")],
    ["in gzip", () => pieces(gzipSync(events(hello)), "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip")],
    ["with garbage behind its end mark", () => pieces(`${events(hello)}garbage{{\n\n`)],
    ["after a chunk about the prompt", () => pieces(events([JSON.stringify({ choices: [], prompt_filter_results: [{}] }), ...hello]))],
  ])("%s is read", async (_what, write) => {
    const { text, events: seen } = await streamed(write);
    expect(text).toBe("hello");
    expect(seen.at(-1)).toMatchObject({ type: "finish", reason: "stop" });
  });

  it.each([0, undefined])("has both calls that were sent whole under the index %s", async (index) => {
    const call = (id: string) => delta({ tool_calls: [{ index, id, function: { name: `tool-${id}`, arguments: `{"of":"${id}"}` } }] });
    const { events: seen } = await streamed(() => pieces(events([call("a"), call("b"), delta({}, "tool_calls"), "[DONE]"])));
    expect(callsIn(seen)).toEqual(["a", "b"].map((id) => ({ id, name: `tool-${id}`, arguments: `{"of":"${id}"}` })));
  });
});

describe("a refusal", () => {
  it.each([
    ["groq", "498 Flex Tier Capacity Exceeded", { error: { message: "no capacity", type: "capacity_exceeded" } }, "overloaded"],
    ["anthropic", "529 Overloaded", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "overloaded"],
    ["openai", "429 Too Many Requests", { error: { message: "quota", type: "insufficient_quota", code: "insufficient_quota" } }, "quota"],
    [
      "openai",
      "400 Bad Request",
      { error: { message: "no", code: "x", innererror: { code: "ResponsibleAIPolicyViolation" } } },
      "content-filter",
    ],
  ] as const)("by %s of %s is of its kind", async (maker, status, body, kind) => {
    expect(await failure(completion(() => whole(JSON.stringify(body), "", status), maker))).toMatchObject({ kind });
  });

  it("that is out of quota is not asked again", async () => {
    let requests = 0;
    const url = await serve(() => {
      requests++;
      return whole(JSON.stringify({ error: { message: "quota", code: "insufficient_quota" } }), "", "429 Too Many Requests");
    });
    await using orchestrator = createOrchestrator({ providers: [makers.openai(url)] });
    expect(await orchestrator.query({ text: "Say hello", options: { type: "simple" } })).toMatchObject({ answeredBy: "local" });
    expect(requests).toBe(1);
  });
});

it("a connection that was kept and is reset when it is used again costs no answer", async () => {
  const body = events(hello);
  const url = await serve((nth) => (nth === 1 ? pieces(body, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}`) : undefined));
  await using orchestrator = createOrchestrator({ providers: [makers.openai(url)] });
  const ask = () => orchestrator.query({ text: "Say hello", options: { type: "simple", cache: "bypass" } });
  for (let call = 0; call < 2; call++) expect(await ask()).toMatchObject({ text: "hello", answeredBy: "model" });
});

describe("behind a proxy that the environment names", () => {
  it.each([
    ["goes through it", "", "by proxy"],
    ["does not for a host that NO_PROXY names", "127.0.0.1", "hello"],
  ])("%s", async (_what, excepted, text) => {
    vi.stubEnv("HTTP_PROXY", await serve(() => whole(chat({ content: "by proxy" }))));
    vi.stubEnv("NO_PROXY", excepted);
    vi.resetModules();
    onTestFinished(() => void vi.unstubAllEnvs());
    const { openai: openaiAnew } = await import("../src/openai/index.ts");
    const url = await serve(() => whole(chat({ content: "hello" })));
    expect(await openaiAnew({ ...key, baseURL: `${url}/v1` }).generate(request)).toMatchObject({ text });
  });
});
