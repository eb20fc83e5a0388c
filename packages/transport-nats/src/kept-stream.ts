import { type HealthReport, OrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import type { ApiOptions } from "./jetstream.ts";
import { settled } from "./settled.ts";
import type { Stream } from "./streams.ts";

/** A store that notices when NATS came back empty or older than what it had acknowledged. */
export interface NoticesLoss {
  /**
   * Goes on with what NATS holds now. Once a loss was noticed every call rejects with `STATE_LOST` until this is called
   * (or the process restarts), so that a lost session is never taken for a new one.
   */
  readonly acceptLoss: () => void;
}

/** A stream of which nothing may be lost unnoticed. */
export interface KeptStream extends NoticesLoss {
  /** Rejects with `STATE_LOST` once something was lost; asks the server only after a reconnect or `doubt`. */
  readonly enter: (options?: ApiOptions) => Promise<void>;
  /** The server holds this sequence. */
  readonly saw: (sequence: number) => void;
  /** The stream may be gone: looks now. */
  readonly doubt: () => void;
  /** What the stream held is gone. */
  readonly lose: () => OrchestratorError;
  readonly health: () => HealthReport;
  readonly close: () => void;
}

/** Knows the stream by the time it was created and by the last sequence this process saw; a missing one is not made anew. */
export function keptStream(connection: Connection, stream: Stream): KeptStream {
  let created: string | undefined;
  let last = 0;
  let verified: Promise<void> | undefined;
  let lostAt: string | undefined;

  function lose(): OrchestratorError {
    lostAt ??= new Date().toISOString();
    return new OrchestratorError("STATE_LOST", `NATS came back empty or older than what it had acknowledged (noticed ${lostAt})`);
  }

  async function verify(): Promise<void> {
    const [createdBefore, lastBefore] = [created, last];
    if (createdBefore === undefined) {
      const info = await stream.look();
      created ??= info.created;
      return;
    }
    const info = await stream.find();
    if (createdBefore === created && (info?.created !== createdBefore || info.state.last_seq < lastBefore)) throw lose();
  }

  async function enter({ signal, deadline = performance.now() + connection.timeoutMs }: ApiOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (lostAt !== undefined) throw lose();
    const asked = (verified ??= verify());
    asked.catch(() => {
      if (verified === asked) verified = undefined;
    });
    await settled(asked, { signal, deadline });
  }

  function doubt(): void {
    verified = undefined;
    // At once, so that health knows of a loss before anybody asks for what is gone.
    if (created !== undefined) enter().catch(() => {});
  }

  const stopWatching = connection.onChange((connected) => {
    verified = undefined;
    if (connected) doubt();
  });

  return {
    enter,
    saw: (sequence) => {
      last = Math.max(last, sequence);
    },
    doubt,
    lose,
    acceptLoss: () => {
      lostAt = undefined;
      created = undefined;
      verified = undefined;
      last = 0;
    },
    health: () => {
      if (lostAt !== undefined) return { status: "down", detail: `STATE_LOST: ${lose().message}` };
      return connection.health();
    },
    close: () => {
      stopWatching();
      stream.close();
    },
  };
}
