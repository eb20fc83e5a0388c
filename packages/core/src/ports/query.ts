import type { CallOptions } from "./call.ts";
import type { Json } from "./json.ts";
import type { FinishReason, Usage } from "./provider.ts";

/** The five kinds of question; each has a workflow. */
export type QueryType = "simple" | "complex" | "rag" | "schema" | "tool";

/** One of the five, or a type of the host's own. */
export type AnyQueryType = QueryType | (string & {});

/** Who asks. Roles decide which tools may run; the id decides which private answers may be seen. */
export interface Principal {
  readonly id: string;
  readonly roles: readonly string[];
}

/** One question, as the host application hands it in. */
export interface Query {
  /** 1 to `limits.maxQueryChars` characters of text. */
  readonly text: string;
  /** Continues a conversation made by `createSession`; an unknown id rejects with `SESSION_NOT_FOUND`. */
  readonly sessionId?: string | undefined;
  /** Hard partition: no answer, session or event crosses it. @default "default" */
  readonly tenant?: string | undefined;
  readonly principal?: Principal | undefined;
  /** Facts of the host about this question, handed to models as data; part of the cache key. */
  readonly context?: Json | undefined;
  readonly options?: QueryOptions | undefined;
}

export interface QueryOptions {
  /** Skips classification. */
  readonly type?: AnyQueryType | undefined;
  /** `use` reads and writes, `refresh` only writes, `bypass` does neither. @default "use" */
  readonly cache?: "use" | "refresh" | "bypass" | undefined;
  /** Only this provider, by name. */
  readonly provider?: string | undefined;
  /** This model instead of the provider's own default. */
  readonly model?: string | undefined;
  /** Milliseconds until the call rejects with `DEADLINE_EXCEEDED`. @default 30000 */
  readonly deadlineMs?: number | undefined;
  /** Correlates logs and events with the caller's own request. @default the query's id */
  readonly correlationId?: string | undefined;
}

/** What kind of question it is, how sure that is, and who said so. */
export interface Classification {
  readonly type: AnyQueryType;
  /** 0 to 1. */
  readonly confidence: number;
  /** Sums to 1; a type of the host's own that is not there has none. */
  readonly probabilities: Readonly<Record<QueryType, number> & Record<string, number>>;
  /** Distance between the two best, 0 to 1. */
  readonly margin: number;
  readonly by: "given" | "rules" | "linear" | "examples" | "model" | (string & {});
  /** The words and rules that spoke for it. */
  readonly evidence: readonly string[];
}

/** Decides the type of a query, or answers `undefined`: the next classifier is asked. */
export type Classifier = (query: Query, options?: CallOptions) => Promise<Classification | undefined> | Classification | undefined;

/** Lets a query pass, or throws `QUERY_REJECTED` naming the rule. */
export type Guard = (query: Query, options?: CallOptions) => Promise<void> | void;

/** A passage an answer rests on. */
export interface Citation {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly source?: string | undefined;
}

/** One try at one model vendor. */
export interface Attempt {
  readonly provider: string;
  readonly model?: string | undefined;
  readonly outcome: "ok" | "failed" | "aborted";
  /** The code of the error, when it failed. */
  readonly error?: string | undefined;
  /** What went wrong, with vendor, model and what to do about it, when it failed. */
  readonly message?: string | undefined;
  /** The vendor's failure in one word (`rate-limit`, `timeout`, …), when it failed. */
  readonly kind?: string | undefined;
  readonly usage?: Usage | undefined;
  /** Undefined where nothing was used, or nobody knows what the model costs. */
  readonly costUsd?: number | undefined;
  /** What each budget had left beside what was reserved for this attempt, by name; in dollars or tokens. */
  readonly budgetLeft?: Readonly<Record<string, number>> | undefined;
  readonly durationMs: number;
}

/** Milliseconds of each stage that ran, on a monotonic clock. */
export interface Timings {
  readonly totalMs: number;
  readonly classifyMs?: number | undefined;
  readonly cacheMs?: number | undefined;
  readonly workflowMs?: number | undefined;
}

