import { randomUUID } from "node:crypto";
import {
  budgetStoreConformance,
  cacheStoreConformance,
  eventBusConformance,
  eventLogConformance,
  rateLimiterConformance,
  runConformance,
  stateStoreConformance,
  workQueueConformance,
} from "@hydrogenai/core/testing";
import { type BudgetStore, type RateLimiter, type StateStore, stateBudgetStore, stateRateLimiter } from "@hydrogenai/core";
import { Redis } from "ioredis";
import { afterAll, describe, inject, it } from "vitest";
import {
  redisBudgetStore,
  redisCacheStore,
  redisEventBus,
  redisEventLog,
  redisRateLimiter,
  redisStateStore,
  redisWorkQueue,
} from "../src/index.ts";

const redis = inject("redisUrl");

describe.skipIf(redis === undefined)("on a real Redis", () => {
  // Each subject has a prefix of its own, so that no case sees another's keys.
  const own = () => ({ redis: redis as string, prefix: `kit-${randomUUID()}` });

  /** What stands on a state store leaves it open, so the kit closes both. */
  function overState<Subject extends BudgetStore | RateLimiter>(make: (state: StateStore) => Subject) {
    const states = new WeakMap<Subject, StateStore>();
    return {
      create: () => {
        const state = redisStateStore(own());
        const subject = make(state);
        states.set(subject, state);
        return subject;
      },
      destroy: async (subject: Subject) => {
        await subject.close?.();
        await states.get(subject)?.close?.();
      },
    };
  }

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

  describe("redisBudgetStore", () => {
    runConformance(budgetStoreConformance, it, { create: () => redisBudgetStore(own()) });
  });
  describe("redisRateLimiter", () => {
    runConformance(rateLimiterConformance, it, { create: () => redisRateLimiter(own()) });
  });
  describe("stateBudgetStore over redisStateStore", () => {
    runConformance(budgetStoreConformance, it, overState(stateBudgetStore));
  });
  describe("stateRateLimiter over redisStateStore", () => {
    runConformance(rateLimiterConformance, it, overState(stateRateLimiter));
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
