import type { EventHandler, OrchestratorEvent, Subscription } from "@hydrogenai/core";
import { backoff, causeOf, pauses } from "./pauses.ts";

/** One event on its way to a handler. */
export interface Due {
  readonly event: OrchestratorEvent;
  readonly sequence: number;
  readonly replay: boolean;
  /** Number of the next try; above 1 when another process had it before. */
  readonly attempt: number;
}

export interface LanesOptions {
  /** Tries at one event, the first included. */
  readonly maxDeliver: number;
  /** Milliseconds before the second try; doubles with each further one. */
  readonly retryDelayMs: number;
  /** Milliseconds a leaving member's handlers may go on before they are aborted and left behind. */
  readonly closeTimeoutMs: number;
  /** The handler succeeded. */
  readonly onDone: (due: Due) => void;
  /** The last try failed; the next event of the subject waits for this. Must not reject. */
  readonly onDead: (due: Due, attempts: number, cause: string) => Promise<void>;
  /** One event fewer is held. */
  readonly onRoom: () => void;
}

interface Member {
  readonly handler: EventHandler;
  abort: AbortController;
  running: number;
  /** Called when no handler of this member runs any more. */
  onIdle: (() => void) | undefined;
}

/** Hands events to the members of one subscription: a subject's one at a time and in order, retries included; subjects side by side. */
export interface Lanes {
  readonly offer: (due: Due) => void;
  /** Events offered and not finished. */
  readonly held: () => number;
  /** Resolves when nothing offered is left. */
  readonly idle: () => Promise<void>;
  /** Starts no handler until `resume`; those that run go on. */
  readonly halt: () => void;
  readonly resume: () => void;
  /** Forgets what waits and aborts what runs: somebody else has it now. */
  readonly abandon: (reason: Error) => void;
  /** Adds a member. When the last one leaves, what has not begun is left alone. */
  readonly join: (handler: EventHandler) => Subscription;
}

interface Lane {
  readonly waiting: Due[];
  next: number;
}

export function lanes(options: LanesOptions): Lanes {
  const { maxDeliver, retryDelayMs, closeTimeoutMs, onDone, onDead, onRoom } = options;
  const retries = pauses();
  let bySubject = new Map<string, Lane>();
  let members: readonly Member[] = [];
  let turn = 0;
  let held = 0;
  /** Grows when what is under way is abandoned. */
  let era = 0;
  let gate: PromiseWithResolvers<void> | undefined;
  let idleWaiters: (() => void)[] = [];

  function wakeIdle(): void {
    const woken = idleWaiters;
    idleWaiters = [];
    for (const wake of woken) wake();
  }

  async function drain(subject: string, lane: Lane): Promise<void> {
    const begun = era;
    const over = (): boolean => era !== begun || members.length === 0;
    for (let due = lane.waiting[lane.next]; due !== undefined; due = lane.waiting[lane.next]) {
      await deliver(due, over);
      if (over()) return;
      held--;
      onRoom();
      if (held === 0) wakeIdle();
      // Cut off what is done only now and then: a shift for each would be quadratic in a long lane.
      if (++lane.next < 64) continue;
      lane.waiting.splice(0, lane.next);
      lane.next = 0;
    }
    bySubject.delete(subject);
  }

  async function deliver(due: Due, over: () => boolean): Promise<void> {
    const { event, sequence, replay } = due;
    for (let attempt = due.attempt; ; attempt++) {
      while (gate !== undefined && !over()) await gate.promise;
      const member = members[turn++ % members.length];
      if (member === undefined || over()) return;
      member.running++;
      let failure: { readonly cause: string } | undefined;
      try {
        await member.handler(event, { sequence, attempt, replay, signal: member.abort.signal });
      } catch (error) {
        failure = { cause: causeOf(error) };
      }
      if (--member.running === 0) member.onIdle?.();
      // Done is done, even where somebody else has it by now.
      if (failure === undefined) return onDone(due);
      if (over()) return;
      if (attempt >= maxDeliver) return await onDead(due, attempt, failure.cause);
      await retries.pause(backoff(retryDelayMs, attempt));
      if (over()) return;
    }
  }

  async function leave(member: Member): Promise<void> {
    members = members.filter((other) => other !== member);
    if (members.length === 0) {
      retries.end();
      gate?.resolve();
      wakeIdle();
    }
    if (member.running === 0) return;
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

  return {
    offer: (due) => {
      held++;
      const subject = due.event.subject ?? "";
      const lane = bySubject.get(subject);
      if (lane !== undefined) {
        lane.waiting.push(due);
        return;
      }
      const fresh: Lane = { waiting: [due], next: 0 };
      bySubject.set(subject, fresh);
      void drain(subject, fresh);
    },
    held: () => held,
    idle: async () => {
      while (held > 0 && members.length > 0) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    halt: () => {
      gate ??= Promise.withResolvers();
    },
    resume: () => {
      gate?.resolve();
      gate = undefined;
    },
    abandon: (reason) => {
      era++;
      bySubject = new Map();
      held = 0;
      gate?.resolve();
      gate = undefined;
      for (const member of members) {
        member.abort.abort(reason);
        member.abort = new AbortController();
      }
      wakeIdle();
    },
    join: (handler) => {
      const member: Member = { handler, abort: new AbortController(), running: 0, onIdle: undefined };
      members = [...members, member];
      let leaving: Promise<void> | undefined;
      const close = (): Promise<void> => (leaving ??= leave(member));
      return { close, [Symbol.asyncDispose]: close };
    },
  };
}
