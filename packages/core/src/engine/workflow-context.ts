import type { Limits } from "../defaults.ts";
import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { Json } from "../ports/json.ts";
import type { Completion, ModelRequest, Provider, ToolCall } from "../ports/provider.ts";
import type { Attempt, Classification, Query } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Emit, StepContext, StepOptions, StepPlace, ToolUse, Turn, WorkflowContext } from "../ports/workflow.ts";
import type { AfterFirstToken, FailoverCallOptions } from "../resilience/failover.ts";
import { inTime, pause } from "./abortable.ts";
import { executeTool } from "./execute-tool.ts";
import type { Approvals } from "./runs/approvals.ts";
import type { DurableRun } from "./runs/durable-run.ts";
import type { Reuse } from "./tool-results.ts";

/** What a run of a workflow adds up to while it runs. */
export interface Tally {
  readonly attempts: Attempt[];
  readonly degraded: Map<string, string>;
  inputTokens: number;
  outputTokens: number;
  /** Undefined once something was used whose price nobody knows. */
  costUsd: number | undefined;
  /** Text shown so far, since the last reset. */
  shown: string;
  /** The collections that tools were asked for, as tags. */
  readonly read: Set<string>;
  /** Results of tools taken from memory. */
  reused: number;
  /** Milliseconds for which the tools vouch for what they answered; undefined when none said so. */
  freshMs: number | undefined;
  /** True once a tool ran that changes something. */
  changed: boolean;
  /** What undoes the steps that ended, first to last; absent while no step said how. */
  undo: (() => Promise<void> | void)[] | undefined;
}

export const newTally = (degraded: Map<string, string>): Tally => ({
  attempts: [],
  degraded,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  shown: "",
  read: new Set(),
  reused: 0,
  freshMs: undefined,
  changed: false,
  undo: undefined,
});

/** Undoes what the steps of a failed run made, the last first; one that cannot be undone keeps no other from it. */
export async function undo({ undo: made }: Tally, timeoutMs: number): Promise<void> {
  for (let back = made?.pop(); back !== undefined; back = made?.pop()) {
    const work = back;
    await inTime(timeoutMs, "undoing a step", (async () => work())()).catch(() => {});
  }
}

interface ContextParts {
  readonly id: string;
  readonly query: Query;
  readonly classification: Classification;
  readonly turns: readonly Turn[];
  readonly reading: Reading | undefined;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly tools: readonly Tool[];
  readonly mayUse: (tool: Tool, query: Query) => boolean;
  readonly model: Provider | undefined;
  readonly limits: Limits;
  /** Milliseconds left until the query's deadline. */
  readonly leftMs: () => number;
  readonly afterFirstToken: AfterFirstToken;
  readonly tally: Tally;
  readonly approvals: Approvals;
  readonly durable: DurableRun | undefined;
  readonly reuse: Reuse;
}

/** Kept of the deadline for an answer without a model, should no vendor answer in time. */
const keptMs = 500;
const keptShare = 0.1;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const bothKnown = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

function count(tally: Tally, attempt: Attempt): void {
  tally.attempts.push(attempt);
  tally.inputTokens += attempt.usage?.inputTokens ?? 0;
  tally.outputTokens += attempt.usage?.outputTokens ?? 0;
  if (attempt.usage !== undefined) tally.costUsd = bothKnown(tally.costUsd, attempt.costUsd);
  if (attempt.outcome === "failed") tally.degraded.set(`provider:${attempt.provider}`, attempt.kind ?? attempt.error ?? "failed");
}

/** Tools over data name the collection they read. */
function noteRead({ read }: Tally, input: Json): void {
  if (typeof input !== "object" || input === null || !("collection" in input)) return;
  const { collection } = input;
  if (typeof collection === "string") read.add(`collection:${collection}`);
}

/** JSON by a schema is for the workflow to read, not for whoever asked. */
const isTold = ({ outputSchema }: ModelRequest): boolean => outputSchema === undefined;

