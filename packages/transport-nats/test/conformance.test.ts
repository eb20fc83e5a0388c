import { randomUUID } from "node:crypto";
import { eventBusConformance, eventLogConformance, runConformance, workQueueConformance } from "@hydrogenai/core/testing";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, inject, it } from "vitest";
import { natsEventBus, natsEventLog, natsWorkQueue } from "../src/index.ts";

const servers = inject("natsUrl");

describe.skipIf(servers === undefined)("on a real NATS", () => {
  // Each subject has a prefix of its own, so that no case sees another's streams.
  const fresh = () => ({ prefix: `kit-${randomUUID()}` });
  // The server reserves the room of a bus.
  const small = { maxBytes: 1_000_000 };
  const own = () => ({ ...fresh(), servers: servers as string });

  describe("natsEventBus", () => {
    runConformance(eventBusConformance, it, { create: () => natsEventBus({ ...own(), ...small }) });
  });
  describe("natsEventLog", () => {
    runConformance(eventLogConformance, it, { create: () => natsEventLog(own()) });
  });
  describe("natsWorkQueue", () => {
    runConformance(workQueueConformance, it, { create: () => natsWorkQueue(own()) });
  });

  describe("with a connection of the host", () => {
    let connection: NatsConnection;
    beforeAll(async () => {
      connection = await connect({ servers: servers as string });
    });
    afterAll(() => connection.close());
    const shared = () => ({ ...fresh(), connection });

    describe("natsEventBus", () => {
      runConformance(eventBusConformance, it, { create: () => natsEventBus({ ...shared(), ...small }) });
    });
    describe("natsWorkQueue", () => {
      runConformance(workQueueConformance, it, { create: () => natsWorkQueue(shared()) });
    });
  });
});
