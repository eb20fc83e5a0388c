export { mcpTools } from "./mcp-tools.ts";
export {
  idempotencyMetaKey,
  type McpHttpServer,
  type McpLimits,
  type McpProcessServer,
  type McpToolsOptions,
  type McpTransport,
  type McpTransportServer,
} from "./options.ts";
