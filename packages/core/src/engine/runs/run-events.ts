import type { ErrorCode } from "../../errors.ts";
import { OrchestratorError, isOrchestratorError } from "../../errors.ts";
import type { OrchestratorEvent } from "../../ports/event.ts";
import type { Json } from "../../ports/json.ts";
import type { Query, QueryEvent, QueryResult } from "../../ports/query.ts";

/** An error as it stands in a journal. */
export interface StoredError {
  /** Absent for an error that is not ours. */
  readonly code?: ErrorCode | undefined;
  readonly message: string;
  readonly retryable?: boolean | undefined;
  readonly details?: Json | undefined;
}

/** What a person was asked, and what a decision is bound to. */
export interface StoredRequest {
  readonly step: string;
  readonly question: string;
  readonly tool?: string | undefined;
  readonly input?: Json | undefined;
  /** Digest of tool and input. */
  readonly binding: string;
  /** RFC 3339, UTC. */
  readonly expiresAt: string;
  readonly nonce: string;
}

export interface StoredDecision {
  readonly step: string;
  readonly approved: boolean;
  readonly by: string;
  readonly reason?: string | undefined;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly signature: string;
}

/** What the stream of a run may hold, by type. `told` is what whoever watches was told since the event before. */
export interface RunEventData {
  "run.queued": { readonly query: Query };
  "run.claimed": { readonly worker: string };
  "run.progressed": object;
  "run.step.started": { readonly step: string; readonly attempt: number };
  "run.step.completed": { readonly step: string; readonly kind?: string | undefined; readonly result?: Json | undefined };
  "run.step.failed": { readonly step: string; readonly kind?: string | undefined; readonly error: StoredError };
  /** `at` in milliseconds since 1970: the only clock processes share. */
  "run.timer.set": { readonly step: string; readonly at: number };
  "run.approval.requested": StoredRequest;
  "run.approval.decided": StoredDecision;
  "run.cancel.requested": { readonly reason: string };
  /** What the run made is undone from here on. */
  "run.failing": { readonly error: StoredError };
  "run.undo.started": { readonly step: string };
  "run.undo.completed": { readonly step: string };
  "run.undo.failed": { readonly step: string; readonly error: StoredError };
  /** Handed back unfinished, by a worker that shuts down. */
  "run.released": object;
  /** Waits for somebody to look. */
  "run.stopped": { readonly error: StoredError };
  /** Somebody looked; `rerun` names an interrupted step that may run again. */
  "run.resumed": { readonly rerun?: string | undefined };
  "run.answered": { readonly result: QueryResult };
  "run.failed": { readonly error: StoredError };
  "run.cancelled": { readonly error: StoredError };
}

export type RunEventType = keyof RunEventData;

export type RunEvent = { [Type in RunEventType]: { readonly type: Type; readonly data: RunEventData[Type] } }[RunEventType];

export const endings: ReadonlySet<string> = new Set<RunEventType>(["run.answered", "run.failed", "run.cancelled"]);

export const streamOf = (id: string): string => `run:${id}`;

/** Puts a run's event into its envelope. The id decides what a repeated append writes twice. */
export function envelope(
  event: RunEvent,
  about: { readonly run: string; readonly id: string; readonly source: string; readonly tenant: string | undefined },
  told?: readonly QueryEvent[],
): OrchestratorEvent {
  return {
    specversion: "1.0",
    id: about.id,
    source: about.source,
    type: event.type,
    subject: about.run,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    // Typed for us; what may be undefined in it is left out by every log.
    data: (told === undefined ? event.data : { ...event.data, told }) as unknown as Json,
    correlationid: about.run,
    tenant: about.tenant,
  };
}

export function storedError(error: unknown): StoredError {
  if (!isOrchestratorError(error)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, retryable, details } = error;
  return { code, message, retryable, details: details as Json };
}

export function restoredError({ code, message, retryable, details }: StoredError): Error {
  if (code === undefined) return new Error(message);
  return new OrchestratorError(code, message, { retryable, details: details as Readonly<Record<string, unknown>> | undefined });
}
