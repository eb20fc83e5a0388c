import { memoryWorkQueue } from "../../../src/memory/work-queue.ts";
import type { Job, WorkQueue } from "../../../src/ports/work-queue.ts";
import { quickWorkQueue } from "../subjects.ts";
import { closesOnce, wrongly } from "./wrong.ts";

const wrong = wrongly<WorkQueue>(quickWorkQueue);

type Handler = (job: Job) => Promise<void>;

/** Stands between the queue and every handler. */
const between = (right: WorkQueue, hand: (job: Job, handler: Handler) => Promise<void>): Partial<WorkQueue> => ({
  consume: (handler, options) => right.consume((job) => hand(job, handler), options),
});

const reported = (right: WorkQueue, change: (dead: Awaited<ReturnType<WorkQueue["deadJobs"]>>[number]) => object): Partial<WorkQueue> => ({
  deadJobs: async () => (await right.deadJobs()).map((dead) => ({ ...dead, ...change(dead) })),
});

const leaving = (right: WorkQueue, close: (real: () => Promise<void>) => Promise<void>): Partial<WorkQueue> => ({
  consume: async (handler, options) => {
    const subscription = await right.consume(handler, options);
    const end = (): Promise<void> => close(subscription.close);
    return { close: end, [Symbol.asyncDispose]: end };
  },
});

const concurrent = (right: WorkQueue, change: (concurrency: number | undefined) => number): Partial<WorkQueue> => ({
  consume: (handler, options) => right.consume(handler, { ...options, concurrency: change(options?.concurrency) }),
});

/** Lets ids through that the right queue would refuse; `#` keeps the original readable. */
function undeduplicated(right: WorkQueue, answer: (known: boolean) => boolean): Partial<WorkQueue> {
  const known = new Set<string>();
  let count = 0;
  return {
    enqueue: async (payload, options) => {
      const wasKnown = known.has(options.id);
      known.add(options.id);
      await right.enqueue(payload, { ...options, id: `${options.id}#${++count}` });
      return answer(wasKnown);
    },
    ...between(right, (job, handler) => handler({ ...job, id: job.id.split("#")[0] ?? "" })),
  };
}

