import { hostname } from "node:os";
import type { AgentDefinition } from "./agents/define.ts";
import { type Bagged, bag } from "./bag.ts";
import { EventEmitter } from "eventemitter3";
import { cascade } from "./classify/cascade.ts";
import { type Limits, defaultLimits, defaultTtlMs, operatorRoles } from "./defaults.ts";
import { askedQuestions } from "./engine/asked-questions.ts";
import { changeRates } from "./engine/change-rates.ts";
import { type ClassifierOptions, classifierParts } from "./engine/classifier.ts";
import { classifyOnly } from "./engine/classify-run.ts";
import { type Correction, correct } from "./engine/correct.ts";
import { flights } from "./engine/flights.ts";
import type { EngineParts } from "./engine/parts.ts";
import { executeTool } from "./engine/execute-tool.ts";
import { type QueryStream, queryStream } from "./engine/query-stream.ts";
import { recorder } from "./engine/recorder.ts";
import { refresher } from "./engine/refresher.ts";
import { runQuery } from "./engine/run-query.ts";
import { type ApprovalOptions, type DecisionInput, approvals } from "./engine/runs/approvals.ts";
import type { DurableRun } from "./engine/runs/durable-run.ts";
import { type EnqueueOptions, type RunHandle, type RunParts, runBells, runSettings, runs } from "./engine/runs/runs.ts";
import { type Worker, type WorkerOptions, startWorker } from "./engine/runs/worker.ts";
import { type SessionOwner, sessions } from "./engine/sessions.ts";
import { toolSet } from "./engine/tool-set.ts";
import { validateQuery } from "./engine/validate-query.ts";
import { OrchestratorError } from "./errors.ts";
import { memoryEventBus } from "./memory/event-bus.ts";
import { memoryEventLog } from "./memory/event-log.ts";
import { memoryCache } from "./memory/memory-cache.ts";
import { memoryStateStore } from "./memory/state-store.ts";
import { memoryWorkQueue } from "./memory/work-queue.ts";
import { type Refusal, guardedModel, guardedWorkflow } from "./guards/guarded.ts";
import type { OutputGuard } from "./guards/output-guard.ts";
import type { DataSourceOptions } from "./plan/index.ts";
import type { Cache, CacheFilter } from "./ports/cache.ts";
import type { CallOptions, HealthReport } from "./ports/call.ts";
import type { EventBus } from "./ports/event-bus.ts";
import type { EventLog } from "./ports/event-log.ts";
import type { OrchestratorEvent } from "./ports/event.ts";
import type { Provider } from "./ports/provider.ts";
import type { AnyQueryType, Classification, Classifier, Guard, Query, QueryResult, QueryType } from "./ports/query.ts";
import type { StateStore } from "./ports/state-store.ts";
import type { Tool, ToolSource } from "./ports/tool-source.ts";
import type { WorkQueue } from "./ports/work-queue.ts";
import type { Workflow } from "./ports/workflow.ts";
import { admission } from "./resilience/admission.ts";
import { isComposite } from "./resilience/composite.ts";
import { type AfterFirstToken, type FailoverOptions, failover } from "./resilience/failover.ts";
import type { BudgetExceeded } from "./resilience/money/budget-account.ts";
import { type SpendingOptions, spending, withLimits } from "./resilience/money/spending.ts";
import type { VendorChange } from "./resilience/vendors/vendors.ts";
import { publishEvent } from "./telemetry/channels.ts";
import { type Health, health } from "./telemetry/health.ts";
import { dataAccess } from "./workflows/data-access.ts";
import { type PlanningOptions, defaultWorkflows } from "./workflows/defaults.ts";
import { agentsByName, workflowsByType } from "./workflows/registry.ts";
import { byWhatIsConnected } from "./workflows/routing.ts";
import { randomId } from "./random-id.ts";

