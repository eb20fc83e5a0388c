import type { EventBus } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";
import { redisEventLog } from "../src/index.ts";
import { type PrivateServer, rawRedis, redisServer } from "../test/private-server.ts";
import { type Count, driver, nextAccepted, until } from "./bus-driver.ts";

/** A broker of its own, not started yet, and a bus on it. */
export interface Broker {
  readonly server: PrivateServer;
  readonly open: () => EventBus;
}

export interface KilledFigures extends Count {
  /** From each kill to the first event accepted after it, in milliseconds. */
  readonly acceptedAfterMs: readonly number[];
}

/** A broker killed (-9) and started ten times while twenty publishers send that many events, each until it is accepted. */
export async function killedBroker({ server, open }: Broker, events: number): Promise<KilledFigures> {
  await server.start();
  const [bus, watcher] = [open(), open()];
  const made = driver(bus, true);
  const count = await made.watch(watcher);
  const acceptedAfterMs: number[] = [];
  const publishers = Array.from({ length: 20 }, async () => {
    while (made.accepted() < events) await made.publish();
  });
  for (let kills = 1; kills <= 10; kills++) {
    await until(() => made.accepted() >= (events * kills) / 11, 120_000);
    await server.kill();
    const accepted = nextAccepted(made, 30_000);
    await server.start();
    acceptedAfterMs.push(await accepted);
  }
  await Promise.all(publishers);
  await until(() => count().lost === 0, 20_000);
  const found = count();
  await Promise.all([bus, watcher].map(async (each) => each.close?.()));
  await server.remove();
  return { ...found, acceptedAfterMs };
}

export interface KilledLogFigures {
  readonly acknowledged: number;
  /** Acknowledged, and not in Redis when a client of our own looks. */
  readonly lost: number;
}

/** Redis killed (-9) ten times under appends, with AOF every second. */
export async function killedLog(): Promise<KilledLogFigures> {
  const server = await redisServer("--appendonly", "yes", "--appendfsync", "everysec");
  await server.start();
  const log = redisEventLog({ redis: server.url, maxEventsPerStream: 1_000_000 });
  const acknowledged = new Set<string>();
  const stop = new AbortController();
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    while (!stop.signal.aborted) {
      const event = sampleEvent();
      await log.append(`s${writer}`, [event]).then(
        () => acknowledged.add(event.id),
        () => new Promise((resolve) => setTimeout(resolve, 5)),
      );
    }
  });
  const more = async (count: number): Promise<void> => {
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + count, 30_000);
  };
  for (let kills = 0; kills < 10; kills++) {
    await more(3_000);
    await server.kill();
    await server.start();
  }
  await more(100);
  stop.abort();
  await Promise.all(writers);
  const raw = rawRedis(server.url);
  const stored = new Set<string>();
  for (const key of await raw.keys("*:log:*")) for (const field of await raw.hkeys(key)) stored.add(field.slice(1));
  raw.disconnect();
  await log.close?.();
  await server.remove();
  return { acknowledged: acknowledged.size, lost: [...acknowledged].filter((id) => !stored.has(id)).length };
}