export const wrongWorkQueues = [
  wrong(1, "loses the payload", (right) => between(right, (job, handler) => handler({ ...job, payload: null }))),
  wrong(1, "hands text over", (right) => between(right, (job, handler) => handler({ ...job, payload: JSON.stringify(job.payload) }))),
  wrong(1, "makes ids of its own", (right) => {
    let count = 0;
    return between(right, (job, handler) => handler({ ...job, id: String(++count) }));
  }),
  wrong(1, "counts attempts from 0", (right) => between(right, (job, handler) => handler({ ...job, attempt: job.attempt - 1 }))),
  wrong(1, "hands every job over twice", (right) =>
    between(right, async (job, handler) => {
      await handler(job);
      await handler(job);
    }),
  ),
  wrong(1, "takes null for no job", (right) =>
    between(right, async (job, handler) => {
      if (job.payload !== null) await handler(job);
    }),
  ),
  wrong(1, "shares the payload", (right) => {
    const payloads = new Map<string, Job["payload"]>();
    return {
      enqueue: (payload, options) => {
        payloads.set(options.id, payload);
        return right.enqueue(payload, options);
      },
      ...between(right, (job, handler) => handler({ ...job, payload: payloads.get(job.id) ?? null })),
    };
  }),
  wrong(2, "loses jobs while nobody works", (right) => {
    let workers = 0;
    return {
      enqueue: async (payload, options) => (workers > 0 ? right.enqueue(payload, options) : true),
      consume: (...args) => {
        workers++;
        return right.consume(...args);
      },
    };
  }),
  wrong(2, "keeps one waiting job", (right) => {
    let waiting = 0;
    return { enqueue: async (payload, options) => (++waiting > 1 ? true : right.enqueue(payload, options)) };
  }),
  wrong(3, "always answers true", ({ enqueue }) => ({ enqueue: async (...args) => (await enqueue(...args), true) })),
  wrong(3, "always answers false", ({ enqueue }) => ({ enqueue: async (...args) => (await enqueue(...args), false) })),
  wrong(3, "answers false and queues again", (right) => undeduplicated(right, (known) => !known)),
  wrong(3, "answers true and queues again", (right) => undeduplicated(right, () => true)),
  wrong(3, "replaces the payload of a known id", (right) => {
    const payloads = new Map<string, Job["payload"]>();
    return {
      enqueue: (payload, options) => {
        payloads.set(options.id, payload);
        return right.enqueue(payload, options);
      },
      ...between(right, (job, handler) => handler({ ...job, payload: payloads.get(job.id) ?? null })),
    };
  }),
  wrong(3, "forgets an id once its job is done", (right) => {
    const waiting = new Set<string>();
    let count = 0;
    return {
      enqueue: async (payload, options) => {
        if (waiting.has(options.id)) return false;
        waiting.add(options.id);
        return right.enqueue(payload, { ...options, id: `${options.id}#${++count}` });
      },
      ...between(right, async (job, handler) => {
        const id = job.id.split("#")[0] ?? "";
        await handler({ ...job, id });
        waiting.delete(id);
      }),
    };
  }),
  wrong(3, "ignores the case of ids", ({ enqueue }) => ({
    enqueue: (payload, options) => enqueue(payload, { ...options, id: options.id.toLowerCase() }),
  })),
  wrong(3, "looks first and queues later", (right) => {
    const known = new Set<string>();
    let count = 0;
    return {
      enqueue: async (payload, options) => {
        if (known.has(options.id)) return false;
        await Promise.resolve();
        known.add(options.id);
        return right.enqueue(payload, { ...options, id: `${options.id}#${++count}` });
      },
      ...between(right, (job, handler) => handler({ ...job, id: job.id.split("#")[0] ?? "" })),
    };
  }),
  wrong(4, "loses a job whose handler throws", (right) => between(right, (job, handler) => handler(job).catch(() => {}))),
  wrong(4, "does not count attempts", (right) => between(right, (job, handler) => handler({ ...job, attempt: 1 }))),
  wrong(4, "hands out a job that succeeded once more", (right) =>
    between(right, async (job, handler) => {
      await handler(job);
      if (job.attempt === 2) throw new Error("a lost receipt");
    }),
  ),
  wrong(4, "changes the payload between two attempts", (right) =>
    between(right, (job, handler) => handler(job.attempt > 1 ? { ...job, payload: null } : job)),
  ),
  wrong(4, "takes the first failure for the last", () => memoryWorkQueue({ maxDeliver: 1 })),
  wrong(5, "knows no dead jobs", () => ({ deadJobs: async () => [] })),
  wrong(5, "tells no cause", (right) => reported(right, () => ({ cause: "" }))),
  wrong(5, "counts the attempts wrong", (right) => reported(right, ({ attempts }) => ({ attempts: attempts - 1 }))),
  wrong(5, "loses the payload of a dead job", (right) => reported(right, () => ({ payload: null }))),
  wrong(5, "tries for ever", () => memoryWorkQueue({ maxDeliver: 1_000_000, retryDelayMs: 1 })),
  wrong(5, "stops at the first failure", (right) => {
    let failed = false;
    return between(right, async (job, handler) => {
      if (failed && job.attempt === 1) return;
      await handler(job).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    });
  }),
  wrong(5, "keeps every job for dead that failed once", (right) => {
    const failed: { id: string; payload: Job["payload"]; attempts: number; cause: string }[] = [];
    return {
      deadJobs: async () => failed,
      ...between(right, (job, handler) =>
        handler(job).catch((error: unknown) => {
          failed.push({ id: job.id, payload: job.payload, attempts: job.attempt, cause: String(error) });
          throw error;
        }),
      ),
    };
  }),
  wrong(6, "knows no limit", (right) => concurrent(right, () => 100)),
  wrong(6, "runs one more than it may", (right) => concurrent(right, (concurrency = 1) => concurrency + 1)),
  wrong(6, "runs one at a time, whatever it is told", (right) => concurrent(right, () => 1)),
  wrong(6, "runs ten unless told otherwise", (right) => concurrent(right, (concurrency = 10) => concurrency)),
  wrong(7, "every consumer gets every job", (right) => {
    const handlers: Handler[] = [];
    return {
      consume: (handler, options) => {
        handlers.push(handler);
        return right.consume(async (job) => void (await Promise.all(handlers.map((each) => each(job)))), options);
      },
    };
  }),
  wrong(7, "hands a job out twice when there are many", (right) => {
    let count = 0;
    return between(right, async (job, handler) => {
      await handler(job);
      if (++count === 10) await handler(job);
    });
  }),
  wrong(7, "only the first consumer works", (right) => {
    let consumers = 0;
    return {
      consume: (handler, options) =>
        ++consumers === 1
          ? right.consume(handler, options)
          : Promise.resolve({ close: async () => {}, [Symbol.asyncDispose]: async () => {} }),
    };
  }),
  wrong(7, "gives jobs to consumers in turn, busy or not", (right) => {
    const queues: { readonly handler: Handler; tail: Promise<void> }[] = [];
    let turn = 0;
    return {
      consume: (handler, options) => {
        queues.push({ handler, tail: Promise.resolve() });
        if (queues.length > 1)
          return right.consume(handler, { ...options, concurrency: 1 }).then(async (real) => (await real.close(), real));
        return right.consume(
          async (job) => {
            const queue = queues[turn++ % queues.length];
            if (queue !== undefined) queue.tail = queue.tail.then(() => queue.handler(job)).catch(() => {});
          },
          { concurrency: 100 },
        );
      },
    };
  }),
  wrong(8, "`close` of a consumer does not wait", (right) =>
    leaving(right, async (close) => {
      void close();
    }),
  ),
  wrong(8, "waiting jobs leave with the consumer", (right) => {
    let left = false;
    return {
      ...between(right, async (job, handler) => {
        if (!left || job.id === "job-00") await handler(job);
      }),
      consume: async (handler, options) => {
        const closed = left;
        const subscription = await right.consume(async (job) => (closed ? undefined : handler(job)), options);
        const close = async (): Promise<void> => {
          left = true;
          await subscription.close();
        };
        return { close, [Symbol.asyncDispose]: close };
      },
    };
  }),
  wrong(8, "hands a job out again that ended while its consumer closed", (right) => {
    let closing = false;
    return {
      consume: async (handler, options) => {
        const subscription = await right.consume(async (job) => {
          await handler(job);
          if (closing && job.attempt === 1) throw new Error("a lost receipt");
        }, options);
        const close = (): Promise<void> => {
          closing = true;
          return subscription.close();
        };
        return { close, [Symbol.asyncDispose]: close };
      },
    };
  }),
  wrong(9, "`close` of a consumer does nothing", (right) => leaving(right, async () => {})),
  wrong(9, "fails to close a consumer twice", (right) => {
    const closed = new Set<() => Promise<void>>();
    return leaving(right, async (close) => {
      if (closed.has(close)) throw new Error("closed already");
      closed.add(close);
      await close();
    });
  }),
  wrong(9, "gives a consumer that left the retries of its jobs", (right) => {
    const owners = new Map<string, Handler>();
    return between(right, (job, handler) => {
      const owner = owners.get(job.id) ?? handler;
      owners.set(job.id, owner);
      return owner(job);
    });
  }),
  wrong(10, "ignores the signal", ({ enqueue }) => ({ enqueue: (payload, { id }) => enqueue(payload, { id }) })),
  wrong(10, "rejects with a reason of its own", ({ enqueue }) => ({
    enqueue: (payload, options) => (options.signal?.aborted ? Promise.reject(new Error("aborted")) : enqueue(payload, options)),
  })),
  wrong(10, "queues all the same", ({ enqueue }) => ({
    enqueue: async (payload, { id, signal }) => {
      const fresh = await enqueue(payload, { id });
      signal?.throwIfAborted();
      return fresh;
    },
  })),
  wrong(10, "claims the id of an aborted job", (right) => {
    const claimed = new Set<string>();
    return {
      enqueue: async (payload, options) => {
        if (claimed.has(options.id)) return false;
        claimed.add(options.id);
        return right.enqueue(payload, options);
      },
    };
  }),
  wrong(11, "fails to close twice", closesOnce),
];
