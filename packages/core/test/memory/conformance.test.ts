import { describe, it } from "vitest";
import {
  cacheStoreConformance,
  eventBusConformance,
  eventLogConformance,
  runConformance,
  stateStoreConformance,
  workQueueConformance,
} from "../../src/testing/index.ts";
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import { memoryEventBus } from "../../src/memory/event-bus.ts";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import { memoryWorkQueue } from "../../src/memory/work-queue.ts";

const quick = { maxDeliver: 4, retryDelayMs: 2 };

describe("memoryCacheStore", () => {
  runConformance(cacheStoreConformance, it, { create: () => memoryCacheStore() });
});
describe("memoryStateStore", () => {
  runConformance(stateStoreConformance, it, { create: () => memoryStateStore() });
});
describe("memoryEventLog", () => {
  runConformance(eventLogConformance, it, { create: () => memoryEventLog() });
});
describe("memoryEventBus", () => {
  runConformance(eventBusConformance, it, { create: () => memoryEventBus(quick) });
});
describe("memoryWorkQueue", () => {
  runConformance(workQueueConformance, it, { create: () => memoryWorkQueue(quick) });
});
