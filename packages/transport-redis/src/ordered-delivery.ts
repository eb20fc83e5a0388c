import type { EventHandler, OrchestratorEvent, Subscription } from "@hydrogenai/core";
import { backoff, causeOf, pauses } from "./pauses.ts";

/** One event on its way to a handler. */
export interface Due {
  readonly event: OrchestratorEvent;
  readonly sequence: number;
  readonly replay: boolean;
  /** Number of the next try; above 1 when another process tried before. */
  readonly attempt: number;
}

interface Member {
  readonly handler: EventHandler;
  abort: AbortController;
  running: number;
  /** Called when no handler of this member runs any more. */
  onIdle: (() => void) | undefined;
}

export interface OrderedDeliveryOptions {
  /** Tries at one event, the first included. */
  readonly maxDeliver: number;
  /** Milliseconds before the second try; doubles with each further one. */
  readonly retryDelayMs: number;
  /** Handlers running at once. */
  readonly concurrency: number;
  /** Milliseconds a leaving member's handlers may go on before they are aborted and left behind. */
  readonly closeTimeoutMs: number;
  /** The handler succeeded; the next event of the subject waits for this. Must not reject. */
  readonly onDone: (due: Due) => Promise<void> | void;
  /** The last try failed; the next event of the subject waits for this. Must not reject. */
  readonly onDead: (due: Due, attempts: number, cause: string) => Promise<void>;
}

/** Hands events to the members of one subscription: a subject's one at a time and in order, retries included; subjects side by side. */
export interface OrderedDelivery {
  readonly offer: (due: Due) => void;
  /** Resolves when another event may be offered. */
  readonly room: () => Promise<void>;
  /** Resolves when nothing offered is left. */
  readonly idle: () => Promise<void>;
  /** Forgets what waits and aborts what runs: somebody else has it now. */
  readonly abandon: (reason: Error) => void;
  /** Adds a member. The last one to leave calls back once its handlers ended. */
  readonly join: (handler: EventHandler, onLastLeft: () => Promise<void>) => Subscription;
}

/** Events offered and not finished at once. */
const maxHeld = 512;

export function orderedDelivery(options: OrderedDeliveryOptions): OrderedDelivery {
  const { maxDeliver, retryDelayMs, concurrency, closeTimeoutMs, onDone, onDead } = options;
  const lanes = new Map<string, Due[]>();
  const retries = pauses();
  let members: readonly Member[] = [];
  let turn = 0;
  let held = 0;
  let running = 0;
  /** Grows when what is under way is abandoned. */
  let era = 0;
  let slotWaiters: (() => void)[] = [];
  let watchers: (() => void)[] = [];

  const busy = (): boolean => running >= concurrency;
  const wake = (sleepers: readonly (() => void)[]): void => {
    for (const resume of sleepers) resume();
  };
  const wakeWatchers = (): void => {
    const woken = watchers;
    watchers = [];
    wake(woken);
  };
  const wakeEverybody = (): void => {
    const woken = slotWaiters;
    slotWaiters = [];
    wake(woken);
    wakeWatchers();
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => watchers.push(resolve));
  };

  async function drain(subject: string, lane: Due[]): Promise<void> {
    const begun = era;
    for (let due = lane[0]; due !== undefined; due = lane[0]) {
      await deliver(due, () => era !== begun || members.length === 0);
      if (era !== begun) return;
      lane.shift();
      held--;
      wakeWatchers();
    }
    lanes.delete(subject);
  }

  async function deliver(due: Due, over: () => boolean): Promise<void> {
    const begun = era;
    for (let attempt = due.attempt; attempt <= maxDeliver; attempt++) {
      while (busy() && !over()) await new Promise<void>((resolve) => slotWaiters.push(resolve));
      const member = members[turn++ % members.length];
      if (member === undefined || over()) return;
      const failure = await attemptWith(member, due, attempt);
      if (era !== begun) return;
      if (failure === undefined) return onDone(due);
      if (attempt >= maxDeliver) return onDead(due, attempt, failure.cause);
      await retries.pause(backoff(retryDelayMs, attempt));
      if (over()) return;
    }
    return onDead(due, due.attempt - 1, "it was handed out that often, and no process that took it came to an end with it");
  }

  async function attemptWith(member: Member, due: Due, attempt: number): Promise<{ readonly cause: string } | undefined> {
    const { event, sequence, replay } = due;
    running++;
    member.running++;
    try {
      await member.handler(event, { sequence, attempt, replay, signal: member.abort.signal });
      return undefined;
    } catch (error) {
      return { cause: causeOf(error) };
    } finally {
      running--;
      if (--member.running === 0) member.onIdle?.();
      slotWaiters.shift()?.();
    }
  }

  async function leave(member: Member, onLastLeft: () => Promise<void>): Promise<void> {
    members = members.filter((other) => other !== member);
    const isLast = members.length === 0;
    if (isLast) retries.end();
    wakeEverybody();
    if (member.running > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          member.abort.abort(new Error(`the subscription closed and its handler did not end within ${closeTimeoutMs} ms`));
          resolve();
        }, closeTimeoutMs);
        member.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (isLast) await onLastLeft();
  }

  return {
    offer: (due) => {
      held++;
      const subject = due.event.subject ?? "";
      const lane = lanes.get(subject);
      if (lane !== undefined) {
        lane.push(due);
        return;
      }
      const fresh = [due];
      lanes.set(subject, fresh);
      void drain(subject, fresh);
    },
    room: () => until(() => held < maxHeld || members.length === 0),
    idle: () => until(() => held === 0 || members.length === 0),
    abandon: (reason) => {
      era++;
      lanes.clear();
      held = 0;
      for (const member of members) {
        member.abort.abort(reason);
        member.abort = new AbortController();
      }
      wakeEverybody();
    },
    join: (handler, onLastLeft) => {
      const member: Member = { handler, abort: new AbortController(), running: 0, onIdle: undefined };
      members = [...members, member];
      let leaving: Promise<void> | undefined;
      const close = (): Promise<void> => (leaving ??= leave(member, onLastLeft));
      return { close, [Symbol.asyncDispose]: close };
    },
  };
}
