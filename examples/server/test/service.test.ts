import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, Tool, Workflow } from "@hydrogenai/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Running, type ServedEvent, overSocket, overSse, post, startService } from "./service.ts";

/** What two readers of one question must agree on: everything but ids and times. */
function comparable(event: ServedEvent): unknown {
  const volatile = new Set(["id", "request", "durationMs", "ageMs", "timings", "totalMs"]);
  return JSON.parse(JSON.stringify(event, (key, value: unknown) => (volatile.has(key) ? undefined : value)));
}

/** A workflow that waits in a tool until it is told to stop. */
function waiting(): {
  readonly tools: Tool[];
  readonly workflows: { readonly simple: Workflow; readonly rag: Workflow };
  readonly started: Promise<void>;
  readonly aborted: Promise<void>;
} {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const execute: Tool["execute"] = (_input, options) =>
    new Promise<Json>((_resolve, reject) => {
      started.resolve();
      options?.signal?.addEventListener("abort", () => {
        aborted.resolve();
        reject(options.signal!.reason);
      });
    });
  const wait: Tool = { name: "wait", description: "waits", inputSchema: { type: "object" }, readOnly: true, idempotent: true, execute };
  const simple: Workflow = {
    name: "waits",
    async run(_query, context) {
      await context.callTool("wait", {});
      return { text: "never", answeredBy: "local" };
    },
  };
  return { tools: [wait], workflows: { simple, rag: simple }, started: started.promise, aborted: aborted.promise };
}

