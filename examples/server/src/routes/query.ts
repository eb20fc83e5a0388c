import type { Orchestrator, Principal } from "@hydrogenai/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { httpError } from "../http-error.ts";
import { isQueued, readQuery } from "../read-query.ts";
import { signalOf } from "../signal-of.ts";

/** `POST /api/query` answers, or with `mode: "queued"` says where the answer will be; `GET /api/stream` answers with the events; `POST /api/sessions` makes a session. */
export function queryRoutes(app: FastifyInstance, orchestrator: Orchestrator, principal: Principal | undefined): void {
  app.post("/api/query", async (request, reply) => {
    const query = withCorrelation(readQuery(request.body, principal), request);
    if (!isQueued(request.body)) return orchestrator.query(query, { signal: signalOf(reply) });
    const { id } = await orchestrator.enqueue(query, { signal: signalOf(reply) });
    const links = { status: `/api/status/${id}`, result: `/api/result/${id}`, stream: `/api/stream/${id}` };
    return reply
      .code(202)
      .header("location", links.status)
      .send({ id, ...links });
  });

  app.post("/api/sessions", async (_request, reply) => {
    const sessionId = await orchestrator.createSession({ principal });
    return reply.code(201).send({ sessionId });
  });

  app.get("/api/stream", { sse: { kind: "manual", heartbeat: true } }, async (request, reply) => {
    const query = readQuery(request.query, principal);
    const events = orchestrator.stream(withCorrelation(query, request), { signal: signalOf(reply) })[Symbol.asyncIterator]();
    // A query that is refused is refused with a status, so the stream begins with the first event.
    const first = await events.next();
    await reply.sse.send(
      (async function* () {
        let id = 0;
        try {
          for (let next = first; !next.done; next = await events.next()) yield { id: `${++id}`, event: next.value.type, data: next.value };
        } catch (error) {
          yield { id: `${++id}`, event: "error", data: { type: "error", ...httpError(error).body } };
        } finally {
          await events.return?.();
        }
      })(),
    );
  });
}

function withCorrelation<T extends { readonly options?: object | undefined }>(query: T, request: FastifyRequest): T {
  const { options } = query;
  return options === undefined || typeof options === "object" ? { ...query, options: { correlationId: request.id, ...options } } : query;
}
