// What the transports promise, tried on real servers that are killed, paused and cut off. Counters are the driver's own.
// `npm run chaos:transports [kill] [fallback] [cut] [pause] [writers] [aof]`; without names, all.
import { type EventBus, fallbackBus, isOrchestratorError, memoryEventBus } from "../packages/core/src/index.ts";
import { sampleEvent } from "../packages/core/src/testing/index.ts";
import { redisEventBus, redisEventLog } from "../packages/transport-redis/src/index.ts";
import { driver, nextAccepted, steadily, until } from "../packages/transport-redis/test/chaos-bus.ts";
import { callAll, everyAdapter } from "../packages/transport-redis/test/every-adapter.ts";
import { faultProxy } from "../packages/transport-redis/test/fault-proxy.ts";
import { type PrivateServer, privateServer, rawRedis, redisServer } from "../packages/transport-redis/test/private-server.ts";
import { cutAtEveryWrite, writeScenarios } from "../packages/transport-redis/test/write-scenarios.ts";
import { findBinary } from "../test/services.ts";

/** A broker of its own and a bus on it, by the public factory. */
interface Broker {
  readonly server: PrivateServer;
  readonly open: () => EventBus;
}

let missed = 0;

function figure(what: string, value: number | string, holds?: boolean): void {
  if (holds === false) missed++;
  const mark = holds === undefined ? "      " : holds ? "holds " : "MISSED";
  console.log(`  ${mark} ${what}: ${typeof value === "number" ? Math.round(value * 100) / 100 : value}`);
}

async function redisBroker(): Promise<Broker> {
  const server = await redisServer("--appendonly", "yes", "--appendfsync", "everysec");
  return { server, open: () => redisEventBus({ redis: server.url, maxEvents: 1_000_000 }) };
}

/** Undefined, with the reason printed, where there is no NATS to try. */
async function natsBroker(): Promise<Broker | undefined> {
  const nats: object = await import("../packages/transport-nats/src/index.ts");
  const { natsEventBus } = nats as { readonly natsEventBus?: (options: { readonly servers: string }) => EventBus };
  const reason =
    natsEventBus === undefined
      ? "@hydrogenai/transport-nats has no natsEventBus"
      : findBinary("nats-server") === undefined
        ? "no nats-server is installed"
        : undefined;
  if (reason !== undefined || natsEventBus === undefined) {
    console.log(`  skipped the NATS part: ${reason}`);
    return undefined;
  }
  const server = await privateServer("nats-server", (port, folder) => ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder]);
  return { server, open: () => natsEventBus({ servers: `nats://127.0.0.1:${server.port}` }) };
}

/** The broker killed and started ten times while events go through it. */
async function kill(name: string, broker: Broker, events: number): Promise<void> {
  console.log(`\n${name} killed (-9) and started again 10 times under ${events} events, 20 publishers`);
  await broker.server.start();
  const bus = broker.open();
  const watcher = broker.open();
  const made = driver(bus, true);
  const count = await made.watch(watcher);
  const gaps: number[] = [];
  let running = true;
  const publishers = Array.from({ length: 20 }, async () => {
    while (running && made.accepted() < events) await made.publish();
  });
  for (let kills = 1; kills <= 10; kills++) {
    await until(() => made.accepted() >= (events * kills) / 11, 120_000);
    await broker.server.kill();
    const gap = nextAccepted(made, 30_000);
    await broker.server.start();
    gaps.push(await gap);
  }
  await until(() => made.accepted() >= events, 120_000);
  running = false;
  await Promise.all(publishers);
  await until(() => count().lost === 0, 20_000);
  const { accepted, lost, doubled, disordered } = count();
  figure("events accepted", accepted);
  figure("accepted and lost", lost, lost === 0);
  figure("effects twice", doubled, doubled === 0);
  figure("out of order within a subject", disordered, disordered === 0);
  figure("longest from the kill to the first accepted publish, ms", Math.max(...gaps), Math.max(...gaps) <= 2_000);
  await Promise.all([bus.close?.(), watcher.close?.()]);
  await broker.server.remove();
}

