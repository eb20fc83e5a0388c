import { OrchestratorError } from "@hydrogenai/core";
import type { NatsMessage } from "./client.ts";
import { type Connection, newInbox } from "./connection.ts";
import { unavailable } from "./nats-errors.ts";

export interface Request {
  readonly subject: string;
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In terms of `performance.now()`. @default `timeoutMs` from now */
  readonly deadline?: number | undefined;
}

export interface Reply {
  readonly data: Uint8Array;
  /** True when it was sent more than once, so that "already there" may speak of our own first try. */
  readonly repeated: boolean;
}

/** Requests under way, each sent again until it is answered or its deadline passes. Only for what does not act twice. */
export interface Requests {
  readonly ask: (request: Request) => Promise<Reply>;
  /** How long the oldest request has waited, in milliseconds. */
  readonly oldestMs: () => number;
  readonly close: () => void;
}

export interface RequestsOptions {
  /** Sends a later one again only after an earlier one: when nothing came through, one goes ahead and the rest follow in order. */
  readonly ordered: boolean;
  /** Nobody listens on that subject: the stream is gone, or not there yet. */
  readonly onNobody?: (() => void) | undefined;
}

interface Pending {
  readonly token: string;
  readonly request: Request;
  readonly deadline: number;
  readonly bytes: number;
  readonly askedAt: number;
  sends: number;
  sentAt: number;
  readonly settle: (outcome: { readonly data: Uint8Array } | { readonly error: unknown }) => void;
}

/** Beyond either the next request is refused, so that a stuck server does not fill our memory. */
const maxPending = 20_000;
const maxPendingBytes = 64 * 1_024 * 1_024;
/** Milliseconds after which a request without an answer is sent again. */
const resendMs = 1_000;
/** Milliseconds before another try when nobody listens. */
const nobodyMs = 50;
const tickMs = 25;

export function requests(connection: Connection, { ordered, onNobody }: RequestsOptions): Requests {
  const inbox = newInbox();
  const pending = new Map<string, Pending>();
  let bytes = 0;
  let count = 0;
  let lastReplyAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let listening: ReturnType<Connection["listen"]> | undefined;
  /** False while only the oldest request goes, to find out whether the way is free. */
  let flowing = true;

  function send(entry: Pending): void {
    entry.sends++;
    entry.sentAt = performance.now();
    const { subject, payload, headers } = entry.request;
    connection.send(subject, payload, `${inbox}.${entry.token}`, headers);
  }

  function oldest(): Pending | undefined {
    for (const entry of pending.values()) return entry;
    return undefined;
  }

  function sendAll(): void {
    for (const entry of pending.values()) send(entry);
  }

  const stopWatching = connection.onChange((connected) => {
    if (!connected) return;
    flowing = !ordered;
    const first = oldest();
    if (flowing) sendAll();
    else if (first === undefined) flowing = true;
    else send(first);
  });

  function onReply(message: NatsMessage): void {
    const entry = pending.get(message.subject.slice(inbox.length + 1));
    if (entry === undefined) return;
    lastReplyAt = performance.now();
    if (message.headers?.code === 503 && message.data.length === 0) {
      if (ordered) flowing = false;
      // The next tick after that time sends it again.
      entry.sentAt = lastReplyAt - resendMs + nobodyMs;
      onNobody?.();
      return;
    }
    entry.settle({ data: message.data });
    if (flowing) return;
    flowing = true;
    sendAll();
  }

  function tick(): void {
    if (pending.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const now = performance.now();
    let first = true;
    for (const entry of pending.values()) {
      if (now >= entry.deadline) {
        const why = connection.connected() ? "no answer" : "no connection";
        entry.settle({ error: unavailable(`${why} within ${Math.round(entry.deadline - entry.askedAt)} ms; the outcome is unknown`) });
        continue;
      }
      // While the server is silent only the oldest is repeated, so that a stalled socket does not fill up.
      if (now - entry.sentAt >= resendMs && connection.connected() && (first || (flowing && lastReplyAt > entry.sentAt))) send(entry);
      first = false;
    }
  }

  function add(request: Request, resolve: (reply: Reply) => void, reject: (error: unknown) => void): void {
    const { payload, signal } = request;
    const askedAt = performance.now();
    const onAbort = (): void => entry.settle({ error: signal?.reason });
    const entry: Pending = {
      token: (count++).toString(36),
      request,
      deadline: request.deadline ?? askedAt + connection.timeoutMs,
      // Strings are at most three bytes a unit in UTF-8; this bounds memory, so the cheap measure will do.
      bytes: payload.length,
      askedAt,
      sends: 0,
      sentAt: askedAt,
      settle: (outcome) => {
        if (!pending.delete(entry.token)) return;
        bytes -= entry.bytes;
        signal?.removeEventListener("abort", onAbort);
        if ("data" in outcome) resolve({ data: outcome.data, repeated: entry.sends > 1 });
        else reject(outcome.error);
      },
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    pending.set(entry.token, entry);
    bytes += entry.bytes;
    timer ??= setInterval(tick, tickMs);
    if (connection.connected() && flowing) send(entry);
  }

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (request.signal?.aborted === true) return reject(request.signal.reason);
        const over = connection.over();
        if (over !== undefined) return reject(over);
        if (pending.size >= maxPending || bytes >= maxPendingBytes)
          return reject(unavailable(`${pending.size} calls already wait for an answer`));
        listening ??= connection.listen(`${inbox}.*`, onReply);
        add(request, resolve, reject);
      }),
    oldestMs: () => {
      const first = oldest();
      return first === undefined ? 0 : performance.now() - first.askedAt;
    },
    close: () => {
      stopWatching();
      listening?.stop();
      clearInterval(timer);
      for (const entry of pending.values()) entry.settle({ error: new OrchestratorError("CLOSED", "the NATS adapter was closed") });
    },
  };
}
