import { readFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import ssePlugin from "@fastify/sse";
import websocket from "@fastify/websocket";
import { OrchestratorError, type Principal } from "@hydrogenai/core";
import fastify, { type FastifyInstance, type FastifyPluginAsync } from "fastify";
import { httpError } from "./http-error.ts";
import { isLoopback } from "./loopback.ts";
import { cacheRoutes } from "./routes/cache.ts";
import { healthRoute } from "./routes/health.ts";
import { queryRoutes } from "./routes/query.ts";
import { runRoutes } from "./routes/runs.ts";
import { socketRoute } from "./routes/socket.ts";
import type { Wiring } from "./wiring.ts";

export interface ServiceOptions {
  /** Who every caller is; nobody in particular when absent. */
  readonly principal?: Principal | undefined;
  /** Refuses requests for any other host than this machine, as a web page that rebinds its own name would send them. @default false */
  readonly localOnly?: boolean | undefined;
  readonly logLevel?: string | undefined;
}

// Its declarations describe an ES module; what Node imports from this CommonJS package is the plugin itself.
const sse = ssePlugin as unknown as FastifyPluginAsync;

const maxBodyBytes = 262_144;

/** What Fastify refuses before a route is reached, in the words of our own errors. */
function rejected(error: { readonly statusCode?: number; readonly code?: string; readonly message: string }): OrchestratorError {
  const rule = (error.code ?? "request")
    .replace(/^FST_ERR_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
  return new OrchestratorError("QUERY_REJECTED", error.message, { details: { rule } });
}

/** The HTTP face of an orchestrator: REST, SSE, WebSocket, health and a console. */
export async function createService(
  wiring: Wiring,
  { principal, localOnly = false, logLevel = "info" }: ServiceOptions = {},
): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    genReqId: (request) => String(request.headers["x-correlation-id"] ?? randomUUID()).slice(0, 200),
    logger: { level: logLevel, redact: ["req.headers.authorization", "req.headers.cookie"] },
    forceCloseConnections: true,
  });

  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const refusedByFastify = error.statusCode !== undefined && error.statusCode < 500;
    const { status, body, retryAfterS } = httpError(refusedByFastify ? rejected(error) : error);
    if (status >= 500) request.log.error({ err: error }, "the request failed");
    if (retryAfterS !== undefined) void reply.header("retry-after", retryAfterS);
    return reply.code(refusedByFastify ? error.statusCode! : status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = { code: "QUERY_REJECTED", message: `there is no ${request.method} ${request.url.slice(0, 200)}`, retryable: false };
    return reply.code(404).send({ error });
  });
  if (localOnly) {
    app.addHook("onRequest", async (request) => {
      if (!isLoopback(request.hostname))
        throw new OrchestratorError("QUERY_REJECTED", "this service answers on this machine only", { details: { rule: "host-not-local" } });
    });
  }
  app.addHook("onSend", async (request, reply) => void reply.header("x-correlation-id", request.id));

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { "script-src": ["'self'"], "style-src": ["'self'"], "upgrade-insecure-requests": null } },
  });
  await app.register(sse);
  await app.register(websocket, { options: { maxPayload: maxBodyBytes } });
  queryRoutes(app, wiring.orchestrator, principal);
  runRoutes(app, wiring.orchestrator, principal);
  socketRoute(app, wiring.orchestrator, principal);
  cacheRoutes(app, wiring, principal);
  healthRoute(app, wiring.orchestrator, wiring);
  await consoleRoutes(app);
  app.addHook("onClose", () => wiring.close());
  return app;
}

const consoleFiles = {
  "/": ["index.html", "text/html"],
  "/console.js": ["console.js", "text/javascript"],
  "/console.css": ["console.css", "text/css"],
} as const;

async function consoleRoutes(app: FastifyInstance): Promise<void> {
  for (const [path, [file, type]] of Object.entries(consoleFiles)) {
    const content = await readFile(new URL(`../public/${file}`, import.meta.url));
    app.get(path, (_request, reply) => reply.type(`${type}; charset=utf-8`).send(content));
  }
}
