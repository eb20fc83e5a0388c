import type { EventHandler, Subscription } from "@hydrogenai/core";
import type { BusParts } from "./bus-parts.ts";
import type { ConsumerInfo } from "./consumers.ts";
import { ackWaitMs, firstOpen, groupConsumer, type GroupConsumerOptions } from "./group-consumer.ts";
import type { ApiOptions } from "./jetstream.ts";
import { type Due, lanes } from "./lanes.ts";
import { type Lease, lease } from "./lease.ts";
import { backoff, pauses } from "./pauses.ts";
import { type Pull, pull, type Pulled } from "./pull.ts";
import { recentIds } from "./recent-ids.ts";
import { parseEvent } from "./stored-event.ts";

export interface BusGroupOptions extends GroupConsumerOptions {
  /** The last member left. */
  readonly onEmpty: () => void;
}

/** The members of one group in this process. */
export interface BusGroup {
  /** Resolves once the group exists at the server. */
  readonly stand: (call: ApiOptions) => Promise<void>;
  readonly join: (handler: EventHandler) => Subscription;
}

interface InHand {
  /** The newest copy the server handed over; undefined when the consumer it came from is gone. */
  message: Pulled | undefined;
  extendedAt: number;
}

/** An event handed out this often, with nobody left to say why, is dead; restarts of healthy processes stay far below. */
const handOutsPerTry = 3;

const takenAway = new Error("another process serves this group now");

/**
 * A durable consumer, served by one process at a time, so that order can hold: two processes with one event each of a subject
 * could not know of each other's failures. After anything that may have lost messages on their way, nothing new is begun until
 * all that the server counts as handed over is in hand.
 */
