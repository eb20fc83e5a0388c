import type { JsonObject, Json } from "../ports/json.ts";
import type { ErrorCode } from "../errors.ts";

/** What conditions and templates can see. Plain data. */
export interface Values {
  readonly query: { readonly text: string; readonly context: Json; readonly tenant: string };
  readonly classification: { readonly type: string; readonly confidence: number };
  /** True when a model vendor is configured. */
  readonly hasModel: boolean;
  /** The output of each step that ran, by its id; null for one that was skipped, failed or has not run. */
  readonly steps: { readonly [id: string]: Json };
  /** Why a step that is not critical failed, by its id. */
  readonly errors: { readonly [id: string]: { readonly code: string; readonly message: string } };
  /** The item of the enclosing `map`. */
  readonly item?: Json;
  /** Which item, or which round of a `loop`, from 0. */
  readonly index?: number;
}

/** An expression of CEL that gives true or false, or a function where the workflow is written in TypeScript. */
export type Condition = string | ((values: Values) => boolean);

/** JSON whose texts may hold `{{ path }}`. A text that is nothing else becomes the value itself, otherwise the value is written into it. */
export type Template = Json;

/** When and how often a failed step is tried again. */
export interface Retry {
  /** Tries in all, 2 to 10. */
  readonly attempts: number;
  /** Codes of errors that are tried again. @default those that say a retry may help */
  readonly on?: readonly ErrorCode[] | undefined;
  /** Milliseconds before the second try; doubled before each further one. @default 200 */
  readonly delayMs?: number | undefined;
  /** Milliseconds a wait takes at most. @default 10000 */
  readonly maxDelayMs?: number | undefined;
  /** Share of each wait that is left to chance, 0 to 1. @default 0.5 */
  readonly jitter?: number | undefined;
}

interface Common {
  /** Letters, digits and `_`, not beginning with a digit; at most 64; unique in the workflow. */
  readonly id: string;
  /** What it does, for whoever watches. */
  readonly detail?: string | undefined;
  /** Skips the step unless it holds. */
  readonly when?: Condition | undefined;
  /** False lets the workflow go on without the step's output; the answer then names `step:ID` in `degraded`. @default true */
  readonly critical?: boolean | undefined;
}

interface Work extends Common {
  /** Milliseconds for one try. What runs on behind it is left to the tool's own limits. */
  readonly timeoutMs?: number | undefined;
  /** A tool that changes something is tried again only where it says that running twice is the same as once. */
  readonly retry?: Retry | undefined;
  /** Done instead when the step has failed for good, or has no model to ask; its output becomes the step's. */
  readonly fallback?: WorkStep | undefined;
  /** Milliseconds for which an output is used again in this process, for the same input and caller. Not for tools that change something. @default 0 */
  readonly cacheMs?: number | undefined;
  /** Done when the workflow fails later; it sees what was seen when the step ended. */
  readonly compensate?: WorkStep | undefined;
  /** JSON Schema the output must fit, else the step fails with `STEP_OUTPUT_INVALID`. */
  readonly output?: JsonObject | undefined;
}

/** Calls a tool; the output is its result. */
export interface ToolStep extends Work {
  readonly kind: "tool";
  readonly tool: string;
  readonly input?: Template | undefined;
}

/** Runs an agent; the output holds `text`, `data`, `stopped`, `steps`, `tokens` and `answer`, and is null where no vendor answered. */
export interface AgentStep extends Work {
  readonly kind: "agent";
  readonly agent: string;
  /** @default the question */
  readonly task?: string | undefined;
}

