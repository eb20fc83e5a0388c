import type { Json } from "./json.ts";
import type { Completion, ModelRequest } from "./provider.ts";
import type { Answer, Classification, Query, QueryEvent } from "./query.ts";
import type { Tool } from "./tool-source.ts";

/** One exchange of a session. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
  readonly type: string;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** A generator that lets the caller watch, and returns what it made. */
export type Watched<T> = AsyncGenerator<QueryEvent, T, void>;

/** Tells whoever watches. Never waits. */
export type Emit = (event: QueryEvent) => void;

/** What is known of one call beyond what the tool says of itself. */
export interface ToolUse {
  /** True when this input changes nothing although the tool could, such as a query this library compiled: it then needs no role. @default what the tool says */
  readonly readOnly?: boolean | undefined;
}

/** What a workflow may use while it runs. What these do is told to whoever watches; a workflow yields only what it alone knows. */
export interface WorkflowContext {
  /** The query's id. */
  readonly id: string;
  readonly classification: Classification;
  /** Earlier exchanges of the session, oldest first. */
  readonly turns: readonly Turn[];
  /** Aborted at the deadline, when the caller leaves, or when the orchestrator closes. */
  readonly signal: AbortSignal;
  /** Tools this caller may use. */
  readonly tools: readonly Tool[];
  /** Every connected tool, also those this caller's roles do not allow. */
  readonly connected: readonly Tool[];
  /** True when a model vendor is configured. */
  readonly hasModel: boolean;
  /** Runs a tool by name; told as `tool-call` and `tool-result`. Rejects with the tool's error. */
  readonly callTool: (name: string, input: Json, options?: ToolUse) => Promise<Json>;
  /** Asks the models in their order of failover; the text is told as it comes. Undefined when no vendor answered. */
  readonly say: (request: ModelRequest) => Promise<Completion | undefined>;
  /** Runs a part of the work under a name; told as `step-start` and `step-end`. */
  readonly step: <T>(name: string, run: () => Promise<T>, detail?: string) => Promise<T>;
  /** Notes that a configured part was missing: it is named in the result, and told as `degraded`. */
  readonly degrade: (part: string, reason: string) => void;
}

/** How questions of one type are answered: a generator that yields events of its own, or a plain async function that has none. */
export interface Workflow {
  readonly name: string;
  readonly run: (query: Query, context: WorkflowContext) => AsyncGenerator<QueryEvent, Answer, void> | Promise<Answer>;
}
