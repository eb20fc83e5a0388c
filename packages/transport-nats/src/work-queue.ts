import { randomUUID } from "node:crypto";
import { type DeadJob, OrchestratorError, type WorkQueue } from "@hydrogenai/core";
import { checkCount, checkDuration, checkName } from "./checks.ts";
import { connect, type NatsOptions } from "./connection.ts";
import { deadLetters } from "./dead-letters.ts";
import { type ApiOptions, jetStream, publisher, type PublishAck, unless } from "./jetstream.ts";
import { errorNumbers, hasNumber } from "./nats-errors.ts";
import { pauses } from "./pauses.ts";
import { recentIds } from "./recent-ids.ts";
import type { SettleOptions } from "./settled.ts";
import { nanoseconds, stream } from "./streams.ts";
import { word } from "./subjects.ts";
import { type WorkConsumer, workConsumer, type Working } from "./work-consumer.ts";

export interface NatsWorkQueueOptions extends NatsOptions {
  /** Name of the queue, apart from others of the same prefix: 1 to 64 letters, digits, `_`, `-`. @default "jobs" */
  readonly queue?: string | undefined;
  /** Tries at one job, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Milliseconds until the job of a worker that died is handed to another; a running job is extended long before. @default 5000 */
  readonly leaseMs?: number | undefined;
  /** Jobs waiting or running; beyond it `enqueue` rejects with `STORE_FULL`. @default 100000 */
  readonly maxJobs?: number | undefined;
  /** Milliseconds after it was enqueued that the id of an ended job is known and refused. @default 3600000 (an hour) */
  readonly dedupWindowMs?: number | undefined;
  /** Newest dead jobs kept. @default 1000 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight before it aborts `job.signal` and goes on. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
}

/** Newest jobs known to have ended in this process; one whose end the server did not hear comes again. */
const maxEnded = 10_000;

/**
 * Jobs in one JetStream stream, `PREFIX_queue_QUEUE`, shared by all processes and taken about in the order they were enqueued.
 * A job waits under a subject of its own, so an id waits or runs once however late it is enqueued again; the id of an ended
 * job is known for `dedupWindowMs`. The server hands a job to another worker when its own has not been heard for `leaseMs`.
 */
export function natsWorkQueue(options: NatsWorkQueueOptions): WorkQueue {
  const prefix = checkName("prefix", options.prefix ?? "hydrogenai");
  const queue = checkName("queue", options.queue ?? "jobs");
  const replicas = checkCount("replicas", options.replicas ?? 1);
  const base = `${prefix}.queue.${queue}`;
  const rules = {
    maxDeliver: checkCount("maxDeliver", options.maxDeliver ?? 5),
    retryDelayMs: checkDuration("retryDelayMs", options.retryDelayMs ?? 50),
    leaseMs: checkDuration("leaseMs", options.leaseMs ?? 5_000, 100),
    closeTimeoutMs: checkDuration("closeTimeoutMs", options.closeTimeoutMs ?? 5_000),
  };
  const connection = connect(options);
  const jet = jetStream(connection);
  const waits = pauses();
  const jobs = stream(connection, jet, {
    name: `${prefix}_queue_${queue}`,
    subjects: [`${base}.*`],
    retention: "workqueue",
    discard: "new",
    max_msgs: checkCount("maxJobs", options.maxJobs ?? 100_000),
    max_msgs_per_subject: 1,
    discard_new_per_subject: true,
    duplicate_window: nanoseconds(checkDuration("dedupWindowMs", options.dedupWindowMs ?? 3_600_000, 100)),
    num_replicas: replicas,
  });
  const out = publisher(connection, jobs.recover);
  const dead = deadLetters<DeadJob>({
    connection,
    jet,
    prefix,
    kind: `queue-${queue}`,
    maxDead: options.maxDead ?? 1_000,
    replicas,
    waits,
  });
  const consumers = new Set<WorkConsumer>();
  const ended = recentIds(maxEnded);
  const working = new Map<string, Working>();
  let unreadable = 0;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (connection.closed()) throw new OrchestratorError("CLOSED", "the work queue was closed");
  };

  const callOf = (signal: AbortSignal | undefined): SettleOptions => ({ signal, deadline: performance.now() + connection.timeoutMs });

  /** After a repeated send: whether the message that is there is the one we sent. One that is gone was ours or ran long ago; it ran. */
  async function isOurs(ack: PublishAck, mark: string, options: ApiOptions): Promise<boolean> {
    const call = jet.call<{ message: { data?: string } }>(`STREAM.MSG.GET.${jobs.name}`, { seq: ack.sequence }, options);
    const found = await unless(call, errorNumbers.messageNotFound);
    return (
      found === undefined ||
      Buffer.from(found.message.data ?? "", "base64")
        .toString()
        .includes(mark)
    );
  }

  return {
    name: "nats",
    enqueue: async (payload, { id, signal }) => {
      enter(signal);
      if (JSON.stringify(payload) === undefined) throw new TypeError(`a ${typeof payload} is not JSON`);
      const mark = randomUUID();
      const request = {
        subject: `${base}.${word(id)}`,
        payload: JSON.stringify({ id, mark, payload }),
        messageId: word(id),
        ...callOf(signal),
      };
      try {
        const ack = await out.publish(request);
        if (!ack.duplicate) return true;
        return ack.repeated && (await isOurs(ack, mark, request));
      } catch (error) {
        const isWaiting = hasNumber(error, errorNumbers.storeFailed) && (error as OrchestratorError).message.includes("per subject");
        if (isWaiting) return false;
        throw error;
      }
    },
    consume: async (handler, { concurrency = 1, signal } = {}) => {
      enter(signal);
      checkCount("concurrency", concurrency);
      const onUnreadable = (): void => {
        unreadable++;
      };
      const parts = { connection, jet, jobs, filter: `${base}.*`, dead, ended, working, handler, concurrency, onUnreadable };
      const consumer = workConsumer({ ...parts, ...rules });
      await consumer.stand(callOf(signal));
      enter(signal);
      consumer.start();
      consumers.add(consumer);
      const close = async (): Promise<void> => {
        await consumer.close();
        consumers.delete(consumer);
      };
      return { close, [Symbol.asyncDispose]: close };
    },
    deadJobs: async ({ signal } = {}) => {
      enter(signal);
      return await dead.list({ signal });
    },
    ready: async ({ signal } = {}) => {
      enter(signal);
      const call = callOf(signal);
      await connection.usable(call.deadline, signal);
      await jobs.ensure(call);
    },
    health: () => {
      const report = connection.health();
      if (report.status !== "up" || unreadable === 0) return report;
      return { status: "up", detail: `nats; ${unreadable} messages that are no jobs were left out` };
    },
    close: async () => {
      if (connection.closed()) return;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      waits.end();
      for (const part of [out, dead, jobs, jet]) part.close();
      await connection.close();
    },
  };
}
