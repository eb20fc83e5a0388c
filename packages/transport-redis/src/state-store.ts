import { randomUUID } from "node:crypto";
import { type CallOptions, type Json, OrchestratorError, type StateStore } from "@hydrogenai/core";
import type { Argument, RedisOptions } from "./connection.ts";
import { taggedKey } from "./keys.ts";
import type { Script } from "./script.ts";
import { durableKeys, durableScript, firstArgument, type NoticesLoss } from "./durable-keys.ts";
import { checkTtl, parseStored, toJson } from "./values.ts";
import { unavailable } from "./redis-errors.ts";

export type RedisStateStoreOptions = RedisOptions;

const arg = (index: number): string => `ARGV[${firstArgument + index}]`;

const getScript = durableScript(`
if not intact() then return {'lost'} end
local entry = redis.call('HMGET', KEYS[2], 'v', 'd')
return {epoch, count, entry[1], entry[2]}
`);

// The last writer's id stays with the entry: the same write coming a second time finds itself and changes nothing.
const setScript = durableScript(`
local now = redis.call('HMGET', KEYS[2], 'v', 'o')
local version = tonumber(now[1] or 0)
local again = now[2] == ${arg(0)}
if again or ${arg(2)} ~= '' and version ~= tonumber(${arg(2)}) then
  return intact() and {epoch, count, again and 1 or 0, version} or {'lost'}
end
if not written() then return {'lost'} end
redis.call('HSET', KEYS[2], 'v', version + 1, 'd', ${arg(1)}, 'o', ${arg(0)})
if ${arg(3)} ~= '' then redis.call('PEXPIRE', KEYS[2], ${arg(3)}) elseif version > 0 then redis.call('PERSIST', KEYS[2]) end
return {epoch, count, 1, version + 1}
`);

const deleteScript = durableScript(`
if redis.call('EXISTS', KEYS[2]) == 0 then return intact() and {epoch, count, 0} or {'lost'} end
if not written() then return {'lost'} end
redis.call('DEL', KEYS[2])
return {epoch, count, 1}
`);

/**
 * State in Redis: one hash a key, compare-and-set in one script. Acknowledged writes survive the death of any process and,
 * with AOF, of Redis; with `appendfsync everysec` a power loss may take the last second, which is then reported as `STATE_LOST`.
 * A write whose reply was lost is repeated and applied once; where even that leaves the outcome open it rejects with `STORE_UNAVAILABLE`.
 */
export function redisStateStore(options: RedisStateStoreOptions): StateStore & NoticesLoss {
  const keys = durableKeys(options);

  const run = (body: Script, key: string, args: readonly Argument[], callOptions: CallOptions | undefined) => {
    const tag = keys.tagOf(key);
    return keys.run(body, tag, [taggedKey(tag, "state", key)], args, callOptions);
  };

  return {
    name: "redis",
    get: async (key, callOptions) => {
      const { value } = await run(getScript, key, [], callOptions);
      const [version, data] = value;
      if (version === null || version === undefined) return undefined;
      return { version: Number(version), value: parseStored(data, `the state ${JSON.stringify(key)}`) as Json };
    },
    set: async (key, value, { ifVersion, ttlMs, ...callOptions } = {}) => {
      const ttl = ttlMs === undefined ? "" : checkTtl(ttlMs);
      const args = [randomUUID(), toJson(value), ifVersion ?? "", ttl];
      const reply = await run(setScript, key, args, callOptions);
      const [written, version] = reply.value;
      if (written === 1) return Number(version);
      if (reply.repeated) throw unavailable(`the connection broke while ${JSON.stringify(key)} was written; the outcome is unknown`);
      throw new OrchestratorError("VERSION_CONFLICT", `${JSON.stringify(key)} is at version ${String(version)}, not ${ifVersion}`);
    },
    delete: async (key, callOptions) => {
      const reply = await run(deleteScript, key, [], callOptions);
      // Gone it is; if a first try may have done it, there was a value.
      return reply.value[0] === 1 || reply.repeated;
    },
    acceptLoss: keys.acceptLoss,
    ready: keys.ready,
    health: keys.health,
    close: keys.close,
  };
}
