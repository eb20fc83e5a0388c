import { script } from "./script.ts";

// KEYS of all of them: 1 due (job ids by when they may be taken, in microseconds), 2 payloads, 3 tries, 4 owners, 5 dead.
const nowLua = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function at(micros) return string.format('%.0f', micros) end
local function forget(id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  redis.call('HDEL', KEYS[4], id)
end
`;

/** KEYS 6 and 7: known ids, in two generations. ARGV: id, payload, id of this call, most jobs, most ids, channel. */
export const enqueueScript = script(
  nowLua,
  `
local id = ARGV[1]
local known = redis.call('HGET', KEYS[6], id) or redis.call('HGET', KEYS[7], id)
if known then return known == ARGV[3] and 1 or 0 end
if redis.call('HEXISTS', KEYS[2], id) == 1 then return 0 end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[4]) then return -1 end
redis.call('HSET', KEYS[6], id, ARGV[3])
redis.call('HSET', KEYS[2], id, ARGV[2])
redis.call('ZADD', KEYS[1], at(now), id)
if redis.call('HLEN', KEYS[6]) >= tonumber(ARGV[5]) then
  redis.call('UNLINK', KEYS[7])
  redis.call('RENAME', KEYS[6], KEYS[7])
end
redis.pcall('PUBLISH', ARGV[6], '')
return 1
`,
);

/**
 * Hands out jobs that are due, each leased to this call, and says in how many milliseconds the next one is.
 * KEYS 6: the worker's last call. ARGV: call, lease in ms, most jobs. A call that comes a second time gets what it got before.
 */
export const takeScript = script(
  nowLua,
  `
local taken = {}
if redis.call('GET', KEYS[6]) == ARGV[1] then
  local owners = redis.call('HGETALL', KEYS[4])
  for i = 1, #owners, 2 do
    local id = owners[i]
    if owners[i + 1] == ARGV[1] then
      taken[#taken + 1] = {id, redis.call('HGET', KEYS[2], id), tonumber(redis.call('HGET', KEYS[3], id))}
    end
  end
else
  redis.call('SET', KEYS[6], ARGV[1], 'PX', ARGV[2])
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at(now), 'LIMIT', 0, ARGV[3])) do
    local payload = redis.call('HGET', KEYS[2], id)
    if payload then
      redis.call('ZADD', KEYS[1], at(now + ARGV[2] * 1000), id)
      redis.call('HSET', KEYS[4], id, ARGV[1])
      taken[#taken + 1] = {id, payload, redis.call('HINCRBY', KEYS[3], id, 1)}
    else
      forget(id)
    end
  end
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {taken, first[2] and math.ceil((tonumber(first[2]) - now) / 1000) or -1}
`,
);

/** ARGV: lease in ms, then pairs of id and call. Answers the ids that are another's by now. */
export const renewScript = script(
  nowLua,
  `
local lost = {}
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[4], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], 'XX', at(now + ARGV[1] * 1000), ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
`,
);

/** Ends one try, if the job is still this call's. ARGV: id, call, 'done' | 'again' | 'dead', then for again: delay in ms, channel; for dead: the dead job, time, most dead. */
export const endScript = script(
  nowLua,
  `
local id = ARGV[1]
if redis.call('HGET', KEYS[4], id) ~= ARGV[2] then return 0 end
if ARGV[3] == 'again' then
  redis.call('ZADD', KEYS[1], at(now + ARGV[4] * 1000), id)
  redis.call('HDEL', KEYS[4], id)
  return 1
end
if ARGV[3] == 'dead' then
  redis.call('ZADD', KEYS[5], 'NX', ARGV[5], ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - ARGV[6])
end
forget(id)
return 1
`,
);
