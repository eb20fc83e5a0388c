import { type CallOptions, type HealthReport, OrchestratorError } from "@hydrogenai/core";
import { deadlines } from "./deadlines.ts";
import { asOrchestratorError, isClosed, isNoScript, isRefusal, isReplyError, isUnsent, unavailable } from "./redis-errors.ts";
import type { Script } from "./script.ts";

export type Argument = string | number | Buffer;

/** The part of an ioredis client (`Redis` or `Cluster`, 5 or 6) that the adapters use. */
export interface RedisClient {
  readonly status: string;
  /** The socket; a `Cluster` has none. */
  readonly stream?: { cork(): void; uncork(): void; destroy(): void } | undefined;
  call(command: string, args: Argument[]): Promise<unknown>;
  callBuffer(command: string, args: Argument[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- ioredis takes other overrides for a cluster than for a server
  duplicate(...overrides: any[]): unknown;
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** What every adapter of this package accepts. */
export interface RedisOptions {
  /**
   * An address (`redis://…`, `rediss://…`), whose connection the adapter opens on first use and closes;
   * or an ioredis client of yours, which is only used: you close it. Where an adapter has to wait on the server
   * (bus, queue) it adds one connection with your client's settings, and closes that one.
   */
  readonly redis: string | RedisClient;
  /** First part of every key: letters, digits, `_`, `-`, `.`, `:`. @default "hydrogenai" */
  readonly prefix?: string | undefined;
  /** Milliseconds until a call rejects with `STORE_UNAVAILABLE`; a write's outcome is then unknown. @default 2000 */
  readonly timeoutMs?: number | undefined;
}

export interface SendOptions extends CallOptions {
  /** Sends it again when the connection broke under it: only for what does not act twice. @default false */
  readonly repeatable?: boolean | undefined;
  /** The server may refuse it, which is nothing for health to tell. @default false */
  readonly mayRefuse?: boolean | undefined;
  /** Answers bytes instead of text. @default false */
  readonly bytes?: boolean | undefined;
}

export interface Reply {
  readonly value: unknown;
  /** True when it may have been sent twice, so that "already there" may speak of our own first try. */
  readonly repeated: boolean;
}

/** One connection with a deadline on everything. */
export interface Connection {
  /** Sends a command, named in lower case, as ioredis looks it up. */
  readonly send: (command: string, args: readonly Argument[], options?: SendOptions) => Promise<Reply>;
  readonly run: (script: Script, keys: readonly string[], args: readonly Argument[], options?: SendOptions) => Promise<Reply>;
  /** Resolves once connected; rejects with `STORE_UNAVAILABLE` at the deadline. */
  readonly ready: (options?: CallOptions) => Promise<void>;
  readonly health: () => HealthReport;
  /** Calls back whenever the connection is ready, at once if it is. */
  readonly onReady: (listener: () => void) => void;
  /** Another connection to the same place, for calls that wait on the server. */
  readonly sibling: () => Connection;
  /** Calls back with each message of a channel, as long as the connection lives; only on a connection used for nothing else. */
  readonly onMessage: (listener: (channel: string) => void) => void;
  readonly close: () => void;
}

/** Sends a command; `unknownScript` when the server has just said that it does not hold the script. */
type Ask = (client: RedisClient, unknownScript: boolean) => Promise<unknown>;

/** Calls under way at once; beyond it the next is refused, so that a stuck server does not fill our memory. */
const maxPending = 20_000;

/** Milliseconds for which health tells of a command the server refused, such as a write to what has become a replica. */
const refusalShownMs = 10_000;

const isDuration = (value: number): boolean => Number.isFinite(value) && value > 0;

/** The settings of every connection we open: nothing queued, nothing resent. */
const ownSettings = (timeoutMs: number): Record<string, unknown> => ({
  // The older protocol answers in one shape whatever the command.
  protocol: 2,
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: timeoutMs,
  disableClientInfo: true,
  retryStrategy: (attempt: number) => Math.min(1_000, 20 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  // A replica that was our master, after a failover.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
});

async function openAddress(address: string, timeoutMs: number): Promise<RedisClient> {
  const { Redis } = await import("ioredis");
  return new Redis(address, ownSettings(timeoutMs));
}

function openSibling(client: RedisClient, timeoutMs: number): RedisClient {
  const settings = ownSettings(timeoutMs);
  const isCluster = (client as { readonly isCluster?: boolean }).isCluster === true;
  const sibling = isCluster
    ? client.duplicate([], { lazyConnect: true, redisOptions: { ...settings, socketTimeout: timeoutMs } })
    : client.duplicate(settings);
  // `duplicate` answers the client's own class, which fits what we were given.
  return sibling as RedisClient;
}

/** Connects on first use; never before. */
export function connect({ redis, timeoutMs = 2_000 }: RedisOptions): Connection {
  if (!isDuration(timeoutMs)) throw new OrchestratorError("CONFIG_INVALID", `timeoutMs must be above 0, not ${timeoutMs}`);
  if (typeof redis !== "string") return connection(async () => redis, timeoutMs, false);
  if (!/^rediss?:\/\//.test(redis))
    throw new OrchestratorError("CONFIG_INVALID", "redis must be a redis:// or rediss:// address, or a client");
  return connection(() => openAddress(redis, timeoutMs), timeoutMs, true);
}

function connection(open: () => Promise<RedisClient>, timeoutMs: number, owned: boolean): Connection {
  let client: RedisClient | undefined;
  let opening: Promise<RedisClient> | undefined;
  let state: "idle" | "connecting" | "ready" | "down" | "closed" = "idle";
  let lastError: unknown;
  /** What the server refused last, and when. */
  let refusal: { readonly words: string; readonly atMs: number } | undefined;
  /** Grows each time a connection ends, which is when commands may be lost or sent again. */
  let losses = 0;
  let pending = 0;
  let gathering = false;
  /** Answers that came, whatever they said. */
  let answers = 0;
  const within = deadlines(timeoutMs);
  const readyListeners: (() => void)[] = [];
  const messageListeners: ((channel: string) => void)[] = [];
  /** Calls that wait for the connection to be ready or to fail. */
  const waiting = new Set<() => void>();

  const wakeAll = (): void => {
    for (const wake of waiting) wake();
  };
  const onReady = (): void => {
    state = "ready";
    lastError = undefined;
    wakeAll();
    for (const listener of readyListeners) listener();
  };
  const onClose = (): void => {
    // One that was ready may be back in a moment; one that never was is down.
    state = state === "ready" ? "connecting" : "down";
    losses++;
    wakeAll();
  };
  const onError = (error: unknown): void => {
    // That it is closed says less than what closed it.
    if (lastError === undefined || !isClosed(error)) lastError = error;
  };
  const onEnd = (): void => {
    state = "down";
    wakeAll();
  };
  const onMessage = (channel: unknown): void => {
    for (const listener of messageListeners) listener(String(channel));
  };
  const events: readonly (readonly [string, (...values: unknown[]) => void])[] = [
    ["ready", onReady],
    ["close", onClose],
    ["error", onError],
    ["end", onEnd],
    ["message", onMessage],
  ];

  const closedError = (): OrchestratorError => new OrchestratorError("CLOSED", "the Redis adapter was closed");

  async function adopt(): Promise<RedisClient> {
    const opened = await open();
    if (state === "closed") {
      if (owned) opened.disconnect();
      throw closedError();
    }
    for (const [event, listener] of events) opened.on(event, listener);
    client = opened;
    if (opened.status === "ready") onReady();
    else state = "connecting";
    return opened;
  }

  function start(found: RedisClient): void {
    if (found.status !== "wait" && !(owned && found.status === "end")) return;
    state = "connecting";
    found.connect().catch(onError);
  }

  /** Resolves when the connection comes, goes or is closed, after that time, or when the signal aborts. */
  function nextChange(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      signal?.addEventListener("abort", wake, { once: true });
      waiting.add(wake);
    });
  }

  /** Resolves with the client once commands can be sent; rejects at once while the server is known to be down. */
  async function usable(deadline: number, signal: AbortSignal | undefined): Promise<RedisClient> {
    const found = client ?? (await (opening ??= adopt()));
    for (;;) {
      // Read anew each time round: closing while we wait changes it.
      const now = state as string;
      if (now === "closed") throw closedError();
      if (found.status === "ready") return found;
      start(found);
      if (now === "down") throw unavailable("not connected", lastError);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw unavailable(`no connection within ${timeoutMs} ms`, lastError);
      await nextChange(leftMs, signal);
      signal?.throwIfAborted();
    }
  }

  /** Holds back what is sent until the turn of the event loop ends, so that what is asked at once leaves at once. */
  function gather(stream: NonNullable<RedisClient["stream"]>): void {
    gathering = true;
    stream.cork();
    process.nextTick(() => {
      gathering = false;
      stream.uncork();
    });
  }

  async function attempts(ask: Ask, { signal, repeatable = false, mayRefuse = false }: SendOptions): Promise<Reply> {
    const deadline = performance.now() + timeoutMs;
    let unknownScript = false;
    for (let tries = 1; ; tries++) {
      const ready = client?.status === "ready" && state !== "closed" ? client : await usable(deadline, signal);
      const lossesAtSend = losses;
      try {
        // A single call gains nothing by waiting.
        if (pending > 1 && !gathering && ready.stream !== undefined) gather(ready.stream);
        const value = await ask(ready, unknownScript);
        answers++;
        return { value, repeated: tries > 1 || losses > lossesAtSend };
      } catch (error) {
        if (isReplyError(error)) answers++;
        if (!mayRefuse && isRefusal(error)) refusal = { words: error.message, atMs: performance.now() };
        signal?.throwIfAborted();
        if (isNoScript(error) && !unknownScript) {
          tries--;
          unknownScript = true;
        } else if (isUnsent(error)) {
          tries--;
          // The socket is gone, and the client is about to notice.
          if (losses === lossesAtSend) await nextChange(Math.max(1, deadline - performance.now()), signal);
        } else {
          const lost = losses > lossesAtSend || ready.status !== "ready";
          if (!repeatable || !lost || isReplyError(error)) throw error;
        }
        if (performance.now() >= deadline) throw error;
      }
    }
  }

  // A way every call takes, so with no async function of its own.
  function exchange(ask: Ask, options: SendOptions): Promise<Reply> {
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (pending >= maxPending) return Promise.reject(unavailable(`${maxPending} calls already wait for an answer`));
    const stream = client?.stream;
    const answersBefore = answers;
    pending++;
    return within(attempts(ask, options), signal, {
      onEnd: () => pending--,
      // A socket that was silent all the time is a dead one.
      onExpire: () => {
        if (owned && answers === answersBefore && client?.stream === stream) stream?.destroy();
      },
      asError: (error) => {
        if (signal?.aborted === true && error === signal.reason) return error;
        return state === "closed" ? closedError() : asOrchestratorError(error);
      },
    });
  }

  const self: Connection = {
    send: (command, args, options = {}) =>
      exchange((ready) => (options.bytes === true ? ready.callBuffer(command, [...args]) : ready.call(command, [...args])), options),
    run: (script, keys, args, options = {}) => {
      const rest = [keys.length, ...keys, ...args];
      const ask: Ask = (ready, unknown) =>
        unknown ? ready.call("eval", [script.lua, ...rest]) : ready.call("evalsha", [script.sha, ...rest]);
      return exchange(ask, options);
    },
    ready: async (options) => {
      options?.signal?.throwIfAborted();
      await usable(performance.now() + timeoutMs, options?.signal);
    },
    health: () => {
      if (state === "closed") return { status: "down", detail: "closed" };
      if (state === "ready") {
        if (refusal === undefined || performance.now() - refusal.atMs > refusalShownMs) return { status: "up", detail: "redis" };
        return { status: "degraded", detail: `redis: the server refused a command: ${refusal.words}` };
      }
      if (state === "idle") return { status: "degraded", detail: "redis: not connected yet" };
      const why = lastError instanceof Error ? `: ${lastError.message}` : "";
      return { status: "down", detail: `redis: not connected${why}` };
    },
    onReady: (listener) => {
      readyListeners.push(listener);
      if (state === "ready") listener();
    },
    onMessage: (listener) => {
      messageListeners.push(listener);
    },
    sibling: () => connection(async () => openSibling(client ?? (await (opening ??= adopt())), timeoutMs), timeoutMs, true),
    close: () => {
      if (state === "closed") return;
      state = "closed";
      wakeAll();
      if (client === undefined) return;
      for (const [event, listener] of events) if (!(owned && event === "error")) client.off(event, listener);
      if (owned) client.disconnect();
    },
  };
  return self;
}
