import { systemClock } from "../clock.ts";
import { OrchestratorError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeadEvent, EventBus, PublishReceipt, SubscribeOptions } from "../ports/event-bus.ts";
import { checkCount, checkDuration, closedError } from "./checks.ts";
import { eventConsumer, type EventConsumer, type StoredEvent } from "./event-consumer.ts";
import { eventPattern } from "./event-pattern.ts";
import { fifo } from "./fifo.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { recentIds } from "./recent-ids.ts";

export interface MemoryEventBusOptions {
  /** Newest events kept for `replayFrom`. @default 1000 */
  readonly history?: number | undefined;
  /** Tries at one event, the first included, before it is dead. @default 5 */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second try; doubles with each further one. @default 50 */
  readonly retryDelayMs?: number | undefined;
  /** Newest event ids remembered to drop a second publication; up to twice as many may be. @default 10000 */
  readonly dedupWindow?: number | undefined;
  /** Events waiting for one subscriber or group; the next are dead for it at once. @default 10000 */
  readonly maxPending?: number | undefined;
  /** Newest dead events kept. @default 100 */
  readonly maxDead?: number | undefined;
  /** Milliseconds `close` waits for a handler in flight before it aborts `delivery.signal` and goes on. @default 5000 */
  readonly closeTimeoutMs?: number | undefined;
  /** @default the process's monotonic clock */
  readonly clock?: Clock | undefined;
}

interface Route {
  readonly matches: (type: string) => boolean;
  readonly consumer: EventConsumer;
}

const receipt: PublishReceipt = Object.freeze({ tier: "memory", durable: false });
const maxCachedRoutes = 1_000;

/**
 * A bus in this process; what is in it is lost with it. Events are copied in and handed out frozen.
 *
 * Every part is bounded: history, remembered ids, waiting events, dead events. Members of a group give the same group name
 * and pattern; the group and what waits for it end with its last member, and only its first member's `replayFrom` counts.
 */
export function memoryEventBus(options: MemoryEventBusOptions = {}): EventBus {
  const maxHistory = checkCount("history", options.history ?? 1_000, 0);
  const maxDead = checkCount("maxDead", options.maxDead ?? 100);
  const consumerOptions = {
    maxDeliver: checkCount("maxDeliver", options.maxDeliver ?? 5),
    retryDelayMs: checkDuration("retryDelayMs", options.retryDelayMs ?? 50),
    maxPending: checkCount("maxPending", options.maxPending ?? 10_000),
    closeTimeoutMs: checkDuration("closeTimeoutMs", options.closeTimeoutMs ?? 5_000),
    clock: options.clock ?? systemClock,
  };
  const seen = recentIds(checkCount("dedupWindow", options.dedupWindow ?? 10_000));
  const history = fifo<StoredEvent>();
  const routes = new Set<Route>();
  const groups = new Map<string, EventConsumer>();
  const consumersByType = new Map<string, readonly EventConsumer[]>();
  let dead: readonly DeadEvent[] = [];
  let sequence = 0;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the event bus");
  };

  const consumersOf = (type: string): readonly EventConsumer[] => {
    const known = consumersByType.get(type);
    if (known !== undefined) return known;
    if (consumersByType.size >= maxCachedRoutes) consumersByType.clear();
    const found = [...routes].filter((route) => route.matches(type)).map((route) => route.consumer);
    consumersByType.set(type, found);
    return found;
  };

  const stored = (matches: (type: string) => boolean, from: SubscribeOptions["replayFrom"]): readonly StoredEvent[] => {
    if (from === undefined) return [];
    const since = "time" in from ? Date.parse(from.time) : 0;
    if (Number.isNaN(since)) throw new OrchestratorError("CONFIG_INVALID", "replayFrom.time is not a time in RFC 3339");
    const first = "sequence" in from ? from.sequence : 0;
    return [...history].filter((past) => past.sequence >= first && past.storedAt >= since && matches(past.event.type));
  };

  const consumerFor = (pattern: string, { group, replayFrom }: SubscribeOptions): EventConsumer => {
    const groupKey = group === undefined ? undefined : JSON.stringify([group, pattern]);
    const shared = groupKey === undefined ? undefined : groups.get(groupKey);
    if (shared !== undefined) return shared;
    const matches = eventPattern(pattern);
    const past = stored(matches, replayFrom);
    const consumer = eventConsumer({
      ...consumerOptions,
      onDead: (event, attempts, cause) => {
        dead = [...dead, { event, attempts, cause }].slice(-maxDead);
      },
      onEmpty: () => {
        routes.delete(route);
        consumersByType.clear();
        if (groupKey !== undefined) groups.delete(groupKey);
      },
    });
    const route: Route = { matches, consumer };
    routes.add(route);
    consumersByType.clear();
    if (groupKey !== undefined) groups.set(groupKey, consumer);
    consumer.replay(past);
    return consumer;
  };

  return {
    name: "memory",
    publish: async (event, options) => {
      enter(options?.signal);
      // Copied first: what is no JSON throws here, and was then never published.
      const own = frozenCopy(event);
      if (!seen.add(own.id)) return receipt;
      const past: StoredEvent = { event: own, sequence: ++sequence, storedAt: Date.now() };
      history.push(past);
      if (history.size() > maxHistory) history.shift();
      for (const consumer of consumersOf(event.type)) consumer.offer(past);
      return receipt;
    },
    subscribe: async (pattern, handler, options = {}) => {
      enter(options.signal);
      return consumerFor(pattern, options).join(handler);
    },
    deadEvents: async (options) => {
      enter(options?.signal);
      return dead;
    },
    health: () => (closed ? { status: "down", detail: "closed" } : { status: "up", detail: "memory" }),
    close: async () => {
      closed = true;
      await Promise.all([...routes].map((route) => route.consumer.close()));
      history.clear();
    },
  };
}
