import { type Orchestrator, OrchestratorError, type Principal, type QueryEvent, type RunHandle } from "@hydrogenai/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { httpError } from "../http-error.ts";
import { signalOf } from "../signal-of.ts";

type OfRun = { readonly Params: { readonly id: string } };

/** Who may see what waits for approval, and decide it. */
const approvers = new Set(["operator", "admin"]);

const ended = new Set(["answered", "failed", "cancelled", "stopped"]);

/** The position an EventSource that lost its connection goes on behind. */
function lastSeen({ headers }: FastifyRequest): number {
  const last = Number(headers["last-event-id"] ?? 0);
  return Number.isSafeInteger(last) && last > 0 ? last : 0;
}

function decisionIn(body: unknown): { readonly token: string; readonly approved: boolean; readonly reason: string | undefined } {
  const { token, approved, reason } = (body ?? {}) as Record<string, unknown>;
  if (typeof token === "string" && typeof approved === "boolean" && (reason === undefined || typeof reason === "string"))
    return { token, approved, reason: reason?.slice(0, 1_000) };
  throw new OrchestratorError("QUERY_REJECTED", "send a token, whether it is approved, and perhaps a reason", {
    details: { rule: "decision-invalid" },
  });
}

/**
 * Queued runs, from any instance: `GET /api/status/:id`, `GET /api/result/:id`, `GET /api/stream/:id`, `POST /api/cancel/:id`,
 * `POST /api/resume/:id`; and for operators `GET /api/approvals/:id` and `POST /api/approvals`.
 */
export function runRoutes(app: FastifyInstance, orchestrator: Orchestrator, principal: Principal | undefined): void {
  const own = (id: string): RunHandle => orchestrator.run(id, { principal });

  function mayApprove(): Principal {
    if (principal?.roles.some((role) => approvers.has(role))) return principal;
    throw new OrchestratorError("TOOL_FORBIDDEN", "only operators see and decide approvals");
  }

  app.get<OfRun>("/api/status/:id", async ({ params }) => own(params.id).status());

  app.get<OfRun>("/api/result/:id", async ({ params }, reply) => {
    const run = own(params.id);
    const status = await run.status({ signal: signalOf(reply) });
    return ended.has(status.state) ? run.result({ signal: signalOf(reply) }) : reply.code(202).send(status);
  });

  app.get<OfRun>("/api/stream/:id", { sse: { kind: "manual", heartbeat: true } }, async (request, reply) => {
    const skipped = lastSeen(request);
    const run = own(request.params.id);
    // A run that is not there is refused with a status, so it is looked for before the stream begins.
    await run.status();
    const events: AsyncIterable<QueryEvent> = run.events({ signal: signalOf(reply), skip: skipped });
    await reply.sse.send(
      (async function* () {
        let id = skipped;
        try {
          for await (const event of events) yield { id: `${++id}`, event: event.type, data: event };
        } catch (error) {
          yield { id: `${++id}`, event: "error", data: { type: "error", ...httpError(error).body } };
        }
      })(),
    );
  });

  app.post<OfRun>("/api/cancel/:id", async ({ params, body }) => {
    const { reason } = (body ?? {}) as { readonly reason?: unknown };
    return { cancelled: await own(params.id).cancel(typeof reason === "string" ? reason.slice(0, 1_000) : undefined) };
  });

  app.post<OfRun>("/api/resume/:id", async ({ params, body }) => {
    mayApprove();
    const { rerun } = (body ?? {}) as { readonly rerun?: unknown };
    return { resumed: await orchestrator.run(params.id).resume(typeof rerun === "string" ? { rerun } : {}) };
  });

  app.get<OfRun>("/api/approvals/:id", async ({ params }) => {
    mayApprove();
    return { approvals: await orchestrator.run(params.id).approvals() };
  });

  app.post("/api/approvals", async ({ body }) => {
    const { id: by } = mayApprove();
    const { token, approved, reason } = decisionIn(body);
    await orchestrator.decide(token, { approved, by, reason });
    return { approved };
  });
}
