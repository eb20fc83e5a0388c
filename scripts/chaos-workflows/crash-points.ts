// A worker is killed exactly after its first store command, its second, and so on; another process goes on each time.
import type { LoggedEvent } from "../../packages/core/src/index.ts";
import { faultProxy } from "../../packages/transport-redis/test/fault-proxy.ts";
import { pool } from "./children.ts";
import type { Defect } from "./defects.ts";
import { type Ledger, counts } from "./ledger.ts";
import { type Part, join, leaseMs, logOf, question } from "./work.ts";

export interface CrashPoints {
  points: number;
  wrongResults: number;
  repeatedSteps: number;
  /** Effects that did not happen exactly once. */
  wrongEffects: number;
  /** From the kill to the run's end, of the slowest. */
  longestRecoveryMs: number;
}

/** What each work ends with, and how often each of its effects then happened. */
const expected: Readonly<
  Record<string, { readonly ends: readonly string[]; readonly effects: Readonly<Record<string, number>>; readonly posted: number }>
> = {
  answered: {
    ends: ['["first","left 2","right 2","book","inner in outer","eighth","last"]'],
    effects: { "left 2": 1, book: 1 },
    posted: 1,
  },
  undone: { ends: ["no luck"], effects: { "left 2": 1, book: 1, unbook: 1 }, posted: 1 },
  unkeyed: { ends: ['"paid"', "it was not run again"], effects: {}, posted: 0 },
};

const completedIn = (events: readonly LoggedEvent[]): string[] =>
  events.flatMap(({ type, data }) => (type === "run.step.completed" ? [(data as { step: string }).step] : []));

const callsOf = (ledger: Ledger, step: string): number => ledger[step === "outer/first" ? "inner" : step]?.calls ?? 0;

async function read(part: Part, run: string): Promise<LoggedEvent[]> {
  const log = logOf(part);
  const events: LoggedEvent[] = [];
  for await (const event of log.read(`run:${run}`)) events.push(event);
  await log.close?.();
  return events;
}

/** Kills it after `point` commands; undefined when the run ended before. */
async function once(
  redis: string,
  ledger: number,
  work: Part["work"],
  point: number,
  defect: Defect | undefined,
  victims: ReturnType<typeof pool>,
  found: CrashPoints,
): Promise<boolean> {
  const round = `${work}-${point}-${Math.random().toString(36).slice(2, 8)}`;
  const run = `run-${point}`;
  const proxy = await faultProxy(redis);
  const victim = victims.take();
  const due = Promise.withResolvers<"killed">();
  let seen = 0;
  proxy.decide = () => {
    // The command still reaches the server; from here on the process hears of nothing.
    if (++seen === point) {
      proxy.silent = true;
      setTimeout(() => due.resolve("killed"), 15);
    }
    return "pass";
  };
  const part = { redis, ledger, round, work, source: "worker", defect } satisfies Part;
  victim.start({ ...part, redis: proxy.url, run, enqueues: true });
  const how = await Promise.race([due.promise, victim.heard((message) => ("ended" in message ? "ended" : undefined))]);
  await victim.kill();
  const killedAt = performance.now();
  await proxy.close();
  const completed = completedIn(await read(part, run));
  const before = await counts(ledger, round);

  const rescuer = join({ ...part, source: "rescuer" });
  const handle = await rescuer.enqueue(question, { id: run });
  await rescuer.worker();
  const end = await handle.result().then(
    ({ text }) => text,
    (error: Error) => error.message,
  );
  const recoveryMs = performance.now() - killedAt;
  await rescuer.close();

  const events = await read(part, run);
  const after = await counts(ledger, round);
  const { ends, effects, posted } = expected[work]!;
  found.points++;
  if (!ends.some((text) => end.includes(text))) {
    found.wrongResults++;
    console.log(`         point ${point}: ended with ${end}`);
  }
  found.repeatedSteps += completed.filter((step) => callsOf(after, step) > callsOf(before, step)).length;
  const wrong = Object.entries(effects).filter(([name, times]) => after[name]?.effects !== times);
  const tooOften = work === "unkeyed" && (after["pay"]?.effects ?? 0) > 1;
  if (wrong.length > 0 || tooOften || events.filter(({ type }) => type === "ledger.posted").length !== posted) found.wrongEffects++;
  found.longestRecoveryMs = Math.max(found.longestRecoveryMs, recoveryMs);
  return how === "killed";
}

/** Every point until a run ends before its point comes, several at a time. */
export async function crashPoints(redis: string, ledger: number, work: Part["work"], defect?: Defect): Promise<CrashPoints> {
  const found: CrashPoints = { points: 0, wrongResults: 0, repeatedSteps: 0, wrongEffects: 0, longestRecoveryMs: 0 };
  const lanes = 3;
  const victims = pool(lanes);
  let next = 1;
  let over = false;
  const lane = async (): Promise<void> => {
    while (!over) {
      const point = next++;
      if (!(await once(redis, ledger, work, point, defect, victims, found))) over = true;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await victims.close();
  return found;
}

export const recoveryLimitMs = leaseMs + 2_000;
