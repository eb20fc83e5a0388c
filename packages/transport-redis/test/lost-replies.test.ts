import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";
import { cutAtEveryWrite, cutAtWrite, writeScenarios } from "./write-scenarios.ts";

const server = inject("redisUrl");

describe.skipIf(server === undefined)("a connection cut after the server ran a write and before its reply", () => {
  let proxy: FaultProxy;
  let raw: Redis;
  beforeAll(async () => {
    proxy = await faultProxy(server ?? "");
    raw = new Redis(server ?? "");
  });
  afterAll(async () => {
    raw.disconnect();
    await proxy.close();
  });

  it("is seen by this harness: a client with ioredis' defaults writes twice", async () => {
    const client = new Redis(proxy.url);
    client.on("error", () => {});
    const key = randomUUID();
    await cutAtWrite(proxy, 1, async () => void (await client.xadd(key, "*", "a", "1")));
    client.disconnect();
    expect(await raw.xlen(key)).toBe(2);
  });

  for (const [name, scenario] of Object.entries(writeScenarios)) {
    for (const kind of ["a connection of our own", "a client of the host with ioredis' defaults"] as const) {
      it(`${name} on ${kind}: at every write in turn, each is applied once`, { timeout: 60_000 }, async () => {
        const { cuts, wrong } = await cutAtEveryWrite(scenario, kind, proxy, raw);
        expect(wrong).toEqual([]);
        expect(cuts).toBeGreaterThan(2);
      });
    }
  }
});
