import assert from "node:assert/strict";
import type { Json } from "../ports/json.ts";
import type { Job, WorkQueue } from "../ports/work-queue.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, rejectsWhenAborted } from "./expectations.ts";
import { eventually, eventuallyEqual, within } from "./waiting.ts";

interface Handed extends Omit<Job, "signal"> {}

/** A handler that notes what it is handed before `then` runs. */
function recorder(then?: (job: Job) => Promise<void> | void) {
  const jobs: Handed[] = [];
  return {
    jobs,
    ids: (): readonly string[] => jobs.map((job) => job.id).toSorted(),
    handler: async (job: Job): Promise<void> => {
      jobs.push({ id: job.id, payload: job.payload, attempt: job.attempt });
      await then?.(job);
    },
  };
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `job-${String(index).padStart(2, "0")}`);

async function enqueueAll(queue: WorkQueue, ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal(await queue.enqueue({ id }, { id }), true, id);
}

/** The contract of `WorkQueue`, one case or more a clause. */
export const workQueueConformance: readonly ConformanceCase<WorkQueue>[] = [
  {
    name: "A job is handed to one handler, with its id and payload",
    run: async (queue, limitMs) => {
      const payloads: readonly Json[] = [{ text: "grüße", list: [1, null, { deep: true }] }, null, "text", [], 0];
      const worker = recorder();
      await queue.consume(worker.handler);
      for (const [index, payload] of payloads.entries()) await queue.enqueue(payload, { id: `odd id: ${index}.*>` });
      const byId = (): readonly Handed[] => worker.jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const expected = payloads.map((payload, index) => ({ id: `odd id: ${index}.*>`, payload, attempt: 1 }));
      await eventuallyEqual(byId, expected, limitMs, "every job is handed over with its payload");
    },
  },
  {
    name: "A job is handed to one handler, with its id and payload: as it was when it was enqueued",
    run: async (queue, limitMs) => {
      const payload = { list: [1] };
      const enqueuing = queue.enqueue(payload, { id: "a" });
      payload.list.push(2);
      await enqueuing;
      const worker = recorder();
      await queue.consume(worker.handler);
      await eventuallyEqual(() => worker.jobs, [{ id: "a", payload: { list: [1] }, attempt: 1 }], limitMs, "the job is handed over");
    },
  },
  {
    name: "Jobs wait until there is a consumer",
    run: async (queue, limitMs) => {
      await enqueueAll(queue, names(5));
      const worker = recorder();
      await queue.consume(worker.handler);
      await eventuallyEqual(worker.ids, names(5), limitMs, "every waiting job is handed over");
    },
  },
  {
    name: "`enqueue` answers true, or false for an id that is already known, which is not queued again",
    run: async (queue, limitMs) => {
      assert.equal(await queue.enqueue("first", { id: "a" }), true);
      assert.equal(await queue.enqueue("second", { id: "a" }), false);
      const worker = recorder();
      await queue.consume(worker.handler);
      await eventually(() => worker.jobs.length === 1, limitMs, "the job is handed over");
      assert.equal(await queue.enqueue("third", { id: "a" }), false, "an id that was worked on");
      assert.equal(await queue.enqueue("other", { id: "A" }), true);
      await eventually(() => worker.ids().includes("A"), limitMs, "the other job is handed over");
      assert.deepEqual(
        worker.jobs.map((job) => job.payload),
        ["first", "other"],
      );
    },
  },
  {
    name: "`enqueue` answers true, or false for an id that is already known, which is not queued again: of many at once one is new",
    run: async (queue, limitMs) => {
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => queue.enqueue(index, { id: "a" })));
      assert.equal(answers.filter((answer) => answer).length, 1);
      const worker = recorder();
      await queue.consume(worker.handler);
      await queue.enqueue("last", { id: "z" });
      await eventually(() => worker.ids().includes("z"), limitMs, "the last job is handed over");
      assert.deepEqual(worker.ids(), ["a", "z"]);
    },
  },
  {
    name: "A job whose handler throws is handed out again, with a higher `attempt`",
    run: async (queue, limitMs) => {
      const worker = recorder(({ id, attempt }) => {
        // The last job fails once more often, so a third time of the first would come before its end.
        if (attempt < (id === "last" ? 3 : 2)) throw new Error("not yet");
      });
      await queue.consume(worker.handler);
      await queue.enqueue("x", { id: "first" });
      const attemptsOf = (id: string): readonly number[] => worker.jobs.filter((job) => job.id === id).map((job) => job.attempt);
      await eventually(() => attemptsOf("first").length >= 2, limitMs, "the job is handed out a second time");
      await queue.enqueue("y", { id: "last" });
      await eventually(() => attemptsOf("last").length >= 3, limitMs, "the last job is handed out a third time");
      assert.deepEqual(attemptsOf("first"), [1, 2]);
      assert.deepEqual(attemptsOf("last"), [1, 2, 3]);
      assert.ok(
        worker.jobs.every(({ id, payload }) => payload === (id === "last" ? "y" : "x")),
        "a payload changed between two attempts",
      );
      assert.deepEqual(await queue.deadJobs(), []);
    },
  },
  {
    name: "A job that keeps failing becomes a dead job with its cause, and the others go on",
    run: async (queue, limitMs) => {
      const worker = recorder(({ id, attempt }) => {
        if (id === "poison") throw new Error("no, thanks");
        if (id === "flaky" && attempt === 1) throw new Error("not yet");
      });
      await queue.consume(worker.handler);
      const countOf = (id: string): number => worker.ids().filter((each) => each === id).length;
      await queue.enqueue("x", { id: "flaky" });
      await queue.enqueue({ bad: true }, { id: "poison" });
      await enqueueAll(queue, names(3));
      await eventually(() => names(3).every((id) => countOf(id) === 1) && countOf("flaky") === 2, limitMs, "the other jobs are done");
      await eventually(async () => (await queue.deadJobs()).length > 0, limitMs, "the job is dead");
      const [dead, ...more] = await queue.deadJobs();
      assert.deepEqual(more, []);
      assert.deepEqual({ ...dead, cause: "" }, { id: "poison", payload: { bad: true }, attempts: countOf("poison"), cause: "" });
      assert.match(dead?.cause ?? "", /no, thanks/);
    },
  },
  {
    name: "A consumer runs at most `concurrency` jobs at once",
    run: async (queue, limitMs) => {
      const gate = Promise.withResolvers<void>();
      let running = 0;
      let most = 0;
      const worker = recorder(async () => {
        most = Math.max(most, ++running);
        await gate.promise;
        await new Promise(setImmediate);
        running--;
      });
      await queue.consume(worker.handler, { concurrency: 3 });
      await enqueueAll(queue, names(9));
      await eventually(() => running >= 3, limitMs, "three jobs run at once");
      gate.resolve();
      await eventuallyEqual(worker.ids, names(9), limitMs, "all jobs are handed over");
      assert.equal(most, 3);
    },
  },
  {
    name: "A consumer runs at most `concurrency` jobs at once: one unless told otherwise",
    run: async (queue, limitMs) => {
      let running = 0;
      let most = 0;
      const worker = recorder(async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
      });
      await queue.consume(worker.handler);
      await enqueueAll(queue, names(5));
      await eventuallyEqual(worker.ids, names(5), limitMs, "all jobs are handed over");
      assert.equal(most, 1);
    },
  },
  {
    name: "Several consumers share the jobs; each job succeeds once",
    run: async (queue, limitMs) => {
      const workers = [recorder(), recorder(), recorder()];
      for (const worker of workers) await queue.consume(worker.handler, { concurrency: 2 });
      await Promise.all(names(20).map((id) => queue.enqueue(id, { id })));
      const all = (): readonly string[] => workers.flatMap((worker) => worker.ids()).toSorted();
      await eventually(() => new Set(all()).size === 20, limitMs, "every job is handed over");
      await queue.enqueue("last", { id: "last" });
      await eventually(() => all().includes("last"), limitMs, "the last job is handed over");
      assert.deepEqual(all(), [...names(20), "last"].toSorted());
    },
  },
  {
    name: "Several consumers share the jobs; each job succeeds once: a busy one does not hold up the others",
    run: async (queue, limitMs) => {
      const gate = Promise.withResolvers<void>();
      const stuck = recorder(() => gate.promise);
      await queue.consume(stuck.handler);
      await enqueueAll(queue, names(1));
      await eventually(() => stuck.jobs.length === 1, limitMs, "the first job is handed over");
      const free = recorder();
      await queue.consume(free.handler);
      try {
        await enqueueAll(queue, names(6).slice(1));
        await eventuallyEqual(free.ids, names(6).slice(1), limitMs, "the free consumer gets the other jobs");
      } finally {
        gate.resolve();
      }
    },
  },
  {
    name: "Closing a consumer waits for its jobs in flight and leaves the rest to others",
    run: async (queue, limitMs) => {
      const gate = Promise.withResolvers<void>();
      let ended = false;
      const leaving = recorder(async () => {
        await gate.promise;
        await new Promise(setImmediate);
        ended = true;
      });
      const consumer = await queue.consume(leaving.handler);
      await enqueueAll(queue, names(4));
      await eventually(() => leaving.jobs.length === 1, limitMs, "the first job is handed over");
      const closing = consumer.close().then(() => ended);
      gate.resolve();
      assert.equal(await within(closing, limitMs, "`close` resolves after the job"), true, "`close` resolved before the job ended");
      const done = leaving.ids();
      const staying = recorder();
      await queue.consume(staying.handler);
      const rest = names(4).filter((id) => !done.includes(id));
      await eventuallyEqual(staying.ids, rest, limitMs, "the rest goes to the other consumer");
    },
  },
  {
    name: "After `close` of a consumer its handler is not called again",
    run: async (queue, limitMs) => {
      const leaving = recorder(({ id }) => {
        if (id === "fails") throw new Error("before it left");
      });
      const consumer = await queue.consume(leaving.handler);
      await queue.enqueue("x", { id: "fails" });
      await eventually(() => leaving.jobs.length > 0, limitMs, "the first job is handed over");
      await consumer.close();
      await consumer.close();
      const calls = leaving.jobs.length;
      const staying = recorder();
      await queue.consume(staying.handler);
      await enqueueAll(queue, names(4));
      await eventually(() => [...names(4), "fails"].every((id) => staying.ids().includes(id)), limitMs, "the other consumer gets the jobs");
      assert.equal(leaving.jobs.length, calls);
    },
  },
  {
    name: "An aborted enqueue rejects with the signal's reason",
    run: async (queue, limitMs) => {
      await rejectsWhenAborted((signal) => queue.enqueue("x", { id: "aborted", signal }));
      const worker = recorder();
      await queue.consume(worker.handler);
      await queue.enqueue("y", { id: "last" });
      await eventuallyEqual(worker.ids, ["last"], limitMs, "only the job that was not aborted is handed over");
      assert.equal(await queue.enqueue("x", { id: "aborted" }), true, "an aborted enqueue must not claim its id");
    },
  },
  {
    name: "`close` may be called twice",
    run: async (queue) => {
      await queue.consume(async () => {});
      await queue.enqueue("x", { id: "a" });
      await closesTwice(queue);
    },
  },
];
