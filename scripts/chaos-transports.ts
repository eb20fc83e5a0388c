// What the transports promise, tried on real servers that are killed, paused and cut off. Counters are the drivers' own.
// `npm run chaos:transports`, or only some parts: `npm run chaos:transports kill fallback cut pause writers aof`.
import type { EventBus } from "../packages/core/src/index.ts";
import { logWriters as natsLogWriters } from "../packages/transport-nats/chaos/log-writers.ts";
import { lostReplies as natsLostReplies } from "../packages/transport-nats/chaos/lost-replies.ts";
import { pausedServer as natsPaused } from "../packages/transport-nats/chaos/pauses.ts";
import { natsEventBus } from "../packages/transport-nats/src/index.ts";
import type { Count } from "../packages/transport-redis/chaos/bus-driver.ts";
import { fallbackUnderLoad } from "../packages/transport-redis/chaos/fallback.ts";
import { type Broker, killedBroker, killedLog } from "../packages/transport-redis/chaos/killed.ts";
import { logWriters } from "../packages/transport-redis/chaos/log-writers.ts";
import { lostReplies } from "../packages/transport-redis/chaos/lost-replies.ts";
import { pausedServer } from "../packages/transport-redis/chaos/paused.ts";
import { redisEventBus } from "../packages/transport-redis/src/index.ts";
import { privateServer, redisServer } from "../packages/transport-redis/test/private-server.ts";
import { findBinary } from "../test/services.ts";

let missed = 0;

/** Prints one figure; `holds` says whether it is what is promised, where something is. */
function figure(what: string, value: number | string, holds?: boolean): void {
  if (holds === false) missed++;
  const mark = holds === undefined ? "      " : holds ? "holds " : "MISSED";
  console.log(`  ${mark} ${what}: ${typeof value === "number" ? Math.round(value) : value}`);
}

const none = (what: string, value: number): void => figure(what, value, value === 0);
const atMost = (what: string, value: number, limit: number): void => figure(what, value, value <= limit);

function counted(where: string, { accepted, refused, unknown, lost, doubled, disordered }: Count): void {
  figure(`${where}: accepted / refused / unknown`, `${accepted} / ${refused} / ${unknown}`);
  none(`${where}: accepted and lost`, lost);
  none(`${where}: effects twice`, doubled);
  none(`${where}: out of order within a subject`, disordered);
}

async function redisBroker(): Promise<Broker> {
  const server = await redisServer("--appendonly", "yes", "--appendfsync", "everysec");
  return { server, open: () => redisEventBus({ redis: server.url, maxEvents: 1_000_000 }) };
}

async function natsBroker(): Promise<Broker> {
  const server = await privateServer("nats-server", (port, folder) => ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder]);
  return { server, open: (): EventBus => natsEventBus({ servers: `nats://127.0.0.1:${server.port}` }) };
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  kill: async () => {
    const events = 100_000;
    for (const [name, broker] of [
      ["NATS", await natsBroker()],
      ["Redis, AOF everysec", await redisBroker()],
    ] as const) {
      console.log(`\n${name}: killed (-9) and started again 10 times under ${events} events, 20 publishers`);
      const found = await killedBroker(broker, events);
      counted("another process", found);
      atMost("longest from a kill to the first publish accepted, ms", Math.max(...found.acceptedAfterMs), 2_000);
    }
  },
  fallback: async () => {
    const perSecond = 2_000;
    console.log(`\nfallbackBus(nats, redis, memory): NATS killed, then Redis, then both back, at ${perSecond} events/s`);
    const found = await fallbackUnderLoad(await natsBroker(), await redisBroker(), perSecond);
    atMost("step-down from NATS, ms", found.firstDownMs, 1_000);
    atMost("step-down from Redis, ms", found.secondDownMs, 1_000);
    figure("health with both dead", found.health);
    atMost("from both started to NATS serving again, ms", found.servingAgainMs, 2_000);
    atMost("from both started to NATS taking a new event, behind all that waited, ms", found.takingAgainMs, 2_000);
    none("refused, or with an unknown outcome", found.here.refused + found.here.unknown);
    counted("the publishing process", found.here);
    counted("another process", found.elsewhere);
  },
  cut: async () => {
    console.log("\nRedis: connection cut after the server ran it and before the reply, at every write of every adapter in turn");
    const { naive, byClient } = await lostReplies();
    figure("a client with ioredis' defaults stores one XADD so often (must be 2, else this proves nothing)", naive, naive === 2);
    for (const { kind, cuts, wrong } of byClient) {
      figure(`${kind}: writes cut`, cuts, cuts > 0);
      none(`${kind}: applied twice or not at all, or not settled`, wrong);
    }
    console.log("\nNATS: connection cut instead of a reply, at every reply in turn");
    const nats = await natsLostReplies();
    figure("replies cut", nats.cuts, nats.cuts > 0);
    none("applied twice or not at all", nats.wrong.length);
    none("calls not settled by their deadline", nats.unsettled);
  },
  pause: async () => {
    const timeoutMs = 500;
    const graceMs = 250;
    console.log(`\nRedis paused (SIGSTOP): every call of every adapter, deadline ${timeoutMs} ms`);
    const { rounds, worksAgain } = await pausedServer(timeoutMs);
    for (const { when, calls, rejected, longestMs } of rounds) {
      figure(`${when}: rejected with STORE_UNAVAILABLE, of ${calls}`, rejected, rejected === calls);
      atMost(`${when}: longest, ms`, longestMs, timeoutMs + graceMs);
    }
    figure("all work again afterwards", worksAgain ? "yes" : "no", worksAgain);
    console.log(`\nNATS paused (SIGSTOP) 5 times for a second under calls of every kind, deadline ${timeoutMs} ms`);
    const nats = await natsPaused({ rounds: 5, pauseMs: 1_000, timeoutMs });
    figure("calls", nats.calls);
    atMost("longest beyond the deadline, ms", nats.overDeadlineMs, graceMs);
    none("failed otherwise than with STORE_UNAVAILABLE", nats.otherErrors.length);
    none("accepted and lost", nats.lost);
    none("effects twice", nats.doubled);
  },
  writers: async () => {
    const appends = 5_000;
    console.log(`\nRedis: 64 writers on one stream, ${appends} appends at the version they saw`);
    const redis = await logWriters(appends);
    figure("conflicts met", redis.conflicts);
    figure("stored / acknowledged", `${redis.stored} / ${redis.acknowledged}`, redis.stored === redis.acknowledged);
    none("gaps", redis.gaps);
    none("versions given twice", redis.twice);
    none("lost updates", redis.lost);
    console.log(`\nNATS: 64 writers on one stream, ${appends} appends at the version they saw`);
    const nats = await natsLogWriters({ writers: 64, connections: 4, appends });
    figure("conflicts met", nats.conflicts);
    figure("acknowledged", nats.appended, nats.appended === appends);
    none("gaps", nats.gaps);
    none("stored twice", nats.twice);
    none("lost updates", nats.lost);
  },
  aof: async () => {
    console.log("\nRedis killed (-9) 10 times under appends, AOF everysec");
    const { acknowledged, lost } = await killedLog();
    figure("appends acknowledged", acknowledged);
    none("acknowledged and lost", lost);
  },
};

for (const server of ["redis-server", "nats-server"]) {
  if (findBinary(server) === undefined) throw new Error(`${server} is needed and is not installed`);
}
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no part is called ${name}: ${Object.keys(parts).join(", ")}`);
  await part();
}
console.log(missed === 0 ? "\nall figures hold" : `\n${missed} figures missed`);
process.exitCode = missed === 0 ? 0 : 1;
