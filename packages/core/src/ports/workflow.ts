import type { CallOptions } from "./call.ts";
import type { Json } from "./json.ts";
import type { Completion, ModelRequest } from "./provider.ts";
import type { Answer, Classification, Query, QueryEvent } from "./query.ts";
import type { Reading } from "./reading.ts";
import type { Tool } from "./tool-source.ts";

/** One exchange of a session. */
export interface Turn {
  readonly question: string;
  /** What the question asks without the conversation, where that is something else. */
  readonly standalone?: string | undefined;
  /** The query plan it was answered by, which the next question may build on. */
  readonly plan?: Json | undefined;
  readonly answer: string;
  /** The row the answer consists of, where it is one, whose names the next question may refer to. */
  readonly row?: Json | undefined;
  readonly type: string;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** A generator that lets the caller watch, and returns what it made. */
export type Watched<T> = AsyncGenerator<QueryEvent, T, void>;

/** Tells whoever watches. Never waits. */
export type Emit = (event: QueryEvent) => void;

/** What is known of one call beyond what the tool says of itself. */
export interface ToolUse extends CallOptions {
  /** True when this input changes nothing although the tool could, such as a query this library compiled: it then needs no role. @default what the tool says */
  readonly readOnly?: boolean | undefined;
}

/** What a step may do to the world: nothing that matters, events committed together with its result, or something elsewhere. */
export type StepEffect = "pure" | "atomic" | "external";

/** What a step is given. */
export interface StepContext {
  /** Aborted with the run. */
  readonly signal: AbortSignal;
  /** The same for every try of this step of this run; something outside that understands it acts once. */
  readonly idempotencyKey: string;
  /** 1 for the first try, one more for each try after an interruption, which is known of `external` steps only. */
  readonly attempt: number;
  /** Only in an `atomic` step: an event that is written together with the step's result, both or neither. */
  readonly record: (type: string, data: Json) => void;
}

/** What whoever watches is told of a step. */
export interface StepPlace {
  /** Told with `step-start`. */
  readonly detail?: string | undefined;
  /** Which step this is, from 1, for whoever shows progress. */
  readonly index?: number | undefined;
  /** Of how many. */
  readonly total?: number | undefined;
}

export interface StepOptions<T = unknown> extends StepPlace {
  /**
   * `pure` may run again until its result is journaled. `atomic` acts through `record` only, exactly once. `external` acts elsewhere:
   * it is journaled before it runs, so that an interruption is known. @default "pure"
   */
  readonly effect?: StepEffect | undefined;
  /**
   * When the process ended in the middle of an `external` step: `fail` stops the run for somebody to look at, `retry` runs it again
   * with the same key, `ask` asks a person which of the two. @default "fail"
   */
  readonly onInterrupted?: "fail" | "retry" | "ask" | undefined;
  /** Undoes what the step made when the run later fails or is cancelled; last made, first undone. */
  readonly compensate?: ((made: T, step: StepContext) => Promise<void> | void) | undefined;
}

/** What a person is asked to allow. */
export interface ApprovalRequest {
  readonly tool?: string | undefined;
  /** What the approval is bound to. */
  readonly input?: Json | undefined;
  readonly question: string;
  /** Milliseconds until no decision is a refusal. @default 86400000 (a day) */
  readonly expiresMs?: number | undefined;
}

export interface ApprovalDecision {
  readonly approved: boolean;
  /** Who decided, or `expiry`. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** What a workflow may use while it runs. What these do is told to whoever watches; a workflow yields only what it alone knows. */
export interface WorkflowContext {
  /** The query's id. */
  readonly id: string;
  readonly classification: Classification;
  /** Earlier exchanges of the session, oldest first; none for a question that stands alone or was resolved against them. */
  readonly turns: readonly Turn[];
  /** How the query was understood after them; absent for one that goes on as it is. */
  readonly reading?: Reading | undefined;
  /** Aborted at the deadline, when the caller leaves, or when the orchestrator closes. */
  readonly signal: AbortSignal;
  /** Tools this caller may use. */
  readonly tools: readonly Tool[];
  /** Every connected tool, also those this caller's roles do not allow. */
  readonly connected: readonly Tool[];
  /** True when a model vendor is configured. */
  readonly hasModel: boolean;
  /**
   * Runs a tool by name, until the run or the `signal` is aborted; told as `tool-call` and `tool-result`. Rejects with the tool's error, and with `APPROVAL_REQUIRED` where the call
   * needs an approval and the run is not queued. In a queued run it is journaled as a step of its own: it needs no step around it.
   */
  readonly callTool: (name: string, input: Json, options?: ToolUse) => Promise<Json>;
  /** Asks the models in their order of failover; the text is told as it comes, but for JSON by an `outputSchema`. Undefined when no vendor answered. Journaled as `callTool` is. */
  readonly say: (request: ModelRequest, options?: CallOptions) => Promise<Completion | undefined>;
  /**
   * Runs a part of the work under a name; told as `step-start` and `step-end`. In a queued run its result is journaled, and a run that
   * goes on in another process takes it from the journal. The name is the step's key: the second step of one name within the same
   * enclosing step is another one, so branches that run at the same time need names of their own.
   */
  readonly step: <T>(name: string, run: (step: StepContext) => T | Promise<T>, options?: string | StepOptions<T>) => Promise<T>;
  /** Waits; told as a step is. In a queued run the time it ends at is journaled, so that it survives the process and fires once. */
  readonly sleep: (name: string, ms: number, options?: StepPlace) => Promise<void>;
  /**
   * Asks a person, told as `approval-needed`, and waits for the decision; none in time is a refusal by `expiry`. Rejects with
   * `APPROVAL_REQUIRED` in a run that is not queued, which could not wait.
   */
  readonly approval: (name: string, request: ApprovalRequest) => Promise<ApprovalDecision>;
  /** Notes that a configured part was missing: it is named in the result, and told as `degraded`. */
  readonly degrade: (part: string, reason: string) => void;
}

/** How questions of one type are answered: a generator that yields events of its own, or a plain async function that has none. */
export interface Workflow {
  readonly name: string;
  readonly run: (query: Query, context: WorkflowContext) => AsyncGenerator<QueryEvent, Answer, void> | Promise<Answer>;
}
