import { memoryStateStore, stateBudgetStore, stateRateLimiter } from "@hydrogenai/core";
import { budgetStoreConformance, rateLimiterConformance, runConformance } from "@hydrogenai/core/testing";
import { describe, it } from "vitest";

describe("stateBudgetStore over memory", () => {
  runConformance(budgetStoreConformance, it, { create: () => stateBudgetStore(memoryStateStore()) });
});
describe("stateRateLimiter over memory", () => {
  runConformance(rateLimiterConformance, it, { create: () => stateRateLimiter(memoryStateStore()) });
});
