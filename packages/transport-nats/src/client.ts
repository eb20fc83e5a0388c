import { OrchestratorError } from "@hydrogenai/core";

/** The part of a message of the `nats` client that the adapters use. */
export interface NatsMessage {
  readonly subject: string;
  readonly reply?: string;
  readonly data: Uint8Array;
  readonly headers?: { readonly code: number; readonly description: string; get(name: string): string };
}

/** The part of a connection of the `nats` client (2.x) that the adapters use. */
export interface NatsClient {
  readonly info?: { readonly max_payload: number };
  publish(subject: string, payload?: Uint8Array | string, options?: { reply?: string; headers?: never }): void;
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: NatsMessage) => void },
  ): { unsubscribe(): void; drain(): Promise<void> };
  status(): AsyncIterable<{ readonly type: string }> & { stop?(): void };
  flush(): Promise<void>;
  isClosed(): boolean;
  closed(): Promise<void | Error>;
  close(): Promise<void>;
}

/** What the `nats` client is told: addresses without credentials, and the credentials of the first. */
export function clientOptions(servers: readonly string[]) {
  const urls = servers.map((server) => {
    try {
      return new URL(server.includes("://") ? server : `nats://${server}`);
    } catch {
      throw new OrchestratorError("CONFIG_INVALID", "servers holds something that is no address");
    }
  });
  const first = urls[0];
  if (first === undefined) throw new OrchestratorError("CONFIG_INVALID", "servers is empty");
  const user = decodeURIComponent(first.username);
  const pass = decodeURIComponent(first.password);
  return {
    servers: urls.map((url) => url.host),
    ...(pass !== "" ? { user, pass } : user !== "" ? { token: user } : {}),
    ...(urls.some((url) => url.protocol === "tls:") ? { tls: {} } : {}),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 100,
    ignoreAuthErrorAbort: true,
    timeout: 2_000,
    // A silent socket is a dead one.
    pingInterval: 5_000,
    maxPingOut: 2,
  };
}
