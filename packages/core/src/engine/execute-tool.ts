import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Tool, ToolCallOptions } from "../ports/tool-source.ts";
import { withTimeout } from "./abortable.ts";

const unending = new AbortController().signal;

/** A tool's output in time, or a typed error: a tool may be anybody's code, and throw anything or nothing at all. */
export async function executeTool(tool: Tool, input: Json, options: ToolCallOptions | undefined, timeoutMs: number): Promise<Json> {
  const { name } = tool;
  const caller = options?.signal ?? unending;
  try {
    return await withTimeout(timeoutMs, caller, `the tool ${name}`, async (signal) => tool.execute(input, { ...options, signal }));
  } catch (error) {
    caller.throwIfAborted();
    if (isOrchestratorError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new OrchestratorError("TOOL_FAILED", `the tool ${name} failed: ${message}`, { details: { tool: name }, cause: error });
  }
}
