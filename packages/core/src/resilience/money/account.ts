import { defaultTenant } from "../../defaults.ts";
import type { OrchestratorError } from "../../errors.ts";
import type { CallOptions } from "../../ports/call.ts";
import type { Usage } from "../../ports/provider.ts";
import type { Query } from "../../ports/query.ts";
import type { Price } from "../vendors/prices.ts";

/** A call of a model that is about to be made, with the most it may take. */
export interface ModelCall {
  readonly provider: string;
  readonly model: string | undefined;
  /** Undefined where nobody knows it. */
  readonly price: Price | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ReserveCallOptions extends CallOptions {
  /** Milliseconds the call may take at most. */
  readonly timeoutMs: number;
}

/** What is kept for a call; must be settled exactly once. */
export interface Hold {
  /** What is left of each budget beside it, by name, in dollars or tokens. */
  readonly left: Readonly<Record<string, number>>;
  /** Books what was used, and gives the rest back; nothing is waited for. */
  readonly settle: (usage: Usage | undefined, costUsd: number | undefined) => void;
}

export interface Refusal {
  /** Makes the error for a call that is given up; it counts as refused then. */
  readonly refused: () => OrchestratorError;
  /** True when only what other calls hold is in the way, some of which comes back when they end. */
  readonly passes: boolean;
}

/** One limit as it applies to one caller. */
export interface Account {
  readonly reserve: (call: ModelCall, options: ReserveCallOptions) => Promise<Hold | Refusal>;
}

/** Who shares a limit. A function answers the key of the caller, such as an API key's id, or undefined for whom the limit does not hold. */
export type Per = "all" | "tenant" | "principal" | ((query: Query) => string | undefined);

/** The key of whoever pays for a query. Callers who do not say who they are share one within their tenant. */
export function payerOf(per: Per, query: Query): string | undefined {
  if (typeof per === "function") return per(query);
  const tenant = query.tenant ?? defaultTenant;
  if (per === "all") return "all";
  return per === "tenant" ? tenant : JSON.stringify([tenant, query.principal?.id ?? null]);
}
