import { type DeadJob, type Job, OrchestratorError } from "@hydrogenai/core";
import { type ConsumerInfo, consumerInfo, createDurable, deleteConsumer } from "./consumers.ts";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { ApiOptions, JetStream } from "./jetstream.ts";
import { unavailable } from "./nats-errors.ts";
import { backoff, causeOf, pauses } from "./pauses.ts";
import { pull, type Pulled } from "./pull.ts";
import type { RecentIds } from "./recent-ids.ts";
import { nanoseconds, type Stream } from "./streams.ts";

export interface WorkConsumerOptions {
  readonly connection: Connection;
  readonly jet: JetStream;
  readonly jobs: Stream;
  readonly filter: string;
  readonly dead: DeadLetters<DeadJob>;
  /** Marks of the jobs that ended in this process. */
  readonly ended: RecentIds;
  /** The jobs that run in this process, by mark. */
  readonly working: Map<string, Working>;
  readonly handler: (job: Job) => Promise<void>;
  readonly concurrency: number;
  readonly maxDeliver: number;
  readonly retryDelayMs: number;
  readonly leaseMs: number;
  readonly closeTimeoutMs: number;
  readonly onUnreadable: () => void;
}

/** A job that runs. */
export interface Working {
  /** The newest copy the server handed over; undefined when the consumer it came from is gone. */
  message: Pulled | undefined;
  /** When the server was last known to count it as ours, in terms of `performance.now()`. */
  heardAt: number;
  readonly abort: AbortController;
}

export interface WorkConsumer {
  /** Resolves once the consumer stands at the server. */
  readonly stand: (call: ApiOptions) => Promise<void>;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

const consumerName = "workers";
const decoder = new TextDecoder();

interface StoredJob {
  readonly id: string;
  /** Of this enqueuing: an id may come again once it is forgotten. */
  readonly mark: string;
  readonly payload: Job["payload"];
}

function parseJob(data: Uint8Array): StoredJob | undefined {
  try {
    const value = JSON.parse(decoder.decode(data)) as Partial<StoredJob> | null;
    const { id, mark, payload } = value ?? {};
    return typeof id === "string" && typeof mark === "string" && payload !== undefined ? { id, mark, payload } : undefined;
  } catch {
    return undefined;
  }
}

/** One worker: takes as many jobs as it has hands, tells the server while they run, and ends them. */
export function workConsumer(options: WorkConsumerOptions): WorkConsumer {
  const { connection, jet, jobs, dead, ended, working, handler, concurrency, maxDeliver, retryDelayMs, leaseMs } = options;
  const running = new Set<Working>();
  const waits = pauses();
  let idle: (() => void) | undefined;
  let puller: ReturnType<typeof pull> | undefined;
  let closing: Promise<void> | undefined;
  /** Where the consumer stood when it was last found to have something and to give nothing. */
  let stuckAt: number | undefined;

  async function stand(call: ApiOptions): Promise<ConsumerInfo> {
    await jobs.look(call);
    const found = await consumerInfo(jet, jobs.name, consumerName, call);
    if (found !== undefined) return found;
    // What it handed out means nothing to the next, whose stream may count anew.
    for (const each of working.values()) each.message = undefined;
    const settings = {
      stream: jobs.name,
      name: consumerName,
      filter: options.filter,
      description: "",
      ackWaitMs: leaseMs,
      maxAckPending: -1,
    };
    return await createDurable(jet, settings, undefined, call);
  }

  /** Tells the server again and again that the job is worked on; aborts the job where the server has not heard it in time. */
  function extend(own: Working): () => void {
    const timer = setInterval(() => {
      const askedAt = performance.now();
      const heard = (): void => {
        own.heardAt = askedAt;
      };
      if (own.message !== undefined) jet.tell(own.message.reply, "+WPI", askedAt + leaseMs).then(heard, () => {});
      if (askedAt - own.heardAt > leaseMs)
        own.abort.abort(unavailable("the server could not be told that this job is worked on; another worker may have it"));
    }, leaseMs / 3);
    return () => clearInterval(timer);
  }

  /** Until the server has heard it, or nobody is left to say it: the job then comes again, and is known. */
  async function end(own: Working, mark: string): Promise<void> {
    ended.add(mark);
    for (let failures = 0; own.message !== undefined && (!waits.ended() || failures === 0);) {
      try {
        await jet.tell(own.message.reply, "+ACK", performance.now() + Math.min(leaseMs, connection.timeoutMs));
        return;
      } catch {
        await waits.pause(backoff(50, ++failures, 1_000));
      }
    }
  }

  async function work(own: Working, attempt: number, { id, mark, payload }: StoredJob): Promise<void> {
    const bury = async (attempts: number, cause: string): Promise<void> => {
      if (await dead.bury(mark, { id, payload, attempts, cause })) await end(own, mark);
    };
    if (ended.has(mark)) return await end(own, mark);
    if (attempt > maxDeliver)
      return await bury(attempt - 1, "it was handed out that often, and no worker that took it came to an end with it");
    const stopExtending = extend(own);
    try {
      await handler({ id, payload, attempt, signal: own.abort.signal });
      await end(own, mark);
    } catch (error) {
      if (attempt >= maxDeliver) await bury(attempt, causeOf(error));
      // Where another worker has it by now, this would take it away from that one.
      else if (!own.abort.signal.aborted) own.message?.answer(`-NAK {"delay":${nanoseconds(backoff(retryDelayMs, attempt))}}`);
    } finally {
      stopExtending();
    }
  }

  function take(message: Pulled): void {
    if (closing !== undefined) return message.answer("-NAK");
    const job = parseJob(message.data);
    if (job === undefined) {
      message.answer("+TERM");
      return options.onUnreadable();
    }
    const known = working.get(job.mark);
    if (known !== undefined) {
      known.message = message;
      known.heardAt = performance.now();
      return;
    }
    const own: Working = { message, heardAt: performance.now(), abort: new AbortController() };
    working.set(job.mark, own);
    running.add(own);
    void work(own, message.deliveries, job).finally(() => {
      working.delete(job.mark);
      running.delete(own);
      puller?.wake();
      if (running.size === 0) idle?.();
    });
  }

  async function shut(): Promise<void> {
    const stopped = puller?.stop();
    if (running.size > 0) {
      const timer = Promise.withResolvers<void>();
      idle = timer.resolve;
      const timeout = setTimeout(timer.resolve, options.closeTimeoutMs);
      await timer.promise;
      clearTimeout(timeout);
    }
    waits.end();
    for (const { abort } of running) abort.abort(new OrchestratorError("CLOSED", "the work queue was closed"));
    await stopped;
  }

  return {
    stand: async (call) => void (await stand(call)),
    start: () => {
      puller = pull(connection, jobs.name, {
        unacknowledged: false,
        attach: async (signal) => (await stand({ signal })).name,
        room: () => concurrency - running.size,
        onMessage: take,
        isStuck: async () => {
          const info = await consumerInfo(jet, jobs.name, consumerName);
          if (info === undefined) return true;
          const isStuck = info.num_pending > 0 && info.delivered.stream_seq === stuckAt;
          stuckAt = info.num_pending > 0 ? info.delivered.stream_seq : undefined;
          // Nothing is lost with it: the stream holds each job until it is acknowledged.
          if (isStuck) await deleteConsumer(jet, jobs.name, consumerName);
          return isStuck;
        },
      });
    },
    close: () => (closing ??= shut()),
  };
}
