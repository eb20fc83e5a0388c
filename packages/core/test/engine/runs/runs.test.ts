import { describe, expect, it } from "vitest";
import { type EventLog, type WorkflowContext, isOrchestratorError } from "../../../src/index.ts";
import { type Work, diedAfter, eventsOf, goOn, living, memoryEventLog, question, toldBy, until } from "./processes.ts";

/** Effects as those who are acted on count them: by key where they understand one. */
function world() {
  const calls: string[] = [];
  const byKey = new Map<string, number>();
  return {
    calls,
    keys: () => [...byKey.keys()],
    act(name: string, key?: string): string {
      calls.push(name);
      if (key !== undefined) byKey.set(key, (byKey.get(key) ?? 0) + 1);
      return name;
    },
  };
}

/** Ten steps: branches, a timer, all kinds of effects, and something to undo. */
const tenSteps =
  (outside: ReturnType<typeof world>, failing: boolean): Work =>
  async ({ step, sleep }: WorkflowContext) => {
    const first = await step("first", () => outside.act("first"));
    const [left, right] = await Promise.all([
      (async () => {
        await step("left 1", () => outside.act("left 1"));
        return step("left 2", ({ idempotencyKey }) => outside.act("left 2", idempotencyKey), {
          effect: "external",
          onInterrupted: "retry",
        });
      })(),
      (async () => {
        await step("right 1", ({ record }) => record("ledger.posted", { amount: 1 }), { effect: "atomic" });
        return step("right 2", () => outside.act("right 2"));
      })(),
    ]);
    await sleep("rest", 2);
    const booked = await step("book", ({ idempotencyKey }) => outside.act("book", idempotencyKey), {
      effect: "external",
      onInterrupted: "retry",
      compensate: (made, { idempotencyKey }) => void outside.act(`unbook ${made}`, idempotencyKey),
    });
    const outer = await step("outer", async () => `${await step("first", () => outside.act("inner"))} in outer`);
    const again = await step("first", () => outside.act("first again"));
    if (failing) await step("fail", () => Promise.reject(new Error("no luck")));
    return [first, left, right, booked, outer, again, await step("last", () => outside.act("last"))];
  };

/** Kills it after its first append, its second, and so on, until it no longer dies before its end. */
async function killedEverywhere(
  failing: boolean,
  check: (log: EventLog, id: string, outside: ReturnType<typeof world>) => Promise<void>,
): Promise<number> {
  const whole = memoryEventLog();
  const run = await goOn(whole, "whole", tenSteps(world(), failing));
  await run.result().catch(() => {});
  const appends = (await eventsOf(whole, "whole")).length;
  for (let died = 1; died < appends; died++) {
    const log = memoryEventLog();
    const outside = world();
    // The two branches' appends may go together, so the last points may lie behind the end.
    const id = await Promise.race([
      diedAfter(log, died, tenSteps(outside, failing)),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 500)),
    ]);
    if (id === undefined) return died;
    const before = new Set(
      (await eventsOf(log, id)).flatMap(({ type, data }) => (type === "run.step.completed" && data.step !== undefined ? [data.step] : [])),
    );
    const ranBefore = outside.calls.length;
    await (await goOn(log, id, tenSteps(outside, failing))).result().catch(() => {});
    expect(outside.calls.slice(ranBefore).filter((name) => before.has(name))).toEqual([]);
    await check(log, id, outside);
  }
  return appends;
}

