import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import { afterEach, describe, expect, inject, it } from "vitest";
import { natsProxy } from "../chaos/nats-proxy.ts";
import { until } from "../chaos/tally.ts";
import { natsWorkQueue, type NatsWorkQueueOptions } from "../src/index.ts";

const servers = inject("natsUrl") ?? "";

describe.skipIf(servers === "")("natsWorkQueue", () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  const queue = (options: Partial<NatsWorkQueueOptions> = {}) => {
    const made = natsWorkQueue({ servers, prefix: `queue-${randomUUID()}`, ...options });
    cleanUps.push(() => made.close?.());
    return made;
  };

  it("hands the job of a worker that fell silent to another, and tells the first", async () => {
    const prefix = `queue-${randomUUID()}`;
    const proxy = await natsProxy(servers);
    cleanUps.push(() => proxy.close());
    const [silent, other] = [queue({ prefix, servers: proxy.url, leaseMs: 500, closeTimeoutMs: 100 }), queue({ prefix, leaseMs: 500 })];
    const taken = Promise.withResolvers<AbortSignal>();
    await silent.consume(async ({ signal }) => {
      taken.resolve(signal);
      await new Promise(() => {});
    });
    await other.enqueue("x", { id: "a" });
    const { aborted } = await taken.promise;
    expect(aborted).toBe(false);
    const attempts: number[] = [];
    await other.consume(async ({ attempt }) => void attempts.push(attempt));
    await proxy.close();
    expect(await until(() => attempts.length > 0, 5_000)).toBe(true);
    expect(attempts).toEqual([2]);
    expect(await until(async () => (await taken.promise).aborted, 2_000)).toBe(true);
  });

  it("runs a job once that takes longer than the lease", async () => {
    const own = queue({ leaseMs: 300 });
    const attempts: number[] = [];
    let done = false;
    await own.consume(
      async ({ attempt }) => {
        attempts.push(attempt);
        await sleep(1_200);
        done = true;
      },
      { concurrency: 2 },
    );
    await own.enqueue("x", { id: "a" });
    expect(await until(() => done, 5_000)).toBe(true);
    expect(attempts).toEqual([1]);
  });

  it("runs a job once under which the consumer vanishes, and the ones after it", async () => {
    const prefix = `queue-${randomUUID()}`;
    const own = queue({ prefix });
    const ids: string[] = [];
    const gate = Promise.withResolvers<void>();
    await own.consume(
      async ({ id }) => {
        ids.push(id);
        await gate.promise;
      },
      { concurrency: 2 },
    );
    await own.enqueue(1, { id: "a" });
    expect(await until(() => ids.length === 1, 5_000)).toBe(true);
    const operator = await connect({ servers });
    const manager = await operator.jetstreamManager();
    // The server may stumble over its own files while it deletes; the consumer is gone all the same.
    await manager.consumers.delete(`${prefix}_queue_jobs`, "workers").catch(() => {});
    await own.enqueue(2, { id: "b" });
    expect(await until(() => ids.length === 2, 5_000)).toBe(true);
    gate.resolve();
    const left = async (): Promise<number> => (await manager.streams.info(`${prefix}_queue_jobs`)).state.messages;
    expect(await until(async () => (await left()) === 0, 5_000)).toBe(true);
    await operator.close();
    expect(ids).toEqual(["a", "b"]);
  });

  it("makes a job dead whose workers keep dying", async () => {
    const prefix = `queue-${randomUUID()}`;
    const last = queue({ prefix, leaseMs: 300, maxDeliver: 2 });
    await last.enqueue({ bad: true }, { id: "killer" });
    for (let death = 0; death < 2; death++) {
      const proxy = await natsProxy(servers);
      const dying = natsWorkQueue({ servers: proxy.url, prefix, leaseMs: 300, maxDeliver: 2, closeTimeoutMs: 1 });
      const taken = Promise.withResolvers<void>();
      await dying.consume(async () => {
        taken.resolve();
        await new Promise(() => {});
      });
      await taken.promise;
      await proxy.close();
      await dying.close?.();
    }
    const ran: string[] = [];
    await last.consume(async ({ id }) => void ran.push(id));
    expect(await until(async () => (await last.deadJobs()).length > 0, 5_000)).toBe(true);
    expect(await last.deadJobs()).toMatchObject([{ id: "killer", payload: { bad: true }, attempts: 2 }]);
    expect(ran).toEqual([]);
  });

  it("takes an id again once it has ended and is forgotten, but never while it waits", async () => {
    const own = queue({ dedupWindowMs: 200 });
    expect(await own.enqueue(1, { id: "a" })).toBe(true);
    await sleep(600);
    expect(await own.enqueue(2, { id: "a" })).toBe(false);
    const payloads: unknown[] = [];
    await own.consume(async ({ payload }) => void payloads.push(payload));
    expect(await until(() => payloads.length === 1, 5_000)).toBe(true);
    expect(await until(() => own.enqueue(3, { id: "a" }), 5_000)).toBe(true);
    expect(await until(() => payloads.length === 2, 5_000)).toBe(true);
    expect(payloads).toEqual([1, 3]);
  });

  it("refuses more than it has room for", async () => {
    const own = queue({ maxJobs: 10 });
    for (let index = 0; index < 10; index++) await own.enqueue(index, { id: `${index}` });
    await expect(own.enqueue(10, { id: "10" })).rejects.toEqual(expect.objectContaining({ code: "STORE_FULL" }));
    expect(await own.enqueue(3, { id: "3" })).toBe(false);
    const ids: string[] = [];
    await own.consume(async ({ id }) => void ids.push(id));
    expect(await until(() => ids.length === 10, 5_000)).toBe(true);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
  });

  it("fails within the deadline while the server is down, and closes at once", async () => {
    const own = queue({ servers: "nats://127.0.0.1:1", timeoutMs: 200 });
    const unavailable = expect.objectContaining({ code: "STORE_UNAVAILABLE" }) as object;
    await expect(own.enqueue(1, { id: "a" })).rejects.toEqual(unavailable);
    await expect(own.consume(async () => {})).rejects.toEqual(unavailable);
    await expect(own.deadJobs()).rejects.toEqual(unavailable);
    expect(own.health?.().status).toBe("down");
  });
});
