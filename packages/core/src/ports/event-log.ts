import type { CallOptions, HealthReport } from "./call.ts";
import type { OrchestratorEvent } from "./event.ts";

export interface LoggedEvent extends OrchestratorEvent {
  readonly stream: string;
  /** 1 for the first event of the stream, then contiguous. */
  readonly version: number;
}

export interface AppendOptions extends CallOptions {
  /** Appends only when the stream is at this version; 0 means empty. Otherwise `VERSION_CONFLICT`. */
  readonly expectedVersion?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** First version to read. @default 1 */
  readonly from?: number | undefined;
}

/**
 * Append-only streams of events.
 *
 * 1. `append` answers the version of the last event written.
 * 2. `read` yields the events of a stream in the order of their versions, from 1, without gaps.
 * 3. `read` with `from` starts at that version.
 * 4. Reading a stream that does not exist yields nothing.
 * 5. `append` with the current `expectedVersion` writes.
 * 6. `append` with another `expectedVersion` rejects with `VERSION_CONFLICT` and writes nothing.
 * 7. Several events in one `append` are written together or not at all.
 * 8. An event whose id the stream already holds is not written again; an append of only such events succeeds, whatever its `expectedVersion`.
 * 9. Of many appends at once with the same `expectedVersion`, exactly one succeeds.
 * 10. Streams do not see each other's events.
 * 11. What the caller does to an event afterwards does not change the stored one.
 * 12. An aborted call rejects with the signal's reason.
 * 13. `close` may be called twice.
 */
export interface EventLog {
  readonly name: string;
  readonly append: (stream: string, events: readonly OrchestratorEvent[], options?: AppendOptions) => Promise<number>;
  readonly read: (stream: string, options?: ReadOptions) => AsyncIterable<LoggedEvent>;
  readonly ready?: ((options?: CallOptions) => Promise<void>) | undefined;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
