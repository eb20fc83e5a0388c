// What queued runs promise, tried on a real Redis with worker processes that are killed and paused. Effects are counted by a process
// of their own. `npm run chaos:workflows`, or only some parts: `npm run chaos:workflows crash defects pause same`.
import { redisServer } from "../packages/transport-redis/test/private-server.ts";
import { ledgerProcess } from "./chaos-workflows/children.ts";
import { crashPoints, recoveryLimitMs } from "./chaos-workflows/crash-points.ts";
import type { Defect } from "./chaos-workflows/defects.ts";
import { paused, sameId } from "./chaos-workflows/paused.ts";
import { leaseMs } from "./chaos-workflows/work.ts";

let missed = 0;

/** Prints one figure; `holds` says whether it is what is promised. */
function figure(what: string, value: number | string, holds: boolean): void {
  if (!holds) missed++;
  console.log(`  ${holds ? "holds " : "MISSED"} ${what}: ${typeof value === "number" ? Math.round(value) : value}`);
}

const none = (what: string, value: number): void => figure(what, value, value === 0);

async function parts(redis: string, ledger: number): Promise<Readonly<Record<string, () => Promise<void>>>> {
  return {
    crash: async () => {
      const kinds = [
        ["answered", "after", "10 steps, branches, a timer, all kinds of effects"],
        ["answered", "before", "the same"],
        ["undone", "after", "the same, failing behind its eighth step: what was booked is undone"],
        ["unkeyed", "before", "a step whose effect nobody recognises a second time"],
      ] as const;
      for (const [work, when, what] of kinds) {
        console.log(`\n${what}: killed just ${when} its N-th Redis command, for every N (lease ${leaseMs} ms)`);
        const found = await crashPoints({ redis, ledger, work, when });
        figure("points", found.points, found.points > (work === "unkeyed" ? 15 : 30));
        none("wrong results", found.wrongResults);
        none("completed steps that ran again", found.repeatedSteps);
        none("runs with an effect that did not happen exactly once", found.wrongEffects);
        figure(`longest recovery, ms (at most ${recoveryLimitMs})`, found.longestRecoveryMs, found.longestRecoveryMs <= recoveryLimitMs);
      }
    },
    defects: async () => {
      console.log("\nseeded defects: each must be noticed, else the figures above prove nothing");
      const first = await crashPoints({ redis, ledger, work: "unkeyed", when: "before", defect: "effect before journal" });
      figure("1 effect before journal: effects that happened twice", first.wrongEffects, first.wrongEffects > 0);
      const others: readonly (readonly [number, Defect])[] = [
        [2, "no fence in heartbeat"],
        [3, "no fence in release"],
        [4, "fence compared by name"],
      ];
      for (const [number, defect] of others) {
        const { rounds, stale } = await paused({ redis, ledger, rounds: 6, defect });
        figure(`${number} ${defect}: stale commits in ${rounds} rounds`, stale, stale > 0);
      }
    },
    pause: async () => {
      console.log("\na worker stopped past its lease, in a step or just before its end; another finishes; then it goes on");
      const { rounds, stale } = await paused({ redis, ledger, rounds: 50 });
      figure("rounds", rounds, rounds >= 50);
      none("stale commits", stale);
      console.log("\na worker whose event loop is busy for three leases within a step; another finishes");
      const stalled = await paused({ redis, ledger, rounds: 10, stalls: true });
      figure("rounds", stalled.rounds, stalled.rounds >= 10);
      none("stale commits", stalled.stale);
    },
    same: async () => {
      console.log("\nthe same run id from 8 processes at once");
      const { ran, claims, results } = await sameId(redis, ledger);
      figure("runs", claims, claims === 1);
      figure("times its step ran", ran, ran === 1);
      figure("different results", results, results === 1);
    },
  };
}

const server = await redisServer();
await server.start();
const ledger = await ledgerProcess();
try {
  const all = await parts(server.url, ledger.port);
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : Object.keys(all)) {
    const startedAt = performance.now();
    await all[name]?.();
    console.log(`         ${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
} finally {
  ledger.close();
  await server.remove();
}
console.log(missed === 0 ? "\nEvery promise holds." : `\n${missed} promises do not hold.`);
process.exitCode = missed === 0 ? 0 : 1;
