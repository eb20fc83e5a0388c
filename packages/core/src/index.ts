export { createOrchestrator, type Orchestrator, type OrchestratorOptions } from "./orchestrator.ts";
export type { QueryStream } from "./engine/query-stream.ts";
export {
  eventSourced,
  type EventSourced,
  type EventSourcedOptions,
  type Fold,
  type Folded,
  type ReplayOptions,
} from "./engine/event-sourcing.ts";
export type { LabelledExample, OwnType } from "./classify/own-types.ts";
export type { ByModelOptions } from "./engine/by-model.ts";
export type { ClassifierOptions } from "./engine/classifier.ts";
export type { Correction } from "./engine/correct.ts";
export type { ApprovalOptions, DecisionInput, PendingApproval } from "./engine/runs/approvals.ts";
export type { EnqueueOptions, RunHandle, RunStatus, RunStep } from "./engine/runs/runs.ts";
export type { Worker, WorkerOptions } from "./engine/runs/worker.ts";
export { sessionHistory } from "./engine/session-history.ts";
export type { SessionOwner } from "./engine/sessions.ts";
export type { Health } from "./telemetry/health.ts";
export type { PlanningOptions } from "./workflows/defaults.ts";
export type { Limits } from "./defaults.ts";
export {
  type ErrorCode,
  OrchestratorError,
  ProviderError,
  type ProviderErrorOptions,
  type ProviderFailure,
  errorCodes,
  isOrchestratorError,
  isProviderError,
} from "./errors.ts";

export { defineTool, type StandardResult, type StandardSchema, toolSource, type ToolOptions } from "./tools.ts";
export { memoryCacheStore, type MemoryCacheStoreOptions } from "./memory/cache-store.ts";
export { memoryEventBus, type MemoryEventBusOptions } from "./memory/event-bus.ts";
export { memoryEventLog, type MemoryEventLogOptions } from "./memory/event-log.ts";
export { memoryStateStore, type MemoryStateStoreOptions } from "./memory/state-store.ts";
export { memoryVectorIndex, type MemoryVectorIndexOptions } from "./memory/vector-index.ts";
export { memoryWorkQueue, type MemoryWorkQueueOptions } from "./memory/work-queue.ts";
export { memoryCache, type MemoryCacheOptions } from "./memory/memory-cache.ts";
export { tagsNaming } from "./memory/tags-naming.ts";
export { exactCache, type ExactCacheOptions } from "./memory/exact-cache.ts";
export { type AfterFirstToken, type Failover, type FailoverCallOptions, type FailoverOptions, failover } from "./resilience/failover.ts";
export type { Composite } from "./resilience/composite.ts";
export { type HedgeOptions, hedge, race, type RaceOptions } from "./resilience/race.ts";
export { all, type AllOptions } from "./resilience/all.ts";
export { byWeight } from "./resilience/by-weight.ts";
export { defaultPrices, type Price, type PriceTable, pricesVersion } from "./resilience/vendors/prices.ts";
export type { BreakerRule } from "./resilience/vendors/breaker.ts";
export type { VendorChange, VendorHealth } from "./resilience/vendors/vendors.ts";
export type { Hold, ModelCall, Per, ReserveCallOptions } from "./resilience/money/account.ts";
export type { BudgetExceeded, BudgetHealth, BudgetOptions } from "./resilience/money/budget-account.ts";
export type { Meter } from "./resilience/money/meter.ts";
export type { RateLimitOptions } from "./resilience/money/rate-limits.ts";
export type { SpendingOptions } from "./resilience/money/spending.ts";
export { stateBudgetStore, type StateBudgetStoreOptions } from "./resilience/money/state-budget-store.ts";
export { stateRateLimiter, type StateRateLimiterOptions } from "./resilience/money/state-rate-limiter.ts";
export { fallbackBus, type FallbackBusOptions } from "./resilience/fallback-bus.ts";
export { fallbackState, type FallbackStateOptions, type FallbackStateStore, type StateConflict } from "./resilience/fallback-state.ts";
export { schemaProblem } from "./schema-problem.ts";
export { injectionGuard, operatorGuard, piiGuard, sizeGuard } from "./guards/input.ts";
export { markupGuard } from "./guards/markup.ts";
export { type OutputGuard, type Pattern, patternGuard, type Span } from "./guards/output-guard.ts";
export { instructionsGuard, secretGuard } from "./guards/secret.ts";
export { defineProvider, type ProviderDefinition } from "./provider.ts";
export { type DefinedWorkflow, defineWorkflow } from "./workflows/define.ts";
export { toMermaid } from "./workflows/mermaid.ts";
export { type RunTimeline, runTimeline } from "./workflows/timeline.ts";
export type {
  AgentStep,
  ApprovalStep,
  BranchStep,
  CiteStep,
  Condition,
  DescribeStep,
  LoopStep,
  MapStep,
  ModelStep,
  OperateStep,
  ParallelStep,
  PlanStep,
  RespondStep,
  Retry,
  RetrieveStep,
  StepDefinition,
  SubWorkflowStep,
  TalkStep,
  Template,
  ToolStep,
  TransformStep,
  Values,
  WaitStep,
  WorkflowDefinition,
  WorkStep,
} from "./workflows/steps.ts";
export { type AgentDefinition, type AgentLimits, type AgentMemory, defineAgent } from "./agents/define.ts";
export { fenced } from "./agents/prompts.ts";

