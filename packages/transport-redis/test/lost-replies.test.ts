import { randomUUID } from "node:crypto";
import { sampleEvent } from "@hydrogenai/core/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
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
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";

const server = inject("redisUrl");

/** Commands that change something; a script may. */
const writes = new Set(["evalsha", "eval", "set", "del", "xgroup", "incr", "xadd"]);

type Where = { readonly redis: string | RedisClient; readonly prefix: string; readonly timeoutMs: number };

/** Uses every write of an adapter and answers what was done, as counted outside of it; always the same, whatever replies get lost. */
type Scenario = (where: Where, raw: Redis) => Promise<unknown>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const scenarios: Record<string, Scenario> = {
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
    await vi.waitFor(() => expect([alone.length, inGroup.length]).toEqual([3, 4]), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await bus.deadEvents()).toHaveLength(1), { timeout: 10_000 });
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
    await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 10_000 });
    const dead = (await queue.deadJobs()).map(({ id, attempts }) => ({ id, attempts }));
    await queue.close?.();
    return { tried: tried.toSorted(), known, dead };
  },
  rate: async (where) => {
    const limiter = redisRateLimiter(where);
    const limit = { limit: 3, windowMs: 3_600_000 };
    const verdicts = [];
    for (let call = 0; call < 4; call++) verdicts.push(await limiter.take("k", limit));
    await limiter.close();
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
    await store.close();
    return { reserved: reserved.map(({ granted, remaining }) => ({ granted, remaining })), settled, last };
  },
};

describe.skipIf(server === undefined)("a connection cut after the server ran a write and before its reply", () => {
  let proxy: FaultProxy;
  let raw: Redis;
  beforeAll(async () => {
    proxy = await faultProxy(server ?? "");
    raw = new Redis(server ?? "");
  });
  afterAll(async () => {
    raw.disconnect();
    await proxy.close();
  });

  /** Runs `use` with the connection cut at its nth write; answers whether it came that far. */
  async function cutAtWrite(nth: number, use: () => Promise<void>): Promise<boolean> {
    let left = nth;
    proxy.decide = (name) => (writes.has(name) && --left === 0 ? "cut" : "pass");
    await use();
    return left <= 0;
  }

  it("is seen by this harness: a client with ioredis' defaults writes twice", async () => {
    const client = new Redis(proxy.url);
    const key = randomUUID();
    await cutAtWrite(1, async () => void (await client.xadd(key, "*", "a", "1")));
    client.disconnect();
    expect(await raw.xlen(key)).toBe(2);
  });

  for (const [name, scenario] of Object.entries(scenarios)) {
    const clients = {
      "a connection of our own": (use: (redis: string | RedisClient) => Promise<void>) => use(proxy.url),
      "a client of the host with ioredis' defaults": async (use: (redis: string | RedisClient) => Promise<void>) => {
        const client = new Redis(proxy.url);
        await use(client);
        client.disconnect();
      },
    };
    for (const [kind, withClient] of Object.entries(clients)) {
      it(`${name} on ${kind}: at every write in turn, each is applied once`, { timeout: 60_000 }, async () => {
        const outcome = (redis: string | RedisClient): Promise<unknown> =>
          scenario({ redis, prefix: `cut-${randomUUID()}`, timeoutMs: 5_000 }, raw);
        proxy.decide = () => "pass";
        const expected = await outcome(server ?? "");
        const cutAt = async (nth: number): Promise<boolean> => {
          let reached = false;
          await withClient(async (redis) => {
            reached = await cutAtWrite(nth, async () => expect(await outcome(redis), `cut at write ${nth}`).toEqual(expected));
          });
          return reached;
        };
        let cuts = 0;
        while (await cutAt(cuts + 1)) cuts++;
        expect(cuts).toBeGreaterThan(2);
      });
    }
  }
});
