// What one step of a workflow costs, ours beside peers in one run; and a journaled step beside one bare HSET on the same Redis: a pure
// and an atomic one, which do not wait to be written, and an external one, whose intent is written before it runs, with the end of the
// one before it.
import { Redis } from "ioredis";
import type { EventLog } from "@hydrogenai/core";
import { redisEventLog } from "@hydrogenai/transport-redis";
import { redisServer } from "../../packages/transport-redis/test/private-server.ts";
import { type Subject, bare, inMemory, journaled, journaledInMemory, langGraph, mastra, xstate } from "./subjects.ts";

const rounds = 5;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** In turn, so that whatever else the machine does meets all of them. */
async function measured(subjects: Readonly<Record<string, readonly [Subject, number]>>, times = rounds): Promise<Record<string, number>> {
  const found: Record<string, number[]> = {};
  for (let round = 0; round <= times; round++) {
    for (const [name, [subject, steps]] of Object.entries(subjects)) {
      const us = await subject(steps);
      // The first round warms up.
      if (round > 0) (found[name] ??= []).push(us);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, median(values)]));
}

const show = (name: string, us: number): void => console.log(`  ${name.padEnd(32)} ${us.toFixed(2).padStart(10)} us`);

console.log("one step, in memory");
const memory = await measured({
  "bare loop": [bare, 20_000],
  ours: [inMemory, 5_000],
  "ours, queued: journaled in memory": [journaledInMemory, 2_000],
  xstate: [xstate, 2_000],
  Mastra: [mastra, 1_000],
  LangGraph: [langGraph, 200],
});
for (const [name, us] of Object.entries(memory)) show(name, us);

const server = await redisServer();
await server.start();
const redis = new Redis(server.url);
const log = (): EventLog => redisEventLog({ redis: server.url });
const hset: Subject = async (steps) => {
  const startedAt = performance.now();
  for (let count = 0; count < steps; count++) await redis.hset("bench", `${count}`, "1");
  return ((performance.now() - startedAt) * 1_000) / steps;
};
console.log("\none step, journaled to Redis");
const stored = await measured(
  {
    "one bare HSET": [hset, 1_000],
    "ours, queued: pure": [journaled(log), 1_000],
    "ours, queued: atomic": [journaled(log, { effect: "atomic" }), 500],
    "ours, queued: external": [journaled(log, { effect: "external" }), 500],
  },
  9,
);
for (const [name, us] of Object.entries(stored)) show(name, us);
redis.disconnect();
await server.remove();

const targets = [
  ["step in memory, us", memory["ours"]!, 4],
  ["step in memory / xstate", memory["ours"]! / memory["xstate"]!, 1],
  ["pure step journaled to Redis / one bare HSET", stored["ours, queued: pure"]! / stored["one bare HSET"]!, 1.3],
  ["atomic step journaled to Redis / one bare HSET", stored["ours, queued: atomic"]! / stored["one bare HSET"]!, 1.3],
] as const;
console.log("\ntargets");
for (const [name, value, atMost] of targets)
  console.log(`  ${value <= atMost ? "met   " : "MISSED"} ${name}: ${value.toFixed(2)} (at most ${atMost})`);
process.exitCode = targets.every(([, value, atMost]) => value <= atMost) ? 0 : 1;
