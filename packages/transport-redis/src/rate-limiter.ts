import { randomUUID } from "node:crypto";
import { OrchestratorError, type RateLimiter } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
import { checkTag, encodeName } from "./keys.ts";
import { script } from "./script.ts";
import { checkTtl } from "./values.ts";

// The generic cell rate algorithm: one number, the time at which all units will be back. The last call's id and answer stay
// beside it, so that a call coming a second time gets the same answer and takes nothing.
const takeScript = script(`
local held = redis.call('HMGET', KEYS[1], 't', 'o', 'a', 'r', 'w')
if held[2] == ARGV[1] then return {tonumber(held[3]), tonumber(held[4]), tonumber(held[5])} end
local limit, window, cost, forced = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local unit = window / limit
local back = math.max(tonumber(held[1] or 0), now)
local after = math.max(now, back + cost * unit)
local allowed, wait = 1, 0
if after - now > window + unit * 1e-6 and cost > 0 and not forced then allowed, wait, after = 0, math.ceil(after - now - window), back end
local left = math.max(0, math.floor((window - (after - now)) / unit + 1e-6))
redis.call('HSET', KEYS[1], 't', string.format('%.3f', after), 'o', ARGV[1], 'a', allowed, 'r', left, 'w', wait)
redis.call('PEXPIRE', KEYS[1], math.ceil(window + math.max(window, after - now)))
return {allowed, left, wait}
`);

/** Rate limits in Redis, each call one script on the server's clock. While Redis is away `take` rejects with `STORE_UNAVAILABLE`; whether to let the caller pass is yours to decide. */
export function redisRateLimiter(options: RedisOptions): RateLimiter {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const connection = connect(options);
  return {
    name: "redis",
    take: async (key, { limit, windowMs, cost = 1, force = false }, callOptions) => {
      if (!(limit > 0 && Number.isFinite(limit))) throw new OrchestratorError("CONFIG_INVALID", `limit must be above 0, not ${limit}`);
      if (!Number.isFinite(cost) || (cost > limit && !force))
        throw new OrchestratorError("CONFIG_INVALID", `cost must be a number up to ${limit}, not ${cost}`);
      const args = [randomUUID(), limit, checkTtl(windowMs), cost, force ? 1 : 0];
      const { value } = await connection.run(takeScript, [`${prefix}:rate:${encodeName(key)}`], args, { ...callOptions, repeatable: true });
      const [allowed, remaining, retryAfterMs] = value as readonly [number, number, number];
      return { allowed: allowed === 1, remaining, retryAfterMs };
    },
    health: connection.health,
    close: async () => connection.close(),
  };
}
