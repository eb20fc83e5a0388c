import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinary, freePort, waitForPort } from "../../../test/services.ts";

/** A Redis of one test's own, on one port and one folder, that can be killed, paused and started again. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly start: (...more: readonly string[]) => Promise<void>;
  /** SIGKILL, and waits until the process is gone. */
  readonly kill: () => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly remove: () => Promise<void>;
}

/** Not started yet; `args` come after the defaults: no snapshots, no AOF. */
export async function redisServer(...args: readonly string[]): Promise<RedisServer> {
  const binary = findBinary("redis-server");
  if (binary === undefined) throw new Error("redis-server is not installed");
  const folder = mkdtempSync(join(tmpdir(), "redis-test-"));
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
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    start: async (...more) => {
      const own = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
      child = spawn(binary, [...own, ...args, ...more], { stdio: "ignore" });
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
