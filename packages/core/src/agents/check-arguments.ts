import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { ToolCall } from "../ports/provider.ts";
import type { Tool } from "../ports/tool-source.ts";

type Check = (input: unknown) => string | undefined;
const checks = new WeakMap<Tool["inputSchema"], Check>();

/** zod is loaded when a model first asks for a tool, not before. */
async function checkFor(tool: Tool): Promise<Check> {
  const known = checks.get(tool.inputSchema);
  if (known !== undefined) return known;
  const { z } = await import("zod");
  const schema = z.fromJSONSchema(tool.inputSchema as Parameters<typeof z.fromJSONSchema>[0]);
  const check: Check = (input) => {
    const result = schema.safeParse(input);
    return result.success ? undefined : z.prettifyError(result.error);
  };
  checks.set(tool.inputSchema, check);
  return check;
}

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
  const problem = (await checkFor(tool))(input);
  return problem === undefined ? (input as Json) : refuse(problem);
}
