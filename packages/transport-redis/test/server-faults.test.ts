import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isOrchestratorError } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";
import { Redis } from "ioredis";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { redisEventBus, redisEventLog, redisStateStore, redisWorkQueue } from "../src/index.ts";
import { callAll, everyAdapter } from "./every-adapter.ts";
import { rawRedis, type RedisServer, redisServer } from "./private-server.ts";

const timeoutMs = 300;
/** What a call may take beyond its deadline on a busy machine; one that hangs takes for ever. */
const graceMs = 1_000;

async function own(...args: readonly string[]): Promise<RedisServer> {
  const server = await redisServer(...args);
  onTestFinished(server.remove);
  return server;
}

/** One of each adapter on that server, closed at the end of the test. */
function adapters(url: string) {
  const made = everyAdapter(url, timeoutMs);
  onTestFinished(made.close);
  return made;
}

const everyCall = (calls: object, outcome: string) => Object.fromEntries(Object.keys(calls).map((name) => [name, outcome]));

describe.skipIf(inject("redisUrl") === undefined)("a Redis that fails", () => {
  it("is not connected to before the first call", async () => {
    const server = await own();
    await server.start();
    const { state } = adapters(server.url);
    const watcher = new Redis(server.url);
    onTestFinished(() => watcher.disconnect());
    const clients = async (): Promise<number> => ((await watcher.client("LIST")) as string).trim().split("\n").length;
    expect(await clients()).toBe(1);
    expect(state.health?.()).toEqual({ status: "degraded", detail: "redis: not connected yet" });
    await state.get("k");
    expect(await clients()).toBe(2);
    expect(state.health?.().status).toBe("up");
    await state.close?.();
    await vi.waitFor(async () => expect(await clients()).toBe(1), 10_000);
    await expect(state.get("k")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is down at start: every call says so, and works once it is there", async () => {
    const server = await own();
    const { state, calls } = adapters(server.url);
    expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "STORE_UNAVAILABLE"));
    await expect(state.ready?.()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(state.health?.().status).toBe("down");
    await server.start();
    await vi.waitFor(async () => expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "done")), { timeout: 5_000 });
  });

  it("hangs: every call ends at its deadline, and works again afterwards", async () => {
    const server = await own();
    await server.start();
    const { calls } = adapters(server.url);
    expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "done"));
    server.pause();
    onTestFinished(server.resume);
    // Twice: on the connection that was there, and on one that never comes about.
    for (let times = 0; times < 2; times++) {
      const { outcomes, longestMs } = await callAll(calls);
      expect(outcomes).toEqual(everyCall(calls, "STORE_UNAVAILABLE"));
      expect(longestMs).toBeLessThan(timeoutMs + graceMs);
    }
    server.resume();
    await vi.waitFor(async () => expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "done")), { timeout: 5_000 });
  });

  it("is killed under load with AOF everysec: nothing acknowledged is lost, and all goes on by itself", { timeout: 60_000 }, async () => {
    const server = await own("--appendonly", "yes", "--appendfsync", "everysec");
    await server.start();
    const { state, log, bus } = adapters(server.url);
    const acknowledged = { state: 0, log: new Set<string>(), bus: new Set<string>() };
    const received = new Set<string>();
    const stop = new AbortController();
    const until = async (attempt: () => Promise<void>): Promise<void> => {
      while (!stop.signal.aborted) await attempt().catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
    };
    await bus.subscribe(">", ({ id }) => void received.add(id));
    const writers = [
      until(async () => {
        acknowledged.state = await state.set("counter", 0);
      }),
      until(async () => {
        const event = sampleEvent();
        await log.append("s", [event]);
        acknowledged.log.add(event.id);
      }),
      until(async () => {
        const event = sampleEvent();
        await bus.publish(event);
        acknowledged.bus.add(event.id);
      }),
    ];
    for (let kills = 0; kills < 3; kills++) {
      const before = acknowledged.bus.size;
      await vi.waitFor(() => expect(acknowledged.bus.size).toBeGreaterThan(before + 100), { timeout: 10_000 });
      await server.kill();
      await server.start();
    }
    const before = acknowledged.bus.size;
    await vi.waitFor(() => expect(acknowledged.bus.size).toBeGreaterThan(before + 100), { timeout: 10_000 });
    stop.abort();
    await Promise.all(writers);
    await vi.waitFor(() => Promise.all([state.get("counter"), log.append("s", [])]), { timeout: 10_000 });
    const logged = new Set<string>();
    let version = 0;
    for await (const event of log.read("s")) {
      logged.add(event.id);
      expect(event.version).toBe(++version);
    }
    expect([...acknowledged.log].filter((id) => !logged.has(id))).toEqual([]);
    expect((await state.get("counter"))?.version).toBeGreaterThanOrEqual(acknowledged.state);
    await vi.waitFor(() => expect([...acknowledged.bus].filter((id) => !received.has(id))).toEqual([]), { timeout: 5_000 });
  });

  it("is away for longer than the leases: what is in hand goes on and is done once", { timeout: 30_000 }, async () => {
    const server = await own("--appendonly", "yes");
    await server.start();
    const where = { redis: server.url, timeoutMs, leaseMs: 200 };
    const bus = redisEventBus(where);
    const queue = redisWorkQueue(where);
    onTestFinished(async () => void (await Promise.all([bus.close?.(), queue.close?.()])));
    const gate = Promise.withResolvers<void>();
    const handled: string[] = [];
    await bus.subscribe(
      ">",
      async ({ data }) => {
        handled.push(data as string);
        if (data === "slow") await gate.promise;
      },
      { group: "g" },
    );
    await queue.consume(async ({ id }) => {
      handled.push(id);
      await gate.promise;
    });
    await bus.publish(sampleEvent({ subject: "a", data: "slow" }));
    await queue.enqueue({}, { id: "job" });
    await vi.waitFor(() => expect(handled.toSorted()).toEqual(["job", "slow"]), { timeout: 5_000 });
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 3 * where.leaseMs));
    await server.start();
    await vi.waitFor(() => bus.publish(sampleEvent({ subject: "b", data: "next" })), { timeout: 5_000 });
    await vi.waitFor(() => expect(handled).toContain("next"), { timeout: 5_000 });
    gate.resolve();
    await bus.publish(sampleEvent({ subject: "a", data: "last" }));
    await vi.waitFor(() => expect(handled).toContain("last"), { timeout: 5_000 });
    const raw = rawRedis(server.url);
    onTestFinished(() => raw.disconnect());
    await vi.waitFor(async () => expect(await raw.zcard("{hydrogenai:queue:jobs}:due")).toBe(0), { timeout: 5_000 });
    expect(handled.toSorted()).toEqual(["job", "last", "next", "slow"]);
  });

  describe("and lost what it had acknowledged", () => {
    const losses: Record<string, (server: RedisServer, watcher: Redis) => Promise<void>> = {
      "by a restart without persistence": async (server) => {
        await server.kill();
        await server.start();
      },
      "by FLUSHALL": async (_server, watcher) => void (await watcher.flushall()),
    };
    for (const [how, lose] of Object.entries(losses)) {
      it(`${how}: says STATE_LOST instead of answering that there is none, until that is accepted`, async () => {
        const server = await own();
        await server.start();
        const watcher = new Redis(server.url, { lazyConnect: true });
        watcher.on("error", () => {});
        onTestFinished(() => watcher.disconnect());
        const { state, log } = adapters(server.url);
        await state.set("session", { turns: 3 });
        await log.append("run", [sampleEvent()]);
        await lose(server, watcher);
        await vi.waitFor(async () => await expect(state.get("session")).rejects.toMatchObject({ code: "STATE_LOST" }), { timeout: 5_000 });
        await expect(state.set("session", {}, { ifVersion: 0 })).rejects.toMatchObject({ code: "STATE_LOST" });
        await vi.waitFor(
          async () => await expect(log.append("run", [sampleEvent()])).rejects.toMatchObject({ code: "STATE_LOST" }),
          10_000,
        );
        expect(state.health?.()).toMatchObject({ status: "down", detail: expect.stringContaining("STATE_LOST") as string });
        state.acceptLoss();
        expect(await state.get("session")).toBeUndefined();
        expect(await state.set("session", {}, { ifVersion: 0 })).toBe(1);
        expect(state.health?.().status).toBe("up");
      });
    }

    it("by a restart from an older file: says STATE_LOST, in every process", async () => {
      const server = await own("--dbfilename", "dump.rdb");
      await server.start();
      const one = adapters(server.url).state;
      const other = adapters(server.url).state;
      await one.set("session", 1);
      await other.set("session", 2);
      const admin = new Redis(server.url);
      await admin.save();
      copyFileSync(join(server.folder, "dump.rdb"), join(server.folder, "old.rdb"));
      await one.set("session", 3);
      admin.disconnect();
      await server.kill();
      await server.start("--dbfilename", "old.rdb");
      await vi.waitFor(async () => await expect(one.get("session")).rejects.toMatchObject({ code: "STATE_LOST" }), { timeout: 5_000 });
      // This one saw nothing that is missing, but is told by the one that did.
      await vi.waitFor(async () => await expect(other.get("session")).rejects.toMatchObject({ code: "STATE_LOST" }), { timeout: 5_000 });
    });

    it("as a bus: what is published afterwards arrives all the same, with and without a group", async () => {
      const server = await own();
      await server.start();
      const { bus } = adapters(server.url);
      const received: string[] = [];
      await bus.subscribe(">", ({ id }) => void received.push(`alone ${id}`));
      await bus.subscribe(">", ({ id }) => void received.push(`group ${id}`), { group: "g" });
      const publish = async (): Promise<string> => {
        const event = sampleEvent();
        await bus.publish(event);
        return event.id;
      };
      const first = await publish();
      await vi.waitFor(() => expect(received.toSorted()).toEqual([`alone ${first}`, `group ${first}`]), 10_000);
      await server.kill();
      await server.start();
      const second = await vi.waitFor(publish, { timeout: 5_000 });
      await vi.waitFor(() => expect(received.slice(2).toSorted()).toEqual([`alone ${second}`, `group ${second}`]), { timeout: 10_000 });
      expect(bus.health?.().detail).toContain("STATE_LOST");
    });
  });

  it("is full: writes reject with STORE_FULL, reads go on, and nothing is half written", async () => {
    const server = await own("--maxmemory-policy", "noeviction");
    await server.start();
    const { state, log, calls } = adapters(server.url);
    await callAll(calls);
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.config("SET", "maxmemory", "1mb");
    const before = await state.get("k");
    const growing = ["state.set", "log.append", "bus.publish", "cache.set", "cache.add", "queue.enqueue", "rate.take", "budget.reserve"];
    const reading = ["state.get", "log.read", "cache.get", "bus.deadEvents"];
    const some = (names: readonly string[]) => Object.fromEntries(Object.entries(calls).filter(([name]) => names.includes(name)));
    expect((await callAll(some(growing))).outcomes).toEqual(everyCall(some(growing), "STORE_FULL"));
    expect((await callAll(some(reading))).outcomes).toEqual(everyCall(some(reading), "done"));
    expect(await state.get("k")).toEqual(before);
    await admin.config("SET", "maxmemory", "0");
    const version = await log.append("s", [sampleEvent()]);
    let read = 0;
    for await (const event of log.read("s")) read = event.version;
    expect(read).toBe(version);
  });

  it("cannot save: writes reject with STORE_FULL, reads go on", async () => {
    const server = await own("--save", "3600 1");
    await server.start();
    const { state } = adapters(server.url);
    await state.set("k", 1);
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    rmSync(server.folder, { recursive: true });
    await admin.bgsave();
    await vi.waitFor(async () => expect(await admin.info("persistence")).toContain("rdb_last_bgsave_status:err"), { timeout: 5_000 });
    await expect(state.set("k", 2)).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await state.get("k")).toEqual({ value: 1, version: 1 });
  });

  it("may evict what must stay: health says so", async () => {
    const server = await own("--maxmemory-policy", "allkeys-lru");
    await server.start();
    const { state, bus, queue } = adapters(server.url);
    for (const store of [state, bus, queue]) {
      await store.ready?.();
      expect(store.health?.()).toMatchObject({
        status: "degraded",
        detail: expect.stringMatching(/error.*allkeys-lru.*noeviction/) as string,
      });
    }
  });

  it("has become a replica: writes reject and health says why, reads go on, and all works when it is the master again", async () => {
    const server = await own();
    await server.start();
    const { state, calls } = adapters(server.url);
    await callAll(calls);
    const admin = rawRedis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.replicaof("127.0.0.1", 1);
    const before = await state.get("k");
    await expect(state.set("k", 2)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(await vi.waitFor(() => state.get("k"), { timeout: 5_000 })).toEqual(before);
    expect(state.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("READONLY") as string });
    await admin.replicaof("NO", "ONE");
    await vi.waitFor(async () => expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "done")), { timeout: 5_000 });
  });

  it("lets us do no more than needed: without its description and its channels all works", async () => {
    const server = await own();
    await server.start();
    const admin = rawRedis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.acl("SETUSER", "limited", "on", ">pass", "~*", "resetchannels", "+@all", "-info");
    const url = server.url.replace("redis://", "redis://limited:pass@");
    const { state, queue, calls } = adapters(url);
    expect((await callAll(calls)).outcomes).toEqual(everyCall(calls, "done"));
    expect(state.health?.().status).toBe("up");
    const handled: string[] = [];
    await queue.consume(async ({ id }) => void handled.push(id));
    await queue.enqueue({}, { id: "job" });
    await vi.waitFor(() => expect(handled).toContain("job"), { timeout: 5_000 });
    await admin.acl("SETUSER", "limited", "-evalsha", "-eval");
    await expect(state.get("k")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: expect.stringContaining("NOPERM") as string });
    expect(state.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("NOPERM") as string });
  });

  it("holds a stream of the log for its retention after each append, also when the stream was gone in between", async () => {
    const server = await own();
    await server.start();
    const log = redisEventLog({ redis: server.url, timeoutMs, retentionMs: 50_000 });
    const admin = rawRedis(server.url);
    onTestFinished(async () => (admin.disconnect(), await log.close?.()));
    const leftMs = async (): Promise<number> => await admin.pttl((await admin.keys("*:log:s"))[0] ?? "");
    for (let append = 0; append < 2; append++) {
      await log.append("s", [sampleEvent()]);
      expect(await leftMs()).toBeGreaterThan(50_000);
    }
    await admin.del(...(await admin.keys("*:log:s")));
    await log.append("s", [sampleEvent()]);
    expect(await leftMs()).toBeGreaterThan(50_000);
  });

  it("refuses the password: the error says so without it", async () => {
    const server = await own("--requirepass", "s3cret-canary");
    await server.start();
    const store = redisStateStore({ redis: `redis://:wr0ng-canary@127.0.0.1:${server.port}`, timeoutMs });
    onTestFinished(() => store.close?.());
    const error: unknown = await store.get("k").catch((reason: unknown) => reason);
    expect(isOrchestratorError(error, "STORE_UNAVAILABLE")).toBe(true);
    expect(JSON.stringify(error) + JSON.stringify(store.health?.()) + String(error)).not.toContain("canary");
    expect(store.health?.()).toMatchObject({ status: "down", detail: expect.stringContaining("WRONGPASS") as string });
  });
});
