import type { CallOptions, HealthReport, Subscription } from "./call.ts";
import type { Json } from "./json.ts";

export interface Job {
  readonly id: string;
  readonly payload: Json;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the queue closes or this worker lost the job. */
  readonly signal: AbortSignal;
}

/** A job its handlers could not finish, with the last cause. */
export interface DeadJob {
  readonly id: string;
  readonly payload: Json;
  readonly attempts: number;
  readonly cause: string;
}

/**
 * Jobs for any worker, at least once.
 *
 * 1. A job is handed to one handler, with its id and payload.
 * 2. Jobs wait until there is a consumer.
 * 3. `enqueue` answers true, or false for an id that is already known, which is not queued again.
 * 4. A job whose handler throws is handed out again, with a higher `attempt`.
 * 5. A job that keeps failing becomes a dead job with its cause, and the others go on.
 * 6. A consumer runs at most `concurrency` jobs at once.
 * 7. Several consumers share the jobs; each job succeeds once.
 * 8. Closing a consumer waits for its jobs in flight and leaves the rest to others.
 * 9. After `close` of a consumer its handler is not called again.
 * 10. An aborted enqueue rejects with the signal's reason.
 * 11. `close` may be called twice.
 */
export interface WorkQueue {
  readonly name: string;
  readonly enqueue: (payload: Json, options: CallOptions & { readonly id: string }) => Promise<boolean>;
  readonly consume: (
    handler: (job: Job) => Promise<void>,
    options?: CallOptions & { readonly concurrency?: number },
  ) => Promise<Subscription>;
  /** The newest dead jobs, oldest first; a bounded number. */
  readonly deadJobs: (options?: CallOptions) => Promise<readonly DeadJob[]>;
  readonly ready?: ((options?: CallOptions) => Promise<void>) | undefined;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
