import { describe, expect, inject, it } from "vitest";
import { startRedis } from "../../../test/services.ts";
import { type ServedEvent, post, startService } from "./service.ts";

const redisUrl = inject("redisUrl");

/** Connections are opened by the first queries, which do not wait for them. */
const connected = (url: string): Promise<void> =>
  expect
    .poll(async () => (await ask(url, { query: "How many penguins are there?", options: { cache: "refresh" } }))["degraded"], {
      timeout: 10_000,
    })
    .toEqual([]);

const ask = async (url: string, body: object): Promise<ServedEvent> => (await (await post(url, body)).json()) as ServedEvent;

describe.skipIf(redisUrl === undefined)("two services over one Redis", () => {
  it("share sessions and answers, and either may go", async () => {
    const env = { REDIS_URL: redisUrl! };
    const first = await startService({}, env);
    await using second = await startService({}, env);
    const { sessionId } = (await (await fetch(`${first.url}/api/sessions`, { method: "POST" })).json()) as { sessionId: string };
    // Each has to have looked at the data once before it knows which version its answers are of.
    for (const { url } of [first, second]) await connected(url);
    expect(await ask(first.url, { query: "How many cars are there?" })).toMatchObject({ degraded: [] });
    expect(await ask(second.url, { query: "How many cars are there?" })).toMatchObject({ cached: "exact", degraded: [] });
    await ask(first.url, { query: "How many cars have 8 cylinders?", sessionId });
    await first[Symbol.asyncDispose]();
    expect(await ask(second.url, { query: "And how many have 4 cylinders?", sessionId })).not.toHaveProperty("error");
  });
});

describe.skipIf(redisUrl === undefined)("a service whose Redis dies", () => {
  it("goes on answering, says what is missing, and starts without it too", async () => {
    const redis = (await startRedis())!;
    await using running = await startService({}, { REDIS_URL: redis.url });
    await connected(running.url);
    redis.stop();
    const answer = await ask(running.url, { query: "How many cars are there?" });
    expect(answer).toMatchObject({ answeredBy: "local", degraded: ["cache"] });
    await expect
      .poll(async () => ((await (await fetch(`${running.url}/health`)).json()) as ServedEvent)["status"], { timeout: 5_000 })
      .toBe("degraded");
    await using second = await startService({}, { REDIS_URL: redis.url });
    expect((await ask(second.url, { query: "How many penguins are there?" }))["text"]).toMatch(/344/);
  });
});
