import { type BudgetStore, type CallOptions, OrchestratorError } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
import { bucketOf, checkTag, taggedKey } from "./keys.ts";
import { script } from "./script.ts";
import { checkTtl } from "./values.ts";

export interface RedisBudgetStoreOptions extends RedisOptions {
  /** Milliseconds after which a reservation nobody settled is given back. @default 600000 */
  readonly holdMs?: number | undefined;
}

/** Milliseconds an id is remembered after its time, for a commit that comes late. */
const rememberedMs = 600_000;

// KEYS: 1 what was spent in which window, 2 reserved amounts by id, 3 reservations by when they are given back. What was given back is held
// with an amount of 0 for as long as a late commit may come.
const openLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local remembered = ${rememberedMs}
local function held()
  local sum = 0
  for _, amount in ipairs(redis.call('HVALS', KEYS[2])) do sum = sum + amount end
  return sum
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  if redis.call('HGET', KEYS[2], id) == '0' then
    redis.call('ZREM', KEYS[3], id)
    redis.call('HDEL', KEYS[2], id)
  else
    redis.call('HSET', KEYS[2], id, '0')
    redis.call('ZADD', KEYS[3], now + remembered, id)
  end
end
`;

/** ARGV: id, amount, limit, window, hold. */
const reserveScript = script(
  openLua,
  `
local limit, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local start = math.floor(now / window) * window
local account = redis.call('HMGET', KEYS[1], 'start', 'spent')
local spent = tonumber(account[1] or 0) == start and tonumber(account[2]) or 0
local own = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
local others = held() - own
local wanted = math.max(tonumber(ARGV[2]), own)
local left = limit - spent - others
local function answer(granted, remaining, wait)
  return {granted, string.format('%.17g', remaining), string.format('%.17g', others), wait}
end
if wanted > left then return answer(0, left - own, start + window - now) end
redis.call('HSET', KEYS[1], 'start', string.format('%.0f', start), 'spent', string.format('%.17g', spent), 'window', ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.17g', wanted))
redis.call('ZADD', KEYS[3], now + ARGV[5], ARGV[1])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], math.ceil(window + ARGV[5] + remembered)) end
return answer(1, left - wanted, 0)
`,
);

/** ARGV: id, spent. */
const settleScript = script(
  openLua,
  `
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return redis.call('HGET', KEYS[1], 'settled') == ARGV[1] and 1 or 0 end
redis.call('ZREM', KEYS[3], ARGV[1])
local account = redis.call('HMGET', KEYS[1], 'start', 'spent', 'window')
local window = tonumber(account[3])
local start = math.floor(now / window) * window
local spent = tonumber(account[1]) == start and tonumber(account[2]) or 0
redis.call('HSET', KEYS[1], 'start', string.format('%.0f', start), 'spent', string.format('%.17g', spent + ARGV[2]), 'settled', ARGV[1])
return 1
`,
);

/** Budgets in Redis, each call one script on the server's clock. While Redis is away every call rejects with `STORE_UNAVAILABLE`. */
export function redisBudgetStore(options: RedisBudgetStoreOptions): BudgetStore {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const ownHoldMs = checkTtl(options.holdMs ?? 600_000);
  const connection = connect(options);
  // A key's three parts share a hash tag, so that one script may touch them in a cluster.
  const keysOf = (key: string): string[] => {
    const tag = `${prefix}:${bucketOf(key)}`;
    return ["budget", "budget-held", "budget-due"].map((family) => taggedKey(tag, family, key));
  };

  const checkAmount = (name: string, amount: number): number => {
    if (Number.isFinite(amount) && amount >= 0) return amount;
    throw new OrchestratorError("CONFIG_INVALID", `${name} must be 0 or more, not ${amount}`);
  };
  const settle = async (key: string, id: string, spent: number, callOptions?: CallOptions): Promise<boolean> => {
    const { value } = await connection.run(settleScript, keysOf(key), [id, spent], { ...callOptions, repeatable: true });
    return value === 1;
  };

  return {
    name: "redis",
    reserve: async (key, id, amount, { limit, windowMs }, { holdMs = ownHoldMs, ...callOptions } = {}) => {
      const args = [id, checkAmount("amount", amount), checkAmount("limit", limit), checkTtl(windowMs), checkTtl(holdMs)];
      const { value } = await connection.run(reserveScript, keysOf(key), args, { ...callOptions, repeatable: true });
      const [granted, remaining, held, retryAfterMs] = value as readonly [number, string, string, number];
      return { granted: granted === 1, remaining: Number(remaining), held: Number(held), retryAfterMs };
    },
    commit: async (key, id, spent, callOptions) => settle(key, id, checkAmount("spent", spent), callOptions),
    refund: (key, id, callOptions) => settle(key, id, 0, callOptions),
    health: connection.health,
    close: async () => connection.close(),
  };
}
