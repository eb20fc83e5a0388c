import { OrchestratorError, isOrchestratorError } from "@hydrogenai/core";
import type { Client, Transport } from "@modelcontextprotocol/client";
import { isUnsent, reasonOf, statusOf } from "./call-failure.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { httpTransport } from "./http-transport.ts";
import type { McpSettings } from "./options.ts";
import { type ProcessTransport, processTransport } from "./process-transport.ts";
import { type Sdk, loadSdk } from "./sdk.ts";
import type { ToolList } from "./tool-list.ts";

export interface OpenOptions {
  /** Gives up: what was started is closed, and the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** The server says that its tools changed. */
  readonly onListChanged: () => void;
  /** The connection ended without being asked to; called once, also before it was handed out. */
  readonly onLost: (reason: string) => void;
  /** Nothing of the connection is left. */
  readonly onClosed: () => void;
}

export interface Opened {
  readonly connection: Connection;
  readonly listed: ToolList;
}

const clientInfo = { name: "hydrogenai", version: "0.1.0" };

/** Milliseconds a server gets to confirm that it will tell of changes; without that, changes are seen at the next reconnect. */
const subscribeTimeoutMs = 2_000;

async function makeTransport({ server, connectTimeoutMs, closeTimeoutMs, maxResultBytes }: McpSettings): Promise<Transport> {
  // A message may be larger than the result in it: JSON inside a text is escaped.
  const limits = { maxMessageBytes: maxResultBytes * 2 + 65_536, connectTimeoutMs, closeTimeoutMs };
  if (server.kind === "http") return httpTransport({ ...server, ...limits });
  if (server.kind === "process") return processTransport(server, limits);
  // The option's type is the part of `Transport` that a caller needs to know.
  return await server.transport();
}

const epitaphOf = (transport: Transport | undefined): string | undefined =>
  transport !== undefined && "epitaph" in transport ? (transport as ProcessTransport).epitaph() : undefined;

function connectFailure(sdk: Sdk, source: string, transport: Transport | undefined, error: unknown): unknown {
  if (isOrchestratorError(error)) return error;
  const status = statusOf(sdk, error);
  const isNoProgram = error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn");
  const epitaph = epitaphOf(transport);
  const reason = isNoProgram ? reasonOf(error) : (epitaph?.split(";")[0] ?? reasonOf(error));
  const what = isNoProgram ? "cannot be started" : "cannot be reached";
  return new OrchestratorError(
    "TOOL_FAILED",
    `the MCP server ${source} ${what}: ${reason}${status === undefined ? "" : ` (HTTP ${status})`}`,
    {
      retryable: !isNoProgram && (isUnsent(error) || status === undefined || status >= 500 || status === 429),
      details: { source },
      // What a server writes to its standard error may be private: it stays in the cause, which never leaves the process.
      cause: epitaph === undefined ? error : new Error(epitaph, { cause: error }),
    },
  );
}

/** Some servers end when the first message is not the `initialize` of older protocol versions. */
const endedAtProbe = (sdk: Sdk, transport: Transport | undefined, error: unknown): boolean =>
  epitaphOf(transport) !== undefined && error instanceof sdk.SdkError && error.code === sdk.SdkErrorCode.EraNegotiationFailed;

/** Newer protocol versions tell of changes only to those who ask. Answers when that ends; undefined where nobody need ask. */
async function subscribe(client: Client): Promise<{ readonly ended: Promise<unknown> } | undefined> {
  if (client.getProtocolEra() !== "modern" || client.getServerCapabilities()?.tools?.listChanged !== true) return undefined;
  const subscription = await client.listen({ toolsListChanged: true }, { timeout: subscribeTimeoutMs }).catch(() => undefined);
  return subscription && { ended: subscription.closed };
}

async function handshake(
  sdk: Sdk,
  settings: McpSettings,
  transport: Transport,
  mode: "auto" | "legacy",
  options: OpenOptions,
): Promise<Opened> {
  const { name: source, connectTimeoutMs: timeout, maxTools } = settings;
  // A process that ignores the question which version it speaks must still have time to be asked the old way.
  const probe = { timeoutMs: settings.server.kind === "process" ? timeout / 2 : timeout };
  const client = new sdk.Client(clientInfo, { versionNegotiation: { mode, probe }, inputRequired: { autoFulfill: false } });
  let isOver = false;
  const close = async (): Promise<void> => {
    isOver = true;
    await transport.close().catch(() => undefined);
    options.onClosed();
  };
  const connection = connectionOf({ sdk, client, source, maxTools, close });
  const lost = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    options.onLost(reason);
    connection.retire();
  };

  client.setNotificationHandler("notifications/tools/list_changed", options.onListChanged);
  await client.connect(transport, { timeout });
  Object.assign(client, { onclose: () => lost(epitaphOf(transport)?.split(";")[0] ?? "it was closed") });
  const subscription = await subscribe(client);
  void subscription?.ended.then(() => lost("the server ended its notifications"));
  return { connection, listed: await connection.list(timeout, options.signal) };
}

/** Answers how to connect to the server. Remembers when a server knows only the older protocol versions. */
export function connectionOpener(settings: McpSettings): (options: OpenOptions) => Promise<Opened> {
  let known: "auto" | "legacy" = "auto";

  async function attempt(sdk: Sdk, mode: "auto" | "legacy", options: OpenOptions): Promise<Opened> {
    let transport: Transport | undefined;
    const close = async (): Promise<void> => transport?.close().catch(() => undefined);
    const giveUp = (): void => void close();
    options.signal.addEventListener("abort", giveUp, { once: true });
    try {
      transport = await makeTransport(settings);
      options.signal.throwIfAborted();
      const opened = await handshake(sdk, settings, transport, mode, options);
      known = mode;
      return opened;
    } catch (error) {
      await close();
      options.signal.throwIfAborted();
      if (mode === "auto" && endedAtProbe(sdk, transport, error)) return await attempt(sdk, "legacy", options);
      throw connectFailure(sdk, settings.name, transport, error);
    } finally {
      options.signal.removeEventListener("abort", giveUp);
    }
  }

  return async (options) => attempt(await loadSdk(), known, options);
}
