import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type HealthReport, OrchestratorError } from "@hydrogenai/core";
import { checkDuration } from "./checks.ts";
import { clientOptions, type NatsClient, type NatsMessage } from "./client.ts";
import { unavailable } from "./nats-errors.ts";
import { backoff, causeOf, pauses } from "./pauses.ts";

/** What every adapter of this package accepts: `servers` or `connection`. */
export interface NatsOptions {
  /** One address or several of one cluster (`nats://[user:password@]host:port`, `tls://…`); the adapter connects on first use, reconnects for ever, and closes. */
  readonly servers?: string | readonly string[] | undefined;
  /** A connection of yours, made by the `nats` client 2.x with `maxReconnectAttempts: -1`; it is only used: you close it. */
  readonly connection?: NatsClient | undefined;
  /** First part of every stream and subject: 1 to 64 letters, digits, `_`, `-`. @default "hydrogenai" */
  readonly prefix?: string | undefined;
  /** Copies of each stream that is created, in a cluster. @default 1 */
  readonly replicas?: number | undefined;
  /** Milliseconds until a call rejects with `STORE_UNAVAILABLE`; the outcome of a write is then unknown. At most 60000. @default 5000 */
  readonly timeoutMs?: number | undefined;
}

/** A subscription that outlives reconnects. */
export interface Listening {
  /** Ends it. */
  readonly stop: () => void;
  /** Ends it at the server and resolves when everything the server sent before has been handed over. */
  readonly drain: () => Promise<void>;
}

