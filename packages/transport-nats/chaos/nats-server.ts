import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinary, freePort, waitForPort } from "../../../test/services.ts";

/** A nats-server of our own that can be killed and started again on the same port and folder. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again; resolves when it listens. */
  readonly start: () => Promise<void>;
  /** SIGSTOP and SIGCONT. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Deletes what it stored; only while it is not running. */
  readonly wipe: () => void;
  /** Kills it and deletes its folder. */
  readonly stop: () => Promise<void>;
}

export const hasNatsServer = (): boolean => findBinary("nats-server") !== undefined;

export async function natsServer(): Promise<NatsServer> {
  const binary = findBinary("nats-server");
  if (binary === undefined) throw new Error("nats-server is not installed");
  const folder = mkdtempSync(join(tmpdir(), "nats-chaos-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = spawn(binary, ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder], { stdio: "ignore" });
    await waitForPort(port, child);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    child = undefined;
  };
  const wipe = (): void => rmSync(folder, { recursive: true, force: true });

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    kill,
    start,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    wipe,
    stop: async () => {
      child?.kill("SIGCONT");
      await kill();
      wipe();
    },
  };
}
