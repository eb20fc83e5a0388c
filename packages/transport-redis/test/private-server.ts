import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findBinary, freePort, waitForPort } from "../../../test/services.ts";

/** A server of one test's own, on one port and one folder, that can be killed, paused and started again. */
export interface PrivateServer {
  readonly port: number;
  readonly folder: string;
  readonly start: (...more: readonly string[]) => Promise<void>;
  /** SIGKILL, and waits until the process is gone. */
  readonly kill: () => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly remove: () => Promise<void>;
}

/** Not started yet. */
export async function privateServer(name: string, argsOf: (port: number, folder: string) => readonly string[]): Promise<PrivateServer> {
  const binary = findBinary(name);
  if (binary === undefined) throw new Error(`${name} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), `${name}-test-`));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const kill = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGKILL");
    await gone;
  };

  return {
    port,
    folder,
    start: async (...more) => {
      child = spawn(binary, [...argsOf(port, folder), ...more], { stdio: "ignore" });
      await waitForPort(port, child);
    },
    kill,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    remove: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisServer extends PrivateServer {
  readonly url: string;
}

/** A Redis, not started yet; `args` come after the defaults: no snapshots, no AOF. */
export async function redisServer(...args: readonly string[]): Promise<RedisServer> {
  const server = await privateServer("redis-server", (port, folder) => {
    const own = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
    return [...own, ...args];
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}

/** A client of the test's own, to look at the server from outside the adapters. */
export function rawRedis(url: string): Redis {
  const client = new Redis(url);
  client.on("error", () => {});
  return client;
}
