import type { Json } from "../ports/json.ts";
import type { Answer, Query } from "../ports/query.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import { answerByModel, cannot } from "./model-answer.ts";
import { contentWords } from "./words.ts";

const requiredOf = (tool: Tool): readonly string[] => {
  const { required } = tool.inputSchema as { required?: unknown };
  return Array.isArray(required) ? required.map(String) : [];
};

/** The share of the tool's name that the order mentions, and of the order's words that name and description explain. */
function fit(order: readonly string[], tool: Tool): { readonly named: number; readonly explained: number } {
  const name = contentWords(tool.name);
  const known = new Set([...name, ...contentWords(tool.description)]);
  const named = name.filter((word) => order.includes(word)).length / Math.max(1, name.length);
  const explained = order.filter((word) => known.has(word)).length / Math.max(1, order.length);
  return { named, explained };
}

/** The one tool whose name the order spells out; two that fit equally well are no match. */
export function matchTool(text: string, tools: readonly Tool[]): Tool | undefined {
  const order = contentWords(text);
  const fitting = tools
    .map((tool) => ({ tool, ...fit(order, tool) }))
    .filter(({ named, explained }) => named === 1 && explained >= 0.5)
    .sort((a, b) => b.explained - a.explained || contentWords(b.tool.name).length - contentWords(a.tool.name).length);
  const [best, second] = fitting;
  if (best === undefined) return undefined;
  const tied =
    second !== undefined &&
    second.explained === best.explained &&
    contentWords(second.tool.name).length === contentWords(best.tool.name).length;
  return tied ? undefined : best.tool;
}

/** A value on one line. */
function shortly(value: Json): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function describe(name: string, output: Json): string {
  if (typeof output === "string") return output;
  const message = (output as { message?: unknown } | null)?.message;
  if (typeof message === "string") return message;
  if (typeof output !== "object" || output === null || Array.isArray(output)) return `Ran ${name}: ${shortly(output)}.`;
  const lines = Object.entries(output).map(([key, value]) => `- ${key}: ${shortly(value)}`);
  return `Ran ${name}.\n\n${lines.join("\n")}`;
}

export async function runLocally(query: Query, tool: Tool | undefined, context: WorkflowContext): Promise<Answer> {
  if (tool === undefined) {
    const denied = matchTool(query.text, context.connected);
    if (denied !== undefined) return cannot(`The tool ${denied.name} would do that, but the caller's roles do not allow it.`);
    const names = context.tools.map(({ name }) => name).join(", ");
    return cannot(
      names === ""
        ? "No tools are connected, so I can do nothing to the system."
        : `I cannot tell which tool is meant. I can run: ${names}. What data and documents can be asked about, "help" tells.`,
    );
  }
  const required = requiredOf(tool);
  if (required.length > 0)
    return cannot(`The tool ${tool.name} needs ${required.join(", ")}, which I cannot read from the question without a model.`);
  const output = await context.step(tool.name, () => context.callTool(tool.name, {}), tool.description);
  return {
    text: describe(tool.name, output),
    data: output,
    answeredBy: "local",
    cacheable: false,
    explanation: [`Ran the tool ${tool.name}.`],
  };
}

/** True when the order says no more than the tool's name and description do, and the tool needs nothing else. */
export function isPlainOrder(text: string, tool: Tool): boolean {
  return requiredOf(tool).length === 0 && fit(contentWords(text), tool).explained === 1;
}

/** What a model says after it could use tools is true for now; where none is connected it is talk like any other. */
const whatToolsSaid = (answer: Answer, { connected }: WorkflowContext): Answer =>
  connected.length === 0 ? answer : { ...answer, cacheable: false };

/** Runs the operation that was asked for: the one tool a plain order names, else what a model chooses among the tools. */
export function toolWorkflow(maxSteps: number): Workflow {
  return {
    name: "tool_operations",
    async run(query, context) {
      const tool = matchTool(query.text, context.tools);
      if (tool !== undefined && isPlainOrder(query.text, tool)) return await runLocally(query, tool, context);
      const answer = await answerByModel(query, context.tools, maxSteps, context);
      return answer === undefined ? await runLocally(query, tool, context) : whatToolsSaid(answer, context);
    },
  };
}
