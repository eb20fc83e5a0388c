import { randomUUID } from "node:crypto";
import { type DeadJob, OrchestratorError, type Subscription, type WorkQueue } from "@hydrogenai/core";
import { connect, type Connection, type RedisOptions } from "./connection.ts";
import { evictionWarning } from "./eviction.ts";
import { checkTag } from "./keys.ts";
import { checkCount, checkTtl, parseStored, toJson } from "./values.ts";
import { workConsumer } from "./work-consumer.ts";
import { enqueueScript } from "./work-queue-scripts.ts";

export interface RedisWorkQueueOptions extends RedisOptions {
  /** Name of the queue, apart from others of the same prefix. @default "jobs" */
  readonly queue?: string | undefined;
  /** Tries at one job, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Milliseconds until the job of a worker that died is handed to another; a running job is renewed long before. @default 5000 */
  readonly leaseMs?: number | undefined;
  /** Jobs waiting or running; beyond it `enqueue` rejects with `STORE_FULL`. @default 100000 */
  readonly maxJobs?: number | undefined;
  /** Newest ids of ended jobs remembered, at least, to refuse them a second time. @default 100000 */
  readonly dedupWindow?: number | undefined;
  /** Newest dead jobs kept. @default 1000 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight before it aborts `job.signal` and goes on. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
}

/**
 * Jobs in Redis, shared by all processes with the same prefix and queue, taken about in the order they were enqueued.
 * A job is leased to its worker; one that loses its lease (it died, hung or was cut off) cannot end the job any more.
 * All keys stand in one cluster slot. New jobs are announced by pub/sub; a lost announcement costs a second.
 */
export function redisWorkQueue(options: RedisWorkQueueOptions): WorkQueue {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const tag = `{${prefix}:queue:${checkTag("queue", options.queue ?? "jobs")}}`;
  const shared = ["due", "payloads", "tries", "owners", "dead"].map((part) => `${tag}:${part}`);
  const known = [`${tag}:known`, `${tag}:known-before`];
  const channel = `${tag}:wake`;
  const maxJobs = checkCount("maxJobs", options.maxJobs ?? 100_000);
  const maxKnown = checkCount("dedupWindow", options.dedupWindow ?? 100_000);
  const rules = {
    maxDeliver: checkCount("maxDeliver", options.maxDeliver ?? 5),
    retryDelayMs: checkTtl(options.retryDelayMs ?? 50),
    leaseMs: checkTtl(options.leaseMs ?? 5_000),
    maxDead: checkCount("maxDead", options.maxDead ?? 1_000),
    closeTimeoutMs: checkTtl(options.closeTimeoutMs ?? 5_000),
  };
  const connection = connect(options);
  const eviction = evictionWarning(connection);
  const consumers = new Set<Subscription>();
  const wakes = new Set<() => void>();
  let announcements: Connection | undefined;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw new OrchestratorError("CLOSED", "the work queue was closed");
  };

  const wakeAll = (): void => {
    for (const wake of wakes) wake();
  };

  function listen(): void {
    if (announcements !== undefined) return;
    const listening = connection.sibling();
    announcements = listening;
    listening.onMessage(wakeAll);
    // Asked for anew on every connect, and then looked for what was announced before.
    listening.onReady(() => void listening.send("subscribe", [channel]).then(wakeAll, () => {}));
    listening.ready().catch(() => {});
  }

  return {
    name: "redis",
    enqueue: async (payload, { id, signal }) => {
      enter(signal);
      const args = [id, toJson(payload), randomUUID(), maxJobs, maxKnown, channel];
      const { value } = await connection.run(enqueueScript, [...shared, ...known], args, { signal, repeatable: true });
      if (value === -1) throw new OrchestratorError("STORE_FULL", `the work queue holds its ${maxJobs} jobs`, { retryable: true });
      return value === 1;
    },
    consume: async (handler, { concurrency = 1, signal } = {}) => {
      enter(signal);
      checkCount("concurrency", concurrency);
      listen();
      const consumer = workConsumer({ ...rules, connection, keys: shared, lastCall: `${tag}:call`, handler, concurrency });
      wakes.add(consumer.wake);
      const close = async (): Promise<void> => {
        wakes.delete(consumer.wake);
        await consumer.close();
        consumers.delete(subscription);
      };
      const subscription: Subscription = { close, [Symbol.asyncDispose]: close };
      consumers.add(subscription);
      return subscription;
    },
    deadJobs: async ({ signal } = {}) => {
      enter(signal);
      const { value } = await connection.send("zrange", [`${tag}:dead`, 0, -1], { signal, repeatable: true });
      return (value as readonly string[]).map((text) => parseStored(text, "a dead job") as DeadJob);
    },
    ready: async (callOptions) => {
      await connection.ready(callOptions);
      await eviction.check(callOptions);
    },
    health: () => eviction.on(connection.health()),
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      announcements?.close();
      connection.close();
    },
  };
}
