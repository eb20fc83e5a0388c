// One of several processes that spend from one budget. Told what to do as JSON, it says what it was granted.
import {
  type BudgetStore,
  type StateStore,
  createOrchestrator,
  defineProvider,
  isOrchestratorError,
  stateBudgetStore,
} from "@hydrogenai/core";
import { redisBudgetStore, redisStateStore } from "../src/index.ts";
import { naiveBudgetStore } from "./naive-budget.ts";

/** By what the budget is kept. */
export type Kept = "naive" | "state" | "script" | "orchestrator";

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
      if (remaining + held < estimate) return { cost: 0, estimate, granted, remaining, held };
      // Only what others hold is in the way: some of it comes back.
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  };
  return Promise.all(Array.from({ length: calls }, (_, at) => call(at)));
}

/** The same through whole orchestrators: a model whose answers have a random length, in tokens. */
async function ask(state: StateStore, { process, calls, maxCost, limit }: SpendJob): Promise<Spent[]> {
  const costs = new Map<string, number>();
  const model = defineProvider({
    name: "random",
    async *stream({ messages }) {
      const question = JSON.stringify(messages.at(-1)?.content);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      yield { type: "text-delta", text: "yes" };
      const usage = { inputTokens: 1, outputTokens: Math.floor(Math.random() * maxCost) };
      costs.set(question, (costs.get(question) ?? 0) + usage.inputTokens + usage.outputTokens);
      yield { type: "finish", reason: "stop", usage };
    },
  });
  const orchestrator = createOrchestrator({
    providers: [model],
    state,
    budgets: [{ name: "shared", limitTokens: limit, windowMs }],
    maxOutputTokens: maxCost,
    cache: false,
  });
  const call = async (at: number): Promise<Spent> => {
    const text = `Is it ${process}-${at}?`;
    const refusal = await orchestrator.query({ text, options: { type: "simple" } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    // The question is part of what the model is asked.
    const cost = Array.from(costs).find(([asked]) => asked.includes(text))?.[1] ?? 0;
    if (refusal === undefined) return { cost, estimate: 0, granted: true, remaining: 0, held: 0 };
    if (!isOrchestratorError(refusal, "BUDGET_EXCEEDED")) throw refusal;
    return { cost, estimate: Number(refusal.details["needed"]), granted: false, remaining: Number(refusal.details["remaining"]), held: 0 };
  };
  const spent = await Promise.all(Array.from({ length: calls }, (_, at) => call(at)));
  await orchestrator.close();
  return spent;
}

const tell = (message: "ready" | readonly Spent[]): Promise<void> =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Connects, says that it is ready, and spends when it is told to. */
async function work(job: SpendJob): Promise<void> {
  const { redis, prefix, kept } = job;
  const state = redisStateStore({ redis, prefix });
  const script = redisBudgetStore({ redis, prefix });
  const stores = { naive: () => naiveBudgetStore(state), state: () => stateBudgetStore(state), script: () => script };
  await script.commit("shared", "nobody", 0);
  const told = new Promise((resolve) => process.once("message", resolve));
  await tell("ready");
  await told;
  const spent = kept === "orchestrator" ? await ask(state, job) : await spend(stores[kept](), job);
  await Promise.all([state, script].map(async (each) => each.close?.()));
  await tell(spent);
  process.disconnect?.();
}

// Whoever starts this as a process hands over exactly a job.
if (process.send !== undefined) await work(JSON.parse(process.argv[2] ?? "") as SpendJob);
