import { type Orchestrator, OrchestratorError, type Principal } from "@hydrogenai/core";
import type { FastifyInstance } from "fastify";

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
 * `DELETE /api/cache` forgets answers of the caller's tenant: those with any `tag` (such as `collection:orders`) or of any `session`
 * that is named, or all of them. Answers how many this process knew of; in other instances they are gone within two seconds.
 */
export function cacheRoute(app: FastifyInstance, orchestrator: Orchestrator, principal: Principal | undefined): void {
  app.delete("/api/cache", async (request, _reply) => {
    if (!(principal?.roles.some((role) => roles.includes(role)) ?? false))
      throw new OrchestratorError("TOOL_FORBIDDEN", `forgetting answers needs one of the roles ${roles.join(", ")}`);
    const { tag, session, ...others } = request.query as Readonly<Record<string, unknown>>;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) reject("cache-filter-invalid", `unknown parameter ${JSON.stringify(unknown.slice(0, 200))}`);
    const tags = [...textsOf("tag", tag), ...textsOf("session", session).map((id) => `session:${id}`)];
    return { forgotten: await orchestrator.invalidate({ tenant: "default", ...(tags.length > 0 && { tags }) }) };
  });
}
