import { OrchestratorError, type Principal, type Query } from "@hydrogenai/core";

const known = new Set(["id", "type", "query", "sessionId", "context", "options", "mode"]);

function reject(rule: string, message: string): never {
  throw new OrchestratorError("QUERY_REJECTED", message, { details: { rule } });
}

/** Whether the body asks for a queued run rather than for the answer. */
export function isQueued(body: unknown): boolean {
  const { mode } = body as { readonly mode?: unknown };
  if (mode !== undefined && mode !== "queued" && mode !== "inline") reject("mode-invalid", 'mode must be "queued" or "inline"');
  return mode === "queued";
}

/**
 * The query in a body from outside. Only its shape is looked at here; the orchestrator checks the values. Tenant and principal
 * come from who the caller is, never from what it says.
 */
export function readQuery(body: unknown, principal: Principal | undefined): Query {
  if (typeof body !== "object" || body === null || Array.isArray(body)) reject("body-invalid", "send a JSON object with a query");
  const unknown = Object.keys(body).filter((key) => !known.has(key));
  if (unknown.length > 0)
    reject(
      "body-unknown-field",
      `unknown field ${unknown
        .map((key) => JSON.stringify(key))
        .join(", ")
        .slice(0, 200)}`,
    );
  const { query: text, sessionId, context, options } = body as Record<string, unknown>;
  // Wrong types go on to the orchestrator's own check, which names the rule.
  return { text, sessionId, context, options, principal } as Query;
}
