import { type Agents, agentNamed, callAgent } from "../agents/call-agent.ts";
import { fenced } from "../agents/prompts.ts";
import { strictJson } from "../agents/strict-json.ts";
import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Completion, ModelRequest } from "../ports/provider.ts";
import type { Answer, Citation, Query, QueryEvent } from "../ports/query.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import { schemaProblem } from "../schema-problem.ts";
import { evaluated } from "./condition.ts";
import type { DataAccess } from "./data-access.ts";
import { answerFromData } from "./data.ts";
import { agentAnswer, answerFrom } from "./model-answer.ts";
import { answerFromPassages, retrieve } from "./rag.ts";
import { describeData } from "./schema.ts";
import type { StepCache } from "./step-cache.ts";
import type { AgentStep, ModelStep, OperateStep, SubWorkflowStep, Values, WorkStep } from "./steps.ts";
import { answerTalk } from "./talk.ts";
import { filled, filledText } from "./template.ts";
import { isPlainOrder, matchTool, runLocally } from "./tool.ts";

/** What the steps of a workflow can reach beside its context. */
export interface Services {
  readonly data: DataAccess;
  readonly agents: Agents;
  readonly workflows: ReadonlyMap<string, Workflow>;
  readonly cache: StepCache;
}

/** One run of a workflow, as its steps see it. */
export interface StepRun {
  readonly workflow: string;
  readonly query: Query;
  readonly context: WorkflowContext;
  readonly services: Services;
  /** Passes on what a workflow inside yields. */
  readonly tell: (event: QueryEvent) => void;
}

/** An object without what is undefined, so that it is JSON. */
const plain = (value: object | undefined): Json =>
  value === undefined ? null : (Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Json);

async function runAgentStep({ agent: name, task }: AgentStep, values: Values, { query, context, services }: StepRun): Promise<Json> {
  const agent = agentNamed(name, services.agents);
  if (!context.hasModel) return null;
  const run = await callAgent(agent, task === undefined ? query.text : filledText(task, values), query, services.agents, context);
  if (run === undefined) return null;
  const { completion, stopped, steps, usage, data } = run;
  return plain({
    text: completion.text,
    data,
    stopped,
    steps,
    tokens: usage.inputTokens + usage.outputTokens,
    answer: plain(agentAnswer(run, agent.limits?.maxSteps)),
  });
}

/** Text and data of a reply. Throws `STEP_OUTPUT_INVALID` for one that does not fit its schema. */
async function readReply(completion: Completion, { id, schema }: ModelStep): Promise<Json> {
  const answer = plain(answerFrom(completion));
  if (schema === undefined) return { text: completion.text, answer };
  const read = strictJson(completion.text);
  const problem = "problem" in read ? read.problem : await schemaProblem(schema, read.value);
  if (problem !== undefined) throw outputInvalid(id, problem);
  return { text: completion.text, data: (read as { value: Json }).value, answer };
}

export const outputInvalid = (id: string, problem: string): OrchestratorError =>
  new OrchestratorError("STEP_OUTPUT_INVALID", `the output of the step ${id} does not fit: ${problem}`, { details: { step: id } });

async function askModel(step: ModelStep, values: Values, { context }: StepRun): Promise<Json> {
  const { prompt, system, model, schema, temperature, maxOutputTokens } = step;
  const request: ModelRequest = {
    messages: [
      ...(system === undefined ? [] : [{ role: "system" as const, content: fencedText(system, values) }]),
      { role: "user", content: fencedText(prompt, values) },
    ],
    model,
    temperature,
    maxOutputTokens,
    outputSchema: schema === undefined ? undefined : { name: step.id, schema },
  };
  const completion = await context.say(request);
  return completion === undefined ? null : await readReply(completion, step);
}

/** A prompt in which everything but the question is fenced as data. */
const fencedText = (template: string, values: Values): string =>
  template.replaceAll(/\{\{\s*(.*?)\s*\}\}/gs, (hole: string, path: string) => {
    const text = filledText(hole, values);
    return path === "query.text" ? text : fenced("data", text);
  });

