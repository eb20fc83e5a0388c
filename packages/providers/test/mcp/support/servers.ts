import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Json, Tool, ToolCallOptions, ToolSource } from "@hydrogenai/core";
import { mcpTools, type McpToolsOptions } from "@hydrogenai/providers/mcp";
import { afterAll } from "vitest";

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const node = process.execPath;
export const everything = require.resolve("@modelcontextprotocol/server-everything/dist/index.js");
const filesystem = require.resolve("@modelcontextprotocol/server-filesystem/dist/index.js");
const dbhub = require.resolve("@bytebase/dbhub/dist/index.js");
const preload = ["--import", join(here, "loopback-only.ts")];

/** How each server nobody here wrote is started as a child process. */
export const everythingProcess = { command: node, args: [everything], name: "everything" };
export const filesystemProcess = (folder: string) => ({ command: node, args: [filesystem, folder], name: "filesystem" });
export const dbhubProcess = (dsn: string) => ({ command: node, args: [dbhub, "--transport=stdio", `--dsn=${dsn}`], name: "dbhub" });

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Removed when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mcp-test-"));
  folders.push(folder);
  return folder;
}

/** A source for `await using`. */
export function connect(options: McpToolsOptions): ToolSource & AsyncDisposable {
  const source = mcpTools(options);
  return { ...source, [Symbol.asyncDispose]: async () => source.close?.() };
}

export async function toolOf(source: ToolSource, name: string): Promise<Tool> {
  const tools = await source.tools();
  const tool = tools.find((tool) => tool.name === name);
  if (tool === undefined) throw new Error(`no ${name} among ${tools.map(({ name }) => name).join(", ")}`);
  return tool;
}

export async function callTool(source: ToolSource, name: string, input: Json, options?: ToolCallOptions): Promise<Json> {
  return (await toolOf(source, name)).execute(input, options);
}

/** The fake as a child process, with the file it writes down what really happened. */
export function fakeProcess(mode = "") {
  const log = join(temporaryFolder(), "log");
  writeFileSync(log, "");
  const lines = (): readonly string[] => readFileSync(log, "utf8").split("\n").slice(0, -1);
  return {
    server: { command: node, args: [join(here, "fake-stdio.ts")], env: { FAKE_LOG: log, FAKE_MODE: mode }, name: "fake" },
    happened: (): readonly string[] => lines().filter((line) => !line.startsWith("started ") && line !== "broken"),
    /** Every later life ends at once. */
    breakFromNowOn: (): void => appendFileSync(log, "broken\n"),
    /** Process ids of its lives, in order. */
    pids: (): readonly number[] => lines().flatMap((line) => (line.startsWith("started ") ? [Number(line.slice(8))] : [])),
  };
}

export interface HttpServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Kills it with SIGKILL and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly start: () => Promise<void>;
}

async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const port = /^listening on port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("the server ended before it listened");
}

async function httpServer(argsFor: (port: number) => readonly string[]): Promise<HttpServerProcess> {
  let child: ChildProcess;
  let port = 0;
  async function start(): Promise<void> {
    child = spawn(node, [...preload, ...argsFor(port)], {
      env: { PATH: process.env["PATH"], PORT: String(port) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    port = await portOf(child);
    child.stderr?.resume();
  }
  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  await start();
  return { url: `http://127.0.0.1:${port}/mcp`, start, kill, [Symbol.asyncDispose]: kill };
}

export const everythingHttp = (): Promise<HttpServerProcess> => httpServer(() => [everything, "streamableHttp"]);
export const dbhubHttp = (dsn: string): Promise<HttpServerProcess> =>
  httpServer((port) => [dbhub, "--transport=http", `--port=${port}`, `--dsn=${dsn}`]);

/** False also for a process that is dead and only waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Runs a Node program; one that does not end by itself within ten seconds is killed, and has no exit status. */
export async function runToEnd(args: readonly string[], cwd?: string): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const child = spawn(node, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: 10_000 });
  const text = async (stream: Readable): Promise<string> => (await stream.setEncoding("utf8").toArray()).join("");
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { stdout, stderr, status: status as number | null };
}
