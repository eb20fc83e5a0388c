import { describe, expect, it } from "vitest";
import { type EventLog, type WorkflowContext } from "../../../src/index.ts";
import { type Work, diedAfter, eventsOf, goOn, memoryEventLog } from "./processes.ts";

type Step = readonly [name: string, options?: { readonly effect?: "external"; readonly onInterrupted?: "retry" }];

/** A workflow that runs these steps in order, noting which of them ran. */
const stepsOf =
  (ran: string[], ...names: readonly (string | Step)[]): Work =>
  async ({ step }: WorkflowContext) => {
    for (const each of names) {
      const [name, options] = typeof each === "string" ? [each] : each;
      // Long enough for the step before to be written alone.
      await step(
        name,
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          ran.push(name);
        },
        options,
      );
    }
  };

/** Events after which a process that ran the first `count` steps died. */
const after = (count: number): number => 2 + count;

async function goneOnWith(log: EventLog, id: string, work: Work) {
  const run = await goOn(log, id, work);
  const error = await run.result().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { run, error };
}

describe("a workflow that is not the one that wrote the journal", () => {
  const recorded = ["a", "b", "c", "d"];
  it.each([
    ["renamed", ["a", "other", "c", "d"], "b"],
    ["removed", ["a", "c", "d"], "b"],
    ["removed at the end", ["a", "b"], "c"],
    ["inserted", ["a", "new", "b", "c", "d"], "b"],
    ["inserted first", ["new", "a", "b", "c", "d"], "a"],
    ["reordered", ["b", "a", "c", "d"], "a"],
    ["emptied", [], "a"],
  ])("is refused where a step was %s, and nothing runs", async (_how, changed, named) => {
    const log = memoryEventLog();
    const id = await diedAfter(log, after(3), stepsOf([], ...recorded));
    const ran: string[] = [];
    const { run, error } = await goneOnWith(log, id, stepsOf(ran, ...changed));
    expect(error).toMatchObject({ code: "NON_DETERMINISM", details: { step: named } });
    expect(ran).toEqual([]);
    expect(await run.status()).toMatchObject({ state: "stopped" });
    // Resumable after the fix.
    const fixed: string[] = [];
    const again = await goOn(log, id, stepsOf(fixed, ...recorded));
    expect(await again.resume()).toBe(true);
    await again.result();
    expect(fixed).toEqual(["d"]);
  });

  it("is refused where a step became something else", async () => {
    const log = memoryEventLog();
    const id = await diedAfter(log, after(1), stepsOf([], "a", "b"));
    const { error } = await goneOnWith(log, id, async ({ sleep }) => sleep("a", 1));
    expect(error).toMatchObject({ code: "NON_DETERMINISM", details: { step: "a" } });
  });

  it("is refused before it acts twice under another name", async () => {
    const log = memoryEventLog();
    const external = { effect: "external", onInterrupted: "retry" } as const;
    const id = await diedAfter(log, after(2), stepsOf([], "a", ["pay", external]));
    const ran: string[] = [];
    const { error } = await goneOnWith(log, id, stepsOf(ran, "a", ["charge", external]));
    expect(error).toMatchObject({ code: "NON_DETERMINISM", details: { step: "pay" } });
    expect(ran).toEqual([]);
  });
});

/** Every way to remove one step, put a new one in, give one another name, or swap two that stand side by side. */
function mutated(names: readonly string[]): string[][] {
  return names.flatMap((name, at) => [
    names.toSpliced(at, 1),
    names.toSpliced(at, 0, "new"),
    names.toSpliced(at, 1, `${name}'`),
    ...(at > 0 ? [names.toSpliced(at - 1, 2, name, names[at - 1]!)] : []),
  ]);
}

it("every single change before what was recorded last is noticed, and nothing runs", async () => {
  const recorded = ["a", "b", "c", "d", "e", "f"];
  const tried = await Promise.all(
    [1, 2, 3, 4, 5].flatMap((count) =>
      mutated(recorded).map(async (names) => {
        const log = memoryEventLog();
        const id = await diedAfter(log, after(count), stepsOf([], ...recorded));
        const events = await eventsOf(log, id);
        const written = events.flatMap(({ type, data }) => (type === "run.step.completed" ? [data.step ?? ""] : [])).slice(1);
        const ran: string[] = [];
        const { error } = await goneOnWith(log, id, stepsOf(ran, ...names));
        const isSame = written.every((name, at) => names[at] === name);
        return { names, written, ran, isSame, code: (error as { code?: string } | undefined)?.code };
      }),
    ),
  );
  const changed = tried.filter(({ isSame }) => !isSame);
  // How many depends on how many steps each process had written when it died.
  expect(changed.length).toBeGreaterThan(45);
  expect(changed.filter(({ code, ran }) => code !== "NON_DETERMINISM" || ran.length > 0)).toEqual([]);
  // A change behind all that was recorded is a change of plans, not a contradiction.
  expect(tried.filter(({ isSame, code }) => isSame && code !== undefined)).toEqual([]);
});

describe("the order of branches", () => {
  it("does not matter: names are what counts", async () => {
    const branches =
      (delays: readonly number[], ran: string[]): Work =>
      async ({ step }) => {
        const made = delays.map(async (ms, branch) => {
          const first = await step(`first ${branch}`, async () => {
            await new Promise((resolve) => setTimeout(resolve, ms));
            ran.push(`first ${branch}`);
            return branch;
          });
          return step(`second ${branch}`, () => (ran.push(`second ${branch}`), first * 10));
        });
        return Promise.all(made);
      };
    for (const died of [3, 4, 5, 6]) {
      const log = memoryEventLog();
      const id = await diedAfter(log, died, branches([20, 1, 10], []));
      const before = (await eventsOf(log, id)).flatMap(({ data }) => data.step ?? []);
      const ran: string[] = [];
      const { run, error } = await goneOnWith(log, id, branches([1, 20, 10], ran));
      expect(error).toBeUndefined();
      expect(await run.result()).toMatchObject({ text: "[0,10,20]" });
      expect(ran.filter((name) => before.includes(name))).toEqual([]);
    }
  });

  it("of names that hold what separates keys are kept apart", async () => {
    const work =
      (ran: string[]): Work =>
      async ({ step }) => {
        const inner = await step("a", () => step("b", () => (ran.push("a > b"), 1)));
        const slash = await step("a/b", () => (ran.push("a/b"), 2));
        const hash = await step("a#2", () => (ran.push("a#2"), 3));
        const second = await step("a", () => (ran.push("second a"), 4));
        return [inner, slash, hash, second];
      };
    for (let died = 2; died < 8; died++) {
      const log = memoryEventLog();
      const id = await diedAfter(log, died, work([]));
      const { run } = await goneOnWith(log, id, work([]));
      expect(await run.result()).toMatchObject({ text: "[1,2,3,4]" });
    }
  });
});
