import { isOrchestratorError } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";
import { redisEventLog } from "../src/index.ts";
import { rawRedis, redisServer } from "../test/private-server.ts";

export interface LogWritersFigures {
  readonly acknowledged: number;
  readonly conflicts: number;
  /** Versions that two appends were told. */
  readonly twice: number;
  /** As a client of our own finds the stream in Redis. */
  readonly stored: number;
  readonly gaps: number;
  /** Acknowledged, and another event or none under its version. */
  readonly lost: number;
}

/** 64 writers of one stream over four connections, each with the version it saw last. */
export async function logWriters(appends: number): Promise<LogWritersFigures> {
  const server = await redisServer();
  await server.start();
  const logs = Array.from({ length: 4 }, () => redisEventLog({ redis: server.url }));
  const acknowledged = new Map<number, string>();
  let conflicts = 0;
  let twice = 0;
  let version = 0;
  const write = async (writer: number): Promise<void> => {
    while (acknowledged.size < appends) {
      const event = sampleEvent();
      try {
        const written = (await logs[writer % logs.length]?.append("s", [event], { expectedVersion: version })) ?? 0;
        if (acknowledged.has(written)) twice++;
        acknowledged.set(written, event.id);
        version = Math.max(version, written);
      } catch (error) {
        if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
        conflicts++;
        await new Promise(setImmediate);
      }
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)));
  const raw = rawRedis(server.url);
  const [key = ""] = await raw.keys("*:log:s");
  const found = await raw.hgetall(key);
  raw.disconnect();
  await Promise.all(logs.map(async (log) => log.close?.()));
  await server.remove();
  const stored = Number(found[""]);
  const idAt = (at: number): string | undefined => (JSON.parse(found[`${at}`] ?? "{}") as { readonly id?: string }).id;
  const versions = Array.from({ length: stored }, (_, index) => index + 1);
  return {
    acknowledged: acknowledged.size,
    conflicts,
    twice,
    stored,
    gaps: versions.filter((at) => idAt(at) === undefined).length,
    lost: [...acknowledged].filter(([at, id]) => idAt(at) !== id).length,
  };
}
