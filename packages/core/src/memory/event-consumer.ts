import type { Clock } from "../ports/clock.ts";
import type { Subscription } from "../ports/call.ts";
import type { EventHandler } from "../ports/event-bus.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import { fifo, type Fifo } from "./fifo.ts";
import { running, type Running } from "./running.ts";
import { causeOf, fulfilledWithin, retryDelay, waits } from "./waits.ts";

export interface StoredEvent {
  readonly event: OrchestratorEvent;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

interface Due extends StoredEvent {
  readonly replay: boolean;
}

interface Member {
  readonly handler: EventHandler;
  readonly abort: AbortController;
  readonly running: Running;
}

export interface EventConsumerOptions {
  readonly maxDeliver: number;
  readonly retryDelayMs: number;
  readonly maxPending: number;
  readonly closeTimeoutMs: number;
  readonly clock: Clock;
  readonly onDead: (event: OrchestratorEvent, attempts: number, cause: string) => void;
  /** The last member left. */
  readonly onEmpty: () => void;
}

/** One subscriber, or the members of one group, with the events due to it. */
export interface EventConsumer {
  readonly offer: (stored: StoredEvent) => void;
  /** Delivers these first; what is offered meanwhile waits until they are through. */
  readonly replay: (stored: readonly StoredEvent[]) => void;
  readonly join: (handler: EventHandler) => Subscription;
  readonly close: () => Promise<void>;
}

/** Delivers one event of a subject at a time, in order, retries included; subjects do not wait for each other. */
export function eventConsumer(options: EventConsumerOptions): EventConsumer {
  const { maxDeliver, retryDelayMs, maxPending, closeTimeoutMs, clock, onDead, onEmpty } = options;
  const subscriptions = new Map<Member, Subscription>();
  const lanes = new Map<string, Fifo<Due>>();
  const retries = waits(clock);
  let members: readonly Member[] = [];
  let turn = 0;
  let pending = 0;
  let replaysLeft = 0;
  let held: Due[] = [];

  const enqueue = (due: Due): void => {
    const subject = due.event.subject ?? "";
    const lane = lanes.get(subject);
    if (lane !== undefined) return lane.push(due);
    const fresh = fifo<Due>();
    fresh.push(due);
    lanes.set(subject, fresh);
    // A handler never runs inside its publisher's call.
    queueMicrotask(() => void drain(subject, fresh));
  };

  const drain = async (subject: string, lane: Fifo<Due>): Promise<void> => {
    for (let due = lane.shift(); due !== undefined; due = lane.shift()) {
      await deliver(due);
      pending--;
      if (due.replay && --replaysLeft === 0) {
        const waiting = held;
        held = [];
        for (const next of waiting) enqueue(next);
      }
    }
    lanes.delete(subject);
  };

  const deliver = async ({ event, sequence, replay }: Due): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const member = members[turn++ % members.length];
      if (member === undefined) return;
      member.running.begin();
      try {
        await member.handler(event, { sequence, attempt, replay, signal: member.abort.signal });
        return;
      } catch (error) {
        if (attempt >= maxDeliver) return onDead(event, attempt, causeOf(error));
      } finally {
        member.running.end();
      }
      await retries.sleep(retryDelay(retryDelayMs, attempt));
    }
  };

  const leave = async (member: Member): Promise<void> => {
    if (members.includes(member)) {
      members = members.filter((other) => other !== member);
      if (members.length === 0) {
        onEmpty();
        for (const lane of lanes.values()) lane.clear();
        held = [];
        retries.endAll();
      }
    }
    const finished = await fulfilledWithin(member.running.idle(), closeTimeoutMs, clock);
    if (!finished) member.abort.abort(new Error(`the subscription closed and its handler did not end within ${closeTimeoutMs} ms`));
    subscriptions.delete(member);
  };

  return {
    offer: (stored) => {
      if (pending >= maxPending) return onDead(stored.event, 0, `${maxPending} events already wait for this subscriber`);
      pending++;
      const due = { ...stored, replay: false };
      if (replaysLeft > 0) held.push(due);
      else enqueue(due);
    },
    replay: (stored) => {
      pending += stored.length;
      replaysLeft += stored.length;
      for (const past of stored) enqueue({ ...past, replay: true });
    },
    join: (handler) => {
      const member: Member = { handler, abort: new AbortController(), running: running() };
      members = [...members, member];
      const close = (): Promise<void> => leave(member);
      const subscription: Subscription = { close, [Symbol.asyncDispose]: close };
      subscriptions.set(member, subscription);
      return subscription;
    },
    close: async () => {
      await Promise.all([...subscriptions.values()].map((subscription) => subscription.close()));
    },
  };
}