describe("a queued run", () => {
  it("is answered by a worker, and tells what a query told", async () => {
    const here = living(memoryEventLog(), async ({ step }) => (await step("one", () => 20)) + (await step("two", async () => 22)));
    const run = await here.enqueue(question);
    expect(await run.status()).toMatchObject({ state: "queued", question: "do it", steps: [] });
    await here.worker();
    expect(await run.result()).toMatchObject({ text: "42", id: run.id, type: "tool" });
    expect(await run.status()).toMatchObject({ state: "answered", claims: 1 });
    const told = await toldBy(run);
    const types = [
      "query-start",
      "classified",
      "workflow-start",
      "step-start",
      "step-end",
      "step-start",
      "step-end",
      "text-delta",
      "finish",
    ];
    expect(told.map(({ type }) => type)).toEqual(types);
    expect(await toldBy(run, 7)).toEqual(told.slice(7));
  });

  it("ends as if nothing had happened, wherever it dies, and no completed step runs again", async () => {
    const points = await killedEverywhere(false, async (log, id, outside) => {
      const run = living(log, async () => {}).run(id);
      const expected = ["first", "left 2", "right 2", "book", "inner in outer", "first again", "last"];
      expect(JSON.parse((await run.result()).text)).toEqual(expected);
      expect((await eventsOf(log, id)).filter(({ type }) => type === "ledger.posted")).toHaveLength(1);
      expect(outside.keys().sort()).toEqual([`${id}:book`, `${id}:left 2`]);
    });
    expect(points).toBeGreaterThan(12);
  });

  it("undoes what it made once, wherever it dies", async () => {
    await killedEverywhere(true, async (log, id, outside) => {
      await expect(
        living(log, async () => {})
          .run(id)
          .result(),
      ).rejects.toThrow("no luck");
      expect(outside.keys().sort()).toEqual([`${id}:book`, `${id}:left 2`, `${id}:undo:book`]);
      expect((await eventsOf(log, id)).filter(({ type }) => type === "run.undo.completed")).toHaveLength(1);
      expect(outside.calls).not.toContain("last");
    });
  });

  it("tells each thing once, however often it was taken over", async () => {
    const log = memoryEventLog();
    const work = tenSteps(world(), false);
    const id = await diedAfter(log, 6, work);
    const run = await goOn(log, id, work);
    await run.result();
    const types = (await toldBy(run)).map(({ type }) => type);
    for (const once of ["query-start", "classified", "workflow-start", "finish"])
      expect(types.filter((type) => type === once)).toHaveLength(1);
  });
});

describe("an external step whose process died", () => {
  const pay =
    (calls: string[], onInterrupted?: "fail" | "retry" | "ask"): Work =>
    async ({ step }) =>
      await step("pay", ({ attempt, idempotencyKey }) => (calls.push(idempotencyKey), `paid in try ${attempt}`), {
        effect: "external",
        onInterrupted,
      });

  it("stops the run for somebody to look, who may have it run again", async () => {
    const log = memoryEventLog();
    const calls: string[] = [];
    const id = await diedAfter(log, 3, pay(calls));
    const run = await goOn(log, id, pay(calls));
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_INTERRUPTED", details: { step: "pay" } });
    expect(await run.status()).toMatchObject({ state: "stopped", steps: [{ step: "classification" }, { step: "pay", state: "running" }] });
    expect(calls).toEqual([]);
    expect(await run.resume({ rerun: "pay" })).toBe(true);
    expect(await run.result()).toMatchObject({ text: '"paid in try 2"' });
    expect(calls).toEqual([`${id}:pay`]);
    expect(await run.resume()).toBe(false);
  });

  it("runs again under the same key where that is said to be harmless", async () => {
    const log = memoryEventLog();
    const calls: string[] = [];
    const id = await diedAfter(log, 3, pay(calls, "retry"));
    expect(await (await goOn(log, id, pay(calls, "retry"))).result()).toMatchObject({ text: '"paid in try 2"' });
    expect(calls).toEqual([`${id}:pay`]);
  });

  it.each([true, false])("asks somebody whether to run it again: %s", async (approved) => {
    const log = memoryEventLog();
    const calls: string[] = [];
    const id = await diedAfter(log, 3, pay(calls, "ask"));
    const here = living(log, pay(calls, "ask"));
    const run = await here.enqueue(question, { id });
    await here.worker();
    await until(run, "waiting");
    const [asked] = await run.approvals();
    expect(asked).toMatchObject({ run: id, question: expect.stringContaining('"pay"') });
    await here.decide(asked!.token, { approved, by: "ann" });
    if (approved) expect(await run.result()).toMatchObject({ text: '"paid in try 2"' });
    else await expect(run.result()).rejects.toMatchObject({ code: "RUN_INTERRUPTED" });
    expect(calls).toHaveLength(approved ? 1 : 0);
  });

  it("is left to somebody after five workers died over it", async () => {
    const log = memoryEventLog();
    const calls: string[] = [];
    const id = await diedAfter(log, 3, pay(calls, "retry"));
    for (let died = 0; died < 5; died++) {
      const { dead, ...dying } = (await import("./processes.ts")).dyingLog(log, 2);
      const next = (await import("./processes.ts")).processOver(dying, pay(calls, "retry"));
      void next.run(id);
      void next.enqueue(question, { id }).catch(() => {});
      void next.worker().catch(() => {});
      await dead;
    }
    const run = await goOn(log, id, pay(calls, "retry"));
    await expect(run.result()).rejects.toSatisfy((error) => isOrchestratorError(error, "RUN_INTERRUPTED"));
  });
});