/** What a workflow returns. */
export interface Answer {
  readonly text: string;
  /** Rows, counts or whatever structure the text was written from. */
  readonly data?: Json | undefined;
  readonly citations?: readonly Citation[] | undefined;
  readonly answeredBy: "model" | "local";
  /** How the answer was found, one sentence a step, such as the plan in words. */
  readonly explanation?: readonly string[] | undefined;
  /** The query plan the rows came from; a later question of the session may build on it. */
  readonly plan?: Json | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly finishReason?: FinishReason | undefined;
  readonly usage?: Usage | undefined;
  /** False keeps it out of every cache, as for a mutating tool or a refusal. @default true */
  readonly cacheable?: boolean | undefined;
  /** What it rests on, such as `collection:orders`: who changes that forgets it with `invalidate({ tags })`. */
  readonly tags?: readonly string[] | undefined;
  /** True when it depends on who asked; it is then never shown to another principal. @default false */
  readonly personal?: boolean | undefined;
}

/** What the cache knows of an answer: why it was given from memory, or why not. */
export interface CacheExplanation {
  /** Names the hit to the `reject` of the cache. */
  readonly hitId?: string | undefined;
  /** Milliseconds since the answer was stored. */
  readonly ageMs?: number | undefined;
  /** True when its time was over: it is being made anew for the next one who asks. */
  readonly stale?: boolean | undefined;
  /** The stored question it answered first, when that was in other words. */
  readonly askedAs?: string | undefined;
  /** Milliseconds and dollars the answer had taken and cost when it was made. */
  readonly savedMs?: number | undefined;
  readonly savedUsd?: number | undefined;
  /** Results of tools that were taken from memory instead of run. */
  readonly toolResults?: number | undefined;
  /** The stored question that came closest without being the same, and why it is not. */
  readonly nearest?: { readonly question: string; readonly why: string } | undefined;
}

/** The answer to a query, and how it came about. JSON-serialisable. */
export interface QueryResult {
  readonly id: string;
  readonly text: string;
  readonly data?: Json | undefined;
  readonly citations?: readonly Citation[] | undefined;
  readonly explanation?: readonly string[] | undefined;
  /** The query plan the rows came from. */
  readonly plan?: Json | undefined;
  readonly type: AnyQueryType;
  readonly classification: Classification;
  readonly cached: "none" | "exact" | "semantic";
  /** Absent when the cache has nothing to say. */
  readonly explain?: CacheExplanation | undefined;
  readonly workflow: string;
  readonly answeredBy: "model" | "local";
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Why the model stopped: an answer with `length` is cut off by a limit of tokens, one with `content-filter` by the vendor. Absent without a model. */
  readonly finishReason?: FinishReason | undefined;
  readonly attempts: readonly Attempt[];
  readonly usage: Usage;
  /** All attempts together; 0 where no vendor was asked, undefined where one used tokens of a model whose price nobody knows. */
  readonly costUsd?: number | undefined;
  /** What was configured and missing when this answer was made; empty when nothing was. */
  readonly degraded: readonly string[];
  readonly timings: Timings;
}

/** What a reader of `stream()` sees. Plain JSON; `finish` comes exactly once, last. A failure is a throw, never an event. */
export type QueryEvent =
  | { readonly type: "query-start"; readonly id: string; readonly text: string; readonly sessionId?: string | undefined }
  | { readonly type: "classified"; readonly classification: Classification }
  | { readonly type: "cache-hit"; readonly kind: "exact" | "semantic"; readonly ageMs: number }
  | { readonly type: "cache-miss" }
  | { readonly type: "workflow-start"; readonly workflow: string }
  | {
      readonly type: "step-start";
      readonly step: string;
      readonly detail?: string | undefined;
      /** Which step this is, from 1, and of how many, where that is known. */
      readonly index?: number | undefined;
      readonly total?: number | undefined;
    }
  | { readonly type: "step-end"; readonly step: string; readonly durationMs: number; readonly detail?: string | undefined }
  | { readonly type: "tool-call"; readonly id: string; readonly tool: string; readonly input: Json }
  | {
      readonly type: "tool-result";
      readonly id: string;
      readonly tool: string;
      readonly ok: boolean;
      readonly durationMs: number;
      readonly error?: string | undefined;
    }
  | { readonly type: "provider-attempt"; readonly attempt: Attempt }
  | { readonly type: "failover"; readonly from: string; readonly to: string; readonly reason: string }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "text-reset"; readonly reason: string }
  | { readonly type: "degraded"; readonly part: string; readonly reason: string }
  | {
      readonly type: "approval-needed";
      /** The run that waits. */
      readonly id: string;
      readonly approval: string;
      readonly question: string;
      readonly tool?: string | undefined;
      readonly input?: Json | undefined;
      /** RFC 3339, UTC. */
      readonly expiresAt: string;
    }
  | { readonly type: "finish"; readonly result: QueryResult };
