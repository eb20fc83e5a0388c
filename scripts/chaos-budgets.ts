// Budgets that cannot be overspent: 1,000 calls at once from 4 processes, of random costs, against one budget in a real Redis.
// `npm run chaos:budgets`. It first lets a budget that reads and then writes fail, without which the figures would prove nothing.
import type { Kept } from "../packages/transport-redis/chaos/budget-spender.ts";
import { spending } from "../packages/transport-redis/chaos/budget.ts";
import { redisServer } from "../packages/transport-redis/test/private-server.ts";
import { findBinary } from "../test/services.ts";

const processes = 4;
const calls = 1_000;
const maxCost = 100;

/** From far too little for all calls to more than enough. */
const limits = [1_000, 5_000, 10_000, 20_000, 1_000_000];

if (findBinary("redis-server") === undefined) throw new Error("redis-server is needed and is not installed");
const server = await redisServer();
let missed = 0;

async function round(kept: Kept, limit: number): Promise<boolean> {
  const { granted, spent, overspent, falselyRefused, tookMs } = await spending({
    redis: server.url,
    kept,
    processes,
    calls,
    maxCost,
    limit,
  });
  const figures = `granted ${granted}, spent ${spent} of ${limit}, overspent ${overspent}, falsely refused ${falselyRefused}`;
  console.log(`  ${figures}  (${Math.round(tookMs)} ms)`);
  return overspent === 0 && falselyRefused === 0;
}

try {
  await server.start();
  console.log(`${calls} calls from ${processes} processes, each reserves 1 to ${maxCost} and costs up to that`);
  console.log("\na budget that reads, then writes (must be caught)");
  if (await round("naive", 10_000)) {
    missed++;
    console.log("  MISSED: the defect was not seen");
  }
  for (const [kept, what] of [
    ["state", "stateBudgetStore over redisStateStore: compare-and-set"],
    ["script", "redisBudgetStore: one script a call"],
    [
      "orchestrator",
      "createOrchestrator({ budgets, state: redisStateStore }): a model of random cost, what it may take at most reserved before",
    ],
  ] as const) {
    console.log(`\n${what}`);
    for (const limit of limits) if (!(await round(kept, limit))) missed++;
  }
} finally {
  await server.remove();
}
console.log(missed === 0 ? "\nnever overspent, nothing refused that fits" : `\nMISSED ${missed}`);
process.exitCode = missed === 0 ? 0 : 1;
