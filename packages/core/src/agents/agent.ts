import { canonicalJson } from "../canonical-json.ts";
import type { Json, JsonObject } from "../ports/json.ts";
import type { Completion, Message, ModelRequest, ToolCall, Usage } from "../ports/provider.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import { costOf, defaultPrices, priceOf } from "../resilience/vendors/prices.ts";
import { schemaProblem } from "../schema-problem.ts";
import { checkedArguments } from "./check-arguments.ts";
import type { AgentLimits } from "./define.ts";
import { fenced } from "./prompts.ts";
import { strictJson } from "./strict-json.ts";

export interface AgentOptions {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  /** Rounds of model and tools. */
  readonly maxSteps: number;
  readonly limits?: Omit<AgentLimits, "maxSteps"> | undefined;
  /** Asked in order until one answers. @default each vendor's own */
  readonly models?: readonly string[] | undefined;
  /** JSON Schema the answer must fit; an answer that does not is given back once. */
  readonly output?: JsonObject | undefined;
  readonly temperature?: number | undefined;
}

/** Why an agent's run ended. `cut-off` is a reply the vendor did not finish. */
export type AgentStop =
  | "answered"
  | "max-steps"
  | "repeated-call"
  | "cut-off"
  | "max-tokens"
  | "max-cost"
  | "price-unknown"
  | "timeout"
  | "bad-output";

/** How an agent's run ended. */
export interface AgentRun {
  readonly completion: Completion;
  readonly stopped: AgentStop;
  readonly steps: number;
  readonly usage: Usage;
  /** The answer as JSON, where a schema asked for it and it fits. */
  readonly data?: Json | undefined;
}

const maxResultChars = 60_000;
const maxIdenticalCalls = 3;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A call's tool and its checked input, or what to tell the model instead. */
type Checked =
  | { readonly call: ToolCall; readonly tool: Tool; readonly input: Json }
  | { readonly call: ToolCall; readonly problem: string };

async function checkedCall(call: ToolCall, tools: readonly Tool[], context: WorkflowContext): Promise<Checked> {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return { call, problem: `There is no tool called ${call.name}.` };
  try {
    return { call, tool, input: await checkedArguments(call, tool) };
  } catch (error) {
    context.signal.throwIfAborted();
    return { call, problem: messageOf(error) };
  }
}

async function runCall(checked: Checked, context: WorkflowContext): Promise<Message> {
  const { call } = checked;
  const answer = (content: string, isError: boolean): Message => ({ role: "tool", callId: call.id, name: call.name, content, isError });
  if ("problem" in checked) return answer(checked.problem, true);
  const { tool, input } = checked;
  try {
    // A tool of the agent's own, such as another agent, is not among the connected ones.
    const output = context.connected.some(({ name }) => name === tool.name)
      ? await context.callTool(tool.name, input)
      : await tool.execute(input, { signal: context.signal });
    return answer(fenced("tool-result", JSON.stringify(output).slice(0, maxResultChars)), false);
  } catch (error) {
    context.signal.throwIfAborted();
    return answer(fenced("tool-error", messageOf(error).slice(0, maxResultChars)), true);
  }
}

/** What makes two calls the same: the tool and what its arguments say, however they are written. */
function signatureOf({ name, arguments: text }: ToolCall): string {
  const read = text.trim() === "" ? { value: {} } : strictJson(text);
  // It came out of a JSON parser.
  return `${name} ${"problem" in read ? text : canonicalJson(read.value as Json)}`;
}

/** Calls that change nothing run at once; as soon as one changes something they run one after the other, in the order asked. */
async function runCalls(calls: readonly ToolCall[], tools: readonly Tool[], context: WorkflowContext): Promise<Message[]> {
  const checked: Checked[] = [];
  for (const call of calls) checked.push(await checkedCall(call, tools, context));
  if (checked.every((one) => "problem" in one || one.tool.readOnly)) return Promise.all(checked.map((one) => runCall(one, context)));
  const answers: Message[] = [];
  for (const one of checked) answers.push(await runCall(one, context));
  return answers;
}

