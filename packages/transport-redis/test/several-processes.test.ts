import { randomUUID } from "node:crypto";
import { type OrchestratorEvent, ProviderError, failover } from "@hydrogenai/core";
import { sampleEvent, scriptedProvider } from "@hydrogenai/core/testing";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { redisBudgetStore, redisEventBus, redisEventLog, redisRateLimiter, redisStateStore, redisWorkQueue } from "../src/index.ts";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";

const server = inject("redisUrl");
const waitMs = { timeout: 10_000 };

// Each adapter has connections of its own, so two of them stand for two processes; one cut off behind its proxy, for one that died.
describe.skipIf(server === undefined)("several processes on one Redis", () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await faultProxy(server ?? "");
  });
  afterAll(() => proxy.close());

  const prefixed = () => {
    const prefix = `processes-${randomUUID()}`;
    return {
      healthy: { redis: server ?? "", prefix },
      behindProxy: { redis: proxy.url, prefix, timeoutMs: 300 },
    };
  };
  const cutOff = (): void => {
    proxy.silent = true;
    onTestFinished(() => {
      proxy.silent = false;
      proxy.cutAll();
    });
  };

  it("64 writers of one key lose no update", async () => {
    const { healthy } = prefixed();
    const stores = Array.from({ length: 4 }, () => redisStateStore(healthy));
    onTestFinished(async () => void (await Promise.all(stores.map(async (store) => store.close?.()))));
    const add = async (writer: number): Promise<void> => {
      const store = stores[writer % stores.length];
      for (;;) {
        const entry = await store?.get("sum");
        const value = (entry?.value as number | undefined) ?? 0;
        const written = await store?.set("sum", value + 1, { ifVersion: entry?.version ?? 0 }).catch(() => undefined);
        if (written !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, writer) => add(writer)));
    expect(await stores[0]?.get("sum")).toEqual({ value: 64, version: 64 });
  });

  it("64 writers of one stream leave contiguous versions and every event", async () => {
    const { healthy } = prefixed();
    const logs = Array.from({ length: 4 }, () => redisEventLog(healthy));
    onTestFinished(async () => void (await Promise.all(logs.map(async (log) => log.close?.()))));
    const ids: string[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; count < 10; count++) {
        const event = sampleEvent();
        ids.push(event.id);
        await logs[writer % logs.length]?.append("s", [event]);
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)));
    const read = [];
    for await (const event of logs[0]?.read("s") ?? []) read.push(event);
    expect(read.map(({ version }) => version)).toEqual(Array.from({ length: 640 }, (_, index) => index + 1));
    expect(read.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  it("a group's events go on in order in another process when the one that serves it dies", { timeout: 30_000 }, async () => {
    const { healthy, behindProxy } = prefixed();
    const dying = redisEventBus({ ...behindProxy, leaseMs: 600 });
    const living = redisEventBus({ ...healthy, leaseMs: 600 });
    onTestFinished(async () => void (await Promise.all([living.close?.(), dying.close?.()])));
    const byDying: OrchestratorEvent[] = [];
    const byLiving: { readonly event: OrchestratorEvent; readonly attempt: number }[] = [];
    const aborted = vi.fn();
    await dying.subscribe(
      ">",
      async (event, { signal }) => {
        byDying.push(event);
        if (event.data !== 2) return;
        cutOff();
        // Hangs in the third event, and hears that it has lost it.
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        aborted();
      },
      { group: "g" },
    );
    await living.publish(sampleEvent({ data: "first" }));
    await vi.waitFor(() => expect(byDying).toHaveLength(1), waitMs);
    await living.subscribe(">", (event, { attempt }) => void byLiving.push({ event, attempt }), { group: "g" });
    for (let data = 0; data < 6; data++) await living.publish(sampleEvent({ data }));
    await vi.waitFor(() => expect(byLiving.map(({ event }) => event.data).slice(-4)).toEqual([2, 3, 4, 5]), waitMs);
    expect(byLiving.find(({ event }) => event.data === 2)?.attempt).toBe(2);
    const order = byLiving.map(({ event }) => event.data as number);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    proxy.silent = false;
    proxy.cutAll();
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce(), waitMs);
  });

  it("a group is served by another process at once when the one that serves it leaves", async () => {
    const { healthy } = prefixed();
    const leaving = redisEventBus({ ...healthy, leaseMs: 60_000 });
    const staying = redisEventBus({ ...healthy, leaseMs: 600 });
    onTestFinished(() => staying.close?.());
    const received: unknown[] = [];
    const taken = vi.fn();
    await leaving.subscribe(">", taken, { group: "g" });
    await leaving.publish(sampleEvent());
    await vi.waitFor(() => expect(taken).toHaveBeenCalledOnce(), waitMs);
    await staying.subscribe(">", (event) => void received.push(event.data), { group: "g" });
    await leaving.close?.();
    await staying.publish(sampleEvent({ data: "next" }));
    await vi.waitFor(() => expect(received).toEqual(["next"]), waitMs);
  });

  it("an event that no process survives becomes dead instead of ending one after another", { timeout: 30_000 }, async () => {
    const { healthy } = prefixed();
    const taken = vi.fn(() => new Promise<void>(() => {}));
    const publisher = redisEventBus(healthy);
    onTestFinished(() => publisher.close?.());
    /** A process that takes what is there and ends when that many were taken in all. */
    const endAfter = async (count: number): Promise<void> => {
      const bus = redisEventBus({ ...healthy, leaseMs: 200, maxDeliver: 2, closeTimeoutMs: 1 });
      await bus.subscribe(">", taken, { group: "g" });
      if (count === 1) await publisher.publish(sampleEvent({ data: "poison" }));
      await vi.waitFor(() => expect(taken).toHaveBeenCalledTimes(count), waitMs);
      await bus.close?.();
    };
    await endAfter(1);
    await endAfter(2);
    const survivor = redisEventBus({ ...healthy, leaseMs: 200, maxDeliver: 2 });
    onTestFinished(() => survivor.close?.());
    await survivor.subscribe(">", taken, { group: "g" });
    await vi.waitFor(async () => expect(await publisher.deadEvents()).toMatchObject([{ event: { data: "poison" }, attempts: 2 }]), waitMs);
    expect(taken).toHaveBeenCalledTimes(2);
  });

  it("the job of a worker that died goes to another, and the first can no longer end it", { timeout: 30_000 }, async () => {
    const { healthy, behindProxy } = prefixed();
    const dying = redisWorkQueue({ ...behindProxy, leaseMs: 600 });
    const living = redisWorkQueue({ ...healthy, leaseMs: 600 });
    onTestFinished(async () => void (await Promise.all([living.close?.(), dying.close?.()])));
    const lost = vi.fn();
    const tries: string[] = [];
    await dying.consume(async ({ id, attempt, signal }) => {
      tries.push(`dying ${id} ${attempt}`);
      cutOff();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      lost();
    });
    await living.enqueue({}, { id: "job" });
    await vi.waitFor(() => expect(tries).toEqual(["dying job 1"]), waitMs);
    const gate = Promise.withResolvers<void>();
    await living.consume(async ({ id, attempt }) => {
      tries.push(`living ${id} ${attempt}`);
      if (attempt === 2) {
        await gate.promise;
        throw new Error("once more, after the first worker tried to end it");
      }
    });
    await vi.waitFor(() => expect(tries).toEqual(["dying job 1", "living job 2"]), waitMs);
    proxy.silent = false;
    proxy.cutAll();
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), waitMs);
    gate.resolve();
    await vi.waitFor(() => expect(tries).toEqual(["dying job 1", "living job 2", "living job 3"]), waitMs);
  });

  it("a long job keeps its lease", async () => {
    const { healthy } = prefixed();
    const one = redisWorkQueue({ ...healthy, leaseMs: 100 });
    const other = redisWorkQueue({ ...healthy, leaseMs: 100 });
    onTestFinished(async () => void (await Promise.all([one.close?.(), other.close?.()])));
    const tries = vi.fn();
    const long = async (): Promise<void> => {
      tries();
      // Five leases long.
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    await one.consume(long);
    await other.consume(long);
    await one.enqueue({}, { id: "long" });
    await vi.waitFor(() => expect(tries).toHaveBeenCalled(), waitMs);
    await one.close?.();
    await other.close?.();
    expect(tries).toHaveBeenCalledOnce();
  });

  it("a rate limit holds over all of them", async () => {
    const { healthy } = prefixed();
    const limiters = Array.from({ length: 4 }, () => redisRateLimiter(healthy));
    onTestFinished(async () => void (await Promise.all(limiters.map(async (limiter) => limiter.close?.()))));
    const limit = { limit: 25, windowMs: 3_600_000 };
    const verdicts = await Promise.all(Array.from({ length: 200 }, async (_, call) => limiters[call % 4]?.take("tenant", limit)));
    expect(verdicts.filter((verdict) => verdict?.allowed)).toHaveLength(25);
    expect(verdicts.every((verdict) => verdict?.allowed === (verdict?.retryAfterMs === 0))).toBe(true);
    expect((await limiters[0]?.take("other", limit))?.allowed).toBe(true);
  });

  it("a rate limit opens again as its window passes", async () => {
    const { healthy } = prefixed();
    const limiter = redisRateLimiter(healthy);
    onTestFinished(async () => limiter.close?.());
    const limit = { limit: 2, windowMs: 200 };
    await limiter.take("k", { ...limit, cost: 2 });
    const refused = await limiter.take("k", limit);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.retryAfterMs).toBeLessThanOrEqual(100);
    await vi.waitFor(async () => expect((await limiter.take("k", limit)).allowed).toBe(true), { ...waitMs, interval: 20 });
    await expect(limiter.take("k", { limit: 0, windowMs: 1 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(limiter.take("k", { ...limit, cost: 3 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("a budget is never overdrawn, whatever is settled, given back or left open", async () => {
    const { healthy } = prefixed();
    const stores = Array.from({ length: 4 }, () => redisBudgetStore({ ...healthy, holdMs: 150 }));
    onTestFinished(async () => void (await Promise.all(stores.map(async (store) => store.close?.()))));
    const [store] = stores;
    if (store === undefined) throw new Error("no store");
    const budget = { limit: 10, windowMs: 3_600_000_000_000 };
    const reserved = await Promise.all(
      Array.from({ length: 100 }, async (_, call) => stores[call % 4]?.reserve("k", `id-${call}`, 1, budget)),
    );
    const granted = reserved.flatMap((reservation, call) => (reservation?.granted ? [`id-${call}`] : []));
    expect(granted).toHaveLength(10);
    expect(await store.commit("k", granted[0] ?? "", 0.5)).toBe(true);
    expect(await store.refund("k", granted[1] ?? "")).toBe(true);
    expect(await store.refund("k", granted[1] ?? "")).toBe(true);
    expect(await store.reserve("k", "more", 1.5, budget)).toMatchObject({ granted: true, remaining: 0 });
    expect(await store.reserve("k", "too-much", 0.1, budget)).toMatchObject({ granted: false });
    // Nobody settles the rest: it is given back, and only what was really spent is gone.
    await vi.waitFor(async () => expect((await store.reserve("k", "late", 9.5, budget)).granted).toBe(true), waitMs);
    // Whoever comes late still pays.
    expect(await store.commit("k", granted[2] ?? "", 1)).toBe(true);
    await expect(store.reserve("k", "bad", -1, budget)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("a vendor that one of them is told to leave alone is left alone by the others", async () => {
    const { healthy } = prefixed();
    const stores = Array.from({ length: 2 }, () => redisStateStore(healthy));
    onTestFinished(async () => void (await Promise.all(stores.map(async (store) => store.close?.()))));
    const limited = new ProviderError("busy", { provider: "shared", kind: "rate-limit", retryable: true, retryAfterMs: 60_000 });
    const ours = { ...scriptedProvider(limited), name: "shared" };
    const theirs = { ...scriptedProvider("from the shared"), name: "shared" };
    const other = { ...scriptedProvider("from the other"), name: "other" };
    const [here, there] = [failover([ours, other], { state: stores[0] }), failover([theirs, other], { state: stores[1] })];
    const ask = async (models: typeof here) => (await models.generate({ messages: [{ role: "user", content: "hello" }] })).text;
    expect(await ask(here)).toBe("from the other");
    await vi.waitFor(async () => expect(await ask(there)).toBe("from the other"), waitMs);
    const before = theirs.requests.length;
    expect(await ask(there)).toBe("from the other");
    expect(theirs.requests).toHaveLength(before);
  });
});
