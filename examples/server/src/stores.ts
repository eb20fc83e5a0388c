import { type SemanticCache, semanticCache, tieredStore } from "@hydrogenai/cache";
import {
  type EventBus,
  type OrchestratorOptions,
  fallbackBus,
  fallbackState,
  memoryCacheStore,
  memoryEventBus,
  memoryStateStore,
} from "@hydrogenai/core";
import type { ServiceSettings } from "@hydrogenai/core/config";
import { natsEventBus, natsEventLog } from "@hydrogenai/transport-nats";
import { redisCacheStore, redisEventBus, redisEventLog, redisStateStore } from "@hydrogenai/transport-redis";

/** NATS first, Redis while it is away, memory while both are. */
function busOf({ natsUrl, redisUrl }: ServiceSettings): EventBus | undefined {
  const buses = [
    ...(natsUrl === undefined ? [] : [natsEventBus({ servers: natsUrl })]),
    ...(redisUrl === undefined ? [] : [redisEventBus({ redis: redisUrl })]),
  ];
  const [first, ...others] = buses;
  return first === undefined ? undefined : fallbackBus(first, ...others, memoryEventBus());
}

/** Answers by their meaning: in this process first, then in Redis where it is named; what one instance forgets, all forget. */
function cacheOf({ redisUrl }: ServiceSettings, bus: EventBus | undefined): SemanticCache {
  if (redisUrl === undefined) return semanticCache({ store: memoryCacheStore() });
  return semanticCache({ store: tieredStore(memoryCacheStore(), redisCacheStore({ redis: redisUrl }), { bus }), bus });
}

type Stores = Pick<OrchestratorOptions, "state" | "log" | "events"> & { readonly cache: SemanticCache };

/** Where sessions, answers, history and events are kept: on the servers that are named, in memory while they are away, in memory alone without any. */
export function stores(settings: ServiceSettings): Stores {
  const { redisUrl, natsUrl } = settings;
  const events = busOf(settings);
  const cache = cacheOf(settings, events);
  const shared = events === undefined ? { cache } : { cache, events };
  if (redisUrl === undefined) return natsUrl === undefined ? shared : { ...shared, log: natsEventLog({ servers: natsUrl }) };
  return {
    ...shared,
    state: fallbackState(redisStateStore({ redis: redisUrl }), memoryStateStore()),
    log: redisEventLog({ redis: redisUrl }),
  };
}
