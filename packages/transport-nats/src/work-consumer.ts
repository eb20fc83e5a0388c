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
  readonly handler: (job: Job) => Promise<void>;
  readonly concurrency: number;
  readonly maxDeliver: number;
  readonly retryDelayMs: number;
  readonly leaseMs: number;
  readonly closeTimeoutMs: number;
  readonly onUnreadable: () => void;
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
  const { connection, jet, jobs, dead, ended, handler, concurrency, maxDeliver, retryDelayMs, leaseMs } = options;
  const running = new Set<AbortController>();
  const waits = pauses();
  let idle: (() => void) | undefined;
  let puller: ReturnType<typeof pull> | undefined;
  let closing: Promise<void> | undefined;

  async function stand(call: ApiOptions): Promise<ConsumerInfo> {
    await jobs.look(call);
    const found = await consumerInfo(jet, jobs.name, consumerName, call);
    if (found !== undefined) return found;
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
  function extend(message: Pulled, abort: AbortController): () => void {
    let heardAt = performance.now();
    const timer = setInterval(() => {
      const askedAt = performance.now();
      jet.tell(message.reply, "+WPI", askedAt + leaseMs).then(
        () => {
          heardAt = askedAt;
        },
        () => {},
      );
      if (askedAt - heardAt > leaseMs)
        abort.abort(unavailable("the server could not be told that this job is worked on; another worker may have it"));
    }, leaseMs / 3);
    return () => clearInterval(timer);
  }

  /** Until the server has heard it, or nobody is left to say it: the job then comes again. */
  async function acknowledge(message: Pulled): Promise<void> {
    for (let failures = 0; !waits.ended() || failures === 0;) {
      try {
        await jet.tell(message.reply, "+ACK", performance.now() + Math.min(leaseMs, connection.timeoutMs));
        return;
      } catch {
        await waits.pause(backoff(50, ++failures, 1_000));
      }
    }
  }

  async function end(message: Pulled, mark: string): Promise<void> {
    ended.add(mark);
    await acknowledge(message);
  }

  async function work(message: Pulled, { id, mark, payload }: StoredJob, abort: AbortController): Promise<void> {
    const attempt = message.deliveries;
    const bury = async (attempts: number, cause: string): Promise<void> => {
      if (await dead.bury(mark, { id, payload, attempts, cause })) await end(message, mark);
    };
    if (ended.has(mark)) return await acknowledge(message);
    if (attempt > maxDeliver)
      return await bury(attempt - 1, "it was handed out that often, and no worker that took it came to an end with it");
    const stopExtending = extend(message, abort);
    try {
      await handler({ id, payload, attempt, signal: abort.signal });
      await end(message, mark);
    } catch (error) {
      if (attempt >= maxDeliver) await bury(attempt, causeOf(error));
      // Where another worker has it by now, this would take it away from that one.
      else if (!abort.signal.aborted) message.answer(`-NAK {"delay":${nanoseconds(backoff(retryDelayMs, attempt))}}`);
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
    const abort = new AbortController();
    running.add(abort);
    void work(message, job, abort).finally(() => {
      running.delete(abort);
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
    for (const abort of running) abort.abort(new OrchestratorError("CLOSED", "the work queue was closed"));
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
          if (info !== undefined && (info.num_pending === 0 || running.size >= concurrency)) return false;
          if (info !== undefined) await deleteConsumer(jet, jobs.name, consumerName);
          return true;
        },
      });
    },
    close: () => (closing ??= shut()),
  };
}
