import {
  type DeadEvent,
  type EventBus,
  type HealthReport,
  OrchestratorError,
  type PublishReceipt,
  type Subscription,
} from "@hydrogenai/core";
import { type BusGroup, busGroup } from "./bus-group.ts";
import type { BusParts } from "./bus-parts.ts";
import { busSubscriber } from "./bus-subscriber.ts";
import { checkCount, checkDuration, checkName } from "./checks.ts";
import { connect, type NatsOptions } from "./connection.ts";
import { deadLetters } from "./dead-letters.ts";
import { jetStream, publisher } from "./jetstream.ts";
import { pauses } from "./pauses.ts";
import { nanoseconds, stream } from "./streams.ts";
import { tails } from "./tails.ts";
import { nameOf, patternSubject, typeSubject, word } from "./subjects.ts";

export interface NatsEventBusOptions extends NatsOptions {
  /** Milliseconds an event is kept, for replay and for groups that are behind; then it is dropped, read or not. @default 86400000 (a day) */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of all events; beyond it the oldest are dropped, read or not. @default 268435456 (256 MiB) */
  readonly maxBytes?: number | undefined;
  /** Milliseconds within which the server drops a second event of the same id. @default 120000 */
  readonly dedupWindowMs?: number | undefined;
  /** Tries at one event, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Events one subscription or group has in hand at once, running or waiting for another of their subject. @default 5000 */
  readonly maxInFlight?: number | undefined;
  /** Newest handled ids a subscription or group remembers, so that an event that comes again has no second effect in this process. @default 50000 */
  readonly inboxSize?: number | undefined;
  /** Milliseconds until the groups of a process that died go to another. @default 3000 */
  readonly leaseMs?: number | undefined;
  /** Newest dead events kept. @default 1000 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight before it aborts `delivery.signal` and goes on. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
}

const receipt: PublishReceipt = Object.freeze({ tier: "nats", durable: true });

/** Milliseconds without an answer after which health says so. */
const slowMs = 1_000;

/**
 * A bus on one JetStream stream, `PREFIX_events`, stored in files. The id of an event is its message id, so that `publish` may
 * send it again until the server answers; it rejects with `STORE_UNAVAILABLE` at its deadline, and the outcome is then unknown.
 *
 * A subscriber without a group has a position that lives with it. A group is a durable consumer that stays when its members
 * leave; it is served by one process at a time and goes on in another when that one dies, with the events in hand once more.
 * Both make themselves anew when consumer, stream or server are gone, and go on where they were if the stream is the same.
 */
export function natsEventBus(options: NatsEventBusOptions): EventBus {
  const prefix = checkName("prefix", options.prefix ?? "hydrogenai");
  const replicas = checkCount("replicas", options.replicas ?? 1);
  const maxAgeMs = checkDuration("maxAgeMs", options.maxAgeMs ?? 86_400_000, 1_000);
  const dedupWindowMs = Math.min(maxAgeMs, checkDuration("dedupWindowMs", options.dedupWindowMs ?? 120_000, 100));
  const maxBytes = checkCount("maxBytes", options.maxBytes ?? 256 * 1_024 * 1_024);
  const rules = {
    maxDeliver: checkCount("maxDeliver", options.maxDeliver ?? 5),
    retryDelayMs: checkDuration("retryDelayMs", options.retryDelayMs ?? 50),
    maxInFlight: checkCount("maxInFlight", options.maxInFlight ?? 5_000),
    inboxSize: checkCount("inboxSize", options.inboxSize ?? 50_000),
    leaseMs: checkDuration("leaseMs", options.leaseMs ?? 3_000, 100),
    closeTimeoutMs: checkDuration("closeTimeoutMs", options.closeTimeoutMs ?? 5_000),
    maxAgeMs,
  };
  const connection = connect(options);
  const jet = jetStream(connection);
  const waits = pauses();
  const base = `${prefix}.events`;
  const kept = { retention: "limits", discard: "old", num_replicas: replicas } as const;
  const events = stream(connection, jet, {
    ...kept,
    name: `${prefix}_events`,
    subjects: [`${base}.>`],
    max_bytes: maxBytes,
    max_age: nanoseconds(maxAgeMs),
    duplicate_window: nanoseconds(dedupWindowMs),
  });
  const leases = stream(connection, jet, {
    ...kept,
    name: `${prefix}_leases`,
    subjects: [`${prefix}.lease.*`],
    max_bytes: 1_024 * 1_024,
    max_msgs_per_subject: 1,
    duplicate_window: nanoseconds(Math.max(10_000, 2 * rules.leaseMs)),
  });
  const out = publisher(connection, events.recover);
  const leasePublisher = publisher(connection, leases.recover);
  const dead = deadLetters<DeadEvent>({ connection, jet, prefix, kind: "events", maxDead: options.maxDead ?? 1_000, replicas, waits });
  const subscriptions = new Set<Subscription>();
  const groups = new Map<string, BusGroup>();
  let unreadable = 0;
  const parts: BusParts = {
    connection,
    jet,
    prefix,
    events,
    leases,
    leasePublisher,
    dead,
    rules,
    onUnreadable: () => {
      unreadable++;
    },
  };

  const tailsOfAll = tails(parts);

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (connection.closed()) throw new OrchestratorError("CLOSED", "the event bus was closed");
  };

