import { OrchestratorError } from "../errors.ts";
import type { Query } from "../ports/query.ts";
import type { EngineParts } from "./parts.ts";

const cacheModes = new Set<unknown>(["use", "refresh", "bypass"]);
// C0 controls other than tab, line feed and carriage return, and DELETE.
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const maxIdChars = 200;

function reject(rule: string, message: string, details?: Record<string, unknown>): never {
  throw new OrchestratorError("QUERY_REJECTED", message, { details: { rule, ...details } });
}

function checkId(value: unknown, name: string): void {
  if (value === undefined) return;
  if (typeof value !== "string" || value.length === 0 || value.length > maxIdChars || controlCharacters.test(value))
    reject(`${name}-invalid`, `${name} must be 1 to ${maxIdChars} characters of text without control characters`);
}

function checkPrincipal(value: unknown): void {
  if (value === undefined) return;
  const { id, roles } = (value ?? {}) as { id?: unknown; roles?: unknown };
  checkId(id ?? null, "principal.id");
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === "string"))
    reject("principal.roles-invalid", "principal.roles must be a list of texts");
}

function checkOptions(value: unknown, types: ReadonlySet<unknown>): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) reject("options-invalid", "options must be an object");
  const { type, cache, provider, model, deadlineMs, correlationId } = value as Record<string, unknown>;
  if (type !== undefined && !types.has(type)) reject("options.type-invalid", `options.type must be one of ${[...types].join(", ")}`);
  if (cache !== undefined && !cacheModes.has(cache)) reject("options.cache-invalid", "options.cache must be use, refresh or bypass");
  checkId(provider, "options.provider");
  checkId(model, "options.model");
  checkId(correlationId, "options.correlationId");
  if (deadlineMs !== undefined && !(typeof deadlineMs === "number" && deadlineMs > 0 && deadlineMs <= 86_400_000))
    reject("options.deadlineMs-invalid", "options.deadlineMs must be above 0 and at most a day of milliseconds");
}

/** Throws `QUERY_REJECTED` naming the rule unless the query, which may come from outside, has the shape the port promises. */
export function validateQuery(query: Query, { limits, types }: Pick<EngineParts, "limits" | "types">): void {
  const { text }: { text: unknown } = query;
  if (typeof text !== "string") reject("text-missing", "a query needs a text");
  if (text.length > limits.maxQueryChars)
    reject("text-too-long", `the question has ${text.length} characters; at most ${limits.maxQueryChars} are taken`, {
      limit: limits.maxQueryChars,
    });
  if (text.trim() === "") reject("text-empty", "the question is empty");
  if (controlCharacters.test(text)) reject("control-characters", "the question contains control characters");
  checkId(query.sessionId, "sessionId");
  checkId(query.tenant, "tenant");
  checkPrincipal(query.principal);
  checkOptions(query.options, types);
  if (query.context !== undefined && JSON.stringify(query.context).length > limits.maxContextBytes)
    reject("context-too-large", `the context is larger than ${limits.maxContextBytes} bytes`, { limit: limits.maxContextBytes });
}