export function busGroup(parts: BusParts, options: BusGroupOptions): BusGroup {
  const { connection, jet, prefix, events, dead, rules, onUnreadable } = parts;
  const { name, onEmpty } = options;
  const consumer = groupConsumer(parts, options);
  const handled = recentIds(rules.inboxSize);
  const inHand = new Map<string, InHand>();
  const waits = pauses();
  const members = new Set<Subscription>();
  /** Sequence of the last message taken in hand of this stream. */
  let position: number | undefined;
  /** The lowest sequence that may have got lost on its way to us; undefined once everything handed over is in hand. */
  let unsure: number | undefined;
  /** What came since the last attachment, while it is not known to be all. */
  let gathering: Due[] | undefined;
  let claim: Lease | undefined;
  let puller: Pull | undefined;
  let extending: NodeJS.Timeout | undefined;

  const ordered = lanes({
    ...rules,
    onDone: ({ event }) => end(event.id),
    onDead: async ({ event }, attempts, cause) => {
      if (await dead.bury(`${name}.${event.id}`, { event, attempts, cause })) end(event.id);
    },
    onRoom: () => puller?.wake(),
  });

  function end(id: string): void {
    handled.add(id);
    inHand.get(id)?.message?.answer("+ACK");
    inHand.delete(id);
  }

  /** The lowest sequence that is not done yet, as far as this process knows. */
  function nextUndone(): number | undefined {
    const open = [...inHand.values()].map(({ message }) => message?.sequence);
    const known = [position === undefined ? undefined : position + 1, unsure, ...open].filter((each) => each !== undefined);
    return known.length === 0 ? undefined : known.reduce((lowest, each) => Math.min(lowest, each));
  }

  const stand = (call: ApiOptions): Promise<ConsumerInfo> =>
    consumer.stand(call, nextUndone, (streamToo) => {
      // What was handed out before belongs to a consumer that is no more: its positions mean nothing to the next.
      for (const entry of inHand.values()) entry.message = undefined;
      if (!streamToo) return;
      position = undefined;
      unsure = undefined;
    });

  function take(message: Pulled): void {
    const event = parseEvent(message.data);
    if (event === undefined) {
      message.answer("+ACK");
      return onUnreadable();
    }
    if (handled.has(event.id)) return message.answer("+ACK");
    const known = inHand.get(event.id);
    if (known !== undefined) {
      known.message = message;
      return;
    }
    const { sequence, deliveries } = message;
    inHand.set(event.id, { message, extendedAt: performance.now() });
    position = Math.max(position ?? 0, sequence);
    if (deliveries > handOutsPerTry * rules.maxDeliver) {
      const cause = "it was handed out that often, and no process that took it came to an end with it";
      void dead.bury(`${name}.${event.id}`, { event, attempts: deliveries - 1, cause }).then((buried) => buried && end(event.id));
      return;
    }
    const due: Due = { event, sequence, replay: consumer.isReplay(sequence), attempt: Math.min(deliveries, rules.maxDeliver) };
    if (gathering === undefined) ordered.offer(due);
    else gathering.push(due);
  }

  /** Until everything the server counts as handed over is in hand, an earlier event of a subject may still come after a later one. */
  async function gather(own: Due[]): Promise<void> {
    for (let failures = 0; gathering === own && !waits.ended();) {
      try {
        const info = await consumer.info();
        if (info === undefined || gathering !== own) return;
        if (info.num_ack_pending <= inHand.size) break;
        await waits.pause(backoff(10, ++failures, 100));
      } catch {
        await waits.pause(100);
      }
    }
    if (gathering !== own) return;
    gathering = undefined;
    unsure = undefined;
    for (const due of own.toSorted((a, b) => a.sequence - b.sequence)) ordered.offer(due);
  }

  async function attach(signal: AbortSignal): Promise<string> {
    unsure = firstOpen(await stand({ signal }));
    gathering ??= [];
    const own = (gathering = [...gathering]);
    void gather(own);
    return name;
  }

  /** Tells the server that what is in hand is still worked on. */
  function extend(): void {
    const now = performance.now();
    for (const entry of inHand.values()) {
      if (now - entry.extendedAt < ackWaitMs / 3) continue;
      entry.extendedAt = now;
      entry.message?.answer("+WPI");
    }
  }

  function serve(): void {
    extending = setInterval(extend, ackWaitMs / 6);
    puller = pull(connection, events.name, {
      unacknowledged: false,
      attach,
      // While gathering, everything the server counts as handed out must find room, or we would wait for ever.
      room: () => (gathering === undefined ? rules.maxInFlight : consumer.maxPending + 1) - inHand.size,
      onMessage: take,
      isStuck: async () => {
        const info = await consumer.info();
        if (!(await consumer.isStuck())) return false;
        if (info !== undefined) unsure = Math.min(unsure ?? Infinity, firstOpen(info));
        return true;
      },
    });
  }

  async function cease(): Promise<void> {
    clearInterval(extending);
    const stopped = puller?.stop();
    puller = undefined;
    gathering = undefined;
    await stopped;
  }

  function compete(): void {
    claim = lease({
      connection,
      jet,
      publisher: parts.leasePublisher,
      stream: parts.leases,
      subject: `${prefix}.lease.${name}`,
      leaseMs: rules.leaseMs,
      onHeld: serve,
      onLapsed: ordered.halt,
      onRegained: ordered.resume,
      onLost: () => {
        void cease();
        ordered.abandon(takenAway);
        inHand.clear();
        position = undefined;
        unsure = undefined;
      },
    });
  }

  async function leave(): Promise<void> {
    waits.end();
    await cease();
    // Whoever serves next gets these at once.
    for (const { message } of inHand.values()) message?.answer("-NAK");
    inHand.clear();
    await claim?.release();
  }

  return {
    stand: async (call) => void (await stand(call)),
    join: (handler) => {
      const member = ordered.join(handler);
      if (claim === undefined) compete();
      let leaving: Promise<void> | undefined;
      const close = (): Promise<void> =>
        (leaving ??= (async () => {
          members.delete(own);
          const isLast = members.size === 0;
          if (isLast) onEmpty();
          // No more comes in; what runs ends before the rest is given back.
          const stopped = isLast ? puller?.stop() : undefined;
          await member.close();
          await stopped;
          if (isLast) await leave();
        })());
      const own: Subscription = { close, [Symbol.asyncDispose]: close };
      members.add(own);
      return own;
    },
  };
}
