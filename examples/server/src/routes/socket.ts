import { type Orchestrator, type Principal, OrchestratorError } from "@hydrogenai/core";
import type { FastifyInstance } from "fastify";
import type { WebSocket } from "ws";
import { httpError } from "../http-error.ts";
import { readQuery } from "../read-query.ts";

/** Bytes that may wait for a slow reader before its connection is closed with 1013. */
const maxBufferedBytes = 1_048_576;
const maxQueries = 16;
const heartbeatMs = 15_000;

/** Messages of one connection: `{ id?, query, … }` asks, `{ type: "cancel", id }` cancels. Events carry the `id` they belong to. */
function serve(socket: WebSocket, orchestrator: Orchestrator, principal: Principal | undefined): void {
  const running = new Map<string, AbortController>();
  let count = 0;
  let alive = true;

  function send(message: object): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxBufferedBytes) socket.close(1013, "reading too slowly");
    else socket.send(JSON.stringify(message));
  }

  async function ask(id: string, body: object): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const stream = orchestrator.stream(readQuery(body, principal), { signal: controller.signal });
      for await (const event of stream) send({ ...event, request: id });
    } catch (error) {
      send({
        type: "error",
        request: id,
        ...httpError(controller.signal.aborted ? new OrchestratorError("ABORTED", "cancelled") : error).body,
      });
    } finally {
      running.delete(id);
    }
  }

  function receive(text: string): void {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    const { type, id } = (body ?? {}) as { type?: unknown; id?: unknown };
    const name = typeof id === "string" || typeof id === "number" ? String(id).slice(0, 200) : undefined;
    if (type === "cancel") running.get(name ?? "")?.abort();
    else if (running.size >= maxQueries)
      send({
        type: "error",
        ...httpError(new OrchestratorError("OVERLOADED", `at most ${maxQueries} queries run on one connection`, { retryable: true })).body,
      });
    else void ask(name ?? `${++count}`, body as object);
  }

  const heartbeat = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, heartbeatMs);
  socket.on("pong", () => (alive = true));
  socket.on("message", (data, isBinary) => (isBinary ? socket.close(1003, "text only") : receive((data as Buffer).toString())));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(heartbeat);
    for (const controller of running.values()) controller.abort();
  });
}

/** A browser page of another origin may not open a socket here; programs send no origin. */
function isForeign(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/** `GET /ws`: the same events as `GET /api/stream`, several queries a connection. */
export function socketRoute(app: FastifyInstance, orchestrator: Orchestrator, principal: Principal | undefined): void {
  app.get(
    "/ws",
    {
      websocket: true,
      preValidation: async (request, reply) => {
        if (isForeign(request.headers.origin, request.headers.host))
          return reply.code(403).send({ error: { code: "QUERY_REJECTED", message: "this origin may not connect", retryable: false } });
        return undefined;
      },
    },
    (socket) => serve(socket, orchestrator, principal),
  );
}
