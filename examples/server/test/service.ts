import type { OrchestratorOptions } from "@hydrogenai/core";
import { configFromEnv } from "@hydrogenai/core/config";
import type { FastifyInstance } from "fastify";
import { type ServiceOptions, createService } from "../src/service.ts";
import { type Wiring, wire } from "../src/wiring.ts";

export interface Running extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly wiring: Wiring;
  readonly url: string;
}

/** The service on a free port, with everything embedded, as `npm start` runs it. */
export async function startService(
  overrides: OrchestratorOptions = {},
  env: Record<string, string> = {},
  options: ServiceOptions = {},
): Promise<Running> {
  const wiring = await wire(configFromEnv(env), overrides);
  const app = await createService(wiring, { logLevel: "silent", principal: { id: "local", roles: ["operator"] }, ...options });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { app, wiring, url, [Symbol.asyncDispose]: () => app.close() };
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/api/query`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export interface ServedEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Every event of `GET /api/stream`, read as a browser's EventSource would. */
export async function overSse(url: string, question: string): Promise<ServedEvent[]> {
  const response = await fetch(`${url}/api/stream?query=${encodeURIComponent(question)}`, { headers: { accept: "text/event-stream" } });
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) throw new Error(await response.text());
  const text = await response.text();
  return text
    .split("\n\n")
    .flatMap((block) => /^data: (.*)$/m.exec(block)?.slice(1) ?? [])
    .map((data) => JSON.parse(data) as ServedEvent);
}

/** Every event that the WebSocket sends for one question, up to its last. */
export function overSocket(url: string, question: string): Promise<ServedEvent[]> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  const events: ServedEvent[] = [];
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => socket.send(JSON.stringify({ query: question })));
    socket.addEventListener("error", () => reject(new Error("the socket failed")));
    socket.addEventListener("message", ({ data }) => {
      const event = JSON.parse(String(data)) as ServedEvent;
      events.push(event);
      if (event.type !== "finish" && event.type !== "error") return;
      socket.close();
      resolve(events);
    });
  });
}