describe("the service with sample data and nothing else", () => {
  let running: Running;
  beforeAll(async () => void (running = await startService()));
  afterAll(() => running[Symbol.asyncDispose]());

  const answer = async (query: string): Promise<ServedEvent> => (await post(running.url, { query })).json() as Promise<ServedEvent>;

  it("looks a value up", async () => {
    const result = await answer("How many movies did Steven Spielberg direct?");
    expect(result).toMatchObject({ type: "simple", answeredBy: "local", degraded: [] });
    expect(result["text"]).toMatch(/\b23\b/);
  });

  it("aggregates over what is joined", async () => {
    const result = await answer("Which 5 airports have the most departing flights?");
    expect(result.type).toBe("complex");
    const table = String(result["text"])
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2);
    expect(table).toHaveLength(5);
    expect(table[0]).toMatch(/ATL.*414,513/);
  });

  it("describes the schema", async () => {
    const result = await answer("What collections are there?");
    expect(result.type).toBe("schema");
    for (const name of ["movies", "airports", "flights"]) expect(result["text"]).toContain(name);
  });

  it("answers from documents, with a citation", async () => {
    const result = await answer("What is the movies data set about?");
    expect(result.type).toBe("rag");
    expect(result["citations"]).toMatchObject([{ title: expect.stringMatching(/movies/i) }]);
  });

  it("operates a tool", async () => {
    expect(await answer("clear the cache")).toMatchObject({ type: "tool", workflow: "tool_operations" });
  });

  it("gives two clients the same events over SSE and WebSocket", async () => {
    const question = "What is the average horsepower of cars per origin?";
    await post(running.url, { query: question });
    const [sse, socket] = await Promise.all([overSse(running.url, question), overSocket(running.url, question)]);
    expect(sse.map(comparable)).toEqual(socket.map(comparable));
    expect(sse.at(-1)).toMatchObject({ type: "finish" });
    const [freshSse, freshSocket] = [
      await overSse(running.url, "How many cars are there?"),
      await overSocket(running.url, "How many penguins are there?"),
    ];
    expect(freshSse.map(({ type }) => type)).toEqual(freshSocket.map(({ type }) => type));
  });

  it("reports health in the documented shape", async () => {
    const response = await fetch(`${running.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "healthy",
      dependencies: { redis: "not configured", nats: "not configured", mcp_server: "available", ai_providers: expect.any(String) },
    });
  });

  it("continues a session", async () => {
    const { sessionId } = (await (await fetch(`${running.url}/api/sessions`, { method: "POST" })).json()) as { sessionId: string };
    const response = await post(running.url, { query: "How many penguins are there?", sessionId });
    expect(response.status).toBe(200);
  });

  it("carries the caller's correlation id", async () => {
    const response = await post(running.url, { query: "How many cars are there?" }, { "x-correlation-id": "abc-1" });
    expect(response.headers.get("x-correlation-id")).toBe("abc-1");
  });

  const bad: [string, unknown, number, string][] = [
    ["an empty question", { query: "" }, 400, "QUERY_REJECTED"],
    ["no question", {}, 400, "QUERY_REJECTED"],
    ["a question of the wrong type", { query: ["a"] }, 400, "QUERY_REJECTED"],
    ["a question too long", { query: "x".repeat(20_000) }, 413, "QUERY_REJECTED"],
    ["a megabyte", { query: "x".repeat(1_048_576) }, 413, "QUERY_REJECTED"],
    ["control characters", { query: "how\u0007many" }, 400, "QUERY_REJECTED"],
    ["an unknown session", { query: "x", sessionId: "nope" }, 404, "SESSION_NOT_FOUND"],
    ["a session of the wrong type", { query: "x", sessionId: {} }, 400, "QUERY_REJECTED"],
    ["an unknown field", { query: "x", tenant: "other" }, 400, "QUERY_REJECTED"],
    ["a list", [], 400, "QUERY_REJECTED"],
    ["broken JSON", '{"query": "x"', 400, "QUERY_REJECTED"],
    ["a prototype", '{"query": "x", "__proto__": {"a": 1}}', 400, "QUERY_REJECTED"],
  ];
  it.each(bad)("refuses %s with a status and a code", async (_name, body, status, code) => {
    const response = await post(running.url, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String), retryable: expect.any(Boolean) } });
  });

  it("refuses other content types and unknown paths", async () => {
    expect((await post(running.url, "query=x", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(415);
    expect((await fetch(`${running.url}/nothing`)).status).toBe(404);
  });

  it("refuses a bad query on the stream with a status, before the stream begins", async () => {
    const response = await fetch(`${running.url}/api/stream?query=`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "QUERY_REJECTED" } });
  });

  it("tells a socket what is wrong and goes on", async () => {
    expect(await overSocket(running.url, "")).toMatchObject([{ type: "error", error: { code: "QUERY_REJECTED" } }]);
    expect((await overSocket(running.url, "How many cars are there?")).at(-1)).toMatchObject({ type: "finish" });
  });

  it("answers an unmeasured burst of strange questions without failing", async () => {
    const strange = [
      "?",
      "🎬🎬🎬",
      "select * from movies; drop table movies",
      '{"$where":"1"}',
      "constructor __proto__",
      "x".repeat(9_000),
      "how many $where",
      "\u202eseivom ynam woh",
    ];
    for (const query of strange) expect((await post(running.url, { query })).status).toBe(200);
  });
});

const small = { DATA_DIR: join(import.meta.dirname, "pets") };

describe("leaving early", () => {
  it("cancels the tool call when an HTTP client goes away", async () => {
    const { tools, workflows, started, aborted } = waiting();
    await using running = await startService({ tools, workflows }, small);
    const controller = new AbortController();
    const response = fetch(`${running.url}/api/query`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "wait", options: { type: "simple" } }),
      signal: controller.signal,
    });
    await started;
    controller.abort();
    await expect(response).rejects.toThrow();
    await aborted;
    await expect.poll(() => running.wiring.orchestrator.health().running).toBe(0);
  });

  it("cancels the tool call when a reader of the stream goes away", async () => {
    const { tools, workflows, started, aborted } = waiting();
    await using running = await startService({ tools, workflows }, small);
    const controller = new AbortController();
    const response = await fetch(`${running.url}/api/stream?query=${encodeURIComponent("Who is waiting?")}`, { signal: controller.signal });
    expect(response.status).toBe(200);
    await started;
    controller.abort();
    await aborted;
  });

  it("cancels the tool call when a socket closes, and when it says cancel", async () => {
    for (const leave of ["close", "cancel"] as const) {
      const { tools, workflows, started, aborted } = waiting();
      await using running = await startService({ tools, workflows }, small);
      const socket = new WebSocket(`${running.url.replace("http", "ws")}/ws`);
      const told: ServedEvent[] = [];
      socket.addEventListener("message", ({ data }) => told.push(JSON.parse(String(data)) as ServedEvent));
      socket.addEventListener("open", () => socket.send(JSON.stringify({ id: "q", query: "wait", options: { type: "simple" } })));
      await started;
      if (leave === "close") socket.close();
      else socket.send(JSON.stringify({ type: "cancel", id: "q" }));
      await aborted;
      if (leave === "cancel")
        await expect.poll(() => told.at(-1)).toMatchObject({ type: "error", request: "q", error: { code: "ABORTED" } });
      socket.close();
    }
  });
});

describe("a web page that rebinds its name to this machine", () => {
  it("is refused where the service is for this machine only", async () => {
    await using running = await startService({}, small, { localOnly: true });
    const { port } = new URL(running.url);
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ host: "127.0.0.1", port, path: "/health", headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject);
      });
    expect(await statusFor(`evil.example:${port}`)).toBe(400);
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) expect(await statusFor(`${host}:${port}`)).toBe(200);
  });
});

describe("a browser of another origin", () => {
  it("may not open a socket", async () => {
    await using running = await startService({}, small);
    const { WebSocket: ClientSocket } = await import("ws");
    const socket = new ClientSocket(`${running.url.replace("http", "ws")}/ws`, { origin: "https://evil.example" });
    const status = await new Promise((resolve) => {
      socket.on("error", () => {});
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("open", () => resolve("opened"));
    });
    expect(status).toBe(403);
    socket.terminate();
  });
});

describe("spending.yaml in the folder of files", () => {
  async function folderWith(text: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "spending-"));
    for (const each of ["workflows", "agents"]) mkdirSync(join(folder, each));
    writeFileSync(join(folder, "spending.yaml"), text);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  it("limits what may be spent and how fast callers may ask, which health and refusals show", async () => {
    const CONFIG_DIR = await folderWith(
      "budgets:\n  - { limitUsd: 5, windowMs: 86400000, per: tenant }\nrateLimits:\n  - { name: few, requests: 1, windowMs: 3600000, per: all }\n",
    );
    await using service = await startService({}, { CONFIG_DIR });
    expect(service.wiring.orchestrator.health().dependencies).toMatchObject({
      "budget:usd per tenant": { limit: 5 },
      "rate-limit:few": {},
    });
    expect((await post(service.url, { query: "How many movies are there?" })).status).toBe(200);
    const refused = await post(service.url, { query: "How many cars are there?" });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "RATE_LIMITED", retryable: true } });
  });

  it("is refused at the start with the line of what is wrong", async () => {
    const CONFIG_DIR = await folderWith("budgets:\n  - { limitUsd: 5, limitTokens: 5, windowMs: 86400000 }\n");
    await expect(startService({}, { CONFIG_DIR })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/spending\.yaml:2:\d+ .*either limitUsd or limitTokens/) as string,
    });
  });
});

describe("a data folder with a broken file", () => {
  it("is refused at the start with a typed error that names the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "broken-data-"));
    writeFileSync(join(folder, "good.json"), '[{"a": 1}]');
    writeFileSync(join(folder, "bad.json"), '[{"a": 1},\n{"a": ');
    try {
      await expect(startService({}, { DATA_DIR: folder })).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/bad\.json/),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
