import type { CallOptions, OrchestratorEvent } from "@hydrogenai/core";
import type { BusKeys } from "./bus-keys.ts";
import type { Connection } from "./connection.ts";
import { script } from "./script.ts";
import { toJson } from "./values.ts";

/**
 * Appends events whose ids are new. A sequence starts at the microseconds since 1970 and grows by one, so that it grows even
 * over a server that came back empty. Ids are kept in two generations of as many as there are events: one that is still
 * in the stream is always known.
 */
const publishScript = script(`
local max = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[2], 'n', 't')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
now = math.max(now, tonumber(meta[2] or 0))
local last = tonumber(meta[1] or time[1] * 1000000 + time[2])
local at = string.format('%.0f', now)
local before = redis.call('EXISTS', KEYS[4]) == 1
for i = 2, #ARGV, 2 do
  if not (before and redis.call('SISMEMBER', KEYS[4], ARGV[i]) == 1) and redis.call('SADD', KEYS[3], ARGV[i]) == 1 then
    last = last + 1
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', max, string.format('%.0f-0', last), 't', at, 'e', ARGV[i + 1])
  end
end
redis.call('HSET', KEYS[2], 'n', string.format('%.0f', last), 't', at)
if redis.call('SCARD', KEYS[3]) >= max then
  redis.call('UNLINK', KEYS[4])
  redis.call('RENAME', KEYS[3], KEYS[4])
end
return 1
`);

const maxBatch = 256;

interface Waiting {
  readonly id: string;
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes what is asked for in one turn of the event loop with one call, in the order it was asked. */
export function busPublisher(connection: Connection, keys: BusKeys, maxEvents: number) {
  let batch: Waiting[] = [];

  function flush(): void {
    const sent = batch;
    batch = [];
    for (let first = 0; first < sent.length; first += maxBatch) void send(sent.slice(first, first + maxBatch));
  }

  async function send(events: readonly Waiting[]): Promise<void> {
    try {
      const args = [maxEvents, ...events.flatMap(({ id, text }) => [id, text])];
      await connection.run(publishScript, [keys.events, keys.meta, keys.ids, keys.idsBefore], args, { repeatable: true });
      for (const { resolve } of events) resolve();
    } catch (error) {
      for (const { reject } of events) reject(error);
    }
  }

  /** Resolves once the event is in the stream, also when it was before. */
  return async (event: OrchestratorEvent, signal: CallOptions["signal"]): Promise<void> => {
    signal?.throwIfAborted();
    const text = toJson(event);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      const end = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (batch.length === 0) queueMicrotask(flush);
      batch.push({ id: event.id, text, resolve: () => (end(), resolve()), reject: (error) => (end(), reject(error)) });
    });
  };
}
