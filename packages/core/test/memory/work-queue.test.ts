import { describe, expect, it, vi } from "vitest";
import { memoryWorkQueue } from "../../src/memory/work-queue.ts";
import { virtualClock } from "../../src/testing/index.ts";

describe("memoryWorkQueue", () => {
  it("refuses jobs when it is full, and takes them again when some are done", async () => {
    const queue = memoryWorkQueue({ maxJobs: 2 });
    await queue.enqueue(1, { id: "a" });
    await queue.enqueue(2, { id: "b" });
    await expect(queue.enqueue(3, { id: "c" })).rejects.toMatchObject({ code: "STORE_FULL", retryable: true });
    expect(await queue.enqueue(1, { id: "a" })).toBe(false);
    const done: string[] = [];
    await queue.consume(async ({ id }) => void done.push(id));
    await vi.waitFor(async () => expect(await queue.enqueue(3, { id: "c" })).toBe(true), 10_000);
    await vi.waitFor(() => expect(done).toEqual(["a", "b", "c"]), 10_000);
  });

  it("remembers the newest ids that are done, at least as many as it was told and at most twice as many", async () => {
    const queue = memoryWorkQueue({ dedupWindow: 2 });
    const done: string[] = [];
    await queue.consume(async ({ id }) => void done.push(id));
    for (const id of ["a", "b", "c", "d", "e"]) await queue.enqueue(id, { id });
    await vi.waitFor(() => expect(done).toEqual(["a", "b", "c", "d", "e"]), 10_000);
    expect(await queue.enqueue("e", { id: "e" })).toBe(false);
    expect(await queue.enqueue("d", { id: "d" })).toBe(false);
    expect(await queue.enqueue("a", { id: "a" })).toBe(true);
  });

  it("waits twice as long before each further try, and other jobs go on meanwhile", async () => {
    const clock = virtualClock();
    const queue = memoryWorkQueue({ clock, retryDelayMs: 100, maxDeliver: 4 });
    const tried: [string, number][] = [];
    await queue.consume(async ({ id }) => {
      tried.push([id, clock.now()]);
      if (id === "poison") throw new Error("no");
    });
    await queue.enqueue(1, { id: "poison" });
    await queue.enqueue(1, { id: "other" });
    await clock.advance(10_000);
    expect(tried).toEqual([
      ["poison", 0],
      ["other", 0],
      ["poison", 100],
      ["poison", 300],
      ["poison", 700],
    ]);
    expect(await queue.deadJobs()).toEqual([{ id: "poison", payload: 1, attempts: 4, cause: "no" }]);
    expect(clock.pending()).toBe(0);
  });

  it("keeps the newest dead jobs, as many as it was told", async () => {
    const queue = memoryWorkQueue({ maxDead: 2, maxDeliver: 1 });
    await queue.consume(() => Promise.reject(new Error("no")));
    for (const id of ["a", "b", "c"]) await queue.enqueue(1, { id });
    await vi.waitFor(async () => expect((await queue.deadJobs()).map(({ id }) => id)).toEqual(["b", "c"]), 10_000);
  });

  it("tells jobs in flight to stop when it closes, and leaves no timer", async () => {
    const clock = virtualClock();
    const queue = memoryWorkQueue({ clock });
    const ended: string[] = [];
    await queue.consume(
      async ({ id, signal }) => {
        if (id === "fails") throw new Error("no");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        ended.push(id);
      },
      { concurrency: 2 },
    );
    await queue.enqueue(1, { id: "fails" });
    await queue.enqueue(1, { id: "waits" });
    await vi.waitFor(() => expect(clock.pending()).toBe(1), 10_000);
    await queue.close?.();
    expect(ended).toEqual(["waits"]);
    expect(clock.pending()).toBe(0);
    expect(queue.health?.().status).toBe("down");
  });

  it("closes within its limit when a handler does not stop", async () => {
    const clock = virtualClock();
    const queue = memoryWorkQueue({ clock, closeTimeoutMs: 1_000 });
    let began = false;
    await queue.consume(() => {
      began = true;
      return new Promise(() => {});
    });
    await queue.enqueue(1, { id: "a" });
    await vi.waitFor(() => expect(began).toBe(true), 10_000);
    let closed = false;
    const closing = queue.close?.().then(() => (closed = true));
    await clock.advance(999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(clock.pending()).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a concurrency of %s", async (concurrency) => {
    await expect(memoryWorkQueue().consume(async () => {}, { concurrency })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("takes no calls after close", async () => {
    const queue = memoryWorkQueue();
    await queue.close?.();
    await expect(queue.enqueue(1, { id: "a" })).rejects.toMatchObject({ code: "CLOSED" });
    await expect(queue.consume(async () => {})).rejects.toMatchObject({ code: "CLOSED" });
  });
});
