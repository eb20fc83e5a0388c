import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of a private Redis, or undefined when no redis-server is installed. */
    redisUrl: string | undefined;
    /** Address of a private NATS with JetStream, or undefined when no nats-server is installed. */
    natsUrl: string | undefined;
  }
}

/** Where a server binary is; Debian keeps nats-server outside the usual PATH. */
export function findBinary(name: string): string | undefined {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;
  const found = spawnSync("sh", ["-c", `command -v ${name}`], { env: { ...process.env, PATH: path }, encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once something listens on the port; rejects when the process ends first or after ten seconds. */
export async function waitForPort(port: number, child?: ChildProcess): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    if (child?.exitCode != null) throw new Error(`the server ended with code ${child.exitCode} before it listened on ${port}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => (socket.destroy(), resolve(false)));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on ${port} after ten seconds`);
}

/** A private server on a free port of 127.0.0.1 with its own folder; `stop` ends it and deletes the folder. */
export interface Service {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly stop: () => void;
}

async function start(name: string, scheme: string, args: (port: number, folder: string) => string[]): Promise<Service | undefined> {
  const binary = findBinary(name);
  if (binary === undefined) {
    if (process.env["CI"]) throw new Error(`${name} is needed under CI and is not installed`);
    console.warn(`skipping the tests that need ${name}: it is not installed`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const port = await freePort();
  const child = spawn(binary, args(port, folder), { stdio: "ignore" });
  await waitForPort(port, child);
  const stop = (): void => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `${scheme}://127.0.0.1:${port}`, port, child, stop };
}

export const startRedis = (): Promise<Service | undefined> =>
  start("redis-server", "redis", (port, folder) => [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ]);

export const startNats = (): Promise<Service | undefined> =>
  start("nats-server", "nats", (port, folder) => ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder]);

/** Vitest's global set-up: one Redis and one NATS for the whole run, unless addresses are given. */
export default async function services(project: TestProject): Promise<() => void> {
  const redis = process.env["REDIS_URL"] ? undefined : await startRedis();
  const nats = process.env["NATS_URL"] ? undefined : await startNats();
  project.provide("redisUrl", process.env["REDIS_URL"] ?? redis?.url);
  project.provide("natsUrl", process.env["NATS_URL"] ?? nats?.url);
  return () => {
    redis?.stop();
    nats?.stop();
  };
}
