import { type EventLog, OrchestratorError, type OrchestratorEvent } from "@hydrogenai/core";
import type { RedisOptions } from "./connection.ts";
import { durableKeys, durableScript, firstArgument, type NoticesLoss } from "./durable-keys.ts";
import { taggedKey } from "./keys.ts";
import { logAppender } from "./log-appender.ts";
import { checkCount, checkTtl, parseStored } from "./values.ts";

export interface RedisEventLogOptions extends RedisOptions {
  /** Milliseconds after its last append that a stream is forgotten, as a whole. @default 2592000000 (30 days) */
  readonly retentionMs?: number | undefined;
  /** Events of one stream; beyond it an append is refused with `STORE_FULL`. @default 100000 */
  readonly maxEventsPerStream?: number | undefined;
}

const pageSize = 256;

// ARGV: the first version. Answers up to a page of events and the stream's version.
const readScript = durableScript(`
if not intact() then return {'lost'} end
local from = tonumber(ARGV[${firstArgument}])
local last = tonumber(redis.call('HGET', KEYS[2], '') or 0)
local fields = {}
for version = from, math.min(last, from + ${pageSize - 1}) do fields[#fields + 1] = version end
return {epoch, count, #fields > 0 and redis.call('HMGET', KEYS[2], unpack(fields)) or {}, last}
`);

/**
 * Event streams in Redis, one hash each: events, ids and version in one key, so that they live and end together. An append is one
 * script that checks the expected version and the ids. Durable as `redisStateStore` is. A stream lives as long as it is
 * appended to within `retentionMs`, and ends as a whole, so that it never has gaps. One append takes at most 1,000 events.
 */
export function redisEventLog(options: RedisEventLogOptions): EventLog & NoticesLoss {
  const retentionMs = checkTtl(options.retentionMs ?? 30 * 24 * 3_600_000);
  const maxEvents = checkCount("maxEventsPerStream", options.maxEventsPerStream ?? 100_000);
  const keys = durableKeys(options);
  const append = logAppender(keys, retentionMs, maxEvents);

  return {
    name: "redis",
    append: (stream, events, appendOptions = {}) => append(stream, events, appendOptions),
    read: async function* (stream, { from = 1, signal } = {}) {
      signal?.throwIfAborted();
      const tag = keys.tagOf(stream);
      for (let next = Math.max(1, Math.trunc(from)), last = Infinity; next <= last;) {
        const { value } = await keys.run(readScript, tag, [taggedKey(tag, "log", stream)], [next], { signal });
        const page = value[0] as readonly (string | null)[];
        last = Number(value[1]);
        for (const text of page) {
          signal?.throwIfAborted();
          const event = parseStored(text, `version ${next} of the stream ${JSON.stringify(stream)}`) as OrchestratorEvent | null;
          if (event === null)
            throw new OrchestratorError("DATA_CORRUPT", `version ${next} of the stream ${JSON.stringify(stream)} is missing`);
          yield { ...event, stream, version: next };
          next++;
        }
        if (page.length < pageSize) return;
      }
    },
    acceptLoss: keys.acceptLoss,
    ready: keys.ready,
    health: keys.health,
    close: keys.close,
  };
}
