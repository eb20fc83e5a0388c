import { afterEach, describe, expect, it } from "vitest";
import {
  type EventLog,
  type Orchestrator,
  type OrchestratorOptions,
  type QueryEvent,
  type WorkQueue,
  type Workflow,
  type WorkflowContext,
  createOrchestrator,
  memoryEventLog,
  memoryWorkQueue,
} from "../../../src/index.ts";

const question = { text: "do it", options: { type: "tool", cache: "bypass" } } as const;
const open: Orchestrator[] = [];

interface Shared {
  readonly log: EventLog;
  readonly queue: WorkQueue;
}

const shared = (): Shared => ({ log: memoryEventLog(), queue: memoryWorkQueue({ retryDelayMs: 1 }) });

/** One "process": an orchestrator over the shared parts, with a workflow of its own code. */
function processOf(
  parts: Shared,
  run: (context: WorkflowContext) => Promise<unknown>,
  options: OrchestratorOptions = {},
  closes = true,
): Orchestrator {
  const workflow: Workflow = {
    name: "test",
    run: async (_query, context) => ({ text: String(await run(context)), answeredBy: "local", cacheable: false }),
  };
  const made = createOrchestrator({ ...parts, workflows: { tool: workflow }, cache: false, ...options });
  if (closes) open.push(made);
  return made;
}

/** A log that stops answering for good after so many appends: what a process that dies there leaves behind. */
function dyingLog(log: EventLog, appends: number): EventLog & { readonly dead: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = appends;
  const never = new Promise<never>(() => {});
  return {
    ...log,
    dead: promise,
    async append(stream, events, options) {
      if (left <= 0) return never;
      const version = await log.append(stream, events, options);
      if (--left > 0) return version;
      resolve();
      return never;
    },
    close: async () => {},
  };
}

export const typesOf = async (log: EventLog, id: string): Promise<string[]> => {
  const types: string[] = [];
  for await (const { type } of log.read(`run:${id}`)) types.push(type);
  return types;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe("a queued run", () => {
  it("is answered by a worker, and tells what a query told", async () => {
    const here = processOf(shared(), async ({ step }) => (await step("one", () => 20)) + (await step("two", async () => 22)));
    const run = await here.enqueue(question);
    expect(await run.status()).toMatchObject({ state: "queued", question: "do it", steps: [] });
    await here.worker();
    expect(await run.result()).toMatchObject({ text: "42", id: run.id, type: "tool" });
    expect(await run.status()).toMatchObject({ state: "answered", claims: 1 });
    const told: QueryEvent[] = [];
    for await (const event of run.events()) told.push(event);
    expect(told.map(({ type }) => type)).toEqual([
      "query-start",
      "classified",
      "workflow-start",
      "step-start",
      "step-end",
      "step-start",
      "step-end",
      "text-delta",
      "finish",
    ]);
    const later: QueryEvent[] = [];
    for await (const event of run.events({ skip: 7 })) later.push(event);
    expect(later).toEqual(told.slice(7));
  });

  it("goes on in another process at the first step that is not journaled", async () => {
    const parts = shared();
    const ran: string[] = [];
    const work = async (name: string): Promise<string> => (ran.push(name), name);
    const run = async ({ step }: WorkflowContext): Promise<string> => {
      const first = await step("first", () => work("first"));
      const both = await Promise.all([step("left", () => work("left")), step("right", () => work("right"))]);
      return [first, ...both, await step("last", () => work("last"))].join(" ");
    };
    const log = dyingLog(parts.log, 4);
    const dying = processOf({ log, queue: memoryWorkQueue() }, run, {}, false);
    const { id } = await dying.enqueue(question);
    await dying.worker();
    await log.dead;
    const other = processOf(parts, run);
    await parts.queue.enqueue({ run: id }, { id: "redelivered" });
    await other.worker();
    expect(await other.run(id).result()).toMatchObject({ text: "first left right last" });
    expect(ran.filter((name) => name === "first")).toHaveLength(1);
    expect(ran.filter((name) => name === "last")).toHaveLength(1);
    expect(await other.run(id).status()).toMatchObject({ state: "answered", claims: 2 });
  });
});
