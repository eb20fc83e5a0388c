// A worker is killed exactly after its first store command, its second, and so on, or just before it; another process goes on each time.
import type { LoggedEvent } from "../../packages/core/src/index.ts";
import { pool } from "./children.ts";
import { crashProxy } from "./crash-proxy.ts";
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

interface Expected {
  readonly ends: readonly string[];
  readonly effects: Readonly<Record<string, number>>;
  readonly posted: number;
}

/** What each work ends with, and how often each of its effects then happened. */
const expected: Readonly<Partial<Record<Part["work"], Expected>>> = {
  answered: {
    ends: ['["first","left 2","right 2","book","inner in outer","eighth","last"]'],
    effects: { "left 2": 1, book: 1 },
    posted: 1,
  },
  undone: { ends: ["no luck"], effects: { "left 2": 1, book: 1, unbook: 1 }, posted: 1 },
  unkeyed: { ends: ['"paid"', "it was not run again"], effects: {}, posted: 0 },
};

const ends: ReadonlySet<string> = new Set(["run.answered", "run.failed"]);

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

interface Plan {
  readonly redis: string;
  readonly ledger: number;
  readonly work: Part["work"];
  readonly when: "before" | "after";
  readonly defect?: Defect | undefined;
}

/** Kills it at this command; false when the run ended before. */
async function once(plan: Plan, point: number, victims: ReturnType<typeof pool>, found: CrashPoints): Promise<boolean> {
  const { redis, ledger, work, when, defect } = plan;
  const round = `${work}-${when}-${point}-${Math.random().toString(36).slice(2, 8)}`;
  const run = `run-${point}`;
  const proxy = await crashProxy(redis, point, when);
  const victim = victims.take();
  const part = { redis, ledger, round, work, source: "worker", defect } satisfies Part;
  victim.start({ ...part, redis: proxy.url, run, enqueues: true });
  const gaveUp = await Promise.race([
    proxy.crashed.then(() => ""),
    victim.heard((message) => ("ended" in message ? message.ended : undefined)),
  ]);
  await victim.kill();
  const killedAt = performance.now();
  await proxy.close();
  const written = await read(part, run);
  const completed = completedIn(written);
  const isOver = written.some(({ type }) => ends.has(type));
  if (gaveUp !== "" && !isOver) {
    console.log(`         point ${point} once more: the worker gave up with ${gaveUp}`);
    return once(plan, point, victims, found);
  }
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
  const { ends: texts, effects, posted } = expected[work] ?? { ends: [], effects: {}, posted: 0 };
  found.points++;
  if (!texts.some((text) => end.includes(text))) {
    found.wrongResults++;
    console.log(`         point ${point}: ended with ${end}`);
  }
  found.repeatedSteps += completed.filter((step) => callsOf(after, step) > callsOf(before, step)).length;
  const wrong = Object.entries(effects).filter(([name, times]) => after[name]?.effects !== times);
  const tooOften = work === "unkeyed" && (after["pay"]?.effects ?? 0) > 1;
  if (wrong.length > 0 || tooOften || events.filter(({ type }) => type === "ledger.posted").length !== posted) found.wrongEffects++;
  found.longestRecoveryMs = Math.max(found.longestRecoveryMs, recoveryMs);
  return !isOver;
}

/** Every point until a run ends before its point comes, several at a time. */
export async function crashPoints(plan: Plan): Promise<CrashPoints> {
  const found: CrashPoints = { points: 0, wrongResults: 0, repeatedSteps: 0, wrongEffects: 0, longestRecoveryMs: 0 };
  const lanes = 3;
  const victims = pool(lanes);
  let next = 1;
  let over = false;
  const lane = async (): Promise<void> => {
    while (!over) if (!(await once(plan, next++, victims, found))) over = true;
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await victims.close();
  return found;
}

export const recoveryLimitMs = leaseMs + 2_000;
