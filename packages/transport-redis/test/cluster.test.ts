import { randomUUID } from "node:crypto";
import {
  eventBusConformance,
  eventLogConformance,
  runConformance,
  stateStoreConformance,
  workQueueConformance,
} from "@hydrogenai/core/testing";
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freePort } from "../../../test/services.ts";
import { redisBudgetStore, redisEventBus, redisEventLog, redisStateStore, redisWorkQueue } from "../src/index.ts";
import { type RedisServer, redisServer } from "./private-server.ts";

// One node that owns every slot refuses a script over two slots just as many nodes would.
describe.skipIf(inject("redisUrl") === undefined)("on a Redis cluster", () => {
  let server: RedisServer;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await redisServer("--cluster-enabled", "yes", "--cluster-port", `${await freePort()}`, "--cluster-announce-ip", "127.0.0.1");
    await server.start();
    const admin = new Redis(server.url);
    await admin.cluster("ADDSLOTSRANGE", 0, 16_383);
    while (!(await admin.cluster("INFO")).includes("cluster_state:ok")) await new Promise((resolve) => setTimeout(resolve, 50));
    admin.disconnect();
    cluster = new Cluster([{ host: "127.0.0.1", port: server.port }]);
  });
  afterAll(async () => {
    cluster.disconnect();
    await server.remove();
  });
  const own = () => ({ redis: cluster, prefix: `cluster-${randomUUID()}` });

  it("refuses keys of two slots in one script, so that what follows proves something", async () => {
    await expect(cluster.call("EVAL", "return 1", "2", "a", "b")).rejects.toThrow(/CROSSSLOT/);
  });

  describe("redisStateStore", () => {
    runConformance(stateStoreConformance, it, { create: () => redisStateStore(own()) });
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
  it("redisBudgetStore reserves and settles", async () => {
    const store = redisBudgetStore(own());
    expect((await store.reserve("k", "a", 1, { limit: 2, windowMs: 60_000 })).granted).toBe(true);
    expect(await store.commit("k", "a", 1)).toBe(true);
    await store.close?.();
  });
});
