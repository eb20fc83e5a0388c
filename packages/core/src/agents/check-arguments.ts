import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { ToolCall } from "../ports/provider.ts";
import type { Tool } from "../ports/tool-source.ts";
import { schemaProblem } from "../schema-problem.ts";

/**
 * The input a model meant, parsed strictly and checked against the tool's schema; nothing is repaired.
 * Throws `TOOL_INPUT_INVALID` with what is wrong, for the model to read.
 */
export async function checkedArguments(call: ToolCall, tool: Tool): Promise<Json> {
  const refuse = (why: string): never => {
    throw new OrchestratorError("TOOL_INPUT_INVALID", `the arguments of ${tool.name} are not valid: ${why}`, {
      details: { tool: tool.name },
    });
  };
  let input: unknown;
  try {
    input = JSON.parse(call.arguments.trim() === "" ? "{}" : call.arguments);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) return refuse("they must be a JSON object");
  const problem = await schemaProblem(tool.inputSchema, input);
  return problem === undefined ? (input as Json) : refuse(problem);
}
