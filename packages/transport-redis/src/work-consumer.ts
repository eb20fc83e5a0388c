import { randomUUID } from "node:crypto";
import { type DeadJob, type Job, OrchestratorError } from "@hydrogenai/core";
import type { Argument, Connection } from "./connection.ts";
import { backoff, causeOf, pauses } from "./pauses.ts";
import { parseStored, toJson } from "./values.ts";
import { endScript, renewScript, takeScript } from "./work-queue-scripts.ts";

export interface WorkConsumerOptions {
  readonly connection: Connection;
  readonly keys: readonly string[];
  /** Key that holds the worker's last call; the worker's id is appended. */
  readonly lastCall: string;
  readonly handler: (job: Job) => Promise<void>;
  readonly concurrency: number;
  readonly maxDeliver: number;
  readonly retryDelayMs: number;
  readonly leaseMs: number;
  readonly maxDead: number;
  readonly closeTimeoutMs: number;
}

export interface WorkConsumer {
  /** Looks for jobs now. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
}

interface Taken {
  readonly id: string;
  readonly payload: string;
  readonly attempt: number;
  /** The call that took it last, which is what its lease is tied to. */
  call: string;
  readonly abort: AbortController;
}

/** How long to wait at most before looking for jobs unasked. */
const pollMs = 1_000;

/** One worker: takes jobs, renews their leases while they run, ends them. */
export function workConsumer(options: WorkConsumerOptions): WorkConsumer {
  const { connection, keys, handler, concurrency, maxDeliver, retryDelayMs, leaseMs, maxDead, closeTimeoutMs } = options;
  const lastCall = `${options.lastCall}:${randomUUID()}`;
  const running = new Map<string, Taken>();
  const waits = pauses();
  let awake = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;

  const wake = (): void => awake.resolve();

  async function follow(): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      const woken = awake.promise;
      let waitMs = pollMs;
      try {
        if (running.size < concurrency) waitMs = await take();
        failures = 0;
      } catch {
        waitMs = backoff(20, ++failures, 500);
      }
      if (running.size >= concurrency) await woken;
      else if (waitMs > 0) await Promise.race([woken, waits.pause(Math.min(waitMs, pollMs))]);
      if (awake.promise === woken) awake = Promise.withResolvers<void>();
    }
  }

  /** Starts what is due and answers in how many milliseconds to look again. */
  async function take(): Promise<number> {
    const call = randomUUID();
    const wanted = concurrency - running.size;
    const { value } = await connection.run(takeScript, [...keys, lastCall], [call, leaseMs, wanted], { repeatable: true });
    const [jobs, nextMs] = value as readonly [readonly (readonly [string, string, number])[], number];
    for (const [id, payload, attempt] of jobs) {
      const own = running.get(id);
      // Its lease ran out while Redis was away, and nobody else took it: the run under way goes on.
      if (own !== undefined && !own.abort.signal.aborted) own.call = call;
      else void run({ id, payload, attempt, call, abort: new AbortController() });
    }
    return nextMs === -1 ? pollMs : nextMs;
  }

  async function run(taken: Taken): Promise<void> {
    const { id, attempt, abort } = taken;
    running.set(id, taken);
    try {
      if (attempt > maxDeliver) {
        await bury(taken, attempt - 1, "it was handed out that often, and no worker that took it came to an end with it");
        return;
      }
      const payload = parseStored(taken.payload, `the job ${JSON.stringify(id)}`) as Job["payload"];
      await handler({ id, payload, attempt, signal: abort.signal });
      await end(taken, "done");
    } catch (error) {
      if (attempt < maxDeliver) await end(taken, "again", backoff(retryDelayMs, attempt));
      else await bury(taken, attempt, causeOf(error));
    } finally {
      if (running.get(id) === taken) running.delete(id);
      wake();
    }
  }

  async function bury(taken: Taken, attempts: number, cause: string): Promise<void> {
    let payload: DeadJob["payload"] = taken.payload;
    try {
      payload = JSON.parse(taken.payload) as DeadJob["payload"];
    } catch {
      // What cannot be read stays as the text it is.
    }
    await end(taken, "dead", toJson({ id: taken.id, payload, attempts, cause } satisfies DeadJob), Date.now(), maxDead);
  }

  /** Tries until Redis took it, the lease is lost, or the consumer is gone; the lease then ends by itself. */
  async function end(taken: Taken, ...how: readonly Argument[]): Promise<void> {
    for (let failures = 0; !taken.abort.signal.aborted;) {
      try {
        await connection.run(endScript, keys, [taken.id, taken.call, ...how], { repeatable: true });
        return;
      } catch {
        await waits.pause(backoff(20, ++failures, 500));
        if (waits.ended() && failures > 3) return;
      }
    }
  }

  async function renew(): Promise<void> {
    if (running.size === 0) return;
    const held = [...running.values()];
    const pairs = held.flatMap(({ id, call }) => [id, call]);
    const { value } = await connection.run(renewScript, keys, [leaseMs, ...pairs], { repeatable: true });
    const lost = new Set(value as readonly string[]);
    for (const taken of held) {
      if (!lost.has(taken.id) || running.get(taken.id) !== taken) continue;
      taken.abort.abort(
        new OrchestratorError("STORE_UNAVAILABLE", "the lease on this job ended; another worker may have it", { retryable: true }),
      );
    }
  }

  const renewal = setInterval(() => void renew().catch(() => {}), leaseMs / 3);

  async function shut(): Promise<void> {
    waits.end();
    wake();
    const deadline = performance.now() + closeTimeoutMs;
    while (running.size > 0 && performance.now() < deadline) {
      const woken = awake.promise;
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, deadline - performance.now());
      await Promise.race([woken, timer.promise]);
      clearTimeout(timeout);
      if (awake.promise === woken) awake = Promise.withResolvers<void>();
    }
    clearInterval(renewal);
    for (const { abort } of running.values()) abort.abort(new OrchestratorError("CLOSED", "the work queue was closed"));
  }

  void follow();
  return { wake, close: () => (closing ??= shut()) };
}
