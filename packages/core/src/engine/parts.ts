import type { Limits } from "../defaults.ts";
import type { DataSource } from "../plan/index.ts";
import type { Cache } from "../ports/cache.ts";
import type { AnyQueryType, Guard, Classification, Query, QueryResult, QueryType } from "../ports/query.ts";
import type { Provider } from "../ports/provider.ts";
import type { Reading } from "../ports/reading.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { WorkflowsByType } from "../workflows/registry.ts";
import type { Admission } from "../resilience/admission.ts";
import type { AfterFirstToken } from "../resilience/failover.ts";
import type { AskedQuestions } from "./asked-questions.ts";
import type { ChangeRates } from "./change-rates.ts";
import type { Flights } from "./flights.ts";
import type { LearntExamples } from "./learnt-examples.ts";
import type { Approvals } from "./runs/approvals.ts";
import type { DurableRun } from "./runs/durable-run.ts";
import type { Recorder } from "./recorder.ts";
import type { Refresher } from "./refresher.ts";
import type { ByModel } from "./by-model.ts";
import type { Sessions } from "./sessions.ts";
import type { ToolSet } from "./tool-set.ts";

/** Everything a query needs on its way, wired once by `createOrchestrator`. */
export interface EngineParts {
  readonly limits: Limits;
  readonly ttlMs: Readonly<Record<QueryType, number> & Record<string, number>>;
  readonly admission: Admission;
  readonly guards: readonly Guard[];
  readonly sessions: Sessions;
  /** Absent when caching is switched off. */
  readonly cache: Cache | undefined;
  /** Whether another principal may see an answer that is not personal. */
  readonly cacheScope: "principal" | "tenant";
  readonly changeRates: ChangeRates;
  readonly refresher: Refresher;
  readonly flights: Flights<QueryResult>;
  readonly classify: (query: Query, signal: AbortSignal) => Promise<Classification> | Classification;
  /** Asks a model what kind of question it is, where the classification is unsure; absent unless switched on. */
  readonly byModel: ByModel | undefined;
  /** Examples, corrections and what models said of earlier questions. */
  readonly learnt: LearntExamples;
  /** Names of all types there are. */
  readonly types: ReadonlySet<AnyQueryType>;
  readonly asked: AskedQuestions;
  readonly tools: ToolSet;
  /** The data behind the tools, where they form a source of data. */
  readonly sourceOf: (tools: readonly Tool[]) => Promise<DataSource | undefined>;
  readonly mayUse: (tool: Tool, query: Query) => boolean;
  readonly workflows: WorkflowsByType;
  /** The models in their order of failover, or the one asked for; absent when none is configured. */
  readonly modelFor: (query: Query) => Provider | undefined;
  /** Version of the data as last seen, part of every cache key. */
  readonly dataVersion: () => string | undefined;
  /** Called after a tool changed something: what was learnt of the data is out of date. */
  readonly dataChanged: () => void;
  readonly recorder: Recorder;
  readonly approvals: Approvals;
}

/** One query on its way. */
export interface Run {
  readonly id: string;
  readonly query: Query;
  /** How the query is understood after earlier ones of its session; absent for one that goes on as it is. */
  readonly reading?: Reading | undefined;
  /** `performance.now()` when it began. */
  readonly startedAt: number;
  /** Milliseconds from then to its deadline. */
  readonly deadlineMs: number;
  /** What a vendor's failure in the middle of an answer leads to: whoever sees only the result is always rescued. */
  readonly afterFirstToken: AfterFirstToken;
  /** False when nobody looks at the events, only at the result. */
  readonly watched: boolean;
  readonly signal: AbortSignal;
  /** What was configured and missing, with the reason. */
  readonly degraded: Map<string, string>;
  /** Journals the steps of a queued run; absent for a query that is asked and answered here. */
  readonly durable?: DurableRun | undefined;
}
