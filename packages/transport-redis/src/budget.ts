import { type CallOptions, OrchestratorError } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
import { bucketOf, checkTag, taggedKey } from "./keys.ts";
import { script } from "./script.ts";
import { checkTtl } from "./values.ts";

export interface Budget {
  /** What may be spent in one window; any unit, such as dollars or tokens. */
  readonly limit: number;
  /** Milliseconds; windows follow each other from 1970 on, on the server's clock. */
  readonly windowMs: number;
}

export interface Reservation {
  readonly granted: boolean;
  /** What is left after this call, reservations counted as spent. */
  readonly remaining: number;
  /** Milliseconds until the next window; 0 when granted. */
  readonly retryAfterMs: number;
}

/**
 * Spending shared by all processes with the same prefix: reserve an estimate before the call, settle what it was afterwards.
 * Over any number of calls at once, what is granted never exceeds the limit. Every call may be repeated with the same id.
 */
export interface BudgetStore {
  /** Reserves the estimate under an id of the caller's, or nothing when it does not fit. Unsettled, it is given back after `holdMs`. */
  readonly reserve: (key: string, id: string, estimate: number, budget: Budget, options?: CallOptions) => Promise<Reservation>;
  /** Ends a reservation with what was really spent, which may be more than reserved. False when there is none of that id: never made, settled before, or given back. */
  readonly commit: (key: string, id: string, spent: number, options?: CallOptions) => Promise<boolean>;
  /** Ends a reservation with nothing spent. False as for `commit`. */
  readonly refund: (key: string, id: string, options?: CallOptions) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface RedisBudgetStoreOptions extends RedisOptions {
  /** Milliseconds after which a reservation nobody settled is given back. @default 600000 */
  readonly holdMs?: number | undefined;
}

// KEYS: 1 what was spent in which window, 2 reserved amounts by id, 3 reservations by when they are given back.
const openLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function held()
  local sum = 0
  for _, amount in ipairs(redis.call('HVALS', KEYS[2])) do sum = sum + amount end
  return sum
end
local function keep(ms)
  for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], math.ceil(ms)) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZREM', KEYS[3], id)
  redis.call('HDEL', KEYS[2], id)
end
`;

/** ARGV: id, estimate, limit, window, hold. */
const reserveScript = script(
  openLua,
  `
local limit, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local start = math.floor(now / window) * window
local account = redis.call('HMGET', KEYS[1], 'start', 'spent')
local spent = tonumber(account[1] or 0) == start and tonumber(account[2]) or 0
local left = limit - spent - held()
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {1, string.format('%.17g', left), 0} end
local estimate = tonumber(ARGV[2])
if estimate > left then return {0, string.format('%.17g', left), start + window - now} end
redis.call('HSET', KEYS[1], 'start', start, 'spent', string.format('%.17g', spent), 'window', ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], now + ARGV[5], ARGV[1])
keep(window + ARGV[5])
return {1, string.format('%.17g', left - estimate), 0}
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

/** Budgets in Redis. While Redis is away every call rejects with `STORE_UNAVAILABLE`. */
export function redisBudgetStore(options: RedisBudgetStoreOptions): BudgetStore {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const holdMs = checkTtl(options.holdMs ?? 600_000);
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
    reserve: async (key, id, estimate, { limit, windowMs }, callOptions) => {
      const args = [id, checkAmount("estimate", estimate), checkAmount("limit", limit), checkTtl(windowMs), holdMs];
      const { value } = await connection.run(reserveScript, keysOf(key), args, { ...callOptions, repeatable: true });
      const [granted, remaining, retryAfterMs] = value as readonly [number, string, number];
      return { granted: granted === 1, remaining: Number(remaining), retryAfterMs };
    },
    commit: async (key, id, spent, callOptions) => settle(key, id, checkAmount("spent", spent), callOptions),
    refund: (key, id, callOptions) => settle(key, id, 0, callOptions),
    close: async () => connection.close(),
  };
}
