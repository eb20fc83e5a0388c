import type { HealthReport } from "../ports/call.ts";

/** How the orchestrator and everything it depends on are doing, as far as known without asking the network. */
export interface Health {
  /** `up` when every part is, `down` when closed, else `degraded`: it still answers. */
  readonly status: HealthReport["status"];
  readonly dependencies: Readonly<Record<string, HealthReport>>;
  /** Queries running now. */
  readonly running: number;
}

/** Sums up: one part that is not up makes the whole degraded. */
export function health(dependencies: Readonly<Record<string, HealthReport>>, running: number, closed: boolean): Health {
  const allUp = Object.values(dependencies).every(({ status }) => status === "up");
  return { status: closed ? "down" : allUp ? "up" : "degraded", dependencies, running };
}
