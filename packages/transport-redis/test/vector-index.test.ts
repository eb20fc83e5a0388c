import { randomUUID } from "node:crypto";
import { isOrchestratorError } from "@hydrogenai/core";
import { runConformance, vectorIndexConformance } from "@hydrogenai/core/testing";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { redisVectorIndex } from "../src/index.ts";
import { vectorServer } from "./vector-server.ts";

const dimensions = 8;
const redisUrl = inject("redisUrl");

/** Whether the server knows vector sets; undefined without a server. */
async function knowsVectors(url: string | undefined): Promise<boolean | undefined> {
  if (url === undefined) return undefined;
  const client = new Redis(url);
  const known = await client.call("command", "info", "vsim").finally(() => client.disconnect());
  return Array.isArray(known) && known[0] !== null;
}

const known = await knowsVectors(redisUrl);
if (known !== true) console.warn("vector sets are tried on a server of our own only: there is no Redis of version 8 here");

const written = await vectorServer(dimensions);
afterAll(written.stop);

describe.each([...(known === true ? [{ name: "Redis", url: redisUrl! }] : []), { name: "the protocol", url: written.url }])(
  "over $name",
  ({ url }) => {
    runConformance(vectorIndexConformance, it, { create: () => redisVectorIndex({ redis: url, prefix: randomUUID(), dimensions }) });
  },
);

it.runIf(known === false)("says so when the server has no vector sets", async () => {
  const index = redisVectorIndex({ redis: redisUrl!, dimensions: 2 });
  onTestFinished(() => index.close?.());
  const searching = index.search("s", Float32Array.of(1, 0), { atLeast: 0, limit: 1 });
  await expect(searching).rejects.toSatisfy((error) => isOrchestratorError(error, "CONFIG_INVALID"));
});

it("rejects while there is no server, and tells of it", async () => {
  const index = redisVectorIndex({ redis: "redis://127.0.0.1:1", dimensions: 2, timeoutMs: 200 });
  onTestFinished(() => index.close?.());
  const searching = index.search("s", Float32Array.of(1, 0), { atLeast: 0, limit: 1 });
  await expect(searching).rejects.toSatisfy((error) => isOrchestratorError(error, "STORE_UNAVAILABLE"));
  expect(index.health?.().status).toBe("down");
});
