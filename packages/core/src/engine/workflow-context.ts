import type { Limits } from "../defaults.ts";
import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Completion, ModelRequest, Provider, ToolCall } from "../ports/provider.ts";
import type { Attempt, Classification, Query } from "../ports/query.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Emit, StepContext, StepOptions, ToolUse, Turn, WorkflowContext } from "../ports/workflow.ts";
import type { AfterFirstToken, FailoverCallOptions } from "../resilience/failover.ts";
import { pause, withTimeout } from "./abortable.ts";

/** What a run of a workflow adds up to while it runs. */
export interface Tally {
  readonly attempts: Attempt[];
  readonly degraded: Map<string, string>;
  inputTokens: number;
  outputTokens: number;
  costUsd: number | undefined;
  /** Text shown so far, since the last reset. */
  shown: string;
  /** True once a tool ran that changes something. */
  changed: boolean;
}

export const newTally = (degraded: Map<string, string>): Tally => ({
  attempts: [],
  degraded,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: undefined,
  shown: "",
  changed: false,
});

interface ContextParts {
  readonly id: string;
  readonly query: Query;
  readonly classification: Classification;
  readonly turns: readonly Turn[];
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
}

/** Kept of the deadline for an answer without a model, should no vendor answer in time. */
const keptMs = 500;
const keptShare = 0.1;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function count(tally: Tally, attempt: Attempt): void {
  tally.attempts.push(attempt);
  tally.inputTokens += attempt.usage?.inputTokens ?? 0;
  tally.outputTokens += attempt.usage?.outputTokens ?? 0;
  if (attempt.costUsd !== undefined) tally.costUsd = (tally.costUsd ?? 0) + attempt.costUsd;
  if (attempt.outcome === "failed") tally.degraded.set(`provider:${attempt.provider}`, attempt.kind ?? attempt.error ?? "failed");
}

/** The engine's side of `WorkflowContext`: tools with limits and roles, models with failover, steps with times. */
export function workflowContext(parts: ContextParts): WorkflowContext {
  const { id, query, signal, emit, model, limits, tally } = parts;
  const allowed = parts.tools.filter((tool) => parts.mayUse(tool, query));
  let calls = 0;

  function find(name: string, readOnly: boolean | undefined): Tool {
    const tool = parts.tools.find((tool) => tool.name === name);
    if (tool === undefined)
      throw new OrchestratorError("TOOL_NOT_FOUND", `no connected tool is called ${JSON.stringify(name)}`, { details: { tool: name } });
    if (readOnly === true || allowed.includes(tool)) return tool;
    throw new OrchestratorError("TOOL_FORBIDDEN", `the caller's roles do not allow the tool ${name}`, { details: { tool: name } });
  }

  async function callTool(name: string, input: Json, { readOnly }: ToolUse = {}): Promise<Json> {
    const tool = find(name, readOnly);
    const callId = `${id}:${++calls}`;
    const startedAt = performance.now();
    emit({ type: "tool-call", id: callId, tool: name, input });
    if (!(readOnly ?? tool.readOnly)) tally.changed = true;
    const run = (signal: AbortSignal): Promise<Json> => tool.execute(input, { signal, idempotencyKey: callId });
    try {
      const output = await withTimeout(limits.toolTimeoutMs, signal, `the tool ${name}`, run);
      emit({ type: "tool-result", id: callId, tool: name, ok: true, durationMs: performance.now() - startedAt });
      return output;
    } catch (error) {
      signal.throwIfAborted();
      const durationMs = performance.now() - startedAt;
      emit({ type: "tool-result", id: callId, tool: name, ok: false, durationMs, error: messageOf(error) });
      if (isOrchestratorError(error)) throw error;
      throw new OrchestratorError("TOOL_FAILED", `the tool ${name} failed: ${messageOf(error)}`, { details: { tool: name }, cause: error });
    }
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
        tally.shown += event.text;
        if (text.length > limits.maxAnswerChars)
          throw new OrchestratorError("STREAM_INCOMPLETE", `the answer is longer than ${limits.maxAnswerChars} characters`);
        emit(event);
      } else if (event.type === "text-reset") {
        text = "";
        tally.shown = "";
        toolCalls.length = 0;
        emit(event);
      } else if (event.type === "tool-call") toolCalls.push(event.call);
      else if (event.type === "finish") {
        const { reason, usage, model: answering = request.model ?? "unknown", provider, requestId, rateLimits } = event;
        return { text, toolCalls, finishReason: reason, usage, model: answering, provider, requestId, rateLimits };
      }
    }
    throw new OrchestratorError("INTERNAL", "a model stream ended without its finish event");
  }

  async function say(request: ModelRequest): Promise<Completion | undefined> {
    if (model === undefined) return undefined;
    const leftMs = parts.leftMs();
    const options: FailoverCallOptions = {
      signal,
      timeoutMs: leftMs - Math.min(keptMs, leftMs * keptShare),
      afterFirstToken: parts.afterFirstToken,
      onAttempt(attempt) {
        count(tally, attempt);
        emit({ type: "provider-attempt", attempt });
      },
      onFailover: (failover) => emit({ type: "failover", ...failover }),
    };
    const asked = query.options?.model === undefined ? request : { ...request, model: query.options.model };
    try {
      return await ask(model, asked, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOrchestratorError(error, "PROVIDERS_EXHAUSTED")) throw error;
      degrade("providers", messageOf(error));
      return undefined;
    }
  }

  async function step<T>(name: string, run: (step: StepContext) => T | Promise<T>, options: string | StepOptions<T> = {}): Promise<T> {
    const { detail, index, total } = typeof options === "string" ? { detail: options } : options;
    const startedAt = performance.now();
    emit({ type: "step-start", step: name, detail, index, total });
    const made = await run(stepContext(name));
    emit({ type: "step-end", step: name, durationMs: performance.now() - startedAt });
    return made;
  }

  const stepContext = (name: string): StepContext => ({ signal, idempotencyKey: `${id}:${name}`, attempt: 1, record: () => {} });

  return {
    id,
    classification: parts.classification,
    turns: parts.turns,
    signal,
    tools: allowed,
    connected: parts.tools,
    hasModel: model !== undefined,
    callTool,
    say,
    degrade,
    step,
    sleep: (name, ms) => step(name, ({ signal }) => pause(ms, signal)),
    approval: async (name) => {
      throw new OrchestratorError("CONFIG_INVALID", `nobody can be asked to approve ${JSON.stringify(name)} in a run that is not queued`);
    },
  };
}
