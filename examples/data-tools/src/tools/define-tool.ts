import type { CallToolResult, McpServer, ServerContext } from "@modelcontextprotocol/server";
import type { z } from "zod";
import { DataToolsError, toPlainError, type PlainError } from "../errors.ts";
import { fencedText } from "./fenced.ts";
import { settleOnAbort } from "../settle-on-abort.ts";
import type { Services } from "./services.ts";

/** What a tool does to the world, as MCP annotations say it. */
const effects = {
  reads: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  /** Changes nothing that is stored, only what this server keeps in memory; always listed. */
  refreshes: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  creates: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  adds: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  deletes: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
} as const;

/** What a tool hands back: a sentence of its own, the data as text if there is any, and the same as structured content. */
interface ToolAnswer<Output> {
  summary: string;
  data?: string;
  structured: Output;
}

/** One tool. `effect` says truthfully what it may change; a tool that is not `reads` or `refreshes` is only listed when writes are allowed. */
export interface ToolDefinition<Input extends z.ZodType, Output extends z.ZodObject> {
  name: string;
  description: string;
  effect: keyof typeof effects;
  input: Input;
  output: Output;
  run: (input: z.output<Input>, services: Services, signal: AbortSignal) => Promise<ToolAnswer<z.input<Output>>>;
}

/** What every call is measured by, and where its services come from: they may still be starting. */
export interface ToolHost {
  timeMs: number;
  usage: { calls: number; failures: number };
  services: () => Promise<Services>;
}

/** A tool that can be put on a server. */
export interface Tool {
  name: string;
  writes: boolean;
  register(server: McpServer, host: ToolHost): void;
}

/**
 * Gives a definition its time limit, its cancellation and its errors: whatever goes wrong becomes a result with `isError`, a sentence, and
 * `structuredContent.error` with a code.
 */
export function defineTool<Input extends z.ZodType, Output extends z.ZodObject>(definition: ToolDefinition<Input, Output>): Tool {
  const { name, description, effect, input, output, run } = definition;
  return {
    name,
    writes: effect !== "reads" && effect !== "refreshes",
    register(server, { timeMs, usage, services }) {
      const answer = async (given: z.output<Input>, context: ServerContext): Promise<CallToolResult> => {
        const timeLimit = AbortSignal.timeout(timeMs);
        const signal = AbortSignal.any([context.mcpReq.signal, timeLimit]);
        usage.calls += 1;
        try {
          const work = services().then((ready) => run(given, ready, signal));
          const { summary, data, structured } = await settleOnAbort(work, signal);
          return { content: fencedText(summary, data), structuredContent: structured };
        } catch (error) {
          usage.failures += 1;
          return failure(
            timeLimit.aborted ? timedOut(name, timeMs) : context.mcpReq.signal.aborted ? abandoned(name) : toPlainError(error),
          );
        }
      };
      server.registerTool(name, { description, inputSchema: input, outputSchema: output, annotations: effects[effect] }, answer as never); // The SDK cannot infer through the generic.
    },
  };
}

function failure(error: PlainError): CallToolResult {
  return { isError: true, content: [{ type: "text", text: `${error.code}: ${error.message}` }], structuredContent: { error } };
}

function timedOut(name: string, timeMs: number): PlainError {
  return toPlainError(new DataToolsError("TIMEOUT", `${name} took longer than ${timeMs} ms and was stopped.`, { details: { timeMs } }));
}

function abandoned(name: string): PlainError {
  return toPlainError(new DataToolsError("ABORTED", `${name} was given up by the caller.`));
}
