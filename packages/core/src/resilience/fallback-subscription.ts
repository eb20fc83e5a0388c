import { recentIds } from "../memory/recent-ids.ts";
import type { Subscription } from "../ports/call.ts";
import type { Delivery, EventBus, EventHandler, SubscribeOptions } from "../ports/event-bus.ts";
import type { OrchestratorEvent } from "../ports/event.ts";

export interface FallbackSubscriptionOptions {
  readonly tiers: readonly EventBus[];
  readonly pattern: string;
  readonly handler: EventHandler;
  readonly options: SubscribeOptions;
  readonly inbox: Inbox;
  /** Milliseconds a tier is waited for before the subscription goes on without it and tries again beside. */
  readonly attachMs: number;
  readonly retryMs: number;
}

/** A tier attached late replays from this much before the subscription began, for clocks that differ. */
const clockSlackMs = 1_000;
/** Milliseconds a tier attached beside may take. */
const lateAttachMs = 5_000;

/**
 * One subscription on every tier at once, so that an event arrives whichever tier it took. Resolves once some tier has it; the others join when they can, with what they stored meanwhile.
 */
export async function fallbackSubscription(parts: FallbackSubscriptionOptions): Promise<Subscription> {
  const { tiers, pattern, handler, options, inbox, attachMs, retryMs } = parts;
  const begunAt = new Date(Date.now() - clockSlackMs).toISOString();
  const attached: Subscription[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  async function attach(tier: number, late: boolean): Promise<void> {
    const bus = tiers[tier];
    if (bus === undefined) return;
    const { group, replayFrom } = options;
    // A sequence is a position of one bus; it is taken for the preferred one's.
    const wanted = replayFrom !== undefined && ("time" in replayFrom || tier === 0) ? replayFrom : undefined;
    const from = wanted ?? (late ? { time: begunAt } : undefined);
    const passOn: EventHandler = (event, delivery) =>
      inbox.handle(handler, event, wanted === undefined ? { ...delivery, replay: false } : delivery);
    // One that takes longer begins anew, late: with what was stored meanwhile.
    const signal = AbortSignal.timeout(late ? lateAttachMs : attachMs);
    const subscription = await bus.subscribe(pattern, passOn, { group, replayFrom: from, signal });
    if (closed) await subscription.close();
    else attached.push(subscription);
  }

  function tryAgain(tier: number): void {
    if (closed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      attach(tier, true).catch(() => tryAgain(tier));
    }, retryMs);
    timer.unref();
    timers.add(timer);
  }

  const attempts = tiers.map((_, tier) => attach(tier, false));
  for (const [tier, attempt] of attempts.entries()) attempt.catch(() => tryAgain(tier));
  await settledWithin(attempts, attachMs);
  // No tier at all: a pattern that is wrong, or nothing to fall back to.
  if (attached.length === 0)
    await Promise.any(attempts).catch((error: AggregateError) => close().then(() => Promise.reject(error.errors[0])));

  async function close(): Promise<void> {
    closed = true;
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(attached.map((subscription) => subscription.close()));
  }
  return { close, [Symbol.asyncDispose]: close };
}

/** Resolves when all have settled, or after the limit. */
async function settledWithin(attempts: readonly Promise<unknown>[], limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([Promise.allSettled(attempts), limit]);
  clearTimeout(timer);
}

/** What one subscription, or the members of one group in this process, have handled. */
export interface Inbox {
  /** Runs the handler unless the event was handled before; one event of a subject at a time, whatever bus brings it. */
  readonly handle: (handler: EventHandler, event: OrchestratorEvent, delivery: Delivery) => Promise<void>;
}

export function inbox(dedupWindow: number): Inbox {
  const handled = recentIds(dedupWindow);
  const lanes = new Map<string, Promise<void>>();

  return {
    handle: async (handler, event, delivery) => {
      if (handled.has(event.id)) return;
      const once = async (): Promise<void> => {
        if (handled.has(event.id)) return;
        await handler(event, delivery);
        handled.add(event.id);
      };
      const subject = event.subject ?? "";
      const turn = lanes.get(subject)?.then(once) ?? once();
      const ended = turn.catch(() => {});
      lanes.set(subject, ended);
      try {
        await turn;
      } finally {
        if (lanes.get(subject) === ended) lanes.delete(subject);
      }
    },
  };
}
