import { createServer } from "node:http";
import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
  type NodeIncomingMessageLike,
} from "@modelcontextprotocol/node";
import { createMcpHandler, type McpServer } from "@modelcontextprotocol/server";
import { DataToolsError } from "./errors.ts";

export interface ListenOptions {
  /** 0 takes a free one. @default 0 */
  port?: number;
  /** A loopback address; there is no authentication, so others are refused. @default "127.0.0.1" */
  host?: "127.0.0.1" | "::1" | "localhost";
}

export interface HttpListener {
  /** Where clients connect, such as `http://127.0.0.1:4321/mcp`. */
  url: string;
  port: number;
  close: () => Promise<void>;
}

const path = "/mcp";
const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Serves MCP over Streamable HTTP, a fresh server for each request and no session, so a restart is not noticed by clients. Requests whose Host or
 * Origin is not this machine are answered 403, which stops web pages that point a name of theirs at this address.
 */
export async function listenHttp(
  createMcpServer: () => McpServer,
  { port = 0, host = "127.0.0.1" }: ListenOptions = {},
): Promise<HttpListener> {
  if (!loopback.has(host)) throw new DataToolsError("BAD_ARGUMENT", `The server only listens on this machine, not on "${host}".`);
  const mcp = createMcpHandler(createMcpServer);
  const handle = toNodeHandler(mcp);
  const hasLocalHost = localhostHostValidation();
  const hasLocalOrigin = localhostOriginValidation();
  const server = createServer((request, response) => {
    if (!hasLocalHost(request, response) || !hasLocalOrigin(request, response)) return;
    if (new URL(request.url ?? "/", "http://localhost").pathname !== path) {
      response
        .writeHead(404, { "content-type": "application/json" })
        .end(JSON.stringify({ error: { code: "NOT_FOUND", message: `MCP is served at ${path}.` } }));
      return;
    }
    // Node types an absent url as undefined, the SDK as missing.
    handle(request as NodeIncomingMessageLike, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise;
  server.removeListener("error", listening.reject);
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host === "::1" ? "[::1]" : host}:${bound}${path}`,
    port: bound,
    async close() {
      await mcp.close();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