export interface OrchestratorOptions extends SpendingOptions {
  /** Model vendors in their order of failover. @default none: the local tier answers */
  readonly providers?: readonly Provider[] | undefined;
  /** How failover between them behaves. */
  readonly failover?: FailoverOptions | undefined;
  /** Single tools, and sources of tools such as MCP servers. */
  readonly tools?: readonly (Tool | ToolSource)[] | undefined;
  /** How the tools over data are called, where not like the official MongoDB MCP server's. */
  readonly data?: DataSourceOptions | undefined;
  /** Whose plan is taken for questions about the data. */
  readonly planning?: PlanningOptions | undefined;
  /** False switches caching off. @default an exact cache in memory */
  readonly cache?: Cache | false | undefined;
  /** Who else may be given an answer that is not personal. @default "principal": nobody but the one who asked */
  readonly cacheScope?: "principal" | "tenant" | undefined;
  /** Milliseconds answers are remembered, by type. */
  readonly ttlMs?: Partial<Readonly<Record<QueryType, number>>> | undefined;
  /** Sessions. @default in memory */
  readonly state?: StateStore | undefined;
  /** What happened, for replay. @default in memory */
  readonly log?: EventLog | undefined;
  /** What happens, for others. @default in memory */
  readonly events?: EventBus | undefined;
  /** Queued runs, for any worker. @default in memory */
  readonly queue?: WorkQueue | undefined;
  /** Tools that run only once somebody approved the call. @default none */
  readonly approval?: ApprovalOptions | undefined;
  /** Examples and types of your own, and whether a model is asked about unsure questions. */
  readonly classifier?: ClassifierOptions | undefined;
  /** Asked in order before the built-in classification. */
  readonly classifiers?: readonly Classifier[] | undefined;
  /** Asked before anything else; each may reject. */
  readonly guards?: readonly Guard[] | undefined;
  /** Look at everything a model or tool would show, before anybody sees it. */
  readonly outputGuards?: readonly OutputGuard[] | undefined;
  /**
   * Workflows by type, or a list: one that is called like a built-in one (`simple_query`, `complex_aggregation`, `rag_query`,
   * `schema_discovery`, `tool_operations`) replaces it, the others can be run as steps.
   */
  readonly workflows?: readonly Workflow[] | Partial<Readonly<Record<QueryType, Workflow>>> | undefined;
  /** Agents that steps and other agents can name. */
  readonly agents?: readonly AgentDefinition[] | undefined;
  /** Whether the caller may use a tool. @default read-only tools for everybody, the others for the roles `operator` and `admin` */
  readonly authorize?: ((tool: Tool, query: Query) => boolean) | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Names this instance in events. @default "/orchestrator/" and the host's name */
  readonly source?: string | undefined;
}

export interface Orchestrator extends AsyncDisposable {
  /** Answers a question. Settles within its deadline; rejects with an `OrchestratorError`, or with the signal's reason. */
  readonly query: (input: string | Query, options?: CallOptions) => Promise<QueryResult>;
  /** The same as events; nothing starts until the stream is read. */
  readonly stream: (input: string | Query, options?: CallOptions) => QueryStream;
  /** What kind of question it is, without answering it; in a session (of the query, or `session`) as it is meant there. */
  readonly classify: (input: string | Query, options?: CallOptions & { readonly session?: string | undefined }) => Promise<Classification>;
  /**
   * Says what kind of question a query of a moment ago was, by its result's id: it and questions like it are classified so from now on, for
   * its whole tenant, and its cached answer is not given again. Rejects with `QUERY_NOT_FOUND` for an id this process did not answer lately.
   */
  readonly correct: (id: string, type: AnyQueryType) => Promise<Correction>;
  /** Puts a question in the queue for any worker, and answers at once. Its run, also under an id that exists already, outlives this process. */
  readonly enqueue: (input: string | Query, options?: EnqueueOptions) => Promise<RunHandle>;
  /** A queued run by its id, from any process; with an owner, only if it is theirs. Asks nobody yet. */
  readonly run: (id: string, owner?: SessionOwner) => RunHandle;
  /** Carries out queued runs in this process, until it or the orchestrator is closed. */
  readonly worker: (options?: WorkerOptions) => Promise<Worker>;
  /** Decides what a token of `run(id).approvals()` asks, once; rejects with `APPROVAL_INVALID`. */
  readonly decide: (token: string, decision: DecisionInput, options?: CallOptions) => Promise<void>;
  /** Makes a session and answers its id, which later queries name as `sessionId`. */
  readonly createSession: (owner?: SessionOwner & { readonly id?: string }, options?: CallOptions) => Promise<string>;
  /** Forgets cached answers and says how many. */
  readonly invalidate: (filter: CacheFilter) => Promise<number>;
  /** How every part is doing; asks nobody. */
  readonly health: () => Health;
  /** Connects everything now; rejects naming every part that is not there. Not needed: parts connect on first use. */
  readonly ready: (options?: CallOptions) => Promise<void>;
  /** Calls back for every event of a type, such as `query.answered`, or for all with `*`; answers how to stop. A listener that throws hurts nobody. */
  readonly on: (type: string, listener: (event: OrchestratorEvent) => void) => () => void;
  /** Takes no more queries, waits for running ones up to a limit, then closes every adapter it was given. May be called twice. */
  readonly close: () => Promise<void>;
}

