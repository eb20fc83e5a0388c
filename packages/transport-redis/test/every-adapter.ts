import { isOrchestratorError } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";
import {
  redisBudgetStore,
  redisCacheStore,
  redisEventBus,
  redisEventLog,
  redisRateLimiter,
  redisStateStore,
  redisWorkQueue,
} from "../src/index.ts";

/** One of each adapter on that server, and a call of each that waits for it. */
export function everyAdapter(url: string, timeoutMs: number) {
  const where = { redis: url, timeoutMs };
  const state = redisStateStore(where);
  const log = redisEventLog(where);
  const bus = redisEventBus(where);
  const cache = redisCacheStore(where);
  const queue = redisWorkQueue(where);
  const rate = redisRateLimiter(where);
  const budget = redisBudgetStore(where);
  const value = new Uint8Array([1]);
  const read = async (): Promise<void> => {
    for await (const event of log.read("s")) void event;
  };
  const calls: Record<string, () => Promise<unknown>> = {
    "state.get": () => state.get("k"),
    "state.set": () => state.set("k", 1),
    "state.delete": () => state.delete("k"),
    "state.ready": async () => state.ready?.(),
    "log.append": () => log.append("s", [sampleEvent()]),
    "log.read": read,
    "bus.publish": () => bus.publish(sampleEvent()),
    "bus.subscribe": () => bus.subscribe(">", () => {}),
    "bus.subscribe in a group": () => bus.subscribe(">", () => {}, { group: "g" }),
    "bus.subscribe from a time": () => bus.subscribe(">", () => {}, { replayFrom: { time: new Date(0).toISOString() } }),
    "bus.deadEvents": () => bus.deadEvents(),
    "cache.get": () => cache.get("k"),
    "cache.set": () => cache.set("k", value),
    "cache.add": () => cache.add("k", value),
    "cache.delete": () => cache.delete("k"),
    "queue.enqueue": () => queue.enqueue({}, { id: `${Math.random()}` }),
    "queue.deadJobs": () => queue.deadJobs(),
    "rate.take": () => rate.take("k", { limit: 1_000, windowMs: 1_000 }),
    "budget.reserve": () => budget.reserve("k", `${Math.random()}`, 1, { limit: 1_000_000, windowMs: 1_000 }),
    "budget.commit": () => budget.commit("k", "a", 1),
    "budget.refund": () => budget.refund("k", "a"),
  };
  const all = [state, log, bus, cache, queue, rate, budget];
  const close = async (): Promise<void> => void (await Promise.all(all.map(async (adapter) => adapter.close?.())));
  return { state, log, bus, cache, queue, calls, close };
}

/** Makes every call at once; answers how each ended and the longest wait. */
export async function callAll(calls: Record<string, () => Promise<unknown>>) {
  const begun = performance.now();
  let longestMs = 0;
  const outcomes = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const outcome = await call().then(
        () => "done",
        (error: unknown) => (isOrchestratorError(error) ? error.code : String(error)),
      );
      longestMs = Math.max(longestMs, performance.now() - begun);
      return [name, outcome] as const;
    }),
  );
  return { outcomes: Object.fromEntries(outcomes), longestMs };
}
