export type { RedisClient, RedisOptions } from "./connection.ts";
export type { NoticesLoss } from "./durable-keys.ts";
export { redisCacheStore, type RedisCacheStoreOptions } from "./cache-store.ts";
export { redisEventBus, type RedisEventBusOptions } from "./event-bus.ts";
export { redisEventLog, type RedisEventLogOptions } from "./event-log.ts";
export { redisStateStore, type RedisStateStoreOptions } from "./state-store.ts";
export { redisWorkQueue, type RedisWorkQueueOptions } from "./work-queue.ts";
export { redisBudgetStore, type RedisBudgetStoreOptions } from "./budget.ts";
export { redisRateLimiter } from "./rate-limiter.ts";
