import { createHmac, hash, randomUUID, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "../../canonical-json.ts";
import { OrchestratorError } from "../../errors.ts";
import type { Json } from "../../ports/json.ts";
import type { Query } from "../../ports/query.ts";
import type { Tool } from "../../ports/tool-source.ts";
import type { ApprovalRequest } from "../../ports/workflow.ts";
import type { StoredDecision, StoredRequest } from "./run-events.ts";

/** Which tools somebody has to allow first, and how that is proven. */
export interface ApprovalOptions {
  /** Signs tokens and decisions; at least 16 characters, the same in every process that shares the runs. Never stored. */
  readonly key: string;
  /** Tools by name. @default none */
  readonly tools?: readonly string[] | undefined;
  /** Decides by call; a tool that only reads is never asked about. @default by `tools` alone */
  readonly required?: ((tool: Tool, input: Json, query: Query) => boolean) | undefined;
  /** Milliseconds until no decision is a refusal. @default 86400000 (a day) */
  readonly expiresMs?: number | undefined;
}

/** What a person is asked, with what proves that they were. */
export interface PendingApproval {
  readonly run: string;
  readonly step: string;
  readonly question: string;
  readonly tool?: string | undefined;
  readonly input?: Json | undefined;
  /** RFC 3339, UTC. */
  readonly expiresAt: string;
  /** Whoever holds it may decide, once: give it to nobody else. */
  readonly token: string;
}

export interface DecisionInput {
  readonly approved: boolean;
  /** Who decides, for the record. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** What a token says, once its signature was found right. */
export interface TokenClaims {
  readonly run: string;
  readonly step: string;
  readonly nonce: string;
}

export interface Approvals {
  readonly needed: (tool: Tool, input: Json, query: Query) => boolean;
  readonly request: (step: string, request: ApprovalRequest) => StoredRequest;
  readonly binding: (request: ApprovalRequest) => string;
  readonly token: (run: string, request: StoredRequest) => string;
  /** Rejects a token that nobody here signed. */
  readonly open: (token: string) => TokenClaims;
  readonly decide: (run: string, request: StoredRequest, decision: DecisionInput) => StoredDecision;
  /** Whether this decision was made here or by a process with the same key, about this request, in time. */
  readonly isGenuine: (run: string, request: StoredRequest, decision: StoredDecision) => boolean;
}

const day = 86_400_000;
const minKeyChars = 16;
const maxTokenChars = 4_096;

export function invalidApproval(rule: "forged" | "used" | "expired" | "unknown", message: string): OrchestratorError {
  return new OrchestratorError("APPROVAL_INVALID", message, { details: { rule } });
}

/** Without a key of its own, approvals are signed with one that ends with the process. */
export function approvals(options: ApprovalOptions | undefined): Approvals {
  const key = options?.key ?? randomUUID();
  if (typeof key !== "string" || key.length < minKeyChars)
    throw new OrchestratorError("CONFIG_INVALID", `approval.key must have at least ${minKeyChars} characters`);
  const expiresMs = options?.expiresMs ?? day;
  const named = new Set(options?.tools);
  const sign = (...parts: readonly unknown[]): string => createHmac("sha256", key).update(JSON.stringify(parts)).digest("base64url");

  function isSigned(signature: unknown, ...parts: readonly unknown[]): boolean {
    const right = Buffer.from(sign(...parts));
    const given = Buffer.from(String(signature));
    return right.length === given.length && timingSafeEqual(right, given);
  }

  const aboutDecision = (run: string, request: StoredRequest, { approved, by, reason, at }: Omit<StoredDecision, "signature">) =>
    ["decision", run, request.step, request.nonce, request.binding, request.expiresAt, approved, by, reason ?? null, at] as const;

  const binding = ({ tool, input }: ApprovalRequest): string => hash("sha256", `${tool ?? ""}\n${canonicalJson(input)}`, "base64url");

  return {
    needed: (tool, input, query) => !tool.readOnly && (named.has(tool.name) || (options?.required?.(tool, input, query) ?? false)),
    binding,
    request(step, asked) {
      const { tool, input, question } = asked;
      const expiresAt = new Date(Date.now() + (asked.expiresMs ?? expiresMs)).toISOString();
      return { step, tool, input, question, binding: binding(asked), expiresAt, nonce: randomUUID() };
    },
    token(run, { step, nonce }) {
      const claims = Buffer.from(JSON.stringify({ run, step, nonce } satisfies TokenClaims)).toString("base64url");
      return `${claims}.${sign("token", claims)}`;
    },
    open(token) {
      const [claims = "", signature = "", ...rest] = typeof token === "string" && token.length <= maxTokenChars ? token.split(".") : [];
      if (rest.length > 0 || !isSigned(signature, "token", claims)) throw invalidApproval("forged", "nobody here signed this approval");
      // Signed by us, so it has the shape we gave it.
      return JSON.parse(Buffer.from(claims, "base64url").toString()) as TokenClaims;
    },
    decide(run, request, { approved, by, reason }) {
      const decision = { step: request.step, approved, by, reason, at: new Date().toISOString() };
      return { ...decision, signature: sign(...aboutDecision(run, request, decision)) };
    },
    isGenuine: (run, request, decision) =>
      Date.parse(decision.at) <= Date.parse(request.expiresAt) && isSigned(decision.signature, ...aboutDecision(run, request, decision)),
  };
}
