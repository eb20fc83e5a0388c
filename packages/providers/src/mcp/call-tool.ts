import { type Json, type JsonObject, OrchestratorError, type ToolCallOptions, isOrchestratorError } from "@hydrogenai/core";
import type { CallToolRequest } from "@modelcontextprotocol/client";
import type { Connection } from "./connection.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { idempotencyMetaKey } from "./options.ts";
import type { ToolCatalog } from "./tool-catalog.ts";
import type { ToolDefinition } from "./tool-list.ts";
import { toolResult } from "./tool-result.ts";

export interface CallToolOptions {
  readonly source: string;
  readonly keeper: ConnectionKeeper;
  readonly catalog: ToolCatalog;
  readonly maxResultBytes: number;
  /** Told about a call that was given up after this long without an answer. */
  readonly onSilence: () => void;
}

/** Milliseconds without an answer after which an abandoned call is a reason to look whether the server is still there. */
const suspiciousSilenceMs = 5_000;

const isObject = (input: Json): input is JsonObject => typeof input === "object" && input !== null && !Array.isArray(input);

const mayRunTwice = ({ readOnly, idempotent }: ToolDefinition): boolean => readOnly || idempotent;

const unknownOutcome = (tool: string, reason: string): OrchestratorError =>
  new OrchestratorError("TOOL_OUTCOME_UNKNOWN", `the connection broke while the tool ${tool} ran, which may not run twice: ${reason}`, {
    details: { tool },
  });

function paramsOf(name: string, input: Json, idempotencyKey: string | undefined): CallToolRequest["params"] {
  if (!isObject(input))
    throw new OrchestratorError("TOOL_INPUT_INVALID", `the tool ${name} takes an object as its input`, { details: { tool: name } });
  const meta = idempotencyKey === undefined ? {} : { _meta: { [idempotencyMetaKey]: idempotencyKey } };
  return { name, arguments: { ...input }, ...meta };
}

/**
 * Answers how to call a tool. A call that certainly did not reach the server is tried once more on a new connection. One whose
 * connection broke is repeated once if the tool, as the caller saw it and as it is listed after the reconnect, may run twice; else it rejects with
 * `TOOL_OUTCOME_UNKNOWN`.
 */
export function toolCaller(options: CallToolOptions) {
  const { source, keeper, catalog, maxResultBytes, onSilence } = options;

  async function connectionFor(tool: string, signal: AbortSignal): Promise<Connection> {
    try {
      return await keeper.connection(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOrchestratorError(error, "TOOL_FAILED")) throw error;
      const { message, retryable } = error;
      throw new OrchestratorError("TOOL_FAILED", message, { retryable, details: { tool, source }, cause: error });
    }
  }

  return async (held: ToolDefinition, input: Json, signal: AbortSignal, { idempotencyKey }: ToolCallOptions = {}): Promise<Json> => {
    const { name: tool } = held;
    const params = paramsOf(tool, input, idempotencyKey);
    let brokenBecause: string | undefined;
    for (let isLast = false; ; isLast = true) {
      const connection = await connectionFor(tool, signal);
      const listed = catalog.find(tool);
      if (listed === undefined)
        throw new OrchestratorError("TOOL_NOT_FOUND", `the MCP server ${source} has no tool ${tool}`, { details: { tool } });
      if (brokenBecause !== undefined && !mayRunTwice(listed)) throw unknownOutcome(tool, brokenBecause);

      const sentAt = performance.now();
      const outcome = await connection.call(listed, params, signal).catch((error: unknown) => {
        if (performance.now() - sentAt >= suspiciousSilenceMs) onSilence();
        throw error;
      });
      if (outcome.kind === "result") return toolResult(tool, outcome.result, maxResultBytes);
      if (outcome.kind === "answered") throw outcome.error;

      keeper.drop(connection, outcome.reason);
      brokenBecause = outcome.kind === "broken" ? outcome.reason : undefined;
      if (brokenBecause !== undefined && !mayRunTwice(held)) throw unknownOutcome(tool, brokenBecause);
      if (isLast)
        throw new OrchestratorError("TOOL_FAILED", `the tool ${tool} could not be called: ${outcome.reason}`, {
          retryable: true,
          details: { tool, source },
        });
    }
  };
}
