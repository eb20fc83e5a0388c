import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { sampleEvent } from "@hydrogenai/core/testing";
import { Redis } from "ioredis";
import {
  redisBudgetStore,
  redisCacheStore,
  redisEventBus,
  redisEventLog,
  redisRateLimiter,
  type RedisClient,
  redisStateStore,
  redisWorkQueue,
} from "../src/index.ts";
import type { FaultProxy } from "./fault-proxy.ts";

/** Commands that change something; a script may. */
const writes = new Set(["evalsha", "eval", "set", "del", "xgroup", "incr", "xadd"]);

type Where = { readonly redis: string | RedisClient; readonly prefix: string; readonly timeoutMs: number };

/** Uses every write of an adapter and answers what was done, as counted outside of it; always the same, whatever replies get lost. */
type Scenario = (where: Where, raw: Redis) => Promise<unknown>;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const writeScenarios: Record<string, Scenario> = {
  state: async (where, raw) => {
    const store = redisStateStore(where);
    const versions = [await store.set("a", 1), await store.set("a", 2, { ifVersion: 1 }), await store.set("b", 3, { ttlMs: 60_000 })];
    const deleted = await store.delete("b");
    const [key] = await raw.keys(`*${where.prefix}*:state:a`);
    const stored = await raw.hmget(key ?? "", "v", "d");
    await store.close?.();
    return { versions, deleted, stored };
  },
  log: async (where, raw) => {
    const log = redisEventLog(where);
    const versions = [
      await log.append("s", [sampleEvent(), sampleEvent()]),
      await log.append("s", [sampleEvent()], { expectedVersion: 2 }),
      await log.append("s", [sampleEvent()]),
    ];
    const [key] = await raw.keys(`*${where.prefix}*:log:s`);
    // For each event itself and its id, and once the stream's version.
    const stored = ((await raw.hlen(key ?? "")) - 1) / 2;
    await log.close?.();
    return { versions, stored };
  },
  cache: async (where, raw) => {
    const cache = redisCacheStore(where);
    // A cache is asked again where it did not answer; that its writes are not doubled shows in what is stored.
    const again = async <T>(call: () => Promise<T>): Promise<T> => call().catch(call);
    await again(() => cache.set("a", bytes("1"), { ttlMs: 60_000 }));
    await again(() => cache.add("b", bytes("2")));
    await again(() => cache.delete("a"));
    const stored = [await raw.get(`${where.prefix}:cache:a`), await raw.get(`${where.prefix}:cache:b`)];
    await cache.close?.();
    return { stored };
  },
  bus: async (where, raw) => {
    const bus = redisEventBus({ ...where, retryDelayMs: 1, maxDeliver: 2 });
    const alone: unknown[] = [];
    const inGroup: unknown[] = [];
    await bus.subscribe("query.*", (event) => void alone.push(event.data));
    await bus.subscribe(
      "query.*",
      (event) => {
        inGroup.push(event.data);
        if (event.data === "poison") throw new Error("no");
      },
      { group: "g" },
    );
    for (const data of ["one", "poison", "two"]) await bus.publish(sampleEvent({ data }));
    await until(() => alone.length >= 3 && inGroup.length >= 4);
    await until(async () => (await bus.deadEvents()).length === 1);
    const stored = await raw.xlen(`{${where.prefix}:bus}:events`);
    await bus.close?.();
    const pending = (await raw.call("XPENDING", `{${where.prefix}:bus}:events`, JSON.stringify(["g", "query.*"]))) as unknown[];
    return { alone, inGroup, stored, pending: pending[0] };
  },
  queue: async (where, raw) => {
    const queue = redisWorkQueue({ ...where, retryDelayMs: 1, maxDeliver: 2 });
    const tried: string[] = [];
    for (const id of ["one", "once-more", "poison"]) await queue.enqueue({}, { id });
    const known = await queue.enqueue({}, { id: "one" });
    await queue.consume(async ({ id, attempt }) => {
      tried.push(`${id} ${attempt}`);
      if (id === "poison" || (id === "once-more" && attempt === 1)) throw new Error("no");
    });
    const left = (): Promise<number> => raw.zcard(`{${where.prefix}:queue:jobs}:due`);
    await until(async () => (await left()) === 0);
    const dead = (await queue.deadJobs()).map(({ id, attempts }) => ({ id, attempts }));
    await queue.close?.();
    return { tried: tried.toSorted(), known, dead };
  },
  rate: async (where) => {
    const limiter = redisRateLimiter(where);
    const limit = { limit: 3, windowMs: 3_600_000 };
    const verdicts = [];
    for (let call = 0; call < 4; call++) verdicts.push(await limiter.take("k", limit));
    await limiter.close?.();
    return verdicts.map(({ allowed, remaining }) => ({ allowed, remaining }));
  },
  budget: async (where) => {
    const store = redisBudgetStore(where);
    const budget = { limit: 10, windowMs: 3_600_000_000 };
    const reserved = [
      await store.reserve("k", "a", 4, budget),
      await store.reserve("k", "b", 4, budget),
      await store.reserve("k", "c", 4, budget),
    ];
    const settled = [await store.commit("k", "a", 5), await store.refund("k", "b"), await store.refund("k", "never")];
    const last = await store.reserve("k", "d", 5, budget);
    await store.close?.();
    return { reserved: reserved.map(({ granted, remaining }) => ({ granted, remaining })), settled, last };
  },
};

export type ClientKind = "a connection of our own" | "a client of the host with ioredis' defaults";

export interface CutRun {
  /** Writes that lost their reply, one a run of the scenario. */
  readonly cuts: number;
  /** Runs that ended otherwise than without a fault, with what was different. */
  readonly wrong: readonly { readonly cutAt: number; readonly found: unknown; readonly expected: unknown }[];
}

/** Loses the reply of the nth write while `use` runs; answers whether there were that many. */
export async function cutAtWrite(proxy: FaultProxy, nth: number, use: () => Promise<void>): Promise<boolean> {
  let left = nth;
  proxy.decide = (name) => (writes.has(name) && --left === 0 ? "cut" : "pass");
  await use();
  return left <= 0;
}

/** Runs a scenario once for each write it makes, and loses the reply of that one. */
export async function cutAtEveryWrite(scenario: Scenario, kind: ClientKind, proxy: FaultProxy, raw: Redis): Promise<CutRun> {
  const outcome = (redis: string | RedisClient): Promise<unknown> =>
    scenario({ redis, prefix: `cut-${randomUUID()}`, timeoutMs: 5_000 }, raw);
  proxy.decide = () => "pass";
  const expected = await outcome(proxy.url);
  const wrong: CutRun["wrong"][number][] = [];
  for (let cuts = 0; ; cuts++) {
    const client = kind === "a connection of our own" ? undefined : new Redis(proxy.url);
    client?.on("error", () => {});
    const reached = await cutAtWrite(proxy, cuts + 1, async () => {
      const found = await outcome(client ?? proxy.url).catch((error: unknown) => String(error));
      if (!isDeepStrictEqual(found, expected)) wrong.push({ cutAt: cuts + 1, found, expected });
    });
    client?.disconnect();
    if (!reached) return { cuts, wrong };
  }
}