/** The only owner of the `nats` client. */
export interface Connection {
  readonly timeoutMs: number;
  /** True while the server can be reached. */
  readonly connected: () => boolean;
  /** Sends if connected; what is sent while a connection breaks is lost without a word. */
  readonly send: (subject: string, payload: Uint8Array | string, reply?: string, headers?: Readonly<Record<string, string>>) => void;
  readonly listen: (subject: string, onMessage: (message: NatsMessage) => void) => Listening;
  /** Resolves once connected; rejects with `STORE_UNAVAILABLE` at the deadline (of `performance.now()`). */
  readonly usable: (deadline: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back each time the server is reached or lost; answers how to stop that. */
  readonly onChange: (listener: (connected: boolean) => void) => () => void;
  /** Largest message the server takes, in bytes. */
  readonly maxPayload: () => number;
  readonly health: () => HealthReport;
  readonly closed: () => boolean;
  /** Why it will never be usable again, if so. */
  readonly over: () => OrchestratorError | undefined;
  readonly close: () => Promise<void>;
}

/** Milliseconds that closing waits for the server. */
const flushMs = 500;

/** A subject nobody else has, for replies. */
export const newInbox = (): string => `_INBOX.${randomUUID().replaceAll("-", "")}`;

/** Connects on first use; never before. */
export function connect({ servers, connection: given, timeoutMs = 5_000 }: NatsOptions): Connection {
  checkDuration("timeoutMs", timeoutMs);
  if (timeoutMs > 60_000) throw new OrchestratorError("CONFIG_INVALID", `timeoutMs must be at most 60000, not ${timeoutMs}`);
  if ((servers === undefined) === (given === undefined))
    throw new OrchestratorError("CONFIG_INVALID", "give either servers or a connection");
  const options = servers === undefined ? undefined : clientOptions([servers].flat());
  const waits = pauses();
  const changeListeners = new Set<(connected: boolean) => void>();
  const listenings = new Map<object, { readonly attach: (client: NatsClient) => void }>();
  let newHeaders: (() => { set(name: string, value: string): void }) | undefined;
  let client: NatsClient | undefined;
  let running: Promise<void> | undefined;
  let state: "idle" | "down" | "up" | "closed" = "idle";
  let lastError: unknown;
  let stopStatus: (() => void) | undefined;

  function become(next: "down" | "up"): void {
    if (state === "closed" || state === next) return;
    state = next;
    for (const listener of changeListeners) listener(next === "up");
  }

  /** Follows one client until it is closed. */
  async function follow(opened: NatsClient): Promise<void> {
    client = opened;
    const status = opened.status();
    stopStatus = () => status.stop?.();
    for (const { attach } of listenings.values()) attach(opened);
    become("up");
    void opened.closed().then((error) => {
      lastError = error ?? new Error("the connection was closed");
      status.stop?.();
    });
    for await (const { type } of status) {
      if (type === "disconnect") become("down");
      else if (type === "reconnect") become("up");
    }
    become("down");
  }

  async function run(): Promise<void> {
    for (let failures = 0; state !== "closed";) {
      try {
        const library = await import("nats");
        newHeaders = library.headers;
        if (given?.isClosed() === true) throw new Error("the connection was closed by its owner");
        // The client's own options type knows each of these.
        const opened: NatsClient = given ?? (await library.connect(options));
        if ((state as string) === "closed") {
          if (given === undefined) await opened.close();
          return;
        }
        failures = 0;
        await follow(opened);
      } catch (error) {
        lastError = error;
        become("down");
      }
      if (given?.isClosed() === true || waits.ended()) return;
      await waits.pause(backoff(50, ++failures, 1_000) * (0.5 + Math.random() / 2));
    }
  }

  const start = (): void => {
    running ??= run();
  };

  function over(): OrchestratorError | undefined {
    if (state === "closed") return new OrchestratorError("CLOSED", "the NATS adapter was closed");
    return given?.isClosed() === true ? unavailable("the connection was closed by its owner") : undefined;
  }

  async function usable(deadline: number, signal?: AbortSignal): Promise<void> {
    start();
    while (state !== "up") {
      signal?.throwIfAborted();
      const end = over();
      if (end !== undefined) throw end;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw unavailable(`no connection within ${timeoutMs} ms`, lastError);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          changeListeners.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        signal?.addEventListener("abort", wake, { once: true });
        changeListeners.add(wake);
      });
    }
  }

  function headersOf(fields: Readonly<Record<string, string>>): never {
    const headers = newHeaders?.();
    for (const name in fields) headers?.set(name, fields[name] as string);
    // Only the client reads it; `never` keeps its type out of the declarations.
    return headers as never;
  }

  return {
    timeoutMs,
    connected: () => state === "up",
    send: (subject, payload, reply, headers) => {
      if (state !== "up" || client === undefined || client.isClosed()) return;
      try {
        client.publish(subject, payload, {
          ...(reply === undefined ? {} : { reply }),
          ...(headers === undefined ? {} : { headers: headersOf(headers) }),
        });
      } catch (error) {
        // It closed or drains just now; whoever needs an answer asks again.
        lastError = error;
      }
    },
    listen: (subject, onMessage) => {
      start();
      let subscription: ReturnType<NatsClient["subscribe"]> | undefined;
      const callback = (error: Error | null, message: NatsMessage): void => {
        if (error === null) onMessage(message);
      };
      const key = {};
      const attach = (to: NatsClient): void => {
        if (!to.isClosed()) subscription = to.subscribe(subject, { callback });
      };
      listenings.set(key, { attach });
      if (client !== undefined) attach(client);
      return {
        stop: () => {
          listenings.delete(key);
          if (client?.isClosed() === false) subscription?.unsubscribe();
        },
        drain: async () => {
          listenings.delete(key);
          if (client?.isClosed() === false)
            await Promise.race([subscription?.drain().catch(() => {}), sleep(flushMs, undefined, { ref: false })]);
        },
      };
    },
    usable,
    onChange: (listener) => {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
    maxPayload: () => client?.info?.max_payload ?? 1_048_576,
    health: () => {
      if (state === "closed") return { status: "down", detail: "closed" };
      if (state === "up") return { status: "up", detail: "nats" };
      if (state === "idle") return { status: "degraded", detail: "nats: not connected yet" };
      return { status: "down", detail: `nats: not connected${lastError === undefined ? "" : `: ${causeOf(lastError)}`}` };
    },
    closed: () => state === "closed",
    over,
    close: async () => {
      if (state === "closed") return;
      const wasUp = state === "up";
      state = "closed";
      waits.end();
      stopStatus?.();
      for (const listener of changeListeners) listener(false);
      if (client === undefined || client.isClosed()) return;
      // What was sent last, such as an acknowledgement, is to arrive; a server that does not answer is not waited for.
      if (wasUp) await Promise.race([client.flush().catch(() => {}), sleep(flushMs, undefined, { ref: false })]);
      if (given !== undefined) return;
      // While it dials, closing takes until the dialling ends.
      await Promise.race([client.close(), sleep(flushMs, undefined, { ref: false })]);
    },
  };
}
