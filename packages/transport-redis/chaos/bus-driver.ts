import { isOrchestratorError, type EventBus, type OrchestratorEvent } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";

/** What became of the events of one run, counted by the driver: what publishers were told, and what handlers were given. */
export interface Count {
  readonly accepted: number;
  /** Refused with `OUTBOX_FULL`. */
  readonly refused: number;
  /** Rejected otherwise: the outcome is unknown. */
  readonly unknown: number;
  /** Accepted and never given to the handler. */
  readonly lost: number;
  /** Given to the handler more than once. */
  readonly doubled: number;
  /** Given after a later event of the same subject. */
  readonly disordered: number;
}

/** Publishes numbered events and holds them against what a handler gets. */
export interface Driver {
  /** One more event of the next subject; never rejects. */
  readonly publish: () => Promise<void>;
  /** Counts what a subscriber of that bus gets. */
  readonly watch: (bus: EventBus) => Promise<() => Count>;
  readonly accepted: () => number;
  /** When an event was accepted last by that tier, or by any; on the monotonic clock. */
  readonly acceptedAt: (tier?: string) => number;
  readonly tiers: ReadonlySet<string>;
}

const subjects = 500;

/** `insist` publishes an event again, with the same id, until it is accepted. */
export function driver(bus: EventBus, insist: boolean): Driver {
  const accepted = new Set<string>();
  const tiers = new Set<string>();
  const lastAt = new Map<string | undefined, number>();
  /** One event of a subject is under way at a time, so that the order of publishing is known. */
  const lanes = new Map<string, Promise<void>>();
  let made = 0;
  let refused = 0;
  let unknown = 0;

  async function send(event: OrchestratorEvent): Promise<void> {
    for (;;) {
      try {
        const { tier } = await bus.publish(event);
        accepted.add(event.id);
        tiers.add(tier);
        lastAt.set(tier, performance.now());
        lastAt.set(undefined, performance.now());
        return;
      } catch (error) {
        if (isOrchestratorError(error, "OUTBOX_FULL")) refused++;
        else if (insist) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          continue;
        } else unknown++;
        return;
      }
    }
  }

  return {
    publish: () => {
      const number = made++;
      const subject = `s${number % subjects}`;
      const event = sampleEvent({ subject, type: "chaos.made", data: number });
      const turn = (lanes.get(subject) ?? Promise.resolve()).then(() => send(event));
      lanes.set(subject, turn);
      return turn;
    },
    watch: async (watched) => {
      const times = new Map<string, number>();
      const last = new Map<string, number>();
      let disordered = 0;
      await watched.subscribe("chaos.*", ({ id, subject = "", data }) => {
        times.set(id, (times.get(id) ?? 0) + 1);
        if (Number(data) < (last.get(subject) ?? -1)) disordered++;
        last.set(subject, Math.max(Number(data), last.get(subject) ?? -1));
      });
      return () => ({
        accepted: accepted.size,
        refused,
        unknown,
        lost: [...accepted].filter((id) => !times.has(id)).length,
        doubled: [...times.values()].filter((count) => count > 1).length,
        disordered,
      });
    },
    accepted: () => accepted.size,
    acceptedAt: (tier) => lastAt.get(tier) ?? 0,
    tiers,
  };
}

export async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

/** Milliseconds from now until the driver's next event is accepted, by that tier or by any. */
export async function nextAccepted(events: Driver, limitMs: number, tier?: string): Promise<number> {
  const from = performance.now();
  return (await until(() => events.acceptedAt(tier) > from, limitMs)) ? events.acceptedAt(tier) - from : Infinity;
}

/** Publishes at that rate until stopped; resolves when all of it settled. */
export function steadily(events: Driver, perSecond: number): () => Promise<void> {
  const begun = performance.now();
  const all = new Set<Promise<void>>();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - begun) / 1_000) * perSecond; sent++) {
      const one = events.publish().finally(() => all.delete(one));
      all.add(one);
    }
  }, 5);
  return async () => {
    clearInterval(timer);
    await Promise.all(all);
  };
}
