export type { RedisClient, RedisOptions } from "./connection.ts";
export type { NoticesLoss } from "./durable-keys.ts";
export { redisCacheStore, type RedisCacheStoreOptions } from "./cache-store.ts";
export { redisEventBus, type RedisEventBusOptions } from "./event-bus.ts";
export { redisEventLog, type RedisEventLogOptions } from "./event-log.ts";
export { redisStateStore, type RedisStateStoreOptions } from "./state-store.ts";
export { redisWorkQueue, type RedisWorkQueueOptions } from "./work-queue.ts";
export { type Budget, type BudgetStore, redisBudgetStore, type RedisBudgetStoreOptions, type Reservation } from "./budget.ts";
export { type RateLimit, type RateLimiter, type RateVerdict, redisRateLimiter } from "./rate-limiter.ts";
