// One of several processes that spend from one budget. Told what to do as JSON, it says what it was granted.
import { type BudgetStore, stateBudgetStore } from "@hydrogenai/core";
import { redisBudgetStore, redisStateStore } from "../src/index.ts";
import { naiveBudgetStore } from "./naive-budget.ts";

/** By what the budget is kept. */
export type Kept = "naive" | "state" | "script";

export interface SpendJob {
  readonly redis: string;
  readonly prefix: string;
  readonly kept: Kept;
  readonly process: number;
  readonly calls: number;
  /** A call costs from 1 to this, in whole cents. */
  readonly maxCost: number;
  readonly limit: number;
}

export interface Spent {
  readonly cost: number;
  /** What it reserved, or wanted to. */
  readonly estimate: number;
  readonly granted: boolean;
  /** When it was granted or refused, what the store said was left and held. */
  readonly remaining: number;
  readonly held: number;
}

/** Longer than any test runs. */
const windowMs = 3_600_000_000_000;

async function spend(store: BudgetStore, { process, calls, maxCost, limit }: SpendJob): Promise<Spent[]> {
  const budget = { limit, windowMs };
  const call = async (at: number): Promise<Spent> => {
    const id = `${process}-${at}`;
    // What a call costs is known afterwards; it is never more than was reserved.
    const estimate = 1 + Math.floor(Math.random() * maxCost);
    const cost = 1 + Math.floor(Math.random() * estimate);
    for (;;) {
      const { granted, remaining, held } = await store.reserve("shared", id, estimate, budget);
      if (granted) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        if (!(await store.commit("shared", id, cost))) throw new Error("a reservation was lost");
        return { cost, estimate, granted, remaining, held };
      }
      if (remaining + held < estimate) return { cost, estimate, granted, remaining, held };
      // Only what others hold is in the way: some of it comes back.
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  };
  return Promise.all(Array.from({ length: calls }, (_, at) => call(at)));
}

const tell = (message: "ready" | readonly Spent[]): Promise<void> =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Connects, says that it is ready, and spends when it is told to. */
async function work(job: SpendJob): Promise<void> {
  const { redis, prefix, kept } = job;
  const state = redisStateStore({ redis, prefix });
  const script = redisBudgetStore({ redis, prefix });
  const store = { naive: () => naiveBudgetStore(state), state: () => stateBudgetStore(state), script: () => script }[kept]();
  await store.commit("shared", "nobody", 0);
  const told = new Promise((resolve) => process.once("message", resolve));
  await tell("ready");
  await told;
  const spent = await spend(store, job);
  await Promise.all([state, script].map(async (each) => each.close?.()));
  await tell(spent);
  process.disconnect?.();
}

// Whoever starts this as a process hands over exactly a job.
if (process.send !== undefined) await work(JSON.parse(process.argv[2] ?? "") as SpendJob);
