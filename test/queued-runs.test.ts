import { randomUUID } from "node:crypto";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  type EventLog,
  type Orchestrator,
  type WorkQueue,
  type Workflow,
  type WorkflowContext,
  createOrchestrator,
} from "../packages/core/src/index.ts";
import { natsEventLog, natsWorkQueue } from "../packages/transport-nats/src/index.ts";
import { redisEventLog, redisWorkQueue } from "../packages/transport-redis/src/index.ts";

const question = { text: "do it", options: { type: "tool", cache: "bypass" } } as const;
const leaseMs = 500;
const redis = inject("redisUrl") ?? "";
const servers = inject("natsUrl") ?? "";

interface Adapters {
  readonly log: EventLog;
  readonly queue: WorkQueue;
}

const adapters: Readonly<Record<string, { readonly isThere: boolean; readonly open: (prefix: string) => Adapters }>> = {
  Redis: {
    isThere: redis !== "",
    open: (prefix) => ({ log: redisEventLog({ redis, prefix }), queue: redisWorkQueue({ redis, prefix, leaseMs, closeTimeoutMs: 1 }) }),
  },
  NATS: {
    isThere: servers !== "",
    open: (prefix) => ({ log: natsEventLog({ servers, prefix }), queue: natsWorkQueue({ servers, prefix, leaseMs, closeTimeoutMs: 1 }) }),
  },
};

function processOf({ log, queue }: Adapters, run: (context: WorkflowContext) => Promise<unknown>): Orchestrator {
  const workflow: Workflow = {
    name: "test",
    run: async (_query, context) => ({ text: JSON.stringify(await run(context)), answeredBy: "local", cacheable: false }),
  };
  const made = createOrchestrator({ log, queue, workflows: { tool: workflow }, cache: false });
  onTestFinished(() => made.close());
  return made;
}

describe.each(Object.entries(adapters))("queued runs over %s", (_name, { isThere, open }) => {
  const fresh = (): string => `runs-${randomUUID().slice(0, 8)}`;

  it.skipIf(!isThere)("go on in another process where the first was cut off, and what it still does comes too late", async () => {
    const prefix = fresh();
    const ran: string[] = [];
    const stuck = Promise.withResolvers<void>();
    const freed = Promise.withResolvers<void>();
    const work =
      (waits: boolean) =>
      async ({ step }: WorkflowContext): Promise<unknown> => {
        const both = await Promise.all(["left", "right"].map((name) => step(name, () => (ran.push(name), name), { effect: "atomic" })));
        await step("middle", async () => {
          if (!waits) return;
          stuck.resolve();
          await freed.promise;
        });
        return [...both, await step("last", () => (ran.push("last"), { n: 1 }))];
      };
    const cutOff = open(prefix);
    const first = processOf(cutOff, work(true));
    const { id } = await first.enqueue(question);
    await first.worker();
    await stuck.promise;
    // A run may be ahead of its journal; what is not written yet would run again.
    await expect
      .poll(async () => (await first.run(id).status()).steps.map(({ step }) => step))
      .toEqual(expect.arrayContaining(["left", "right"]));
    await cutOff.queue.close?.();
    const second = processOf(open(prefix), work(false));
    await second.worker();
    const { text } = await second.run(id).result();
    expect(JSON.parse(text)).toEqual(["left", "right", { n: 1 }]);
    freed.resolve();
    await first.close();
    expect(ran.sort()).toEqual(["last", "left", "right"]);
    expect(await second.run(id).status()).toMatchObject({ state: "answered", claims: 2 });
  });

  it.skipIf(!isThere)("are one for one id, wait for a timer and a person, and are cancelled from elsewhere", async () => {
    const prefix = fresh();
    const undone: string[] = [];
    const work = async ({ step, sleep, approval }: WorkflowContext): Promise<unknown> => {
      await step("book", () => "a room", { effect: "external", compensate: (made) => void undone.push(made) });
      await sleep("rest", 20);
      return (await approval("go on", { question: "Shall it go on?" })).approved;
    };
    const first = processOf(open(prefix), work);
    const second = processOf(open(prefix), work);
    await first.worker();
    const untilAsked = async (id: string): Promise<void> => {
      while ((await second.run(id).approvals()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await Promise.all([first.enqueue(question, { id: "run" }), second.enqueue(question, { id: "run" })]);
    await untilAsked("run");
    await second.run("run").cancel("no more");
    await expect(second.run("run").result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(undone).toEqual(["a room"]);
    expect(await first.run("run").status()).toMatchObject({ state: "cancelled", claims: 1 });
  });
});