/** The first of the preferred models that answers, or each vendor's own model. */
async function ask(request: ModelRequest, models: readonly string[], context: WorkflowContext): Promise<Completion | undefined> {
  if (models.length === 0) return context.say(request);
  for (const model of models) {
    const completion = await context.say({ ...request, model });
    if (completion !== undefined) return completion;
  }
  return undefined;
}

/** What has been used, and the first limit that is passed. */
function meter({ maxTokens, maxCostUsd, timeoutMs }: Omit<AgentLimits, "maxSteps">) {
  const startedAt = performance.now();
  const usage = { inputTokens: 0, outputTokens: 0 };
  let costUsd: number | undefined = 0;
  return {
    usage,
    add({ usage: { inputTokens, outputTokens }, usage: used, model }: Completion): void {
      usage.inputTokens += inputTokens;
      usage.outputTokens += outputTokens;
      if (maxCostUsd === undefined) return;
      const price = priceOf(model, defaultPrices);
      costUsd = price === undefined || costUsd === undefined ? undefined : costUsd + costOf(used, price);
    },
    passed(): AgentStop | undefined {
      if (timeoutMs !== undefined && performance.now() - startedAt >= timeoutMs) return "timeout";
      if (maxTokens !== undefined && usage.inputTokens + usage.outputTokens >= maxTokens) return "max-tokens";
      if (maxCostUsd === undefined) return undefined;
      if (costUsd === undefined) return "price-unknown";
      return costUsd >= maxCostUsd ? "max-cost" : undefined;
    },
  };
}

async function fitting(text: string, output: JsonObject): Promise<{ readonly data: Json } | { readonly problem: string }> {
  const read = strictJson(text);
  if ("problem" in read) return read;
  const problem = await schemaProblem(output, read.value);
  // It came out of a JSON parser.
  return problem === undefined ? { data: read.value as Json } : { problem };
}

/**
 * The loop of model and tools. Errors of a tool go back to the model; arguments are checked before a tool runs, and a call from an
 * answer that was cut off never runs; the third identical call and each limit end it, and the result says which. Undefined when no
 * vendor answered.
 */
export async function runAgent(options: AgentOptions, context: WorkflowContext): Promise<AgentRun | undefined> {
  const { messages, tools, maxSteps, limits = {}, models = [], output, temperature } = options;
  const conversation = [...messages];
  const definitions = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const made = new Map<string, number>();
  const used = meter(limits);
  const asked: Partial<ModelRequest> = {
    ...(output !== undefined && { outputSchema: { name: "answer", schema: output } }),
    ...(temperature !== undefined && { temperature }),
  };
  let returned = false;
  for (let steps = 1; ; steps++) {
    const mayCall = steps < maxSteps && definitions.length > 0;
    const completion = await ask({ messages: [...conversation], ...asked, ...(mayCall ? { tools: definitions } : {}) }, models, context);
    if (completion === undefined) return undefined;
    used.add(completion);
    const ended = (stopped: AgentStop, data?: Json): AgentRun => ({ completion, stopped, steps, usage: used.usage, data });
    const { text, toolCalls, finishReason } = completion;
    // Arguments of a reply that was not finished may be half of what was meant.
    if (finishReason === "length" || finishReason === "content-filter") return ended("cut-off");
    if (toolCalls.length === 0) {
      const fit = output === undefined ? undefined : await fitting(text, output);
      if (fit === undefined) return ended("answered");
      if ("data" in fit) return ended("answered", fit.data);
      if (returned || steps >= maxSteps || used.passed() !== undefined) return ended("bad-output");
      returned = true;
      conversation.push({ role: "assistant", content: text }, { role: "user", content: `That does not fit the schema: ${fit.problem}` });
      continue;
    }
    if (!mayCall) return ended("max-steps");
    const passed = used.passed();
    if (passed !== undefined) return ended(passed);
    for (const signature of toolCalls.map(signatureOf)) {
      made.set(signature, (made.get(signature) ?? 0) + 1);
      if (made.get(signature)! >= maxIdenticalCalls) return ended("repeated-call");
    }
    conversation.push({ role: "assistant", content: text, toolCalls }, ...(await runCalls(toolCalls, tools, context)));
  }
}
