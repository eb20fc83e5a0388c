import type { JSONRPCMessage, RequestId, Transport } from "@modelcontextprotocol/client";
import { boundedBody } from "./bounded-body.ts";
import { pause } from "./deadline.ts";
import { type LostAnswer, lostAnswer } from "./lost-answer.ts";
import { loadSdk } from "./sdk.ts";

export interface HttpTransportOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** Tells our `fetch` which request it carries; never leaves this process. */
const idHeader = "x-in-process-request-id";

/** An answer whose stream was cut is asked for again, where the server can resume it: twice, this soon. */
const resuming = { initialReconnectionDelay: 200, maxReconnectionDelay: 2_000, reconnectionDelayGrowFactor: 2, maxRetries: 2 };

/** Milliseconds a server gets to take the word that a request was given up. */
const cancelTimeoutMs = 5_000;

/**
 * Streamable HTTP by the client library, with what it leaves open: an answer whose stream ends early settles its request, an
 * abandoned request gives its connection back, bodies are bounded, and closing leaves no socket behind.
 */
export async function httpTransport(options: HttpTransportOptions): Promise<Transport> {
  const [{ StreamableHTTPClientTransport }, undici] = await Promise.all([loadSdk(), import("undici")]);
  // Quiet streams and slow tools are legal: undici's own limits of 300 s are off, the deadline of each call rules.
  const agent = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: options.connectTimeoutMs } });
  const asked = new Map<string, { readonly id: RequestId; readonly controller: AbortController }>();
  let closing: Promise<void> | undefined;

  function forget(id: RequestId): void {
    asked.delete(String(id));
  }

  function lose(id: string | null, lost: LostAnswer): void {
    const request = id === null ? undefined : asked.get(id);
    if (request === undefined) return;
    forget(request.id);
    request.controller.abort();
    transport.onmessage?.(lostAnswer(request.id, lost));
  }

  async function boundedFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const id = headers.get(idHeader);
    headers.delete(idHeader);
    const response = await undici.fetch(url, { ...init, headers, dispatcher: agent });
    return boundedBody(response, {
      maxBytes: options.maxMessageBytes,
      onOversized: () => (id === null ? void transport.close() : lose(id, { kind: "too-large", reason: "the answer was too large" })),
    });
  }

  const inner = new StreamableHTTPClientTransport(options.url, {
    fetch: boundedFetch,
    requestInit: { headers: options.headers },
    reconnectionOptions: resuming,
    reconnectionScheduler(reconnect, delayMs) {
      // The server may ask for any delay; a timer of ours must not keep the process alive for it.
      const timer = setTimeout(reconnect, Math.min(delayMs, resuming.maxReconnectionDelay)).unref();
      return () => clearTimeout(timer);
    },
  });

  async function sendRequest(message: JSONRPCMessage & { readonly id: RequestId }, send: Parameters<Transport["send"]>[1]): Promise<void> {
    const { id } = message;
    const controller = new AbortController();
    asked.set(String(id), { id, controller });
    const signals = send?.requestSignal === undefined ? [] : [send.requestSignal];
    send?.requestSignal?.addEventListener("abort", () => forget(id), { once: true });
    const onCut = (): void => lose(String(id), { kind: "cut", reason: "the connection broke before the answer came" });
    try {
      await inner.send(message, {
        onRequestStreamEnd: send?.onRequestStreamEnd ?? onCut,
        headers: { ...send?.headers, [idHeader]: String(id) },
        requestSignal: AbortSignal.any([controller.signal, ...signals]),
      });
    } catch (error) {
      forget(id);
      throw error;
    }
  }

  async function sendCancellation(message: JSONRPCMessage, id: RequestId): Promise<void> {
    asked.get(String(id))?.controller.abort();
    forget(id);
    await inner.send(message, { requestSignal: AbortSignal.timeout(cancelTimeoutMs) });
  }

  async function end(): Promise<void> {
    const patience = new AbortController();
    const goodbye = inner.terminateSession().catch(() => undefined);
    await Promise.race([goodbye, pause(options.closeTimeoutMs / 2, patience.signal).catch(() => undefined)]);
    patience.abort();
    await inner.close();
    asked.clear();
    await agent.destroy();
  }

  const transport: Transport = {
    hasPerRequestStream: true,
    get sessionId() {
      return inner.sessionId;
    },
    setProtocolVersion: (version) => inner.setProtocolVersion(version),
    start() {
      const events: Pick<Transport, "onmessage" | "onerror" | "onclose"> = {
        onmessage(message) {
          if ("id" in message && message.id !== undefined && !("method" in message)) forget(message.id);
          transport.onmessage?.(message);
        },
        onerror: (error) => transport.onerror?.(error),
        onclose: () => transport.onclose?.(),
      };
      Object.assign(inner, events);
      return inner.start();
    },
    send(message, send) {
      if ("method" in message && "id" in message) return sendRequest(message, send);
      const cancelled = "method" in message && message.method === "notifications/cancelled" ? message.params?.["requestId"] : undefined;
      if (typeof cancelled === "string" || typeof cancelled === "number") return sendCancellation(message, cancelled);
      return inner.send(message);
    },
    close() {
      closing ??= end();
      return closing;
    },
  };
  return transport;
}
