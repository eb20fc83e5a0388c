export { idempotencyMetaKey } from "./call-tool.ts";
export { mcpTools } from "./mcp-tools.ts";
export type { McpHttpServer, McpLimits, McpProcessServer, McpToolsOptions, McpTransport, McpTransportServer } from "./options.ts";