async function operate({ plain: onlyPlain = false }: OperateStep, { query, context }: StepRun): Promise<Json> {
  const tool = matchTool(query.text, context.tools);
  if (onlyPlain && (tool === undefined || !isPlainOrder(query.text, tool))) return null;
  return plain(await runLocally(query, tool, context));
}

const depths = new WeakMap<WorkflowContext, number>();
const maxDepth = 8;

/** The context with everything it does ended by this signal, too. */
export function until(signal: AbortSignal, context: WorkflowContext): WorkflowContext {
  const inner: WorkflowContext = {
    ...context,
    signal,
    callTool: (name, input, use) => context.callTool(name, input, { signal, ...use }),
    say: (request, options) => context.say(request, { signal, ...options }),
    async step(name, run, options) {
      signal.throwIfAborted();
      return context.step(name, run, options);
    },
  };
  depths.set(inner, depths.get(context) ?? 1);
  return inner;
}

async function runSubWorkflow(step: SubWorkflowStep, values: Values, { query, context, services, tell }: StepRun): Promise<Json> {
  const workflow = services.workflows.get(step.workflow);
  if (workflow === undefined) throw new OrchestratorError("CONFIG_INVALID", `no workflow is called ${JSON.stringify(step.workflow)}`);
  const depth = (depths.get(context) ?? 1) + 1;
  if (depth > maxDepth) throw new OrchestratorError("CONFIG_INVALID", `workflows call each other more than ${maxDepth} deep`);
  const inner = { ...context };
  depths.set(inner, depth);
  const asked = step.query === undefined ? query : { ...query, text: filledText(step.query, values) };
  const running = workflow.run(asked, inner);
  if (running instanceof Promise) return plain(await running);
  for (;;) {
    const next = await running.next();
    if (next.done) return plain(next.value);
    tell(next.value);
  }
}

/** Does what a step says, once, and answers its output. */
export async function doWork(step: WorkStep, values: Values, run: StepRun): Promise<Json> {
  const { query, context, services } = run;
  switch (step.kind) {
    case "tool":
      return context.callTool(step.tool, filled(step.input ?? {}, values));
    case "agent":
      return runAgentStep(step, values, run);
    case "model":
      return askModel(step, values, run);
    case "plan": {
      const { answer, refusal } = await answerFromData(query, services.data, step.prefer ?? "local", context);
      return { answer: plain(answer), refusal: plain(refusal) };
    }
    case "retrieve": {
      const passages = await retrieve(step.query === undefined ? query.text : filledText(step.query, values), context);
      return passages.map(plain);
    }
    case "cite": {
      const passages = citationsIn(filled(step.passages, values));
      return passages.length === 0 ? null : plain(await answerFromPassages(query, passages, context));
    }
    case "describe":
      return plain(await describeData(query, services.data, context));
    case "talk":
      return plain(await answerTalk(query, context, services.data));
    case "operate":
      return operate(step, run);
    case "transform":
      return step.expression === undefined ? filled(step.value ?? null, values) : await evaluated(step.expression, values);
    case "workflow":
      return runSubWorkflow(step, values, run);
  }
}

/** The passages in a value; what is none is left out. */
export function citationsIn(value: Json): Citation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const { id, title, text, source } = (item ?? {}) as { [key: string]: Json };
    if (typeof id !== "string" || typeof title !== "string" || typeof text !== "string") return [];
    return [{ id, title, text, ...(typeof source === "string" && { source }) }];
  });
}

/** The answer in a value; undefined for what is none. */
export function answerIn(value: Json): Answer | undefined {
  const { text, answeredBy } = (value ?? {}) as { [key: string]: Json };
  if (typeof text !== "string" || (answeredBy !== "model" && answeredBy !== "local")) return undefined;
  // Made by `plain` from an answer, or by a sub-workflow that returned one.
  return value as unknown as Answer;
}
