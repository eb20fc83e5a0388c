import { setTimeout as sleep } from "node:timers/promises";
import type { EventBus, OrchestratorEvent } from "@hydrogenai/core";
import { natsEventBus } from "../src/index.ts";
import { natsServer } from "./nats-server.ts";
import { numberedEvent, quietMs, tally, until } from "./tally.ts";

export interface KillUnderLoadOptions {
  readonly events: number;
  readonly publishers: number;
  readonly kills: number;
  /** Milliseconds the server stays away. @default 100 */
  readonly awayMs?: number;
  /** Milliseconds at most that are waited for the last event. @default 15000 */
  readonly patienceMs?: number;
  /** How the bus is made. @default as anybody makes it */
  readonly makeBus?: (servers: string) => EventBus;
  /** How an event is published. @default by the bus */
  readonly publish?: (bus: EventBus, event: OrchestratorEvent, servers: string) => Promise<void>;
}

export interface KillFigures {
  readonly acked: number;
  readonly refused: number;
  /** Acknowledged, and never seen by the group or the lone subscriber. */
  readonly lost: number;
  /** Effects beyond the first, in either. */
  readonly doubled: number;
  readonly disordered: number;
  /** From each kill to the first publish accepted after it, in milliseconds, without `awayMs`, rounded. */
  readonly acceptedAfterMs: readonly number[];
  readonly ms: number;
}

/** Publishes from several publishers while the server is killed and started again; a group and a lone subscriber count effects. */
export async function killUnderLoad(options: KillUnderLoadOptions): Promise<KillFigures> {
  const { events, publishers, kills, awayMs = 100, patienceMs = 15_000 } = options;
  const publish = options.publish ?? (async (bus, event) => void (await bus.publish(event)));
  const server = await natsServer();
  const makeBus = options.makeBus ?? ((servers) => natsEventBus({ servers }));
  const [publishing, consuming] = [makeBus(server.url), makeBus(server.url)];
  const startedAt = performance.now();
  const [ofGroup, ofLone] = [tally(), tally()];
  const acceptedAfterMs: number[] = [];
  let killedAt: number | undefined;
  let done = 0;
  try {
    await consuming.subscribe(">", ofGroup.effect, { group: "workers" });
    await consuming.subscribe(">", ofLone.effect);

    const publisher = async (number: number): Promise<void> => {
      for (let index = 0; index < events / publishers; index++) {
        const event = numberedEvent(index, `publisher-${number}`);
        try {
          const askedAt = performance.now();
          await publish(publishing, event, server.url);
          ofGroup.acked.add(event.id);
          ofLone.acked.add(event.id);
          if (killedAt !== undefined && askedAt > killedAt) {
            acceptedAfterMs.push(Math.round(performance.now() - killedAt));
            killedAt = undefined;
          }
        } catch {
          ofGroup.refused.add(event.id);
        }
        done++;
      }
    };
    const killer = async (): Promise<void> => {
      for (let kill = 1; kill <= kills; kill++) {
        await until(() => done >= (events * kill) / (kills + 1), 600_000);
        await server.kill();
        killedAt = performance.now();
        await sleep(awayMs);
        await server.start();
        await until(() => killedAt === undefined, 30_000);
      }
    };
    await Promise.all([killer(), ...Array.from({ length: publishers }, (_, number) => publisher(number))]);
    await until(() => ofGroup.lost() + ofLone.lost() === 0, patienceMs);
    await sleep(quietMs);
    return {
      acked: ofGroup.acked.size,
      refused: ofGroup.refused.size,
      lost: ofGroup.lost() + ofLone.lost(),
      doubled: ofGroup.doubled() + ofLone.doubled(),
      disordered: ofGroup.disordered() + ofLone.disordered(),
      acceptedAfterMs,
      ms: Math.round(performance.now() - startedAt),
    };
  } finally {
    await Promise.all([publishing.close?.(), consuming.close?.()]);
    await server.stop();
  }
}
