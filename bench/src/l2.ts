// A value of 500 bytes from Redis, one caller and 64, beside the client itself; rounds in turns, so that a noisy moment hurts all alike.
import { tieredStore } from "@hydrogenai/cache";
import { memoryCacheStore } from "@hydrogenai/core";
import { redisCacheStore } from "@hydrogenai/transport-redis";
import { Redis } from "ioredis";
import { startRedis } from "../../test/services.ts";

const rounds = 9;
const keys = 1_000;
const server = await startRedis();
if (server === undefined) process.exit(0);
const client = new Redis(server.url);
const store = redisCacheStore({ redis: server.url });
// A first tier that keeps nothing: every read goes to Redis.
const tiers = tieredStore(memoryCacheStore({ maxBytes: 1 }), redisCacheStore({ redis: server.url }), { l2TimeoutMs: 1_000 });
const value = new Uint8Array(500);
for (let i = 0; i < keys; i++) {
  await client.set(`raw:${i}`, Buffer.from(value));
  await store.set(`own:${i}`, value, { ttlMs: 3_600_000 });
  await tiers.set(`two:${i}`, value, { ttlMs: 3_600_000 });
}

const subjects: readonly { readonly name: string; readonly get: (i: number) => Promise<Uint8Array | null | undefined> }[] = [
  { name: "ioredis", get: (i) => client.getBuffer(`raw:${i}`) },
  { name: "redisCacheStore", get: (i) => store.get(`own:${i}`) },
  { name: "tieredStore, not in L1", get: (i) => tiers.get(`two:${i}`) },
];

async function measure(get: (i: number) => Promise<Uint8Array | null | undefined>, callers: number, batches: number): Promise<number> {
  let at = 0;
  const startedAt = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    const read = await Promise.all(Array.from({ length: callers }, () => get(at++ % keys)));
    if (read.some((each) => each?.byteLength !== value.byteLength)) throw new Error("not a hit");
  }
  return ((performance.now() - startedAt) * 1_000) / batches;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
for (const [callers, batches] of [
  [1, 500],
  [64, 100],
] as const) {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  for (const { get } of subjects) await measure(get, callers, batches);
  for (let round = 0; round < rounds; round++)
    for (const { name, get } of subjects) times.get(name)!.push(await measure(get, callers, batches));
  const raw = times.get("ioredis")!;
  for (const [name, all] of times) {
    const ratio = median(all.map((us, at) => us / raw[at]!));
    const said = callers === 1 ? `${ratio.toFixed(2)}x its time` : `${(1 / ratio).toFixed(2)}x its operations a second`;
    console.log(`${callers} caller${callers === 1 ? "" : "s"}: ${name.padEnd(24)} ${median(all).toFixed(0).padStart(6)} us; ${said}`);
    if (name !== "redisCacheStore") continue;
    const met = callers === 1 ? ratio <= 1.1 : 1 / ratio >= 1.4;
    console.log(`${met ? "met   " : "MISSED"} ${name}, ${callers}: ${said} (${callers === 1 ? "at most 1.1" : "at least 1.4"})`);
    if (!met) process.exitCode = 1;
  }
}
client.disconnect();
await Promise.all([store.close?.(), tiers.close?.()]);
server.stop();
