import type { QueryType } from "./ports/query.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Bounds of one orchestrator. Every number is checked at construction. */
export interface Limits {
  /** Queries running at once; the next is refused with `OVERLOADED`. @default 512 */
  readonly maxConcurrent: number;
  /** Characters of a question. @default 16000 */
  readonly maxQueryChars: number;
  /** Bytes of `context` as JSON. @default 262144 */
  readonly maxContextBytes: number;
  /** Milliseconds until a query rejects with `DEADLINE_EXCEEDED`. @default 30000 */
  readonly deadlineMs: number;
  /** Milliseconds one tool call may take. @default 20000 */
  readonly toolTimeoutMs: number;
  /** Milliseconds to list the tools of a source before the query goes on without it. @default 5000 */
  readonly toolListTimeoutMs: number;
  /** Milliseconds the answer waits for a cache or state store. @default 250 */
  readonly storeTimeoutMs: number;
  /** Exchanges of a session that are kept and recalled. @default 20 */
  readonly maxTurns: number;
  /** Characters of one model answer; beyond it the query fails with `STREAM_INCOMPLETE`. @default 2000000 */
  readonly maxAnswerChars: number;
  /** Rounds of an agent's model-and-tools loop. @default 12 */
  readonly maxSteps: number;
  /** Events that wait while bus or log are away; the oldest are dropped and counted. @default 10000 */
  readonly maxUnrecorded: number;
  /** Bytes of heap in use beyond which new queries are refused. @default 90 % of the heap limit */
  readonly maxHeapBytes: number | undefined;
  /** Milliseconds `close()` waits for running queries before it cancels them. @default 10000 */
  readonly closeTimeoutMs: number;
  /** Events of one queued run; beyond it the run fails with `HISTORY_FULL`. @default 10000 */
  readonly maxHistory: number;
  /** Characters of one step's result in a queued run, as JSON; beyond it the step fails with `HISTORY_FULL`. @default 524288 */
  readonly maxResultChars: number;
  /** Milliseconds a queued run may take in one worker's hands, waiting included. @default 2592000000 (30 days) */
  readonly runDeadlineMs: number;
}

export const defaultLimits: Limits = {
  maxConcurrent: 512,
  maxQueryChars: 16_000,
  maxContextBytes: 262_144,
  deadlineMs: 30_000,
  toolTimeoutMs: 20_000,
  toolListTimeoutMs: 5_000,
  storeTimeoutMs: 250,
  maxTurns: 20,
  maxAnswerChars: 2_000_000,
  maxSteps: 12,
  maxUnrecorded: 10_000,
  maxHeapBytes: undefined,
  closeTimeoutMs: 10_000,
  maxHistory: 10_000,
  maxResultChars: 524_288,
  runDeadlineMs: 30 * 24 * hour,
};

/** How long answers of each type are remembered, in milliseconds; 0 is never. */
export const defaultTtlMs: Readonly<Record<QueryType, number>> = {
  simple: hour,
  complex: hour,
  rag: hour,
  schema: 24 * hour,
  tool: 0,
};

/** Questions about the moment are remembered this long at most, in milliseconds. */
export const volatileTtlMs: number = minute;

/** Sessions are forgotten this long after their last turn, in milliseconds. */
export const sessionTtlMs: number = 24 * hour;

/** The partition of queries that name no tenant. */
export const defaultTenant = "default";

/** A caller needs one of these roles to run a tool that changes something. */
export const operatorRoles: readonly string[] = ["operator", "admin"];
