import { spawn } from "node:child_process";
import { request } from "node:http";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDataTools } from "../src/index.ts";
import { connect, folderOf, mainFile, numberedRows, start } from "./support.ts";

async function run(args: string[], env: Record<string, string> = {}): Promise<{ code: unknown; stderr: string; stdout: string }> {
  const child = spawn(process.execPath, [mainFile, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  let stdout = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  const [code] = (await once(child, "close")) as [unknown];
  return { code, stderr, stdout };
}

describe("standard input and output", () => {
  it("serves a client that starts the program", async () => {
    const dataDir = folderOf({ "a.json": numberedRows(7) });
    const transport = new StdioClientTransport({ command: process.execPath, args: [mainFile, dataDir], stderr: "pipe" });
    const { call } = await connect(transport);
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 7 });
    expect((await call("find", { collection: "a", filter: { n: { $gt: 5 } } })).data["documents"]).toEqual([{ n: 6 }]);
  });

  it("lists the writing tools when the program is told so", async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [mainFile, "--allow-writes"],
      env: { DATA_DIR: folderOf({ "a.json": "[]" }) },
    });
    const { client } = await connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("add-document");
  });
});

describe("the program", () => {
  it("ends with one line about a broken file", async () => {
    const { code, stderr, stdout } = await run([folderOf({ "a.json": '[\n{"a":1},\n{"a":' })]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trim()).toMatch(/^data-tools: BROKEN_FILE a\.json:3: [^\n]+$/);
  });

  it.each([[["--http", "x"]], [["--nope"]], [["a", "b"]]])("ends with one line about wrong arguments %j", async (args) => {
    const { code, stderr } = await run(args, { DATA_DIR: folderOf({ "a.json": "[]" }) });
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("listens where it says, and stops when it is told to", async () => {
    const child = spawn(process.execPath, [mainFile, "--http", "0", folderOf({ "a.json": numberedRows(4) })], {
      stdio: ["ignore", "inherit", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(createInterface(child.stderr), "line")) as [string];
    const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(line)?.[0];
    const { call } = await connect(new StreamableHTTPClientTransport(new URL(url ?? "")));
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 4 });
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [unknown];
    expect(code).toBe(0);
  });
});

describe("HTTP", () => {
  async function listen() {
    const { tools } = await start({ dataDir: folderOf({ "a.json": numberedRows(4) }) });
    return { tools, ...(await tools.listen()) };
  }

  async function status(port: number, headers: Record<string, string>, path = "/mcp"): Promise<number | undefined> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const sent = request({
      host: "127.0.0.1",
      port,
      path,
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [{ statusCode?: number; resume(): void }];
    response.resume();
    return response.statusCode;
  }

  it("serves clients of the current and of the previous protocol, and those who come back after a restart", async () => {
    const { url, port, close } = await listen();
    const { call } = await connect(new StreamableHTTPClientTransport(new URL(url)));
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 4 });
    const older = new Client({ name: "older", version: "1" });
    await older.connect(new StreamableHTTPClientTransport(new URL(url)));
    onTestFinished(() => older.close());
    expect((await older.callTool({ name: "count", arguments: { collection: "a" } })).structuredContent).toEqual({ count: 4 });
    await close();
    await expect(call("count", { collection: "a" })).rejects.toThrow();
    const again = createDataTools({ dataDir: folderOf({ "a.json": numberedRows(9) }) });
    onTestFinished(() => again.close());
    await again.listen({ port });
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 9 });
  });

  it("answers only requests that come from this machine", async () => {
    const { port } = await listen();
    expect(await status(port, {})).toBe(200);
    expect(await status(port, { origin: `http://localhost:${port}` })).toBe(200);
    expect(await status(port, { host: "evil.example" })).toBe(403);
    expect(await status(port, { host: `evil.example:${port}` })).toBe(403);
    expect(await status(port, { origin: "http://evil.example" })).toBe(403);
    expect(await status(port, { origin: "null" })).toBe(403);
    expect(await status(port, {}, "/other")).toBe(404);
    expect(await status(port, { "content-length": "99999999" })).toBe(413);
  });

  it("does not listen for other machines", async () => {
    const { tools } = await start({ dataDir: folderOf({ "a.json": "[]" }) });
    await expect(tools.listen({ host: "0.0.0.0" as "127.0.0.1" })).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });

  it("stops a call whose caller is gone", async () => {
    const { tools } = await start({ dataDir: folderOf({ "a.json": numberedRows(10) }), limits: { timeMs: 15_000 } });
    const { url } = await tools.listen();
    const { call } = await connect(new StreamableHTTPClientTransport(new URL(url)));
    const controller = new AbortController();
    const forever = [
      { $limit: 1 },
      { $project: { x: { $reduce: { input: { $range: [0, 30_000_000] }, initialValue: 0, in: { $add: ["$$value", "$$this"] } } } } },
    ];
    const running = call("aggregate", { collection: "a", pipeline: forever }, controller.signal);
    // Only a call that reached the engine shows that it is stopped there.
    await expect.poll(async () => (await call("server-status")).data["calls"]).toBeGreaterThanOrEqual(2);
    controller.abort(new Error("gone"));
    await expect(running).rejects.toThrow("gone");
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 10 });
  });
});
