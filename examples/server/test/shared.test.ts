import { join } from "node:path";
import { natsEventBus } from "@hydrogenai/transport-nats";
import { describe, expect, inject, it } from "vitest";
import { startRedis } from "../../../test/services.ts";
import { type ServedEvent, post, startService } from "./service.ts";

const redisUrl = inject("redisUrl");
/** A handful of rows: these tests are about what is shared, not about the data. */
const data = { DATA_DIR: join(import.meta.dirname, "pets") };

/** Connections are opened by the first queries, which do not wait for them. */
const connected = (url: string): Promise<void> =>
  expect
    .poll(async () => (await ask(url, { query: "How many pets are there?", options: { cache: "refresh" } }))["degraded"], {
      timeout: 10_000,
    })
    .toEqual([]);

const ask = async (url: string, body: object): Promise<ServedEvent> => (await (await post(url, body)).json()) as ServedEvent;

describe.skipIf(redisUrl === undefined)("two services over one Redis", () => {
  it("share sessions and answers, and either may go", async () => {
    const env = { ...data, REDIS_URL: redisUrl! };
    const first = await startService({}, env);
    await using second = await startService({}, env);
    const { sessionId } = (await (await fetch(`${first.url}/api/sessions`, { method: "POST" })).json()) as { sessionId: string };
    // Each has to have looked at the data once before it knows which version its answers are of.
    for (const { url } of [first, second]) await connected(url);
    expect(await ask(first.url, { query: "How many cats are there?" })).toMatchObject({ degraded: [] });
    expect(await ask(second.url, { query: "How many cats are there?" })).toMatchObject({ cached: "exact", degraded: [] });
    await ask(first.url, { query: "How many dogs are there?", sessionId });
    await first[Symbol.asyncDispose]();
    expect(await ask(second.url, { query: "How many pets weigh more than 4?", sessionId })).not.toHaveProperty("error");
  });
});

describe.skipIf(redisUrl === undefined)("a service whose Redis dies", () => {
  it("goes on answering, says what is missing, and starts without it too", async () => {
    const redis = (await startRedis())!;
    await using running = await startService({}, { ...data, REDIS_URL: redis.url });
    await connected(running.url);
    redis.stop();
    const answer = await ask(running.url, { query: "How many cats are there?" });
    // The cache goes on in this process, so nothing is missing from the answer.
    expect(answer).toMatchObject({ answeredBy: "local", degraded: [] });
    await expect
      .poll(async () => ((await (await fetch(`${running.url}/health`)).json()) as ServedEvent)["status"], { timeout: 5_000 })
      .toBe("degraded");
    await using second = await startService({}, { ...data, REDIS_URL: redis.url });
    expect((await ask(second.url, { query: "How many pets are there?" }))["text"]).toMatch(/5/);
  });
});

const natsUrl = inject("natsUrl");

describe.skipIf(natsUrl === undefined)("a service with NATS", () => {
  it("publishes what happened there, for anybody who listens", async () => {
    await using running = await startService({}, { ...data, NATS_URL: natsUrl! });
    const listener = natsEventBus({ servers: natsUrl! });
    const told: string[] = [];
    const subscription = await listener.subscribe(
      "query.answered",
      (event) => void told.push((event.data as { question: string }).question),
    );
    await ask(running.url, { query: "How many rabbits are there?" });
    await expect.poll(() => told, { timeout: 5_000 }).toContain("How many rabbits are there?");
    const health = (await (await fetch(`${running.url}/health`)).json()) as { dependencies: Record<string, string> };
    expect(health.dependencies["nats"]).toBe("connected");
    await subscription.close();
    await listener.close?.();
  });
});
