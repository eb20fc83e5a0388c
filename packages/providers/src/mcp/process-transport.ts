import { type ChildProcess, spawn } from "node:child_process";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { endProcess, signalProcess } from "./end-process.ts";
import { lastLines } from "./last-lines.ts";
import { lostAnswer } from "./lost-answer.ts";
import { messageLines } from "./message-lines.ts";
import type { McpProcessServer } from "./options.ts";
import { loadSdk } from "./sdk.ts";

export interface ProcessTransport extends Transport {
  readonly pid: number | undefined;
  /** The client library knows a transport over standard streams by `pid` and `stderr`. */
  readonly stderr: ChildProcess["stderr"];
  /** How the process ended and the last lines it wrote to its standard error; undefined while it runs. */
  readonly epitaph: () => string | undefined;
}

export interface ProcessTransportOptions {
  readonly maxMessageBytes: number;
  readonly closeTimeoutMs: number;
}

/** Top-level members at the very start or end of a message: there, and only there, a pattern can read them without parsing. */
const idAtStart = /^\{"jsonrpc":"2\.0","id":(\d+),/;
const idAtEnd = /,"id":(\d+)\}\s*$/;

/**
 * Speaks to a child process line by line. The client library's own transport signals only the process it started, so that
 * the server behind `npx` or a shell survives, and holds on to streams such a survivor keeps open.
 */
export async function processTransport(server: McpProcessServer, options: ProcessTransportOptions): Promise<ProcessTransport> {
  const [sdk, { getDefaultEnvironment }] = await Promise.all([loadSdk(), import("@modelcontextprotocol/client/stdio")]);
  const complaints = lastLines();
  let child: ChildProcess | undefined;
  let ending: Promise<void> | undefined;
  let ended: string | undefined;

  function receive(read: () => JSONRPCMessage): void {
    try {
      transport.onmessage?.(read());
    } catch (error) {
      transport.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  const takeChunk = messageLines({
    maxBytes: options.maxMessageBytes,
    onLine: (line) => line.trim() !== "" && receive(() => sdk.deserializeMessage(line)),
    onOversized(head, tail) {
      const id = idAtStart.exec(head)?.[1] ?? idAtEnd.exec(tail)?.[1];
      if (id !== undefined) receive(() => lostAnswer(Number(id), { kind: "too-large", reason: "the answer was too large" }));
    },
  });

  function watch(process: ChildProcess): void {
    process.stdout?.on("data", takeChunk);
    process.stderr?.on("data", complaints.add);
    // Without a listener each of these would end this process; what they mean shows in `close` and in the writes.
    for (const stream of [process.stdin, process.stdout, process.stderr]) stream?.on("error", () => undefined);
    process.once("close", (code, signal) => {
      ended = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
      signalProcess(process, "SIGTERM");
      transport.onclose?.();
    });
  }

  const transport: ProcessTransport = {
    get pid() {
      return child?.pid;
    },
    get stderr() {
      return child?.stderr ?? null;
    },
    epitaph() {
      if (ended === undefined) return undefined;
      const lines = complaints.text();
      return lines === "" ? ended : `${ended}; the last it wrote to its standard error:\n${lines}`;
    },
    start: () =>
      new Promise((resolve, reject) => {
        const { command, args = [], cwd, env } = server;
        child = spawn(command, args, {
          cwd,
          env: { ...getDefaultEnvironment(), ...env },
          stdio: "pipe",
          // A group of its own, so that all of it can be ended.
          detached: process.platform !== "win32",
          windowsHide: true,
        });
        watch(child);
        child.once("spawn", resolve);
        child.on("error", reject);
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        const stdin = child?.stdin;
        if (!stdin?.writable) return reject(new Error("Not connected"));
        // A server that does not read must not fill our memory.
        if (stdin.writableLength > options.maxMessageBytes) return reject(new Error("Not sent: the server does not read its input"));
        stdin.write(sdk.serializeMessage(message), (error) => (error ? reject(error) : resolve()));
      }),
    close() {
      if (child === undefined || ended !== undefined) return Promise.resolve();
      ending ??= endProcess(child, options.closeTimeoutMs);
      return ending;
    },
  };
  return transport;
}