export type { CallOptions, HealthReport, Subscription } from "./ports/call.ts";
export type { Budget, BudgetStore, Reservation, ReserveOptions } from "./ports/budget-store.ts";
export type { Cache, CacheFilter, CacheHit, CacheLease, CacheQuestion, CacheScope, ToolCallKey, ToolResultCache } from "./ports/cache.ts";
export type { Clock } from "./ports/clock.ts";
export type { CacheStore, TtlOptions } from "./ports/cache-store.ts";
export type { Embedder } from "./ports/embedder.ts";
export type { OrchestratorEvent } from "./ports/event.ts";
export type { DeadEvent, Delivery, EventBus, EventHandler, PublishReceipt, SubscribeOptions } from "./ports/event-bus.ts";
export type { AppendOptions, EventLog, LoggedEvent, ReadOptions } from "./ports/event-log.ts";
export type { Json, JsonObject } from "./ports/json.ts";
export type {
  Completion,
  FinishReason,
  ImagePart,
  Message,
  ModelEvent,
  ModelRequest,
  Provider,
  RateLimits,
  TextPart,
  ToolCall,
  ToolDefinition,
  Usage,
} from "./ports/provider.ts";
export type {
  Answer,
  AnyQueryType,
  Attempt,
  CacheExplanation,
  Citation,
  Classification,
  Classifier,
  Guard,
  Principal,
  Query,
  QueryEvent,
  QueryOptions,
  QueryResult,
  QueryType,
  Timings,
} from "./ports/query.ts";
export type { ReadPlan, Reading } from "./ports/reading.ts";
export type { RateLimit, RateLimiter, RateVerdict } from "./ports/rate-limiter.ts";
export type { SetStateOptions, StateEntry, StateStore } from "./ports/state-store.ts";
export type { Tool, ToolCallOptions, ToolSource } from "./ports/tool-source.ts";
export type { VectorIndex, VectorMatch, VectorSearchOptions } from "./ports/vector-index.ts";
export type { DeadJob, Job, WorkQueue } from "./ports/work-queue.ts";
export type {
  ApprovalDecision,
  ApprovalRequest,
  Emit,
  StepContext,
  StepEffect,
  StepOptions,
  StepPlace,
  ToolUse,
  Turn,
  Watched,
  Workflow,
  WorkflowContext,
} from "./ports/workflow.ts";
