import { randomUUID } from "node:crypto";
import {
  cacheStoreConformance,
  eventBusConformance,
  eventLogConformance,
  runConformance,
  stateStoreConformance,
  workQueueConformance,
} from "@hydrogenai/core/testing";
import { Redis } from "ioredis";
import { afterAll, describe, inject, it } from "vitest";
import { redisCacheStore, redisEventBus, redisEventLog, redisStateStore, redisWorkQueue } from "../src/index.ts";

const redis = inject("redisUrl");

describe.skipIf(redis === undefined)("on a real Redis", () => {
  // Each subject has a prefix of its own, so that no case sees another's keys.
  const own = () => ({ redis: redis as string, prefix: `kit-${randomUUID()}` });

  describe("redisStateStore", () => {
    runConformance(stateStoreConformance, it, { create: () => redisStateStore(own()) });
  });
  describe("redisCacheStore", () => {
    runConformance(cacheStoreConformance, it, { create: () => redisCacheStore(own()) });
  });
  describe("redisEventLog", () => {
    runConformance(eventLogConformance, it, { create: () => redisEventLog(own()) });
  });
  describe("redisEventBus", () => {
    runConformance(eventBusConformance, it, { create: () => redisEventBus(own()) });
  });
  describe("redisWorkQueue", () => {
    runConformance(workQueueConformance, it, { create: () => redisWorkQueue(own()) });
  });

  describe("with a client of the host", () => {
    const client = new Redis(redis ?? "", { lazyConnect: true });
    afterAll(() => client.disconnect());
    const shared = () => ({ redis: client, prefix: `kit-${randomUUID()}` });

    describe("redisStateStore", () => {
      runConformance(stateStoreConformance, it, { create: () => redisStateStore(shared()) });
    });
    describe("redisEventBus", () => {
      runConformance(eventBusConformance, it, { create: () => redisEventBus(shared()) });
    });
    describe("redisWorkQueue", () => {
      runConformance(workQueueConformance, it, { create: () => redisWorkQueue(shared()) });
    });
  });
});
