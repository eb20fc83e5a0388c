import { describe, expect, it, onTestFinished } from "vitest";
import {
  type EventLog,
  type Tool,
  createOrchestrator,
  defineTool,
  isOrchestratorError,
  memoryEventBus,
  memoryStateStore,
  memoryWorkQueue,
} from "../../../src/index.ts";
import { scriptedProvider } from "../../../src/testing/index.ts";
import {
  type Work,
  diedAfter,
  dyingLog,
  eventsOf,
  goOn,
  living,
  memoryEventLog,
  processOver,
  question,
  toldBy,
  until,
} from "./processes.ts";

describe("two workers on one run", () => {
  it("never both write: who was taken over ends, and what it does comes too late", async () => {
    const log = memoryEventLog();
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const slow: Work = async ({ step }) => {
      await step("a", () => "slow");
      await step("b", async () => {
        entered.resolve();
        await leave.promise;
        return "slow";
      });
      return step("c", () => "slow");
    };
    const first = living(log, slow);
    const { id } = await first.enqueue(question);
    await first.worker();
    await entered.promise;
    const quick: Work = async ({ step }) => [
      await step("a", () => "quick"),
      await step("b", () => "quick"),
      await step("c", () => "quick"),
    ];
    const run = await goOn(log, id, quick);
    expect(await run.result()).toMatchObject({ text: '["slow","quick","quick"]' });
    const ended = (await eventsOf(log, id)).length;
    leave.resolve();
    await first.close();
    expect((await eventsOf(log, id)).length).toBe(ended);
  });

  it("is one run for one id, however many ask for it at once", async () => {
    const log = memoryEventLog();
    let ran = 0;
    const queue = memoryWorkQueue();
    const all = Array.from({ length: 8 }, () =>
      living(log, async ({ step }) => step("count", () => ++ran), { queue: { ...queue, close: async () => {} } }),
    );
    const runs = await Promise.all(all.map((each) => each.enqueue(question, { id: "the one" })));
    await Promise.all(all.map((each) => each.worker()));
    const texts = await Promise.all(runs.map(async (run) => (await run.result()).text));
    expect(new Set(texts)).toEqual(new Set(["1"]));
    expect(ran).toBe(1);
  });

  it("is not another caller's run", async () => {
    const here = living(memoryEventLog(), async () => 1);
    const ann = { tenant: "a", principal: { id: "ann", roles: [] } };
    const { id } = await here.enqueue({ ...question, ...ann });
    expect(await here.run(id, ann).status()).toMatchObject({ state: "queued" });
    for (const owner of [{}, { tenant: "b", principal: ann.principal }, { tenant: "a", principal: { id: "bob", roles: [] } }]) {
      const other = here.run(id, owner);
      const attempts = [
        other.status(),
        other.result(),
        other.cancel(),
        other.resume(),
        other.approvals(),
        other.events()[Symbol.asyncIterator]().next(),
      ];
      for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      await expect(here.enqueue({ ...question, ...owner }, { id })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    }
    await expect(here.run("nobody's").result()).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("cancel", () => {
  const undone: string[] = [];
  const waiting: Work = async ({ step, sleep }) => {
    await step("book", () => "room 7", { effect: "external", compensate: (room) => void undone.push(room) });
    await sleep("long", 600_000);
  };

  it("ends a run from any process, and undoes what it made once", async () => {
    undone.length = 0;
    const log = memoryEventLog();
    const events = memoryEventBus();
    const shared = { events: { ...events, close: async () => {} } };
    const here = living(log, waiting, shared);
    const run = await here.enqueue(question);
    await here.worker();
    await until(run, "waiting");
    const elsewhere = living(log, waiting, shared).run(run.id);
    expect(await elsewhere.cancel("changed my mind")).toBe(true);
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED", message: expect.stringContaining("changed my mind") });
    expect(await run.status()).toMatchObject({ state: "cancelled" });
    expect(undone).toEqual(["room 7"]);
    expect(await run.cancel()).toBe(false);
  });

  it("harms nobody where steps are under way that no one waits for", async () => {
    const log = memoryEventLog();
    const work: Work = async ({ step, sleep }) => {
      const waits = [
        sleep("one", 600_000),
        sleep("two", 600_000),
        step("three", ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)))),
      ];
      for (const wait of waits) await wait;
    };
    const here = living(log, work);
    const run = await here.enqueue(question);
    await here.worker();
    await until(run, "waiting");
    await run.cancel();
    // An unhandled rejection would fail this test run.
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
  });

  it("of a run nobody has taken yet runs nothing of it", async () => {
    undone.length = 0;
    const here = living(memoryEventLog(), waiting);
    const run = await here.enqueue(question);
    await run.cancel();
    await here.worker();
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(undone).toEqual([]);
  });

  it("of a run whose process died undoes what that made", async () => {
    undone.length = 0;
    const log = memoryEventLog();
    const id = await diedAfter(log, 4, waiting);
    await processOver(log, waiting).run(id).cancel();
    await expect((await goOn(log, id, waiting)).result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(undone).toEqual(["room 7"]);
  });
});

describe("a worker that is closed", () => {
  it("hands its runs back, and another goes on with them", async () => {
    const log = memoryEventLog();
    const queue = memoryWorkQueue();
    const ran: string[] = [];
    const work: Work = async ({ step, sleep }) => {
      await step("before", () => ran.push("before"));
      await sleep("pause", 30);
      return step("after", () => "done");
    };
    const shared = { queue: { ...queue, close: async () => {} } };
    const first = processOver(log, work, shared);
    const { id } = await first.enqueue(question);
    await first.worker();
    await until(first.run(id), "waiting");
    await first.close();
    const second = living(log, work, shared);
    await second.worker();
    expect(await second.run(id).result()).toMatchObject({ text: '"done"' });
    expect(ran).toEqual(["before"]);
  });

  it("lets runs that wait take nobody's place", async () => {
    const here = living(memoryEventLog(), async ({ sleep, step }) => (await sleep("wait", 200), step("end", () => 1)));
    const worker = await here.worker({ concurrency: 1 });
    const runs = await Promise.all(Array.from({ length: 5 }, () => here.enqueue(question)));
    await Promise.all(runs.map((run) => until(run, "waiting")));
    expect(worker.running()).toBe(5);
    await Promise.all(runs.map((run) => run.result()));
  });
});

describe("bounds", () => {
  it("refuse a result that is too large, and the run fails by that name", async () => {
    const here = living(memoryEventLog(), async ({ step }) => step("big", () => "x".repeat(10_000_000)));
    const run = await here.enqueue(question);
    await here.worker();
    await expect(run.result()).rejects.toMatchObject({ code: "HISTORY_FULL", details: { step: "big" } });
  });

  it("refuse a history that is too long", async () => {
    const log = memoryEventLog();
    const endless: Work = async ({ step }) => {
      for (let count = 0; count < 1_000; count++) await step(`step ${count}`, () => count);
    };
    const here = living(log, endless, { limits: { maxHistory: 50 } });
    const run = await here.enqueue(question);
    await here.worker();
    await expect(run.result()).rejects.toMatchObject({ code: "HISTORY_FULL" });
    expect((await eventsOf(log, run.id)).length).toBeLessThan(55);
  });
});

describe("a slow log", () => {
  it("does not hold up steps that may run again, but whatever acts waits until all before it is written", async () => {
    const log = memoryEventLog();
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let holds = false;
    const slow: EventLog = {
      ...log,
      async append(stream, events, options) {
        if (holds) await gate.promise;
        return log.append(stream, events, options);
      },
    };
    const acted: string[] = [];
    const here = living(slow, async ({ step }) => {
      holds = true;
      for (let count = 0; count < 10; count++) await step(`pure ${count}`, () => count);
      reached.resolve();
      return step("act", () => acted.push("act"), { effect: "external" });
    });
    const run = await here.enqueue(question);
    await here.worker();
    await reached.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(acted).toEqual([]);
    gate.resolve();
    await run.result();
    const steps = (await eventsOf(log, run.id)).flatMap(({ type, data }) => (type.startsWith("run.step.") ? [data.step] : []));
    expect(steps.slice(-3)).toEqual(["pure 9", "act", "act"]);
  });

  it("that refuses for good ends the run in this process, and another goes on", async () => {
    const log = memoryEventLog();
    let broken = false;
    const failing: EventLog = {
      ...log,
      append: async (...args) => (broken ? Promise.reject(new Error("disk on fire")) : log.append(...args)),
    };
    const work =
      (breaks: boolean): Work =>
      async ({ step }) => {
        await step("first", () => 1);
        if (breaks) broken = true;
        for (let count = 0; count < 200; count++) await step("more", () => count);
        return "done";
      };
    const first = living(failing, work(true));
    const { id } = await first.enqueue(question);
    await first.worker();
    while (!broken) await new Promise((resolve) => setImmediate(resolve));
    expect(await (await goOn(log, id, work(false))).result()).toMatchObject({ text: '"done"' });
  });
});

describe("what a run paid for", () => {
  const look = defineTool({
    name: "look",
    description: "Looks.",
    inputSchema: { type: "object" },
    readOnly: true,
    execute: async () => ({ seen: 3 }),
  });

  it("is not asked for again: model calls and tools are taken from the journal, and still counted", async () => {
    const log = memoryEventLog();
    const model = scriptedProvider("first", "second");
    let looks = 0;
    const counted: Tool = { ...look, execute: async (input, options) => (looks++, look.execute(input, options)) };
    const work: Work = async ({ say, callTool, step }) => {
      const first = await say({ messages: [{ role: "user", content: "1" }] });
      const seen = await callTool("look", {});
      const second = await step("wrapped", () => say({ messages: [{ role: "user", content: "2" }] }));
      return [first?.text, seen, second?.text];
    };
    const options = { providers: [model], tools: [counted] };
    const id = await diedAfter(log, 4, work, options);
    expect([model.requests.length, looks]).toEqual([1, 1]);
    const run = await goOn(log, id, work, options);
    const result = await run.result();
    expect(JSON.parse(result.text)).toEqual(["first", { seen: 3 }, "second"]);
    expect([model.requests.length, looks]).toEqual([2, 1]);
    expect(result.attempts).toHaveLength(2);
    // Whoever followed it all the way has exactly the answer before them.
    const text = (await toldBy(run)).reduce((shown, event) => {
      if (event.type === "text-reset") return "";
      return event.type === "text-delta" ? shown + event.text : shown;
    }, "");
    expect(text).toBe(result.text);
  });

  it("leaves one turn in its session, wherever it dies", async () => {
    for (let died = 2; died < 6; died++) {
      const log = memoryEventLog();
      const state = memoryStateStore();
      const shared = { state: { ...state, close: async () => {} } };
      const here = living(log, async () => 1, shared);
      const sessionId = await here.createSession();
      const asked = { ...question, sessionId };
      const dying = dyingLog(log, died);
      const first = processOver(dying, async () => 1, shared);
      void first.enqueue(asked, { id: "run" }).catch(() => {});
      await first.worker();
      await dying.dead;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const run = await here.enqueue(asked, { id: "run" });
      await here.worker();
      await run.result();
      const turns = (await state.get(`session:${JSON.stringify(["default", null, sessionId])}`))?.value;
      expect(turns).toHaveLength(1);
    }
  });

  it("is undone in a query that is not queued, too", async () => {
    const undone: string[] = [];
    const here = createOrchestrator({
      cache: false,
      workflows: {
        tool: {
          name: "test",
          run: async (_query, { step }) => {
            await step("one", () => "one", { compensate: (made) => void undone.push(made) });
            await step("two", () => "two", { compensate: () => Promise.reject(new Error("cannot")) });
            await step("three", () => "three", { compensate: (made) => void undone.push(made) });
            throw new Error("no luck");
          },
        },
      },
    });
    onTestFinished(() => here.close());
    await expect(here.query(question)).rejects.toThrow("no luck");
    expect(undone).toEqual(["three", "one"]);
  });
});

it("an abort of the wait for a result leaves the run alone", async () => {
  const here = living(memoryEventLog(), async ({ sleep }) => sleep("wait", 30));
  const run = await here.enqueue(question);
  await here.worker();
  const controller = new AbortController();
  const waiting = run.result({ signal: controller.signal });
  controller.abort(new Error("not now"));
  await expect(waiting).rejects.toThrow("not now");
  await run.result();
  expect(isOrchestratorError(await run.result().catch((error: unknown) => error))).toBe(false);
});
