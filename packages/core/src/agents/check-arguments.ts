import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { ToolCall } from "../ports/provider.ts";
import type { Tool } from "../ports/tool-source.ts";
import { schemaProblem } from "../schema-problem.ts";
import { strictJson } from "./strict-json.ts";

const maxChars = 1_000_000;

/** A path, and nothing else, that climbs out of where it starts. */
const climbs = /^[^\s]*(?:^|[\\/])\.\.(?:[\\/]|$)/;

/** What no tool should be handed, whatever its schema says of the text. */
function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return "a text is no well-formed Unicode";
  if (text.includes("\0")) return "a text contains NUL";
  return climbs.test(text) ? "a path climbs with .." : undefined;
}

/** The first problem of any text inside. The depth is bounded before. */
function textsProblem(value: unknown): string | undefined {
  if (typeof value === "string") return textProblem(value);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const problem = textProblem(key) ?? textsProblem(inner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * The input a model meant, parsed strictly and checked against the tool's schema; nothing is repaired. Refused whatever the schema says:
 * more than a million characters, more than 64 levels, a key twice, NUL, broken Unicode, a path that climbs with `..`.
 * Throws `TOOL_INPUT_INVALID` with what is wrong, for the model to read.
 */
export async function checkedArguments(call: ToolCall, tool: Tool): Promise<Json> {
  const refuse = (why: string): never => {
    throw new OrchestratorError("TOOL_INPUT_INVALID", `the arguments of ${tool.name} are not valid: ${why}`, {
      details: { tool: tool.name },
    });
  };
  if (call.arguments.length > maxChars) return refuse(`they have more than ${maxChars} characters`);
  const read = strictJson(call.arguments.trim() === "" ? "{}" : call.arguments);
  if ("problem" in read) return refuse(read.problem);
  const input = read.value;
  if (typeof input !== "object" || input === null || Array.isArray(input)) return refuse("they must be a JSON object");
  const problem = textsProblem(input) ?? (await schemaProblem(tool.inputSchema, input));
  return problem === undefined ? (input as Json) : refuse(problem);
}
