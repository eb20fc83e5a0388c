import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answer, piece, words } from "./canonical.ts";

/** One request at a vendor. */
export interface Visit {
  readonly response: ServerResponse;
  /** 1 for the first request since the vendor was started. */
  readonly number: number;
  /** Milliseconds since the vendor was started. */
  readonly atMs: number;
  readonly messages: readonly { readonly role: string }[];
  readonly wantsStream: boolean;
  readonly wantsUsage: boolean;
  readonly model: string;
}

/** What a vendor does with a request. It may answer later, or never. */
export type Conduct = (visit: Visit) => Promise<void> | void;

export interface Logged {
  readonly atMs: number;
  /** When the connection of this request was gone, if it is. */
  closedAtMs: number | undefined;
  /** True when the reply was ended by the vendor. */
  wasEnded: boolean;
}

/** A vendor on loopback that speaks the format of OpenAI's chat completions. */
export interface Vendor {
  readonly url: string;
  readonly log: readonly Logged[];
  /** Milliseconds since the vendor was started. */
  readonly nowMs: () => number;
  /** By the clock of `wallMs`. */
  readonly startedAtMs: number;
  readonly close: () => Promise<void>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const usage = { prompt_tokens: 12, completion_tokens: words.length, total_tokens: 12 + words.length };

const event = (data: unknown): string => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

const chunk = (model: string, delta: unknown, finishReason: string | null = null) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_750_000_000,
  model,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

/** Every event of a whole streamed answer, each as it goes over the wire: the role, sixty words, the finish reason, the usage, the end mark. */
export function eventsOf(model: string, wantsUsage = true): string[] {
  return [
    event(chunk(model, { role: "assistant", content: "" })),
    ...words.map((_, at) => event(chunk(model, { content: piece(at) }))),
    event(chunk(model, {}, "stop")),
    ...(wantsUsage ? [event({ ...chunk(model, {}), choices: [], usage })] : []),
    event("[DONE]"),
  ];
}

/** Events up to and with the nth word. */
export const upToWord = (count: number): number => count + 1;

export function openStream({ response }: Visit): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
}

export function write(visit: Visit, events: readonly string[]): void {
  for (const each of events) visit.response.write(each);
}

export function refuse({ response }: Visit, status: number, error: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error }));
}

/** A whole answer, streamed or not. */
export function answerWell(visit: Visit, model = visit.model): void {
  if (visit.wantsStream) {
    openStream(visit);
    write(visit, eventsOf(model, visit.wantsUsage));
    visit.response.end();
    return;
  }
  const message = { role: "assistant", content: answer };
  const whole = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  };
  visit.response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) text += String(part);
  return JSON.parse(text) as Record<string, unknown>;
}

export async function startVendor(conduct: Conduct): Promise<Vendor> {
  const startedAt = performance.now();
  const nowMs = (): number => performance.now() - startedAt;
  const log: Logged[] = [];
  const server = createServer((request, response) => {
    const entry: Logged = { atMs: nowMs(), closedAtMs: undefined, wasEnded: false };
    log.push(entry);
    response.on("error", () => {});
    response.on("close", () => {
      entry.closedAtMs = nowMs();
      entry.wasEnded = response.writableEnded;
    });
    const number = log.length;
    const serve = async (): Promise<void> => {
      const body = await bodyOf(request);
      const options = body["stream_options"] as { include_usage?: boolean } | undefined;
      await conduct({
        response,
        number,
        atMs: entry.atMs,
        messages: body["messages"] as Visit["messages"],
        wantsStream: body["stream"] === true,
        wantsUsage: options?.include_usage === true,
        model: String(body["model"]),
      });
    };
    serve().catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    log,
    nowMs,
    startedAtMs: performance.timeOrigin + startedAt,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