  function tracked(subscription: Subscription): Subscription {
    const close = async (): Promise<void> => {
      await subscription.close();
      subscriptions.delete(own);
    };
    const own: Subscription = { close, [Symbol.asyncDispose]: close };
    subscriptions.add(own);
    return own;
  }

  return {
    name: "nats",
    publish: async (event, { signal } = {}) => {
      enter(signal);
      const request = { subject: typeSubject(base, event.type), payload: JSON.stringify(event), messageId: word(event.id), signal };
      await out.publish(request);
      return receipt;
    },
    subscribe: async (pattern, handler, { group, replayFrom, signal } = {}) => {
      enter(signal);
      const filter = patternSubject(base, pattern);
      if (replayFrom !== undefined && "time" in replayFrom && Number.isNaN(Date.parse(replayFrom.time)))
        throw new OrchestratorError("CONFIG_INVALID", "replayFrom.time is not a time in RFC 3339");
      const call = { signal, deadline: performance.now() + connection.timeoutMs };
      const began = await events.look(call);
      if (group === undefined) return tracked(await busSubscriber(parts, { tails: tailsOfAll, filter, handler, began, replayFrom, call }));
      const name = `g_${nameOf(group, pattern)}`;
      let found = groups.get(name);
      if (found === undefined) {
        found = busGroup(parts, { name, filter, began, replayFrom, onEmpty: () => groups.delete(name) });
        groups.set(name, found);
      }
      await found.stand(call);
      enter(signal);
      return tracked(found.join(handler));
    },
    deadEvents: async ({ signal } = {}) => {
      enter(signal);
      return await dead.list({ signal });
    },
    ready: async ({ signal } = {}) => {
      enter(signal);
      const call = { signal, deadline: performance.now() + connection.timeoutMs };
      await connection.usable(call.deadline, signal);
      await events.ensure(call);
    },
    health: (): HealthReport => {
      const report = connection.health();
      if (report.status !== "up") return report;
      if (out.oldestMs() > slowMs) return { status: "degraded", detail: `nats: no answer for ${Math.round(out.oldestMs())} ms` };
      return unreadable === 0 ? report : { status: "up", detail: `nats; ${unreadable} messages that are no events were left out` };
    },
    close: async () => {
      if (connection.closed()) return;
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      waits.end();
      for (const part of [out, leasePublisher, dead, events, leases, jet]) part.close();
      await connection.close();
    },
  };
}
