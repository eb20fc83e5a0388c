// The runs that are killed and paused, and one process's share in them.
import {
  type EventLog,
  type Orchestrator,
  type Workflow,
  type WorkflowContext,
  createOrchestrator,
} from "../../packages/core/src/index.ts";
import { redisEventLog, redisWorkQueue } from "../../packages/transport-redis/src/index.ts";
import { type Defect, withDefect } from "./defects.ts";
import { act } from "./ledger.ts";

export const leaseMs = 500;
/** No command is lost here, so a machine with too much to do is the only reason to wait. */
const patientMs = 10_000;
export const question = { text: "do it", options: { type: "tool", cache: "bypass" } } as const;

/** What one process is told to take part in. */
export interface Part {
  readonly redis: string;
  readonly ledger: number;
  /** Keeps rounds apart, in Redis and in the ledger. */
  readonly round: string;
  readonly work: keyof typeof works;
  /** Names the process; two may bear the same name. */
  readonly source: string;
  readonly defect?: Defect | undefined;
  /** Milliseconds. @default 500 */
  readonly leaseMs?: number | undefined;
}

/** Tells where a run is, so that it can be paused just there. */
export type Mark = (place: string) => void;

type Work = (context: WorkflowContext, part: Part, mark: Mark) => Promise<unknown>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ten steps: branches, a timer, all kinds of effects, and one to undo. */
const tenSteps =
  (failing: boolean): Work =>
  async ({ step, sleep }, { ledger, round }) => {
    const note = async (name: string, key?: string): Promise<string> => {
      await act(ledger, round, name, key);
      return name;
    };
    const first = await step("first", () => note("first"));
    const [left, right] = await Promise.all([
      (async () => {
        await step("left 1", () => note("left 1"));
        return step("left 2", ({ idempotencyKey }) => note("left 2", idempotencyKey), { effect: "external", onInterrupted: "retry" });
      })(),
      (async () => {
        await step("right 1", ({ record }) => record("ledger.posted", { amount: 1 }), { effect: "atomic" });
        return step("right 2", () => note("right 2"));
      })(),
    ]);
    await sleep("rest", 60);
    const booked = await step("book", ({ idempotencyKey }) => note("book", idempotencyKey), {
      effect: "external",
      onInterrupted: "retry",
      compensate: async (_made, { idempotencyKey }) => act(ledger, round, "unbook", idempotencyKey),
    });
    const outer = await step("outer", async () => `${await step("first", () => note("inner"))} in outer`);
    const eighth = await step("eighth", () => note("eighth"));
    if (failing) await step("fail", () => Promise.reject(new Error("no luck")));
    return [first, left, right, booked, outer, eighth, await step("last", () => note("last"))];
  };

export const works = {
  answered: tenSteps(false),
  undone: tenSteps(true),
  /** Effects that nobody can recognise a second time, in steps that must then not be run again. */
  unkeyed: async ({ step }, { ledger, round }) => {
    await step("before", () => act(ledger, round, "before"));
    await step("pay", () => act(ledger, round, "pay"), { effect: "external" });
    await step("after", () => act(ledger, round, "after"));
    return "paid";
  },
  /** Slow in a step, while it tells of its progress. */
  slow: async ({ step, degrade }, { ledger, round, source }, mark) => {
    await step("before", () => act(ledger, round, "before"));
    await step("slow", async () => {
      for (let count = 0; count < 8; count++) {
        await pause(50);
        degrade(`part ${count} by ${source} ${process.pid}`, "so that there is something to tell");
        // Stopped with something left to tell: that is what it does first when it wakes up.
        if (count === 0) mark("in step");
      }
    });
    return step("after", () => "done");
  },
  /** Is stopped at its very end, see `atItsEnd`. */
  ending: async ({ step }, { ledger, round }) => {
    await step("before", () => act(ledger, round, "before"));
    return "done";
  },
  /** Keeps its process busy for three leases, in a step; whoever goes on with it does not. */
  stalled: async ({ step }, { ledger, round, source }, mark) => {
    await step("before", () => act(ledger, round, "before"));
    await step("stall", () => {
      mark("stalled");
      if (source !== "worker") return;
      const until = performance.now() + 3 * leaseMs;
      while (performance.now() < until);
    });
    return step("after", () => "done");
  },
} satisfies Readonly<Record<string, Work>>;

export const logOf = ({ redis, round }: Pick<Part, "redis" | "round">): EventLog =>
  redisEventLog({ redis, prefix: round, timeoutMs: patientMs });

/** Marks the moment a run's end is about to be written, and gives time to stop the process just there. */
const atItsEnd = (log: EventLog, mark: Mark): EventLog => ({
  ...log,
  async append(stream, events, options) {
    if (events.some(({ type }) => type === "run.answered")) {
      mark("at its end");
      await pause(60);
    }
    return log.append(stream, events, options);
  },
});

/** This process's orchestrator for one round. */
export function join(part: Part, mark: Mark = () => {}): Orchestrator {
  const { redis, round, work, source, defect } = part;
  const run: Work = works[work];
  const log = withDefect(logOf(part), defect, source);
  const workflow: Workflow = {
    name: work,
    run: async (_query, context) => ({
      text: JSON.stringify((await run(context, part, mark)) ?? null),
      answeredBy: "local",
      cacheable: false,
    }),
  };
  return createOrchestrator({
    log: work === "ending" ? atItsEnd(log, mark) : log,
    queue: redisWorkQueue({
      redis,
      prefix: round,
      leaseMs: part.leaseMs ?? leaseMs,
      retryDelayMs: 20,
      closeTimeoutMs: 500,
      timeoutMs: patientMs,
    }),
    workflows: { tool: workflow },
    cache: false,
    source,
  });
}
