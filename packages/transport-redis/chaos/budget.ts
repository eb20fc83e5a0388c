import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Kept, SpendJob, Spent } from "./budget-spender.ts";

export interface SpendingOptions {
  readonly redis: string;
  readonly kept: Kept;
  readonly processes: number;
  readonly calls: number;
  readonly maxCost: number;
  readonly limit: number;
}

export interface Spending {
  readonly calls: number;
  readonly granted: number;
  readonly spent: number;
  /** Spent beyond the limit. */
  readonly overspent: number;
  /** Refused though what they reserve was left at that moment, or was left at the end. */
  readonly falselyRefused: number;
  readonly tookMs: number;
}

const spender = fileURLToPath(new URL("./budget-spender.ts", import.meta.url));

/** A process that is ready to spend, and how to let it. */
function spenderOf(job: SpendJob): Promise<() => Promise<readonly Spent[]>> {
  const child = fork(spender, [JSON.stringify(job)], { execArgv: ["--conditions=@hydrogenai/source", "--no-warnings"] });
  // The spender sends "ready", then what it spent.
  const message = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once("message", (said) => resolve(said as T));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`a spender ended with ${code} before it had reported`)));
    });
  return message<"ready">().then(() => async () => {
    child.send("go");
    return message<readonly Spent[]>();
  });
}

/** Calls of random costs from several processes, all at once, against one budget of a fresh prefix. */
export async function spending(options: SpendingOptions): Promise<Spending> {
  const { redis, kept, processes, calls, maxCost, limit } = options;
  const prefix = `spend-${randomUUID()}`;
  const share = Math.ceil(calls / processes);
  const jobs = Array.from({ length: processes }, (_, process) => ({ redis, prefix, kept, process, calls: share, maxCost, limit }));
  const spenders = await Promise.all(jobs.map(spenderOf));
  const startedAt = performance.now();
  const all = (await Promise.all(spenders.map((spend) => spend()))).flat();
  const granted = all.filter((each) => each.granted);
  const spent = all.reduce((sum, { cost }) => sum + cost, 0);
  const refused = all.filter((each) => !each.granted);
  return {
    calls: all.length,
    granted: granted.length,
    spent,
    overspent: Math.max(0, spent - limit),
    falselyRefused: refused.filter(({ estimate, remaining, held }) => remaining + held >= estimate || limit - spent >= estimate).length,
    tookMs: performance.now() - startedAt,
  };
}
