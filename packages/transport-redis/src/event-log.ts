import { type EventLog, type LoggedEvent, OrchestratorError } from "@hydrogenai/core";
import type { RedisOptions } from "./connection.ts";
import { durableKeys, durableScript, firstArgument, type NoticesLoss } from "./durable-keys.ts";
import { checkCount, checkTtl, parseStored, toJson } from "./values.ts";

export interface RedisEventLogOptions extends RedisOptions {
  /** Milliseconds after its last append that a stream is forgotten, as a whole. @default 2592000000 (30 days) */
  readonly retentionMs?: number | undefined;
  /** Events of one stream; beyond it an append is refused with `STORE_FULL`. @default 100000 */
  readonly maxEventsPerStream?: number | undefined;
}

const arg = (index: number): string => `ARGV[${firstArgument + index}]`;
const firstEvent = firstArgument + 3;

// KEYS[2] is the stream, whose entry ids are `version-0`; KEYS[3] the ids it holds, with the version under the empty name.
// Everything is checked before the first write, so an append is written as a whole or not at all.
const appendScript = durableScript(`
local version = tonumber(redis.call('HGET', KEYS[3], '') or 0)
local fresh, seen = {}, {}
for i = ${firstEvent}, #ARGV, 2 do
  local id = '=' .. ARGV[i]
  if not seen[id] and (version == 0 or redis.call('HEXISTS', KEYS[3], id) == 0) then
    seen[id] = true
    fresh[#fresh + 1] = i
  end
end
if #fresh == 0 and #ARGV >= ${firstEvent} then
  return {epoch, count, 'ok', tonumber(redis.call('HGET', KEYS[3], '=' .. ARGV[#ARGV - 1]))}
end
if ${arg(0)} ~= '' and version ~= tonumber(${arg(0)}) then return {epoch, count, 'conflict', version} end
if #fresh == 0 then return {epoch, count, 'ok', version} end
if version + #fresh > tonumber(${arg(2)}) then return {epoch, count, 'full', version} end
written()
for _, i in ipairs(fresh) do
  version = version + 1
  redis.call('XADD', KEYS[2], version .. '-0', 'e', ARGV[i + 1])
  redis.call('HSET', KEYS[3], '=' .. ARGV[i], version, '', version)
end
redis.call('PEXPIRE', KEYS[2], ${arg(1)})
redis.call('PEXPIRE', KEYS[3], ${arg(1)})
return {epoch, count, 'ok', version}
`);

const readScript = durableScript(`
return {epoch, count, redis.call('XRANGE', KEYS[2], ${arg(0)} .. '-0', '+', 'COUNT', ${arg(1)})}
`);

const pageSize = 256;

/**
 * Event streams in Redis: one Redis stream and one hash of ids each, appended to in one script that checks the expected
 * version and the event ids. Durable as `redisStateStore` is. A stream lives as long as it is appended to within `retentionMs`,
 * and goes as a whole, so that it never has gaps.
 */
export function redisEventLog(options: RedisEventLogOptions): EventLog & NoticesLoss {
  const retentionMs = checkTtl(options.retentionMs ?? 30 * 24 * 3_600_000);
  const maxEvents = checkCount("maxEventsPerStream", options.maxEventsPerStream ?? 100_000);
  const keys = durableKeys(options);

  return {
    name: "redis",
    append: async (stream, events, { expectedVersion, ...callOptions } = {}) => {
      const named = JSON.stringify(stream);
      const args = [expectedVersion ?? "", retentionMs, maxEvents, ...events.flatMap((event) => [event.id, toJson(event)])];
      const { value } = await keys.run(appendScript, ["log", "log-ids"], stream, args, callOptions);
      const [outcome, version] = value;
      if (outcome === "ok") return Number(version);
      if (outcome === "full") throw new OrchestratorError("STORE_FULL", `the stream ${named} has no room for ${events.length} more events`);
      // No doubt from a broken connection here: had a first try written, the ids would be known.
      throw new OrchestratorError("VERSION_CONFLICT", `the stream ${named} is at version ${String(version)}, not ${expectedVersion}`);
    },
    read: async function* (stream, { from = 1, signal } = {}) {
      signal?.throwIfAborted();
      let next = Math.max(1, Math.trunc(from));
      for (;;) {
        const { value } = await keys.run(readScript, ["log", "log-ids"], stream, [next, pageSize], { signal });
        // XRANGE answers pairs of an id and a list of fields and values.
        const page = value[0] as readonly (readonly [string, readonly string[]])[];
        for (const [id, fields] of page) {
          signal?.throwIfAborted();
          if (id !== `${next}-0`)
            throw new OrchestratorError("DATA_CORRUPT", `version ${next} of the stream ${JSON.stringify(stream)} is missing`);
          const event = parseStored(fields[1], `version ${next} of the stream ${JSON.stringify(stream)}`) as LoggedEvent;
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
