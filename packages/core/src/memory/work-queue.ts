import { systemClock } from "../clock.ts";
import { OrchestratorError } from "../errors.ts";
import type { Subscription } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { Json } from "../ports/json.ts";
import type { DeadJob, Job, WorkQueue } from "../ports/work-queue.ts";
import { checkCount, checkDuration, closedError } from "./checks.ts";
import { fifo } from "./fifo.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { recentIds } from "./recent-ids.ts";
import { running, type Running } from "./running.ts";
import { causeOf, fulfilledWithin, retryDelay, waits } from "./waits.ts";

export interface MemoryWorkQueueOptions {
  /** Tries at one job, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Jobs waiting or running; beyond it `enqueue` rejects with `STORE_FULL`. @default 10000 */
  readonly maxJobs?: number | undefined;
  /** Newest ids of ended jobs remembered to refuse them a second time; up to twice as many may be. @default 10000 */
  readonly dedupWindow?: number | undefined;
  /** Newest dead jobs kept. @default 100 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
  /** @default the process's monotonic clock */
  readonly clock?: Clock | undefined;
}

interface Waiting {
  readonly id: string;
  readonly payload: Json;
  attempt: number;
}

interface Consumer {
  readonly handler: (job: Job) => Promise<void>;
  readonly concurrency: number;
  readonly abort: AbortController;
  readonly running: Running;
}

/** A work queue in this process; its jobs are lost with it. Payloads are copied in and handed out frozen. */
export function memoryWorkQueue(options: MemoryWorkQueueOptions = {}): WorkQueue {
  const maxDeliver = checkCount("maxDeliver", options.maxDeliver ?? 5);
  const retryDelayMs = checkDuration("retryDelayMs", options.retryDelayMs ?? 50);
  const maxJobs = checkCount("maxJobs", options.maxJobs ?? 10_000);
  const maxDead = checkCount("maxDead", options.maxDead ?? 100);
  const closeTimeoutMs = checkDuration("closeTimeoutMs", options.closeTimeoutMs ?? 5_000);
  const clock = options.clock ?? systemClock;
  const ended = recentIds(checkCount("dedupWindow", options.dedupWindow ?? 10_000));
  const jobs = new Map<string, Waiting>();
  const ready = fifo<Waiting>();
  const retries = waits(clock);
  let consumers: readonly Consumer[] = [];
  let turn = 0;
  let dead: readonly DeadJob[] = [];
  let dispatching = false;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the work queue");
  };

  const freeConsumer = (): Consumer | undefined => {
    for (let tries = consumers.length; tries > 0; tries--) {
      const consumer = consumers[turn++ % consumers.length];
      if (consumer !== undefined && consumer.running.count() < consumer.concurrency) return consumer;
    }
    return undefined;
  };

  // In a microtask of its own: a handler never runs inside the call of whoever enqueued its job.
  const dispatch = (): void => {
    if (dispatching) return;
    dispatching = true;
    queueMicrotask(() => {
      dispatching = false;
      while (ready.size() > 0) {
        const consumer = freeConsumer();
        if (consumer === undefined) return;
        const waiting = ready.shift();
        if (waiting !== undefined) void run(consumer, waiting);
      }
    });
  };

  const end = (waiting: Waiting): void => {
    jobs.delete(waiting.id);
    ended.add(waiting.id);
  };

  const run = async (consumer: Consumer, waiting: Waiting): Promise<void> => {
    const { id, payload, attempt } = waiting;
    consumer.running.begin();
    try {
      await consumer.handler({ id, payload, attempt, signal: consumer.abort.signal });
      end(waiting);
    } catch (error) {
      if (closed) return;
      if (attempt < maxDeliver) void retry(waiting);
      else {
        end(waiting);
        dead = [...dead, { id, payload, attempts: attempt, cause: causeOf(error) }].slice(-maxDead);
      }
    } finally {
      consumer.running.end();
      dispatch();
    }
  };

  const retry = async (waiting: Waiting): Promise<void> => {
    await retries.sleep(retryDelay(retryDelayMs, waiting.attempt));
    if (closed) return;
    waiting.attempt++;
    ready.push(waiting);
    dispatch();
  };

  const leave = async (consumer: Consumer): Promise<void> => {
    consumers = consumers.filter((other) => other !== consumer);
    await fulfilledWithin(consumer.running.idle(), closeTimeoutMs, clock);
  };

  return {
    name: "memory",
    enqueue: async (payload, { id, signal }) => {
      enter(signal);
      if (jobs.has(id) || ended.has(id)) return false;
      const waiting: Waiting = { id, payload: frozenCopy(payload), attempt: 1 };
      if (jobs.size >= maxJobs) throw new OrchestratorError("STORE_FULL", `the work queue holds its ${maxJobs} jobs`, { retryable: true });
      jobs.set(id, waiting);
      ready.push(waiting);
      dispatch();
      return true;
    },
    consume: async (handler, { concurrency = 1, signal } = {}) => {
      enter(signal);
      const consumer: Consumer = {
        handler,
        concurrency: checkCount("concurrency", concurrency),
        abort: new AbortController(),
        running: running(),
      };
      consumers = [...consumers, consumer];
      dispatch();
      const close = (): Promise<void> => leave(consumer);
      return { close, [Symbol.asyncDispose]: close } satisfies Subscription;
    },
    deadJobs: async (options) => {
      enter(options?.signal);
      return dead;
    },
    health: () => (closed ? { status: "down", detail: "closed" } : { status: "up", detail: "memory" }),
    close: async () => {
      closed = true;
      retries.endAll();
      ready.clear();
      jobs.clear();
      const leaving = consumers;
      for (const consumer of leaving) consumer.abort.abort(closedError("the work queue"));
      await Promise.all(leaving.map(leave));
    },
  };
}
