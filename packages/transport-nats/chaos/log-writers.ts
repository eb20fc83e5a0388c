import { isOrchestratorError } from "@hydrogenai/core";
import { natsEventLog } from "../src/index.ts";
import { natsServer } from "./nats-server.ts";
import { collect, numberedEvent } from "./tally.ts";

export interface LogWritersOptions {
  readonly writers: number;
  /** Connections the writers share; each stands for a process. */
  readonly connections: number;
  readonly appends: number;
}

export interface LogWritersFigures {
  readonly appended: number;
  /** Appends that had to read again, because somebody else was first. */
  readonly conflicts: number;
  /** Acknowledged and not in the stream. */
  readonly lost: number;
  readonly gaps: number;
  readonly twice: number;
  readonly appendsPerSecond: number;
}

/** Many writers on one stream, each with an expected version, which they read anew after a conflict. */
export async function logWriters({ writers, connections, appends }: LogWritersOptions): Promise<LogWritersFigures> {
  const server = await natsServer();
  const logs = Array.from({ length: connections }, () => natsEventLog({ servers: server.url, timeoutMs: 30_000 }));
  const acked = new Map<string, number>();
  let conflicts = 0;
  let version = 0;
  let next = 0;
  const startedAt = performance.now();
  try {
    const write = async (writer: number): Promise<void> => {
      const log = logs[writer % connections];
      while (log !== undefined && next < appends) {
        const event = numberedEvent(next++, "writers");
        for (;;) {
          try {
            const written = await log.append("stream", [event], { expectedVersion: version });
            version = Math.max(version, written);
            acked.set(event.id, written);
            break;
          } catch (error) {
            if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
            conflicts++;
            version = Math.max(version, Number(/at version (\d+)/.exec(error.message)?.[1] ?? 0));
          }
        }
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const reader = natsEventLog({ servers: server.url });
    const stored = await collect(reader.read("stream"));
    await reader.close?.();
    const ids = new Set(stored.map(({ id }) => id));
    return {
      appended: acked.size,
      conflicts,
      lost: stored.filter(({ id, version: at }) => acked.get(id) !== at).length + [...acked.keys()].filter((id) => !ids.has(id)).length,
      gaps: stored.filter((event, index) => event.version !== index + 1).length,
      twice: stored.length - ids.size,
      appendsPerSecond: Math.round(acked.size / seconds),
    };
  } finally {
    await Promise.all(logs.map((log) => log.close?.()));
    await server.stop();
  }
}