/** Asks a model once; the output holds `text`, `data` where a schema was given, and `answer`, and is null where no vendor answered. */
export interface ModelStep extends Work {
  readonly kind: "model";
  readonly prompt: string;
  readonly system?: string | undefined;
  readonly model?: string | undefined;
  /** JSON Schema the text must fit, which is asked of the vendor too. */
  readonly schema?: JsonObject | undefined;
  readonly temperature?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** Plans the question over the connected data and runs the plan; the output holds `answer`, or `refusal`, or neither without data. */
export interface PlanStep extends Work {
  readonly kind: "plan";
  /** Whose plan is taken; `local-only` asks no model. @default "local" */
  readonly prefer?: "local" | "model" | "local-only" | undefined;
}

/** Finds passages about the question in the connected documents, the best first; the output is a list, empty where nothing fits. */
export interface RetrieveStep extends Work {
  readonly kind: "retrieve";
  /** @default the question */
  readonly query?: string | undefined;
}

/** Writes an answer from passages, with citations; the output is an answer, or null without passages. */
export interface CiteStep extends Work {
  readonly kind: "cite";
  readonly passages: Template;
}

/** Describes the connected data the question names; the output is an answer, or null without data. */
export interface DescribeStep extends Work {
  readonly kind: "describe";
}

/** Answers what is said in a conversation and asks for nothing; the output is an answer, or null. */
export interface TalkStep extends Work {
  readonly kind: "talk";
}

/** Runs the one tool the question names; the output is an answer. With `plain` it is null unless the question says nothing else. */
export interface OperateStep extends Work {
  readonly kind: "operate";
  readonly plain?: boolean | undefined;
}

/** Makes a value of others: by a template, or by an expression of CEL. */
export interface TransformStep extends Work {
  readonly kind: "transform";
  readonly value?: Template | undefined;
  readonly expression?: Condition | ((values: Values) => Json) | undefined;
}

/** Runs another workflow by its name; the output is its answer. Eight deep at most. */
export interface SubWorkflowStep extends Work {
  readonly kind: "workflow";
  readonly workflow: string;
  /** @default the question */
  readonly query?: string | undefined;
}

/** A step that does one thing. */
export type WorkStep =
  | ToolStep
  | AgentStep
  | ModelStep
  | PlanStep
  | RetrieveStep
  | CiteStep
  | DescribeStep
  | TalkStep
  | OperateStep
  | TransformStep
  | SubWorkflowStep;

/** Waits; in a queued run the wait survives the process. */
export interface WaitStep extends Common {
  readonly kind: "wait";
  /** 1 to 2592000000 (30 days). */
  readonly ms: number;
}

/** Asks a person; the output is the decision. A refusal fails the step. */
export interface ApprovalStep extends Common {
  readonly kind: "approval";
  readonly question: string;
  readonly tool?: string | undefined;
  readonly input?: Template | undefined;
  readonly expiresMs?: number | undefined;
}

/** Takes the first case that holds, or the default. Its steps are as if they stood in its place. */
export interface BranchStep extends Common {
  readonly kind: "branch";
  readonly cases: readonly { readonly when: Condition; readonly steps: readonly StepDefinition[] }[];
  readonly default?: readonly StepDefinition[] | undefined;
}

/** Runs branches at the same time, each in its order; the output holds each branch's last output by its name. */
export interface ParallelStep extends Common {
  readonly kind: "parallel";
  readonly branches: { readonly [name: string]: readonly StepDefinition[] };
}

/** Does the steps for each item, some at a time; the output is the list of each item's last output. At most 1000 items. */
export interface MapStep extends Common {
  readonly kind: "map";
  readonly items: Template;
  readonly steps: readonly StepDefinition[];
  /** Items at a time, 1 to 32. @default 4 */
  readonly concurrency?: number | undefined;
}

/** Does the steps until the condition holds, looked at after each round, or the bound is reached; the output holds `rounds` and `done`. */
export interface LoopStep extends Common {
  readonly kind: "loop";
  readonly steps: readonly StepDefinition[];
  readonly until: Condition;
  /** 1 to 100. */
  readonly maxRounds: number;
}

/** Ends the workflow with an answer; an `answer` that is null lets it go on. */
export interface RespondStep extends Common {
  readonly kind: "respond";
  /** A path to an answer another step made. */
  readonly answer?: string | undefined;
  readonly text?: string | undefined;
  readonly data?: Template | undefined;
  /** A path to passages. */
  readonly citations?: string | undefined;
  readonly cacheable?: boolean | undefined;
}

export type StepDefinition = WorkStep | WaitStep | ApprovalStep | BranchStep | ParallelStep | MapStep | LoopStep | RespondStep;

/** A workflow as data: the same whether it was written in TypeScript or in YAML. */
export interface WorkflowDefinition {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly steps: readonly StepDefinition[];
}
