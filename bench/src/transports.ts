// Our transports beside the clients they stand on, against real servers on loopback, as ratios of short rounds taken in turns.
// Exits non-zero when a target is missed. `transports.ts [events a round]`
import type { EventBus, OrchestratorEvent } from "@hydrogenai/core";
import { natsEventBus } from "@hydrogenai/transport-nats";
import { redisEventBus, redisEventLog } from "@hydrogenai/transport-redis";
import { Redis } from "ioredis";
import { connect, type NatsConnection } from "nats";
import { startNats, startRedis } from "../../test/services.ts";

const count = Number(process.argv[2] ?? 2_000);
const rounds = 31;
/** Publishes under way at once, as of many queries. */
const window = 64;
const subscribers = 50;

let serial = 0;
const event = (): OrchestratorEvent => ({
  specversion: "1.0",
  id: `event-${process.pid}-${serial++}`,
  source: "/bench",
  type: "query.answered",
  subject: `session-${serial % 100}`,
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  data: { text: "x".repeat(200), tokens: 42 },
});

type Send = (event: OrchestratorEvent) => Promise<unknown>;

/** Events a second, with so many under way at once. */
async function rate(send: Send, atOnce = window): Promise<number> {
  // One at a time takes longer, and a round should be short.
  const total = atOnce === 1 ? Math.ceil(count / 4) : count;
  let left = total;
  const startedAt = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) await send(event());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (total * 1_000) / (performance.now() - startedAt);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const results: { readonly name: string; readonly ratio: number; readonly atLeast: number | undefined }[] = [];

