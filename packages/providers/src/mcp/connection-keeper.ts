import { type HealthReport, OrchestratorError, isOrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { abortable, pause, withDeadline } from "./deadline.ts";
import type { McpSettings } from "./options.ts";
import type { OpenOptions, Opened } from "./open-connection.ts";
import type { ToolList } from "./tool-list.ts";

export interface ConnectionKeeperOptions {
  readonly source: string;
  readonly open: (options: OpenOptions) => Promise<Opened>;
  readonly limits: Pick<McpSettings, "connectTimeoutMs" | "restartTimeoutMs" | "closeTimeoutMs">;
  readonly onOpened: (listed: ToolList) => void;
  readonly onListChanged: () => void;
}

export interface ConnectionKeeper {
  /** The connection; made when there is none, once for all who ask meanwhile. Aborting ends the waiting, not the making. */
  readonly connection: (signal: AbortSignal) => Promise<Connection>;
  /** The connection that stands; undefined when there is none. */
  readonly current: () => Connection | undefined;
  /** This connection proved useless: whoever asks next gets a new one. */
  readonly drop: (connection: Connection, reason: string) => void;
  readonly health: () => HealthReport;
  /** Aborts with `CLOSED`. */
  readonly closing: AbortSignal;
  readonly close: () => Promise<void>;
}

const firstBackoffMs = 100;
const longestBackoffMs = 1_000;
/** Milliseconds a connection may take to close beyond its own limit, before `close` gives up on it. */
const reserveMs = 500;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Keeps one connection to a server: made on first use, made again after it was lost, never more often than the backoff allows. */
export function connectionKeeper(options: ConnectionKeeperOptions): ConnectionKeeper {
  const { source, open, onOpened, onListChanged } = options;
  const { connectTimeoutMs, restartTimeoutMs, closeTimeoutMs } = options.limits;
  const closing = new AbortController();
  /** Not closed yet; more than one while calls on a dropped one are still in flight. */
  const connections = new Set<Connection>();
  const attempts = new Set<Promise<unknown>>();
  let current: Connection | undefined;
  let connecting: Promise<Connection> | undefined;
  let closed: Promise<void> | undefined;
  let trouble: { readonly status: "degraded" | "down"; readonly detail: string } = { status: "degraded", detail: "not connected yet" };
  /** It was connected since the callers were last told that it cannot be reached. */
  let wasUp = false;
  let failures = 0;
  let failedAt = 0;

  const backoffMs = (): number => (failures === 0 ? 0 : Math.min(firstBackoffMs * 2 ** (failures - 1), longestBackoffMs));

  function lose(connection: Connection, reason: string): void {
    if (current !== connection) return;
    current = undefined;
    trouble = { status: "degraded", detail: `the connection was lost (${reason}); the next call connects again` };
  }

  async function tryOnce(signal: AbortSignal): Promise<Connection> {
    let opened: Opened | undefined;
    let lostBecause: string | undefined;
    let changedMeanwhile = false;
    opened = await open({
      signal,
      onListChanged() {
        if (opened === undefined) changedMeanwhile = true;
        else if (opened.connection === current) onListChanged();
      },
      onLost(reason) {
        lostBecause = reason;
        if (opened !== undefined) lose(opened.connection, reason);
      },
      onClosed: () => opened !== undefined && connections.delete(opened.connection),
    });
    const { connection, listed } = opened;
    if (signal.aborted || lostBecause !== undefined) {
      await connection.close();
      signal.throwIfAborted();
      throw new OrchestratorError("TOOL_FAILED", `the MCP server ${source} hung up: ${lostBecause}`, {
        retryable: true,
        details: { source },
      });
    }
    connections.add(connection);
    current = connection;
    wasUp = true;
    onOpened(listed);
    if (changedMeanwhile) onListChanged();
    return connection;
  }

  async function connect(signal: AbortSignal): Promise<Connection> {
    const patientUntil = wasUp ? performance.now() + restartTimeoutMs : 0;
    while (true) {
      await pause(failedAt + backoffMs() - performance.now(), signal);
      try {
        const connection = await tryOnce(signal);
        failures = 0;
        return connection;
      } catch (error) {
        failures++;
        failedAt = performance.now();
        const mayComeBack = isOrchestratorError(error) && error.retryable;
        if (signal.aborted || !mayComeBack || failedAt + backoffMs() >= patientUntil) throw error;
      }
    }
  }

  async function connectInTime(): Promise<Connection> {
    const what = `connecting to the MCP server ${source}`;
    const deadline = { timeoutMs: connectTimeoutMs, what, details: { source }, signals: [closing.signal] };
    try {
      return await withDeadline(deadline, (signal) => {
        const attempt = connect(signal);
        // It settles a little after the deadline: what was started is ended first.
        const settled = Promise.allSettled([attempt]);
        attempts.add(settled);
        void settled.then(() => attempts.delete(settled));
        return attempt;
      });
    } catch (error) {
      wasUp = false;
      trouble = { status: "down", detail: messageOf(error) };
      throw error;
    } finally {
      connecting = undefined;
    }
  }

  async function end(): Promise<void> {
    closing.abort(new OrchestratorError("CLOSED", `the MCP tools of ${source} were closed`));
    const work = Promise.all([...attempts, ...[...connections].map((connection) => connection.close())]);
    const patience = new AbortController();
    await Promise.race([work, pause(closeTimeoutMs + reserveMs, patience.signal)]).catch(() => undefined);
    patience.abort();
    current = undefined;
    trouble = { status: "down", detail: "closed" };
  }

  return {
    async connection(signal) {
      closing.signal.throwIfAborted();
      if (current !== undefined) return current;
      connecting ??= connectInTime();
      // Everyone who asked may have left by the time it fails.
      connecting.catch(() => undefined);
      return abortable(connecting, signal);
    },
    current: () => current,
    drop(connection, reason) {
      lose(connection, reason);
      connection.retire();
    },
    health: () => (current === undefined ? trouble : { status: "up", detail: `connected to ${current.server()}` }),
    closing: closing.signal,
    close() {
      closed ??= end();
      return closed;
    },
  };
}
