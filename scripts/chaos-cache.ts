// What the cache promises among processes and through outages of Redis, tried on real processes and a real server.
// `npm run chaos:cache`, or only some parts: `npm run chaos:cache herd takeover outage`.
import { herd, takeover } from "../packages/cache/chaos/herd.ts";
import { outage } from "../packages/cache/chaos/outage.ts";
import { findBinary } from "../test/services.ts";

let missed = 0;

/** Prints one figure; `holds` says whether it is what is promised, where something is. */
function figure(what: string, value: number | string, holds?: boolean): void {
  if (holds === false) missed++;
  const mark = holds === undefined ? "      " : holds ? "holds " : "MISSED";
  console.log(`  ${mark} ${what}: ${typeof value === "number" ? Math.round(value * 10) / 10 : value}`);
}

const exactly = (what: string, values: readonly number[], wanted: number): void =>
  figure(
    what,
    values.join(", "),
    values.every((value) => value === wanted),
  );
const atMost = (what: string, value: number, limit: number): void => figure(what, value, value <= limit);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const parts: Readonly<Record<string, () => Promise<void>>> = {
  herd: async () => {
    const modelMs = 300;
    const rounds = 5;
    for (const processes of [1, 4]) {
      console.log(
        `\n1,000 callers of one missing question in ${processes} process${processes === 1 ? "" : "es"}, a model of ${modelMs} ms`,
      );
      const found = await herd({ processes, callers: 1_000, modelMs, streams: false, rounds });
      exactly(
        `computations, ${rounds} rounds`,
        found.map(({ modelCalls }) => modelCalls),
        1,
      );
      exactly(
        "failed",
        found.map(({ failed }) => failed),
        0,
      );
      exactly(
        "different answers",
        found.map(({ texts }) => texts),
        1,
      );
      figure("until the last has its answer, median, ms", median(found.map(({ totalMs }) => totalMs)));
    }
    for (const processes of [1, 4]) {
      const streams = processes === 1 ? 50 : 52;
      console.log(`\n${streams} streams of one missing question in ${processes} process${processes === 1 ? "" : "es"}`);
      const found = await herd({ processes, callers: streams, modelMs, streams: true, rounds });
      exactly(
        `model calls, ${rounds} rounds`,
        found.map(({ modelCalls }) => modelCalls),
        1,
      );
      exactly(
        "failed",
        found.map(({ failed }) => failed),
        0,
      );
      const spread = median(found.map(({ firstTokenSpreadMs }) => firstTokenSpreadMs));
      atMost("from the first reader's first token to the last reader's, median, ms", spread, 5);
    }
  },
  takeover: async () => {
    const leaseMs = 1_000;
    const modelMs = 300;
    console.log(`\nThe process that computes is killed (-9); three others wait, lease ${leaseMs} ms, model ${modelMs} ms`);
    const { modelCalls, failed, answeredAfterMs } = await takeover(leaseMs, modelMs);
    exactly("computations by the others", [modelCalls], 1);
    exactly("failed", [failed], 0);
    atMost("until all have their answer, ms", answeredAfterMs, leaseMs + modelMs + 250);
  },
  outage: async () => {
    const perSecond = 200;
    console.log(`\nTwo instances under ${perSecond} queries/s, one invalidates every 0.7 s, and Redis goes away`);
    const { phases, invalidations, stale } = await outage(perSecond, 5_000);
    const [calm] = phases;
    for (const { phase, queries, failed, hits, p50Ms, p99Ms } of phases) {
      figure(`${phase}: queries / hits`, `${queries} / ${hits}`);
      exactly(`${phase}: failed`, [failed], 0);
      figure(`${phase}: p50 after the first second, ms`, p50Ms);
      atMost(`${phase}: p99 after the first second, ms`, p99Ms, (calm?.p99Ms ?? 0) + 20);
    }
    figure("invalidations", invalidations);
    exactly("answers older than an invalidation", [stale], 0);
  },
};

if (findBinary("redis-server") === undefined) throw new Error("redis-server is needed and is not installed");
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no part is called ${name}: ${Object.keys(parts).join(", ")}`);
  await part();
}
console.log(missed === 0 ? "\nall figures hold" : `\n${missed} figures missed`);
process.exitCode = missed === 0 ? 0 : 1;
