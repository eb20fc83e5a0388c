import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  /** Text of the last user message. */
  readonly prompt: string;
}

export type Answer = (response: ServerResponse, received: Received) => Promise<void> | void;

/** A vendor on loopback that does what a test says, also what no vendor should. */
export interface VendorServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Requests that reached it, counted before their bodies are read. */
  readonly requests: () => number;
  /** Requests whose reply has not ended and whose client is still there. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

async function jsonBody(request: IncomingMessage): Promise<Received["body"]> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  return text === "" ? {} : (JSON.parse(text) as Received["body"]);
}

function promptIn({ messages }: Received["body"]): string {
  const last = (Array.isArray(messages) ? messages : []).findLast((each: { role?: string }) => each.role === "user") as
    | { content?: unknown }
    | undefined;
  if (typeof last?.content === "string") return last.content;
  const parts = Array.isArray(last?.content) ? (last.content as { text?: string }[]) : [];
  return parts.map(({ text = "" }) => text).join("");
}

export async function vendorServer(answer: Answer): Promise<VendorServer> {
  const received: Received[] = [];
  const open = new Set<ServerResponse>();
  let requests = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests++;
    open.add(response);
    response.on("close", () => open.delete(response)).on("error", () => {});
    const body = await jsonBody(request);
    const got: Received = { path: request.url ?? "", headers: request.headers, body, prompt: promptIn(body) };
    received.push(got);
    await answer(response, got);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    requests: () => requests,
    open: () => open.size,
    close,
    [Symbol.asyncDispose]: close,
  };
}
