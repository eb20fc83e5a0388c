import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FromProcess, ToProcess } from "./process.ts";

export interface Child {
  readonly start: (part: ToProcess) => void;
  /** Resolves with the first message that fits, also one that came before. */
  readonly heard: <T>(pick: (message: FromProcess) => T | undefined) => Promise<T>;
  readonly signal: (name: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
}

/** Compiled code, kept between processes of which most are killed as soon as they work. */
const compiled = mkdtempSync(join(tmpdir(), "chaos-workflows-"));
process.once("exit", () => rmSync(compiled, { recursive: true, force: true }));

const forked = (file: string): ChildProcess =>
  fork(join(import.meta.dirname, file), {
    execArgv: ["--conditions=@hydrogenai/source", "--no-warnings"],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    stdio: "inherit",
  });

function workerProcess(): Child {
  const child = forked("process.ts");
  const messages: FromProcess[] = [];
  const listeners = new Set<() => void>();
  let ready = Promise.withResolvers<void>();
  child.on("message", (message: FromProcess) => {
    if ("ready" in message) ready.resolve();
    messages.push(message);
    for (const listener of listeners) listener();
  });
  return {
    start: (part) => void ready.promise.then(() => child.send(part)),
    heard: (pick) =>
      new Promise((resolve) => {
        const look = (): void => {
          for (const message of messages) {
            const found = pick(message);
            if (found === undefined) continue;
            listeners.delete(look);
            resolve(found);
            return;
          }
        };
        listeners.add(look);
        look();
      }),
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The process that counts effects; answers its port. */
export async function ledgerProcess(): Promise<{ readonly port: number; readonly close: () => void }> {
  const child = forked("ledger.ts");
  const { port } = await new Promise<{ port: number }>((resolve) =>
    child.once("message", (message) => resolve(message as { port: number })),
  );
  return { port, close: () => child.disconnect() };
}

/** Processes made ahead, so that nobody waits for one to start. */
export function pool(size: number): { readonly take: () => Child; readonly close: () => Promise<void> } {
  const idle = Array.from({ length: size }, workerProcess);
  return {
    take() {
      idle.push(workerProcess());
      return idle.shift()!;
    },
    close: async () => void (await Promise.all(idle.splice(0).map((child) => child.kill()))),
  };
}
