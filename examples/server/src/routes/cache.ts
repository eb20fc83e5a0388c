import { OrchestratorError, type Principal } from "@hydrogenai/core";
import type { FastifyInstance } from "fastify";
import type { Wiring } from "../wiring.ts";

const roles: readonly string[] = ["operator", "admin"];
const maxTags = 100;
const maxTagChars = 500;

function reject(rule: string, message: string): never {
  throw new OrchestratorError("QUERY_REJECTED", message, { details: { rule } });
}

/** One value or several of one name, as they stand in a query string. */
function textsOf(name: string, value: unknown): readonly string[] {
  const texts = value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (
    texts.length <= maxTags &&
    texts.every((text): text is string => typeof text === "string" && text !== "" && text.length <= maxTagChars)
  )
    return texts;
  return reject("cache-filter-invalid", `${name} must be up to ${maxTags} texts of 1 to ${maxTagChars} characters`);
}

/**
 * For the roles `operator` and `admin`. `DELETE /api/cache` forgets answers of the caller's tenant: those with any `tag` (such as
 * `collection:orders`, or `collection:*` for all of its kind) or of any `session` that is named, or all of them; it answers how many this process knew of, and in other
 * instances they are gone within two seconds. `GET /api/cache` reports hits, misses, near misses, what was saved and what warming earned;
 * `POST /api/cache/reject` with a `hitId` says that a hit was wrong.
 */
export function cacheRoutes(app: FastifyInstance, { orchestrator, cache, warmer }: Wiring, principal: Principal | undefined): void {
  function authorize(): void {
    if (!(principal?.roles.some((role) => roles.includes(role)) ?? false))
      throw new OrchestratorError("TOOL_FORBIDDEN", `looking after the cache needs one of the roles ${roles.join(", ")}`);
  }

  app.delete("/api/cache", async (request, _reply) => {
    authorize();
    const { tag, session, ...others } = request.query as Readonly<Record<string, unknown>>;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) reject("cache-filter-invalid", `unknown parameter ${JSON.stringify(unknown.slice(0, 200))}`);
    const tags = [...textsOf("tag", tag), ...textsOf("session", session).map((id) => `session:${id}`)];
    return { forgotten: await orchestrator.invalidate({ tenant: "default", ...(tags.length > 0 && { tags }) }) };
  });

  app.get("/api/cache", async (_request, _reply) => {
    authorize();
    return { ...cache?.report(), ...(warmer && { warming: warmer.report() }) };
  });

  app.post("/api/cache/reject", async (request, reply) => {
    authorize();
    const { hitId } = (request.body ?? {}) as { readonly hitId?: unknown };
    if (typeof hitId !== "string" || hitId === "" || hitId.length > maxTagChars) reject("hit-id-invalid", "send the hitId of an answer");
    await cache?.reject(hitId);
    return reply.code(204).send();
  });
}