/** The engine's side of `WorkflowContext`: tools with limits and roles, models with failover, steps with times. */
export function workflowContext(parts: ContextParts): WorkflowContext {
  const { id, query, signal, emit, model, limits, tally, approvals, durable } = parts;
  const usable = parts.tools.filter((tool) => parts.mayUse(tool, query));
  let calls = 0;

  function find(name: string, readOnly: boolean | undefined): Tool {
    const tool = parts.tools.find((tool) => tool.name === name);
    if (tool === undefined)
      throw new OrchestratorError("TOOL_NOT_FOUND", `no connected tool is called ${JSON.stringify(name)}`, { details: { tool: name } });
    if (readOnly === true || usable.includes(tool)) return tool;
    throw new OrchestratorError("TOOL_FORBIDDEN", `the caller's roles do not allow the tool ${name}`, { details: { tool: name } });
  }

  async function runTool(tool: Tool, input: Json, callId: string, until: AbortSignal): Promise<Json> {
    const { name } = tool;
    const startedAt = performance.now();
    emit({ type: "tool-call", id: callId, tool: name, input });
    try {
      const output = await executeTool(tool, input, { signal: until, idempotencyKey: callId }, limits.toolTimeoutMs);
      emit({ type: "tool-result", id: callId, tool: name, ok: true, durationMs: performance.now() - startedAt });
      return output;
    } catch (error) {
      signal.throwIfAborted();
      // A step that ran out of time: its call has ended, and is told.
      const durationMs = performance.now() - startedAt;
      emit({ type: "tool-result", id: callId, tool: name, ok: false, durationMs, error: messageOf(error) });
      throw error;
    }
  }

  async function callTool(name: string, input: Json, { readOnly, signal: until = signal }: ToolUse = {}): Promise<Json> {
    const tool = find(name, readOnly);
    const changes = !(readOnly ?? tool.readOnly);
    noteRead(tally, input);
    if (changes && approvals.needed(tool, input, query)) await allowed(tool, input);
    if (changes) tally.changed = true;
    if (durable === undefined) {
      const run = (): Promise<Json> => runTool(tool, input, `${id}:${++calls}`, until);
      return changes ? run() : parts.reuse(tool, input, readOnly === true, run);
    }
    return durable.step(emit, `tool ${name}`, ({ idempotencyKey }) => runTool(tool, input, idempotencyKey, until), {
      kind: "tool",
      binding: approvals.binding({ tool: name, input, question: "" }),
      quiet: true,
      costly: true,
      effect: changes ? "external" : "pure",
      onInterrupted: tool.idempotent ? "retry" : "fail",
    });
  }

  /** Returns once somebody approved this very call. */
  async function allowed(tool: Tool, input: Json): Promise<void> {
    const { name } = tool;
    if (durable === undefined)
      throw new OrchestratorError("APPROVAL_REQUIRED", `the tool ${name} needs an approval, which only a queued run can wait for`, {
        details: { tool: name },
      });
    const { approved, by, reason } = await durable.approval(emit, `approve ${name}`, { tool: name, input, question: `Run ${name}?` });
    if (approved) return;
    const message = `the tool ${name} was not approved by ${by}${reason === undefined ? "" : `: ${reason}`}`;
    throw new OrchestratorError("TOOL_FORBIDDEN", message, { details: { tool: name, by } });
  }

  function degrade(part: string, reason: string): void {
    if (tally.degraded.has(part)) return;
    tally.degraded.set(part, reason);
    emit({ type: "degraded", part, reason });
  }

  async function ask(model: Provider, request: ModelRequest, options: FailoverCallOptions): Promise<Completion> {
    const toolCalls: ToolCall[] = [];
    let text = "";
    for await (const event of model.stream(request, options)) {
      if (event.type === "text-delta") {
        text += event.text;
        if (isTold(request)) tally.shown += event.text;
        if (text.length > limits.maxAnswerChars)
          throw new OrchestratorError("STREAM_INCOMPLETE", `the answer is longer than ${limits.maxAnswerChars} characters`);
        if (isTold(request)) emit(event);
      } else if (event.type === "text-reset") {
        text = "";
        toolCalls.length = 0;
        if (!isTold(request)) continue;
        tally.shown = "";
        emit(event);
      } else if (event.type === "tool-call") toolCalls.push(event.call);
      else if (event.type === "finish") {
        const { reason, usage, model: answering = request.model ?? "unknown", provider, requestId, rateLimits } = event;
        return { text, toolCalls, finishReason: reason, usage, model: answering, provider, requestId, rateLimits };
      }
    }
    throw new OrchestratorError("INTERNAL", "a model stream ended without its finish event");
  }

  /** What became of asking the models, with all it took. */
  interface Asked {
    readonly completion?: Completion | undefined;
    readonly attempts: Attempt[];
    /** Why no vendor answered. */
    readonly failure?: string | undefined;
  }

  async function askAll(model: Provider, request: ModelRequest, until: AbortSignal): Promise<Asked> {
    const attempts: Attempt[] = [];
    const leftMs = durable === undefined ? parts.leftMs() : Math.min(limits.deadlineMs, parts.leftMs());
    const options: FailoverCallOptions = {
      signal: until,
      timeoutMs: leftMs - Math.min(keptMs, leftMs * keptShare),
      afterFirstToken: parts.afterFirstToken,
      onAttempt(attempt) {
        attempts.push(attempt);
        count(tally, attempt);
        emit({ type: "provider-attempt", attempt });
      },
      onFailover: (failover) => emit({ type: "failover", ...failover }),
    };
    const asked = query.options?.model === undefined ? request : { ...request, model: query.options.model };
    try {
      return { completion: await ask(model, asked, options), attempts };
    } catch (error) {
      until.throwIfAborted();
      if (!isOrchestratorError(error, "PROVIDERS_EXHAUSTED")) throw error;
      return { attempts, failure: messageOf(error) };
    }
  }

  async function say(request: ModelRequest, { signal: until = signal }: CallOptions = {}): Promise<Completion | undefined> {
    if (model === undefined) return undefined;
    let asked = false;
    const askHere = (): Promise<Asked> => {
      asked = true;
      return askAll(model, request, until);
    };
    const { completion, attempts, failure } =
      durable === undefined
        ? await askAll(model, request, until)
        : await durable.step(emit, "model", askHere, { kind: "model", quiet: true, costly: true });
    if (durable !== undefined && !asked) {
      // From the journal: what it cost then still counts, and its text is told again.
      for (const attempt of attempts) count(tally, attempt);
      if (completion !== undefined && completion.text !== "" && isTold(request)) {
        tally.shown += completion.text;
        emit({ type: "text-delta", text: completion.text });
      }
    }
    if (failure !== undefined) degrade("providers", failure);
    return completion;
  }

  async function step<T>(name: string, run: (step: StepContext) => T | Promise<T>, options: string | StepOptions<T> = {}): Promise<T> {
    const { detail, index, total, compensate } = typeof options === "string" ? ({ detail: options } as StepOptions<T>) : options;
    const startedAt = performance.now();
    emit({ type: "step-start", step: name, detail, index, total });
    const context = stepContext(name);
    const made = await run(context);
    if (compensate !== undefined) (tally.undo ??= []).push(() => compensate(made, context));
    emit({ type: "step-end", step: name, durationMs: performance.now() - startedAt });
    return made;
  }

  const stepContext = (name: string): StepContext => ({ signal, idempotencyKey: `${id}:${name}`, attempt: 1, record: () => {} });

  const sleep = (name: string, ms: number, place?: StepPlace): Promise<void> => step(name, () => pause(ms, signal), place);

  async function approval(name: string): Promise<never> {
    throw new OrchestratorError("APPROVAL_REQUIRED", `${JSON.stringify(name)} needs an approval, which only a queued run can wait for`);
  }

  return {
    id,
    classification: parts.classification,
    turns: parts.turns,
    reading: parts.reading,
    signal,
    tools: usable,
    connected: parts.tools,
    hasModel: model !== undefined,
    callTool,
    say,
    degrade,
    ...(durable === undefined ? { step, sleep, approval } : durableParts(durable)),
  };

  /** A queued run may be ended from outside while nobody waits for these any more, which must not end the process with it. */
  function durableParts(durable: DurableRun): Pick<WorkflowContext, "step" | "sleep" | "approval" | "callTool" | "say"> {
    return {
      step: (name, run, options) => handled(durable.step(emit, name, run, typeof options === "string" ? { detail: options } : options)),
      sleep: (name, ms, place) => handled(durable.sleep(emit, name, ms, place)),
      approval: (name, request) => handled(durable.approval(emit, name, request)),
      callTool: (name, input, use) => handled(callTool(name, input, use)),
      say: (request, options) => handled(say(request, options)),
    };
  }
}

function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