/** Two brokers killed one after the other and both started again, under a steady rate. */
async function fallback(names: readonly [string, string], first: Broker, second: Broker): Promise<void> {
  const perSecond = 2_000;
  console.log(`\nfallbackBus(${names[0]}, ${names[1]}, memory): first killed, then second, then both back, at ${perSecond} events/s`);
  await Promise.all([first.server.start(), second.server.start()]);
  const named = (bus: EventBus, name: string): EventBus => ({
    ...bus,
    name,
    publish: async (event, options) => ({ ...(await bus.publish(event, options)), tier: name }),
  });
  const open = (): EventBus =>
    fallbackBus(named(first.open(), "first"), named(second.open(), "second"), memoryEventBus(), { maxOutbox: 50_000 });
  const bus = open();
  const other = open();
  const made = driver(bus, false);
  const [here, elsewhere] = [await made.watch(bus), await made.watch(other)];
  const stop = steadily(made, perSecond);
  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await until(() => made.accepted() > perSecond, 20_000);
  await pass(2_000);
  await first.server.kill();
  const down1 = await nextAccepted(made, 10_000, "second");
  await pass(3_000);
  await second.server.kill();
  const down2 = await nextAccepted(made, 10_000, "memory");
  await pass(3_000);
  figure("serving with both dead", bus.health?.().detail ?? "");
  await Promise.all([first.server.start(), second.server.start()]);
  const back = performance.now();
  const takingAgain = nextAccepted(made, 20_000, "first");
  await until(() => bus.health?.().detail?.startsWith("first serves") === true, 20_000);
  const up = performance.now() - back;
  const taking = await takingAgain;
  await pass(3_000);
  await stop();
  await until(() => here().lost === 0 && elsewhere().lost === 0, 20_000);
  figure("step-down from the first, ms", down1, down1 <= 1_000);
  figure("step-down from the second, ms", down2, down2 <= 1_000);
  figure("from both started to the first serving again, ms", up, up <= 2_000);
  figure("from both started to the first taking a new event, behind all that waited, ms", taking, taking <= 2_000);
  for (const [where, { accepted, refused, unknown, lost, doubled, disordered }] of [
    ["in the publishing process", here()],
    ["in another process", elsewhere()],
  ] as const) {
    figure(`${where}: accepted / refused / unknown`, `${accepted} / ${refused} / ${unknown}`, refused === 0 && unknown === 0);
    figure(`${where}: lost`, lost, lost === 0);
    figure(`${where}: doubled`, doubled, doubled === 0);
    figure(`${where}: out of order within a subject`, disordered, disordered === 0);
  }
  await Promise.all([bus.close?.(), other.close?.()]);
  await Promise.all([first.server.remove(), second.server.remove()]);
}

/** The reply of every write lost in turn. */
async function cut(): Promise<void> {
  console.log("\nRedis: connection cut after the server ran it and before the reply, at every write in turn");
  const server = await redisServer();
  await server.start();
  const proxy = await faultProxy(server.url);
  const raw = rawRedis(server.url);
  const naive = rawRedis(proxy.url);
  proxy.decide = (command) => (command === "xadd" ? ((proxy.decide = () => "pass"), "cut") : "pass");
  await naive.xadd("naive", "*", "a", "1");
  naive.disconnect();
  const twice = await raw.xlen("naive");
  figure("the same cut with ioredis' defaults stores (must be 2, else this proves nothing)", twice, twice === 2);
  for (const kind of ["a connection of our own", "a client of the host with ioredis' defaults"] as const) {
    let cuts = 0;
    let wrong = 0;
    for (const scenario of Object.values(writeScenarios)) {
      const run = await cutAtEveryWrite(scenario, kind, proxy, raw);
      cuts += run.cuts;
      wrong += run.wrong.length;
    }
    figure(`${kind}: writes cut, of ${Object.keys(writeScenarios).length} adapters`, cuts);
    figure(`${kind}: applied twice, or not settled in time`, wrong, wrong === 0);
  }
  raw.disconnect();
  await proxy.close();
  await server.remove();
}

/** The server paused under every call. */
async function pause(): Promise<void> {
  const timeoutMs = 500;
  console.log(`\nRedis paused (SIGSTOP): every call of every adapter, deadline ${timeoutMs} ms`);
  const server = await redisServer();
  await server.start();
  const { calls, close } = everyAdapter(server.url, timeoutMs);
  await callAll(calls);
  server.pause();
  for (const when of ["on an open connection", "without one"]) {
    const { outcomes, longestMs } = await callAll(calls);
    const settled = Object.values(outcomes).filter((outcome) => outcome === "STORE_UNAVAILABLE").length;
    figure(
      `${when}: calls rejected with STORE_UNAVAILABLE, of ${Object.keys(calls).length}`,
      settled,
      settled === Object.keys(calls).length,
    );
    figure(`${when}: longest, ms`, longestMs, longestMs <= timeoutMs + 250);
  }
  server.resume();
  const again = await until(async () => Object.values((await callAll(calls)).outcomes).every((outcome) => outcome === "done"), 10_000);
  figure("all work again after SIGCONT", again ? "yes" : "no", again);
  await close();
  await server.remove();
}

