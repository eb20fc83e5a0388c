import type { CallOptions, HealthReport } from "./call.ts";
import type { Json } from "./json.ts";
import type { AnyQueryType, QueryEvent, QueryResult } from "./query.ts";

/** Everything an answer may depend on. Two questions share an answer only when all of it is equal. */
export interface CacheScope {
  readonly tenant: string;
  /** Set when answers depend on who asks. */
  readonly principal?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  /** Fingerprint of the conversation so far; absent for a question that stands alone. */
  readonly conversation?: string | undefined;
  /** Fingerprint of tools, models, prompts and the host's context. */
  readonly settings: string;
  /** Version of the data and its schema. */
  readonly dataVersion?: string | undefined;
}

export interface CacheQuestion {
  readonly text: string;
  readonly scope: CacheScope;
  /** Known only after classification; semantic lookups stay within a type. */
  readonly type?: AnyQueryType | undefined;
}

export interface CacheHit {
  readonly kind: "exact" | "semantic";
  readonly result: QueryResult;
  readonly ageMs: number;
  /** Names this hit to `reject`. */
  readonly id: string;
  /** True in the grace after its time: right enough to be shown, and to be made anew meanwhile. */
  readonly stale?: boolean | undefined;
  /** The stored question, where it is in other words. */
  readonly askedAs?: string | undefined;
}

/** Which answers to forget; fields are joined by and. A tag that ends in `:*` names all that begin so (see `tagsNaming`). An empty filter forgets everything. */
export interface CacheFilter {
  readonly tenant?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/**
 * Whose turn it is to compute an answer that is missing, among all processes on one cache. Who has the turn calls `end` once, whatever
 * became of the answer; `held` is false from when the turn may have gone to somebody else, and the answer is then not to be stored.
 */
export type CacheLease =
  | {
      readonly state: "mine";
      readonly held: () => boolean;
      /** `stored`: it is there to be looked up; `left`: the next one takes over; `not-shared`: there is nothing to wait for. Never rejects. */
      readonly end: (outcome: "stored" | "left" | "not-shared") => Promise<void>;
      /** Takes what the answer tells while it is made, for those who wait for it elsewhere. @default they get it when it is whole */
      readonly tell?: ((event: QueryEvent) => void) | undefined;
    }
  /** Another computes it: look it up, or ask again, in a moment. */
  | {
      readonly state: "theirs";
      /** Calls back with all the text there is so far whenever there is more, until the function it answers is called. Nothing of it is sure before the answer is there. */
      readonly listen?: ((onText: (text: string) => void) => () => void) | undefined;
    }
  /** The last answer could not be shared: everybody computes an own one. */
  | { readonly state: "nobodys" };

/** One call of a tool that changes nothing, with all its result depends on. */
export interface ToolCallKey {
  readonly tenant: string;
  readonly tool: string;
  readonly input: Json;
  /** Version of the data and its schema. */
  readonly dataVersion?: string | undefined;
}

/** Remembers results of tools; `invalidate` of the cache reaches them as it reaches answers. */
export interface ToolResultCache {
  readonly recall: (call: ToolCallKey, options?: CallOptions) => Promise<{ readonly output: Json; readonly ageMs: number } | undefined>;
  readonly remember: (
    call: ToolCallKey,
    output: Json,
    options: CallOptions & { readonly ttlMs: number; readonly tags?: readonly string[] | undefined },
  ) => Promise<void>;
}

/**
 * Remembers answers. One that has them in memory may answer at once, without a promise.
 *
 * 1. `lookup` answers what `store` was given for the same text in the same scope.
 * 2. A question in another tenant, principal, roles, conversation, settings or data version is a miss.
 * 3. Symbols count: `C++` is not `C`.
 * 4. An entry past its `ttlMs` is a miss.
 * 5. `invalidate` by tenant forgets that tenant's answers and no other's, and says how many.
 * 6. `invalidate` by tag forgets the answers stored with that tag; `collection:*` names every tag that begins with `collection:`.
 * 7. A corrupt entry is a miss.
 * 8. `close` may be called twice.
 */
export interface Cache {
  readonly lookup: (
    question: CacheQuestion,
    options?: CallOptions & { readonly kind?: "exact" | "semantic" },
  ) => Promise<CacheHit | undefined> | CacheHit | undefined;
  /** For `graceMs` after `ttlMs` the answer may still be given, as a hit that says it is stale. @default no grace */
  readonly store: (
    question: CacheQuestion,
    result: QueryResult,
    options: CallOptions & {
      readonly ttlMs: number;
      readonly graceMs?: number | undefined;
      readonly tags?: readonly string[] | undefined;
    },
  ) => Promise<void> | void;
  readonly invalidate: (filter: CacheFilter) => Promise<number>;
  /**
   * Takes the turn at computing what `lookup` missed; waits for nobody. Of all that ask for one question at once, one is told `mine`. A
   * turn whose holder dies is free again after a few seconds. A cache without it shares computations within a process only.
   */
  readonly lease?: ((question: CacheQuestion, options?: CallOptions) => Promise<CacheLease>) | undefined;
  /** Results of tools; without it every call runs. */
  readonly toolResults?: ToolResultCache | undefined;
  /** The stored question that came closest when this very object was last looked up and missed. */
  readonly nearest?: ((question: CacheQuestion) => { readonly question: string; readonly why: string } | undefined) | undefined;
  /** How it is doing, without asking anybody. */
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
