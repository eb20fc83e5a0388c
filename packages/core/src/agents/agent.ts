import type { Json } from "../ports/json.ts";
import type { Completion, Message, ToolCall } from "../ports/provider.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import { checkedArguments } from "./check-arguments.ts";
import { fenced } from "./prompts.ts";

export interface AgentOptions {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  /** Rounds of model and tools. */
  readonly maxSteps: number;
}

/** How an agent's run ended. */
export interface AgentRun {
  readonly completion: Completion;
  readonly stopped: "answered" | "max-steps" | "repeated-call";
}

const maxResultChars = 60_000;
const maxIdenticalCalls = 3;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function runCall(call: ToolCall, tools: readonly Tool[], context: WorkflowContext): Promise<Message> {
  const answer = (content: string, isError: boolean): Message => ({ role: "tool", callId: call.id, name: call.name, content, isError });
  const tool = tools.find((tool) => tool.name === call.name);
  if (tool === undefined) return answer(`There is no tool called ${call.name}.`, true);
  try {
    const output: Json = await context.callTool(tool.name, await checkedArguments(call, tool));
    return answer(fenced("tool-result", JSON.stringify(output).slice(0, maxResultChars)), false);
  } catch (error) {
    context.signal.throwIfAborted();
    return answer(messageOf(error), true);
  }
}

/**
 * The loop of model and tools. Errors of a tool go back to the model; arguments are checked before a tool runs, and a call from an
 * answer that was cut off never runs; the third identical call and the step limit end it. Undefined when no vendor answered.
 */
export async function runAgent({ messages, tools, maxSteps }: AgentOptions, context: WorkflowContext): Promise<AgentRun | undefined> {
  const conversation = [...messages];
  const definitions = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const made = new Map<string, number>();
  for (let step = 1; ; step++) {
    const mayCall = step < maxSteps && definitions.length > 0;
    const completion = await context.say({ messages: conversation, ...(mayCall ? { tools: definitions } : {}) });
    if (completion === undefined) return undefined;
    const { text, toolCalls, finishReason } = completion;
    if (toolCalls.length === 0 || finishReason === "length") return { completion, stopped: "answered" };
    if (!mayCall) return { completion, stopped: "max-steps" };
    conversation.push({ role: "assistant", content: text, toolCalls });
    for (const call of toolCalls) {
      const signature = `${call.name} ${call.arguments}`;
      made.set(signature, (made.get(signature) ?? 0) + 1);
      if (made.get(signature)! >= maxIdenticalCalls) return { completion, stopped: "repeated-call" };
      conversation.push(await runCall(call, tools, context));
    }
  }
}
