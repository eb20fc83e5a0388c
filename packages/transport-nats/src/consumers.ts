import { randomUUID } from "node:crypto";
import { type ApiOptions, type JetStream, unless } from "./jetstream.ts";
import { errorNumbers } from "./nats-errors.ts";
import { nanoseconds } from "./streams.ts";

/** Where in its stream a consumer begins. */
export type Start = { readonly sequence: number } | { readonly time: string };

/** A consumer as the server reports it. */
export interface ConsumerInfo {
  readonly name: string;
  readonly config: { readonly description?: string };
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
  /** Handed over and not acknowledged. */
  readonly num_ack_pending: number;
  /** Not handed over yet. */
  readonly num_pending: number;
}

const startOf = (start: Start) =>
  "time" in start
    ? { deliver_policy: "by_start_time", opt_start_time: new Date(start.time).toISOString() }
    : { deliver_policy: "by_start_sequence", opt_start_seq: Math.max(1, start.sequence) };

/** Milliseconds after which the server forgets a reader that went away. */
const readerIdleMs = 10_000;

/** A consumer that only reads, for one process, kept in the server's memory. Answers its name and how much it has to hand over. */
export function createReader(jet: JetStream, stream: string, filter: string, start: Start, options?: ApiOptions): Promise<ConsumerInfo> {
  const name = `r_${randomUUID().replaceAll("-", "")}`;
  const config = {
    name,
    ...startOf(start),
    ack_policy: "none",
    filter_subject: filter,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanoseconds(readerIdleMs),
  };
  return jet.call<ConsumerInfo>(`CONSUMER.CREATE.${stream}.${name}.${filter}`, { stream_name: stream, config }, options);
}

export interface DurableSettings {
  readonly stream: string;
  readonly name: string;
  readonly filter: string;
  readonly description: string;
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  /** Milliseconds without any member after which the server forgets it. @default never */
  readonly forgetAfterMs?: number | undefined;
}

/** Creates a durable consumer that wants every message acknowledged; one that is there stays as it is. */
export async function createDurable(
  jet: JetStream,
  settings: DurableSettings,
  start: Start | undefined,
  options?: ApiOptions,
): Promise<ConsumerInfo> {
  const { stream, name, filter, description, ackWaitMs, maxAckPending, forgetAfterMs } = settings;
  const config = {
    durable_name: name,
    name,
    description,
    ...(start === undefined ? { deliver_policy: "all" } : startOf(start)),
    ack_policy: "explicit",
    ack_wait: nanoseconds(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: maxAckPending,
    filter_subject: filter,
    ...(forgetAfterMs === undefined ? {} : { inactive_threshold: nanoseconds(forgetAfterMs) }),
  };
  const create = jet.call<ConsumerInfo>(`CONSUMER.CREATE.${stream}.${name}.${filter}`, { stream_name: stream, config }, options);
  const made = await unless(create, errorNumbers.deliverPolicyFixed, errorNumbers.consumerExists);
  if (made !== undefined) return made;
  // Another process was quicker and began elsewhere.
  return await jet.call<ConsumerInfo>(`CONSUMER.INFO.${stream}.${name}`, undefined, options);
}

/** Undefined where the consumer, or its stream, is not there. */
export const consumerInfo = (jet: JetStream, stream: string, name: string, options?: ApiOptions): Promise<ConsumerInfo | undefined> =>
  unless(
    jet.call<ConsumerInfo>(`CONSUMER.INFO.${stream}.${name}`, undefined, options),
    errorNumbers.consumerNotFound,
    errorNumbers.streamNotFound,
  );

export async function deleteConsumer(jet: JetStream, stream: string, name: string): Promise<void> {
  await unless(jet.call(`CONSUMER.DELETE.${stream}.${name}`), errorNumbers.consumerNotFound, errorNumbers.streamNotFound);
}
