import type { Orchestrator } from "@hydrogenai/core";
import type { FastifyInstance } from "fastify";
import type { Wiring } from "../wiring.ts";

type Words = { readonly up: string; readonly degraded: string; readonly down: string };

const connection: Words = { up: "connected", degraded: "degraded", down: "disconnected" };

/** `GET /health` in the documented shape; 200 as long as questions are answered, however degraded. */
export function healthRoute(app: FastifyInstance, orchestrator: Orchestrator, { configured }: Wiring): void {
  app.get("/health", async (_request, reply) => {
    const { status, dependencies, running } = orchestrator.health();
    const say = (words: Words, isConfigured: boolean, ...names: readonly string[]): string => {
      if (!isConfigured) return "not configured";
      const states = names.map((name) => dependencies[name]?.status ?? "up");
      return states.includes("down") ? words.down : states.includes("degraded") ? words.degraded : words.up;
    };
    const overall = { up: "healthy", degraded: "degraded", down: "unhealthy" }[status];
    return reply.code(status === "down" ? 503 : 200).send({
      status: overall,
      dependencies: {
        redis: say(connection, configured.redis, "state", "cache", "log"),
        nats: say(connection, configured.nats, "events"),
        mcp_server: say({ up: "available", degraded: "degraded", down: "unavailable" }, true, "mcp"),
        ai_providers:
          configured.providers.length === 0
            ? "not configured (local answers)"
            : say({ up: "active", degraded: "degraded", down: "unavailable" }, true, "providers"),
      },
      details: dependencies,
      running,
      uptime_s: Math.round(process.uptime()),
    });
  });
}
