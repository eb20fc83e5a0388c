import { redisEventBus, redisEventLog } from "@hydrogenai/transport-redis";
import { Redis } from "ioredis";
import { startRedis } from "../../../test/services.ts";
import { nextEvent, ratios, type Target } from "./rates.ts";

export async function redisFigures(): Promise<readonly Target[]> {
  const server = await startRedis();
  if (server === undefined) return [];
  const client = new Redis(server.url);
  const log = redisEventLog({ redis: server.url, maxEventsPerStream: 10_000_000 });
  const bus = redisEventBus({ redis: server.url });
  const watched = redisEventBus({ redis: server.url, prefix: "fan-out" });
  try {
    console.log("\nRedis, an event of 500 bytes");
    const works = {
      "raw XADD": () => client.xadd("raw", "MAXLEN", "~", 200_000, "*", "e", JSON.stringify(nextEvent())),
      "redisEventLog.append, 50 streams": () => {
        const event = nextEvent();
        return log.append(event.subject ?? "", [event]);
      },
      "redisEventLog.append, one stream": () => log.append("one", [nextEvent()]),
      "redisEventBus.publish": () => bus.publish(nextEvent()),
    };
    await ratios(works, 1, 1_000);
    const busy = await ratios(works, 64, 8_000);
    console.log(`\nfan-out to 50 subscribers\n  ${await fanOut(watched, 2_000)}`);
    return Object.keys(works)
      .slice(1)
      .map((name) => ({ name: `${name} / raw XADD, 64 in flight`, ratio: busy.get(name) ?? 0, atLeast: 0.9 }));
  } finally {
    client.disconnect();
    await Promise.all([log, bus, watched].map(async (adapter) => adapter.close?.()));
    server.stop();
  }
}

/** Publishes that many events to 50 subscribers and waits until every one has every event. */
async function fanOut(bus: ReturnType<typeof redisEventBus>, events: number): Promise<string> {
  const subscribers = 50;
  let received = 0;
  const complete = Promise.withResolvers<void>();
  const onEvent = (): void => {
    if (++received === subscribers * events) complete.resolve();
  };
  for (let count = 0; count < subscribers; count++) await bus.subscribe("query.*", onEvent);
  const begun = performance.now();
  await Promise.all(Array.from({ length: events }, () => bus.publish(nextEvent())));
  await complete.promise;
  const seconds = (performance.now() - begun) / 1_000;
  return `${Math.round(events / seconds)} events/s published, ${Math.round(received / seconds)} handled/s`;
}
