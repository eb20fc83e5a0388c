import {
  type EventBus,
  type OrchestratorOptions,
  exactCache,
  fallbackBus,
  fallbackState,
  memoryEventBus,
  memoryStateStore,
} from "@hydrogenai/core";
import type { ServiceSettings } from "@hydrogenai/core/config";
import { redisCacheStore, redisEventBus, redisEventLog, redisStateStore } from "@hydrogenai/transport-redis";

/** Where sessions, answers, history and events are kept: on the servers that are named, in memory while they are away, in memory alone without any. */
export function stores({ redisUrl }: ServiceSettings): Pick<OrchestratorOptions, "state" | "log" | "events" | "cache"> {
  if (redisUrl === undefined) return {};
  const redis = { redis: redisUrl };
  const buses: readonly [EventBus, EventBus] = [redisEventBus(redis), memoryEventBus()];
  return {
    state: fallbackState(redisStateStore(redis), memoryStateStore()),
    log: redisEventLog(redis),
    events: fallbackBus(...buses),
    cache: exactCache({ store: redisCacheStore(redis) }),
  };
}
