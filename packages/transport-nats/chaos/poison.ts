import { setTimeout as sleep } from "node:timers/promises";
import { natsEventBus } from "../src/index.ts";
import { natsServer } from "./nats-server.ts";
import { numberedEvent, until } from "./tally.ts";

export interface PoisonOptions {
  readonly events: number;
  readonly keys: number;
  readonly perSecond: number;
  /** Every so many events one always fails. */
  readonly poisonEvery: number;
  /** Every so many events one takes `slowMs`. */
  readonly slowEvery: number;
  readonly slowMs: number;
}

export interface PoisonFigures {
  /** From publish to handler for events of keys without poison or slow ones, 99th percentile, in milliseconds, rounded: without and with the others. */
  readonly calmP99Ms: number;
  readonly p99Ms: number;
  readonly dead: number;
  readonly poison: number;
  readonly handled: number;
  readonly disordered: number;
}

/** Poison and slow events on some keys, and what events of the other keys wait for them. */
export async function poisonAmongOthers(options: PoisonOptions): Promise<PoisonFigures> {
  const { events, keys, perSecond, poisonEvery, slowEvery, slowMs } = options;
  const server = await natsServer();

  async function run(prefix: string, disturbed: boolean) {
    const bus = natsEventBus({ servers: server.url, prefix, maxBytes: 50_000_000, maxDead: events });
    const isPoison = (index: number): boolean => disturbed && index % poisonEvery === 0;
    const isSlow = (index: number): boolean => disturbed && index % slowEvery === 1;
    // One key in ten has all the trouble, in turns.
    const troubled = Math.ceil(keys / 10);
    let troubles = 0;
    const keyOf = (index: number): number => (isPoison(index) || isSlow(index) ? troubles++ % troubled : troubled + (index % keys));
    const sentAt = new Map<number, number>();
    const delays: number[] = [];
    const latest = new Map<string, number>();
    let handled = 0;
    let disordered = 0;
    await bus.subscribe(
      ">",
      async ({ data, subject = "" }, { attempt }) => {
        const { index } = data as { readonly index: number };
        if (attempt === 1) {
          if (index < (latest.get(subject) ?? -1)) disordered++;
          latest.set(subject, index);
        }
        if (isPoison(index)) throw new Error("poison");
        if (isSlow(index)) await sleep(slowMs);
        else delays.push(performance.now() - (sentAt.get(index) ?? 0));
        handled++;
      },
      { group: "workers" },
    );
    const startedAt = performance.now();
    const sends: Promise<unknown>[] = [];
    for (let index = 0; index < events; index++) {
      const dueMs = (index / perSecond) * 1_000 - (performance.now() - startedAt);
      if (dueMs > 1) await sleep(dueMs);
      sentAt.set(index, performance.now());
      sends.push(bus.publish(numberedEvent(index, `key-${keyOf(index)}`)));
    }
    await Promise.all(sends);
    const poison = disturbed ? Math.ceil(events / poisonEvery) : 0;
    const dead = async (): Promise<number> => (await bus.deadEvents()).length;
    await until(() => handled === events - poison, 60_000);
    await until(async () => (await dead()) === poison, 60_000);
    const figures = { p99Ms: Math.round(delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)] ?? 0), dead: await dead() };
    await bus.close?.();
    return { ...figures, poison, handled, disordered };
  }

  try {
    const { p99Ms: calmP99Ms } = await run("calm", false);
    return { calmP99Ms, ...(await run("disturbed", true)) };
  } finally {
    await server.stop();
  }
}
