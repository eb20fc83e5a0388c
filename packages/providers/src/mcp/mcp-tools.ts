import type { HealthReport, Json, ToolCallOptions, ToolSource } from "@hydrogenai/core";
import { toolCaller } from "./call-tool.ts";
import { type ConnectionKeeper, connectionKeeper } from "./connection-keeper.ts";
import { withDeadline } from "./deadline.ts";
import { connectionOpener } from "./open-connection.ts";
import { type McpToolsOptions, readOptions } from "./options.ts";
import { relister } from "./relister.ts";
import { toolCatalog } from "./tool-catalog.ts";
import type { ToolDefinition } from "./tool-list.ts";

const mostReasons = 3;

/**
 * The tools of one MCP server, over Streamable HTTP, a child process or a transport of yours. Needs the optional package
 * `@modelcontextprotocol/client`.
 *
 * Connects on the first `tools()` or call, once for all who ask meanwhile, and again after the server was restarted. Rejections:
 * `TOOL_FAILED` (the tool said no, in its own words, or the server cannot be reached), `TOOL_INPUT_INVALID`, `TOOL_NOT_FOUND`,
 * `DEADLINE_EXCEEDED`, `CLOSED`, `MISSING_DEPENDENCY`, the signal's own reason when it aborts, and `TOOL_OUTCOME_UNKNOWN` when the
 * connection broke while a tool ran that may not run twice: such a call is never sent again. Throws `CONFIG_INVALID` for bad options.
 *
 * What a server says of its own tools (read-only, idempotent) is believed; connect only servers you trust with that.
 */
export function mcpTools(options: McpToolsOptions): ToolSource {
  const settings = readOptions(options);
  const { name: source, callTimeoutMs, maxResultBytes } = settings;
  const catalog = toolCatalog((definition) => ({
    ...definition,
    execute: (input, options) => execute(definition, input, options),
  }));
  const { relist, settled } = relister(source, () => keeper, catalog);
  const keeper: ConnectionKeeper = connectionKeeper({
    source,
    open: connectionOpener(settings),
    limits: settings,
    onOpened: (listed) => catalog.adopt(listed, "changes"),
    onListChanged: () => relist("always"),
  });
  const call = toolCaller({ source, keeper, catalog, maxResultBytes, onSilence: () => relist("changes") });

  function execute(tool: ToolDefinition, input: Json, options: ToolCallOptions = {}): Promise<Json> {
    const signals = [keeper.closing, options.signal];
    const deadline = { timeoutMs: callTimeoutMs, what: `the tool ${tool.name}`, details: { tool: tool.name, source }, signals };
    return withDeadline(deadline, (signal) => call(tool, input, signal, options));
  }

  function health(): HealthReport {
    const report = keeper.health();
    const leftOut = catalog.leftOut();
    if (report.status !== "up") return report;
    const detail = `${report.detail}, ${catalog.tools().length} tools`;
    if (leftOut.length === 0) return { status: "up", detail };
    return { status: "degraded", detail: `${detail}, ${leftOut.length} left out: ${leftOut.slice(0, mostReasons).join("; ")}` };
  }

  return {
    name: source,
    tools({ signal } = {}) {
      // No limit of its own: connecting and listing each have one.
      const deadline = { what: `listing the tools of ${source}`, signals: [keeper.closing, signal] };
      return withDeadline(deadline, async (signal) => {
        await keeper.connection(signal);
        await settled();
        return catalog.tools();
      });
    },
    onChange: catalog.onChange,
    health,
    async close() {
      catalog.silence();
      await keeper.close();
    },
  };
}
