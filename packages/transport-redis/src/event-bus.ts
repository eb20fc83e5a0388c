import {
  type DeadEvent,
  type EventBus,
  type HealthReport,
  OrchestratorError,
  type PublishReceipt,
  type Subscription,
} from "@hydrogenai/core";
import { type BusGroup, busGroup, createGroup } from "./bus-group.ts";
import { busKeys } from "./bus-keys.ts";
import { busPublisher } from "./bus-publisher.ts";
import { busStream } from "./bus-stream.ts";
import { busSubscription } from "./bus-subscription.ts";
import { type BusTail, busTail } from "./bus-tail.ts";
import { connect, type RedisOptions } from "./connection.ts";
import { evictionWarning } from "./eviction.ts";
import { eventPattern } from "./event-pattern.ts";
import type { Due } from "./ordered-delivery.ts";
import { backoff, pauses } from "./pauses.ts";
import { script } from "./script.ts";
import { checkCount, checkTtl, parseStored, toJson } from "./values.ts";

export interface RedisEventBusOptions extends RedisOptions {
  /** Newest events kept, for replay, for subscribers that are behind and to know an id again; older ones are dropped, read or not. @default 200000 */
  readonly maxEvents?: number | undefined;
  /** Tries at one event, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Handlers of one subscription running at once, for different subjects. @default 64 */
  readonly concurrency?: number | undefined;
  /** Milliseconds until the groups of a process that died go to another. @default 3000 */
  readonly leaseMs?: number | undefined;
  /** Newest dead events kept. @default 1000 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight before it aborts `delivery.signal` and goes on. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
}

const receipt: PublishReceipt = Object.freeze({ tier: "redis", durable: true });

const buryScript = script(`
redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
return 1
`);

/**
 * A bus on one Redis stream. A subscriber without a group has a position that lives with it; a group's position, what it has
 * in hand and its dead events live in Redis. A group is served by one process at a time and goes on in another when that one dies;
 * an event in hand then comes again, with a higher `attempt`. All keys stand in one cluster slot.
 */
export function redisEventBus(options: RedisEventBusOptions): EventBus {
  const keys = busKeys(options.prefix ?? "hydrogenai");
  const maxEvents = checkCount("maxEvents", options.maxEvents ?? 200_000);
  const maxDead = checkCount("maxDead", options.maxDead ?? 1_000);
  const leaseMs = checkTtl(options.leaseMs ?? 3_000);
  const delivery = {
    maxDeliver: checkCount("maxDeliver", options.maxDeliver ?? 5),
    retryDelayMs: checkTtl(options.retryDelayMs ?? 50),
    concurrency: checkCount("concurrency", options.concurrency ?? 64),
    closeTimeoutMs: checkTtl(options.closeTimeoutMs ?? 5_000),
  };
  const connection = connect(options);
  const eviction = evictionWarning(connection);
  const publish = busPublisher(connection, keys, maxEvents);
  const stream = busStream(connection, keys);
  const waits = pauses();
  const subscriptions = new Set<Subscription>();
  const groups = new Map<string, BusGroup>();
  let tail: BusTail | undefined;
  let vanished: string | undefined;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw new OrchestratorError("CLOSED", "the event bus was closed");
  };

  const toDead = ({ event }: Due, attempts: number, cause: string): string => toJson({ event, attempts, cause } satisfies DeadEvent);

  async function bury(due: Due, attempts: number, cause: string): Promise<void> {
    const args = [Date.now(), maxDead, toDead(due, attempts, cause)];
    for (let failures = 0; !waits.ended();) {
      try {
        await connection.run(buryScript, [keys.dead], args, { repeatable: true });
        return;
      } catch {
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  const tailFrom = (sequence: number): BusTail =>
    (tail ??= busTail(connection.sibling(), keys, sequence, Math.max(1, Math.floor(Math.min(1_000, (options.timeoutMs ?? 2_000) / 2)))));

  function groupOf(name: string, matches: (type: string) => boolean, liveFrom: number, replayTo: number): BusGroup {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const parts = { connection, keys, tail: tailFrom(liveFrom), name, matches, liveFrom, replayTo, leaseMs, maxDead, toDead, delivery };
    const onVanished = (): void => {
      vanished = new Date().toISOString();
    };
    const group = busGroup({ ...parts, onVanished }, () => groups.delete(name));
    groups.set(name, group);
    return group;
  }

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
    name: "redis",
    publish: async (event, { signal } = {}) => {
      enter(signal);
      await publish(event, signal);
      return receipt;
    },
    subscribe: async (pattern, handler, { group, replayFrom, signal } = {}) => {
      enter(signal);
      const matches = eventPattern(pattern);
      const liveFrom = await stream.lastSequence({ signal });
      const start = replayFrom === undefined ? liveFrom : Math.min(liveFrom, await stream.replayStart(replayFrom, { signal }));
      if (group === undefined) {
        enter(signal);
        const parts = { handler, matches, liveFrom, start, stream, tail: tailFrom(liveFrom) };
        return tracked(busSubscription({ ...parts, delivery: { ...delivery, onDead: bury } }));
      }
      const name = JSON.stringify([group, pattern]);
      const isNew = await createGroup(connection, keys, name, start);
      enter(signal);
      return tracked(groupOf(name, matches, liveFrom, isNew ? liveFrom : 0).join(handler));
    },
    deadEvents: async ({ signal } = {}) => {
      enter(signal);
      const { value } = await connection.send("zrange", [keys.dead, 0, -1], { signal, repeatable: true });
      return (value as readonly string[]).map((text) => parseStored(text, "a dead event") as DeadEvent);
    },
    ready: async (callOptions) => {
      await connection.ready(callOptions);
      await eviction.check(callOptions);
    },
    health: (): HealthReport => {
      const report = eviction.on(connection.health());
      if (report.status !== "up" || vanished === undefined) return report;
      return { status: "degraded", detail: `STATE_LOST: a group had vanished from Redis (${vanished}); events before that may be lost` };
    },
    close: async () => {
      closed = true;
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      waits.end();
      tail?.close();
      connection.close();
    },
  };
}