/** 64 writers of one stream, each deciding on the version it read. */
async function writers(): Promise<void> {
  const appends = 5_000;
  console.log(`\nRedis: 64 writers on one stream, ${appends} appends with the version they read`);
  const server = await redisServer();
  await server.start();
  const logs = Array.from({ length: 4 }, () => redisEventLog({ redis: server.url }));
  const acknowledged = new Map<number, string>();
  let conflicts = 0;
  let versionTwice = 0;
  let version = 0;
  await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      while (acknowledged.size < appends) {
        const event = sampleEvent();
        try {
          const written = (await logs[writer % logs.length]?.append("s", [event], { expectedVersion: version })) ?? 0;
          if (acknowledged.has(written)) versionTwice++;
          acknowledged.set(written, event.id);
          version = Math.max(version, written);
        } catch (error) {
          if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
          conflicts++;
          await new Promise(setImmediate);
        }
      }
    }),
  );
  const raw = rawRedis(server.url);
  const [key = ""] = await raw.keys("*:log:s");
  const stored = await raw.hgetall(key);
  const last = Number(stored[""]);
  const gaps = Array.from({ length: last }, (_, index) => stored[`${index + 1}`]).filter((text) => text === undefined).length;
  const lost = [...acknowledged].filter(([at, id]) => (JSON.parse(stored[`${at}`] ?? "{}") as { id?: string }).id !== id).length;
  figure("conflicts met", conflicts);
  figure("versions stored / acknowledged", `${last} / ${acknowledged.size}`, last === acknowledged.size);
  figure("versions given twice", versionTwice, versionTwice === 0);
  figure("gaps", gaps, gaps === 0);
  figure("acknowledged and not stored under its version", lost, lost === 0);
  raw.disconnect();
  await Promise.all(logs.map(async (log) => log.close?.()));
  await server.remove();
}

/** Redis killed under writes, with AOF every second; what was acknowledged is looked for with a client of our own. */
async function aof(): Promise<void> {
  console.log("\nRedis killed (-9) 10 times under writes, AOF everysec");
  const server = await redisServer("--appendonly", "yes", "--appendfsync", "everysec");
  await server.start();
  const log = redisEventLog({ redis: server.url, maxEventsPerStream: 1_000_000 });
  const acknowledged = new Set<string>();
  let running = true;
  const publishers = Array.from({ length: 20 }, async (_, writer) => {
    while (running) {
      const event = sampleEvent();
      await log.append(`s${writer}`, [event]).then(
        () => acknowledged.add(event.id),
        () => new Promise((resolve) => setTimeout(resolve, 5)),
      );
    }
  });
  for (let kills = 0; kills < 10; kills++) {
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 3_000, 30_000);
    await server.kill();
    await server.start();
  }
  const before = acknowledged.size;
  await until(() => acknowledged.size > before + 100, 30_000);
  running = false;
  await Promise.all(publishers);
  const raw = rawRedis(server.url);
  const stored = new Set<string>();
  for (const key of await raw.keys("*:log:*")) for (const field of await raw.hkeys(key)) stored.add(field.slice(1));
  const lost = [...acknowledged].filter((id) => !stored.has(id)).length;
  figure("appends acknowledged", acknowledged.size);
  figure("acknowledged and lost", lost, lost === 0);
  raw.disconnect();
  await log.close?.();
  await server.remove();
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  kill: async () => {
    const nats = await natsBroker();
    if (nats !== undefined) await kill("NATS", nats, 100_000);
    await kill("Redis", await redisBroker(), 100_000);
  },
  fallback: async () => {
    const nats = await natsBroker();
    if (nats !== undefined) await fallback(["nats", "redis"], nats, await redisBroker());
    else await fallback(["redis", "another redis"], await redisBroker(), await redisBroker());
  },
  cut,
  pause,
  writers,
  aof,
};

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no part is called ${name}: ${Object.keys(parts).join(", ")}`);
  await part();
}
console.log(missed === 0 ? "\nall figures hold" : `\n${missed} figures missed`);
process.exitCode = missed === 0 ? 0 : 1;