/** A query on its way. */
interface Running extends Bagged {
  readonly cancel: (reason: unknown) => void;
}

function checked(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (value !== undefined && !(typeof value === "number" && value > 0))
      throw new OrchestratorError("CONFIG_INVALID", `limits.${name} must be a number above 0, and is ${String(value)}`);
  }
  return limits;
}

const changeTypes: Readonly<Record<VendorChange["state"], string>> = {
  open: "provider.opened",
  "half-open": "provider.probed",
  closed: "provider.closed",
  resting: "provider.rested",
};

const mayUseByRole = (tool: Tool, { principal }: Query): boolean =>
  tool.readOnly || (principal?.roles.some((role) => operatorRoles.includes(role)) ?? false);

const toQuery = (input: string | Query): Query => (typeof input === "string" ? { text: input } : (input ?? ({} as Query)));

/** Wires the parts, touching no network and no environment. Everything left out has an in-memory or local default. */
export function createOrchestrator(options: OrchestratorOptions = {}): Orchestrator {
  const limits = checked({ ...defaultLimits, ...options.limits });
  const { providers = [], tools = [], outputGuards = [] } = options;
  const state = options.state ?? memoryStateStore();
  const log = options.log ?? memoryEventLog();
  const bus = options.events ?? memoryEventBus();
  const cache = options.cache === false ? undefined : (options.cache ?? memoryCache());
  const source = options.source ?? `/orchestrator/${hostname()}`;
  const emitter = new EventEmitter<string, unknown>();
  const models = providers.length === 0 ? undefined : failover(providers, { ...options.failover, onChange: vendorChanged });
  const money = spending(options, state, budgetExceeded);
  const data = dataAccess(options.data, (tool) => ({
    ...tool,
    execute: (input, call) => executeTool(tool, input, call, limits.toolTimeoutMs),
  }));
  const classifier = classifierParts(options.classifier ?? {}, state, limits, isModelUp);
  const running = bag<Running>();
  let onIdle: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  function modelFor(query: Query): Provider | undefined {
    const name = query.options?.provider;
    const asked = name === undefined ? models : models?.only(name);
    if (asked !== undefined) {
      const limited = withLimits(asked, query, money);
      return outputGuards.length === 0 ? limited : guardedModel(limited, outputGuards);
    }
    if (name === undefined) return undefined;
    throw new OrchestratorError("QUERY_REJECTED", `no provider is called ${JSON.stringify(name)}`, {
      details: { rule: "options.provider-unknown" },
    });
  }

  /** False when every vendor that may be asked for this query is known to be out. */
  function isModelUp({ options }: Query): boolean {
    const name = options?.provider;
    const asked = Object.entries(vendorHealth()).filter(
      ([key]) => name === undefined || key === `provider:${name}` || key.startsWith(`provider:${name}:`),
    );
    return models !== undefined && (asked.length === 0 || asked.some(([, { status }]) => status !== "down"));
  }

  /** Told once a change, not once a query. */
  function vendorChanged(change: VendorChange): void {
    const { provider, model, state, why } = change;
    const type = changeTypes[state];
    parts.recorder.record({ type, subject: provider, data: { provider, ...(model !== undefined && { model }), state, why } });
    options.failover?.onChange?.(change);
  }

  function toolRefused({ run, tool, by }: Refusal): void {
    parts.recorder.record({ type: "tool.refused", subject: tool, correlationId: run, data: { tool, by } });
  }

  /** Told once a window and payer. */
  function budgetExceeded(exceeded: BudgetExceeded): void {
    parts.recorder.record({ type: "budget.exceeded", subject: exceeded.budget, data: { ...exceeded } });
  }

  function emit(event: OrchestratorEvent): void {
    publishEvent(event);
    for (const name of [event.type, "*"]) {
      for (const listener of emitter.listeners(name)) {
        try {
          listener(event);
        } catch {
          // A listener's defect is its own; the others are still told.
        }
      }
    }
  }

  const parts: EngineParts = {
    limits,
    ttlMs: { ...Object.fromEntries(classifier.ownTypes.map(({ name, ttlMs = 0 }) => [name, ttlMs])), ...defaultTtlMs, ...options.ttlMs },
    admission: admission(limits),
    guards: [...money.guards, ...(options.guards ?? [])],
    sessions: sessions(state, limits),
    cache,
    cacheScope: options.cacheScope ?? "principal",
    changeRates: changeRates(),
    refresher: refresher(cache, async (query) => start(query, {}, "restart").result()),
    flights: flights(),
    ...classifier,
    asked: askedQuestions(),
    classify: byWhatIsConnected(cascade(options.classifiers ?? [], classifier.learnt, classifier.types), data, () =>
      parts.tools.snapshot(),
    ),
    tools: toolSet(tools, limits),
    mayUse: options.authorize ?? mayUseByRole,
    workflows: workflowsByType(
      defaultWorkflows(data, limits, options.planning),
      options.workflows ?? [],
      classifier.ownTypes,
      data,
      agentsByName(options.agents ?? []),
      (workflow) => guardedWorkflow(workflow, outputGuards, toolRefused),
    ),
    modelFor,
    sourceOf: data.sourceOf,
    dataVersion: data.version,
    dataChanged: data.refresh,
    recorder: recorder({ log, bus, source, maxWaiting: limits.maxUnrecorded, emit }),
    approvals: approvals(options.approval),
  };

  const queue = options.queue ?? memoryWorkQueue();
  const workers: Worker[] = [];
  const runParts: RunParts = {
    ...runBells(),
    log,
    queue,
    bus,
    source,
    recorder: parts.recorder,
    approvals: parts.approvals,
    settings: runSettings(limits),
    execute,
  };
  const queued = runs(runParts);

  function execute(query: Query, durable: DurableRun): QueryStream {
    const { deadlineMs = limits.runDeadlineMs, cache = "use" } = query.options ?? {};
    // A run that got beyond the cache once must not find its answer there the second time.
    const asked: Query = durable.isResumed && cache === "use" ? { ...query, options: { ...query.options, cache: "refresh" } } : query;
    const run = { id: durable.id, query: asked, deadlineMs, afterFirstToken: "restart", durable } as const;
    return queryStream({
      run: (signal, watched) => runQuery({ ...run, startedAt: performance.now(), watched, signal, degraded: new Map() }, parts),
      deadlineMs,
      signal: durable.signal,
      onStart,
    });
  }

  async function worker(options?: WorkerOptions): Promise<Worker> {
    if (closing !== undefined) throw new OrchestratorError("CLOSED", "the orchestrator is closed");
    const started = await startWorker(runParts, options);
    workers.push(started);
    return started;
  }

  /** Counts a query in; the answer counts it out. */
  function onStart(cancel: (reason: unknown) => void): () => void {
    if (closing !== undefined) queueMicrotask(() => cancel(new OrchestratorError("CLOSED", "the orchestrator is closed")));
    const query: Running = { cancel };
    running.add(query);
    return () => {
      running.remove(query);
      if (running.items.length === 0) onIdle?.();
    };
  }

  function start(input: string | Query, { signal }: CallOptions = {}, afterFirstToken: AfterFirstToken): QueryStream {
    const query = toQuery(input);
    const { deadlineMs: asked } = query.options ?? {};
    const deadlineMs = typeof asked === "number" && asked > 0 ? asked : limits.deadlineMs;
    return queryStream({
      run: (signal, watched) =>
        runQuery(
          { id: randomId(), query, startedAt: performance.now(), deadlineMs, afterFirstToken, watched, signal, degraded: new Map() },
          parts,
        ),
      deadlineMs,
      signal,
      onStart,
    });
  }

  const stream: Orchestrator["stream"] = (input, callOptions) => start(input, callOptions, options.failover?.afterFirstToken ?? "error");

  function dependencies(): Record<string, HealthReport> {
    const up: HealthReport = { status: "up" };
    return {
      state: state.health?.() ?? up,
      cache: cache?.health?.() ?? up,
      log: log.health?.() ?? up,
      events: bus.health?.() ?? up,
      queue: queue.health?.() ?? up,
      recorder: parts.recorder.health(),
      ...parts.tools.health(),
      ...vendorHealth(),
      ...money.health(),
    };
  }

  /** Each vendor by its name, with the model where others than its own were asked for. */
  function vendorHealth(): Record<string, HealthReport> {
    const asked = models?.vendors() ?? [];
    const isUnasked = (each: Provider): boolean =>
      isComposite(each) ? each.vendors().length === 0 : !asked.some(({ provider, model }) => provider === each.name && model === undefined);
    return Object.fromEntries([
      ...providers.filter(isUnasked).map(({ name }) => [`provider:${name}`, { status: "up" } satisfies HealthReport]),
      ...asked.map((each) => [`provider:${each.provider}${each.model === undefined ? "" : `:${each.model}`}`, each]),
    ]);
  }

  async function ready({ signal = new AbortController().signal }: CallOptions = {}): Promise<void> {
    const { missing } = await parts.tools.snapshot();
    const tried = await Promise.allSettled([state, log, bus, queue].map(async (part) => part.ready?.({ signal })));
    const reasons = [
      ...[...missing].map(([name, reason]) => `${name}: ${reason}`),
      ...tried.flatMap((part) => (part.status === "rejected" ? [String(part.reason)] : [])),
    ];
    if (reasons.length > 0)
      throw new OrchestratorError("STORE_UNAVAILABLE", `not ready: ${reasons.join("; ")}`, { retryable: true, details: { reasons } });
  }

  async function shutDown(): Promise<void> {
    await Promise.allSettled(workers.map((worker) => worker.close()));
    const limit = new Promise<void>((resolve) => setTimeout(resolve, limits.closeTimeoutMs).unref());
    const idle = new Promise<void>((resolve) => {
      if (running.items.length === 0) resolve();
      else onIdle = resolve;
    });
    await Promise.race([idle, limit]);
    for (const { cancel } of running.items.slice())
      cancel(new OrchestratorError("CLOSED", "the orchestrator was closed while the query ran"));
    await parts.recorder.flush(1_000);
    parts.recorder.close();
    await parts.tools.close();
    await Promise.race([money.close(), limit]);
    await Promise.allSettled([cache, ...providers].map(async (part) => part?.close?.()));
    await Promise.allSettled([bus, queue, log, state].map(async (part) => part.close?.()));
    emitter.removeAllListeners();
  }

  const close = (): Promise<void> => (closing ??= shutDown());

  return {
    // Nobody sees anything before the end, so another vendor may always start over.
    query: (input, options) => start(input, options, "restart").result(),
    stream,
    async classify(input, { signal = new AbortController().signal, session } = {}) {
      const query = toQuery(input);
      return classifyOnly(session === undefined ? query : { ...query, sessionId: session }, signal, parts);
    },
    async correct(id, type) {
      const corrected = await correct(id, type, parts);
      parts.flights.closeAll();
      return corrected;
    },
    async enqueue(input, options) {
      if (closing !== undefined) throw new OrchestratorError("CLOSED", "the orchestrator is closed");
      const query = toQuery(input);
      validateQuery(query, parts);
      return queued.enqueue(query, options);
    },
    run: queued.run,
    worker,
    decide: queued.decide,
    createSession: (owner = {}, { signal } = {}) => parts.sessions.create(owner, signal),
    async invalidate(filter) {
      parts.flights.closeAll();
      const forgotten = (await cache?.invalidate(filter)) ?? 0;
      const { tenant, tags = [] } = filter;
      const data = { reason: "asked for", tags: [...tags], forgotten };
      parts.recorder.record({ type: "cache.invalidated", subject: tenant ?? "*", ...(tenant !== undefined && { tenant }), data });
      return forgotten;
    },
    health: () => health(dependencies(), parts.admission.running(), closing !== undefined),
    ready,
    on(type, listener) {
      emitter.on(type, listener);
      return () => void emitter.off(type, listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
