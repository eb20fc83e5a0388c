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

/** Where sessions, answers, history and events are kept: on the servers that are named, in memory while they are away, in memory alone without any. */
export function stores(settings: ServiceSettings): Pick<OrchestratorOptions, "state" | "log" | "events" | "cache"> {
  const { redisUrl, natsUrl } = settings;
  const events = busOf(settings);
  const shared = events === undefined ? {} : { events };
  if (redisUrl === undefined) return natsUrl === undefined ? shared : { ...shared, log: natsEventLog({ servers: natsUrl }) };
  return {
    ...shared,
    state: fallbackState(redisStateStore({ redis: redisUrl }), memoryStateStore()),
    log: redisEventLog({ redis: redisUrl }),
    cache: exactCache({ store: redisCacheStore({ redis: redisUrl }) }),
  };
}