/** Takes turns, so that a noisy moment hurts both; the ratio is the median of the rounds' own. */
async function versus(
  name: string,
  atLeast: number | undefined,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<void> {
  await ours();
  await theirs();
  const taken: { readonly ours: number; readonly theirs: number }[] = [];
  for (let round = 0; round < rounds; round++)
    taken.push(
      round % 2 === 0
        ? { ours: await ours(), theirs: await theirs() }
        : await theirs().then(async (plain) => ({ theirs: plain, ours: await ours() })),
    );
  const ratio = median(taken.map((each) => each.ours / each.theirs));
  const [mine, plain] = [median(taken.map((each) => each.ours)), median(taken.map((each) => each.theirs))];
  console.log(`${name}\n  ours ${mine.toFixed(0).padStart(8)}/s   client ${plain.toFixed(0).padStart(8)}/s   ratio ${ratio.toFixed(2)}`);
  results.push({ name, ratio, atLeast });
}

/** Events a second that reach all of so many subscribers. */
async function fanOut(subscribe: (onEvent: () => void) => Promise<() => Promise<unknown>>, send: Send): Promise<number> {
  const total = Math.ceil(count / 10);
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  const stops: (() => Promise<unknown>)[] = [];
  for (let index = 0; index < subscribers; index++)
    stops.push(
      await subscribe(() => {
        if (++arrived === total * subscribers) all.resolve();
      }),
    );
  const startedAt = performance.now();
  let left = total;
  await Promise.all(
    Array.from({ length: window }, async () => {
      while (left-- > 0) await send(event());
    }),
  );
  await all.promise;
  const perSecond = (total * 1_000) / (performance.now() - startedAt);
  await Promise.all(stops.map((stop) => stop()));
  return perSecond;
}

async function natsBenches(servers: string): Promise<void> {
  const bus: EventBus = natsEventBus({ servers });
  const client: NatsConnection = await connect({ servers });
  const manager = await client.jetstreamManager();
  await manager.streams.add({ name: "plain", subjects: ["plain.>"], duplicate_window: 120e9, max_bytes: 256 * 1_024 * 1_024 });
  const jet = client.jetstream();
  const encode = new TextEncoder();
  const ours: Send = (each) => bus.publish(each);
  const plain: Send = (each) => jet.publish(`plain.${each.type}`, encode.encode(JSON.stringify(each)), { msgID: each.id });

  await versus(
    `JetStream publish with ack, ${window} under way`,
    0.9,
    () => rate(ours),
    () => rate(plain),
  );
  await versus(
    "JetStream publish with ack, one at a time",
    0.9,
    () => rate(ours, 1),
    () => rate(plain, 1),
  );
  await versus(
    `NATS fan-out to ${subscribers} subscribers, events`,
    undefined,
    () =>
      fanOut(async (onEvent) => {
        const subscription = await bus.subscribe(">", onEvent);
        return subscription.close;
      }, ours),
    () =>
      fanOut(async (onEvent) => {
        const messages = await (await jet.consumers.get("plain", { deliver_policy: "new" as never })).consume({ max_messages: 1_000 });
        void (async () => {
          for await (const message of messages) {
            JSON.parse(message.string());
            onEvent();
          }
        })();
        return () => messages.close();
      }, plain),
  );
  await bus.close?.();
  await client.close();
}

async function redisBenches(url: string): Promise<void> {
  const [bus, log] = [redisEventBus({ redis: url }), redisEventLog({ redis: url, maxEventsPerStream: 10_000_000 })];
  const client = new Redis(url);
  const gathering = new Redis(url, { enableAutoPipelining: true });
  const xadd =
    (by: Redis): Send =>
    (each) =>
      by.xadd("plain", "MAXLEN", "~", 200_000, "*", "e", JSON.stringify(each));
  const plain = xadd(client);
  const append: Send = (each) => log.append(each.subject ?? "", [each]);
  for (const atOnce of [window, 4 * window])
    await versus(
      `Redis append to the log, ${atOnce} under way / raw XADD`,
      0.9,
      () => rate(append, atOnce),
      () => rate(plain, atOnce),
    );
  // What knows the ids, the version and a loss is a script, which alone costs the server four times an XADD: no promise here.
  await versus(
    `Redis append to the log, ${window} under way / raw XADD, the client auto-pipelining`,
    undefined,
    () => rate(append),
    () => rate(xadd(gathering)),
  );
  await versus(
    "Redis append to the log, one at a time / raw XADD",
    undefined,
    () => rate(append, 1),
    () => rate(plain, 1),
  );
  await versus(
    `Redis publish on the bus, ${window} under way / raw XADD`,
    undefined,
    () => rate((each) => bus.publish(each)),
    () => rate(plain),
  );
  await versus(
    `Redis fan-out to ${subscribers} subscribers, events`,
    undefined,
    () =>
      fanOut(
        async (onEvent) => {
          const subscription = await bus.subscribe(">", onEvent);
          return subscription.close;
        },
        (each) => bus.publish(each),
      ),
    () =>
      fanOut(async (onEvent) => {
        const reader = client.duplicate();
        let last = (await client.xrevrange("plain", "+", "-", "COUNT", 1))[0]?.[0] ?? "0";
        void (async () => {
          for (;;) {
            const found = await reader.xread("COUNT", 1_000, "BLOCK", 0, "STREAMS", "plain", last);
            for (const [id, fields] of found?.[0]?.[1] ?? []) {
              last = id;
              JSON.parse(fields[1] ?? "");
              onEvent();
            }
          }
        })().catch(() => {});
        return async () => reader.disconnect();
      }, plain),
  );
  await Promise.all([bus.close?.(), log.close?.()]);
  client.disconnect();
  gathering.disconnect();
}

const [nats, redis] = [await startNats(), await startRedis()];
try {
  if (nats === undefined) console.log("nats-server is not installed: left out");
  else await natsBenches(nats.url);
  if (redis === undefined) console.log("redis-server is not installed: left out");
  else await redisBenches(redis.url);
} finally {
  nats?.stop();
  redis?.stop();
}
console.log("\ntargets");
for (const { name, ratio, atLeast } of results)
  if (atLeast !== undefined) console.log(`  ${ratio >= atLeast ? "met   " : "MISSED"} ${name}: ${ratio.toFixed(2)} (at least ${atLeast})`);
process.exitCode = results.every(({ ratio, atLeast }) => atLeast === undefined || ratio >= atLeast) ? 0 : 1;
