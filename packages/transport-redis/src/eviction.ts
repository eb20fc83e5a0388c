import { type CallOptions, type HealthReport, isOrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { isRefusal } from "./redis-errors.ts";

/** Knows whether the server may throw away keys that have to stay. */
export interface EvictionWarning {
  /** Asks the server now. */
  readonly check: (options?: CallOptions) => Promise<void>;
  /** The report, with an error where keys may be evicted. */
  readonly on: (report: HealthReport) => HealthReport;
}

/** Asks for the eviction policy on every connect; a server that does not tell is taken to be right. */
export function evictionWarning(connection: Connection): EvictionWarning {
  let wrong: string | undefined;
  const check = async (options?: CallOptions): Promise<void> => {
    const told = await connection.send("info", ["memory"], { ...options, mayRefuse: true }).catch((error: unknown) => {
      // One that does not let us ask is there all the same.
      if (isOrchestratorError(error) && isRefusal(error.cause)) return undefined;
      throw error;
    });
    const policy = /maxmemory_policy:([\w-]+)/.exec(String(told?.value))?.[1];
    wrong = policy === undefined || policy === "noeviction" ? undefined : policy;
  };
  connection.onReady(() => void check().catch(() => {}));
  return {
    check,
    on: (report) => {
      if (report.status !== "up" || wrong === undefined) return report;
      return { status: "degraded", detail: `error: Redis may evict what must stay: maxmemory-policy is ${wrong}, set it to noeviction` };
    },
  };
}
