import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { type ServedEvent, post, startService } from "./service.ts";

const redisUrl = inject("redisUrl");
const data = { DATA_DIR: join(import.meta.dirname, "pets") };
const ask = async (url: string, query: string): Promise<ServedEvent> => (await (await post(url, { query })).json()) as ServedEvent;
const forget = (url: string, parameters = ""): Promise<Response> => fetch(`${url}/api/cache${parameters}`, { method: "DELETE" });

describe("answers from memory", () => {
  it("say what they are: another wording, with the question it was first asked as and what it saved", async () => {
    await using running = await startService({}, data);
    // The first question looks at the data, whose version is part of every key.
    await ask(running.url, "How many pets are there?");
    expect(await ask(running.url, "How many cats are there?")).toMatchObject({ cached: "none" });
    const { explain, cached } = await ask(running.url, "What is the number of cats?");
    expect(cached).toBe("semantic");
    expect(explain).toMatchObject({ askedAs: "How many cats are there?", hitId: expect.stringMatching(/^semantic /) });
    expect((await ask(running.url, "How many cats are there?"))["cached"]).toBe("exact");
  });

  it("are not given to a question that only looks alike, and the guard's reason is told", async () => {
    await using running = await startService({}, data);
    await ask(running.url, "How many pets are there?");
    await ask(running.url, "How many pets weigh more than 4?");
    const { cached, explain } = await ask(running.url, "How many pets weigh more than 5?");
    expect(cached).toBe("none");
    expect(explain).toMatchObject({ nearest: { question: "How many pets weigh more than 4?", why: expect.stringMatching(/^numbers/) } });
  });
});

describe("a plan that is known", () => {
  const reused = ({ cached, explain }: ServedEvent): boolean =>
    cached !== "none" || ((explain as { readonly toolResults?: number } | undefined)?.toolResults ?? 0) > 0;

  it("needs no tool for another wording, and runs it for another value", async () => {
    await using running = await startService({}, data);
    const { url } = running;
    await ask(url, "How many pets are there?");
    const [first, inOtherWords, withAnotherValue] = [
      await ask(url, "How many pets weigh more than 4?"),
      await ask(url, "Count the pets with weight above 4"),
      await ask(url, "Count the pets with weight above 1"),
    ];
    expect(reused(first)).toBe(false);
    expect(reused(inOtherWords)).toBe(true);
    expect(inOtherWords["text"]).toBe(first["text"]);
    expect(reused(withAnotherValue)).toBe(false);
    expect(withAnotherValue["text"]).not.toBe(first["text"]);
    expect(withAnotherValue["answeredBy"]).toBe("local");
  });
});

describe("a hit that was wrong", () => {
  it("is rejected by its id and not given again, and the report says so", async () => {
    await using running = await startService({}, data);
    const { url } = running;
    await ask(url, "How many pets are there?");
    await ask(url, "How many cats are there?");
    const wrong = await ask(url, "What is the number of cats?");
    expect(wrong["cached"]).toBe("semantic");
    const say = (hitId: unknown): Promise<Response> =>
      fetch(`${url}/api/cache/reject`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ hitId }),
      });
    expect((await say((wrong["explain"] as { hitId: string }).hitId)).status).toBe(204);
    expect((await ask(url, "Tell me the number of cats"))["cached"]).toBe("none");
    expect(await (await fetch(`${url}/api/cache`)).json()).toMatchObject({ semanticHits: 1, rejected: 1, toolHits: expect.any(Number) });
    for (const hitId of [undefined, 7, ""]) expect((await say(hitId)).status).toBe(400);
    await using plain = await startService({}, data, { principal: undefined });
    expect((await fetch(`${plain.url}/api/cache`)).status).toBe(403);
  });
});

describe("DELETE /api/cache", () => {
  it("forgets what rests on a collection, or everything, and tells it", async () => {
    await using running = await startService({}, data);
    const { url, wiring } = running;
    const told: unknown[] = [];
    wiring.orchestrator.on("cache.invalidated", (event) => told.push(event.data));
    await ask(url, "How many pets are there?");
    await ask(url, "How many cats are there?");
    expect(await (await forget(url, "?tag=collection:nothing")).json()).toEqual({ forgotten: 0 });
    expect((await ask(url, "How many cats are there?"))["cached"]).toBe("exact");
    expect(await (await forget(url, "?tag=collection:pets")).json()).toEqual({ forgotten: 2 });
    expect((await ask(url, "How many cats are there?"))["cached"]).toBe("none");
    expect(await (await forget(url)).json()).toEqual({ forgotten: 1 });
    expect((await ask(url, "How many cats are there?"))["cached"]).toBe("none");
    expect(told).toContainEqual({ reason: "asked for", tags: ["collection:pets"], forgotten: 2 });
  });

  it("refuses what it does not know, and callers without a role", async () => {
    await using running = await startService({}, data);
    for (const parameters of ["?tags=x", "?tag=", `?tag=${"x".repeat(501)}`])
      expect((await forget(running.url, parameters)).status).toBe(400);
    await using plain = await startService({}, data, { principal: undefined });
    expect((await forget(plain.url)).status).toBe(403);
  });
});

describe.skipIf(redisUrl === undefined)("two services over one Redis", () => {
  it("answer each other's wordings, and forget together", async () => {
    const env = { ...data, REDIS_URL: redisUrl! };
    await using first = await startService({}, env);
    await using second = await startService({}, env);
    for (const { url } of [first, second]) await ask(url, "How many pets are there?");
    await ask(first.url, "How many dogs weigh more than 3?");
    await expect
      .poll(async () => (await ask(second.url, "What is the number of dogs that weigh more than 3?"))["cached"], { timeout: 5_000 })
      .not.toBe("none");
    await forget(first.url, "?tag=collection:pets");
    await expect.poll(async () => (await ask(second.url, "How many dogs weigh more than 3?"))["cached"], { timeout: 3_000 }).toBe("none");
  });
});

describe.skipIf(redisUrl === undefined)("a service that may warm", () => {
  it("answers after a restart with an empty cache from memory what was asked often, and reports it", async () => {
    const env = { ...data, REDIS_URL: redisUrl!, WARM_PER_HOUR: "20" };
    const report = async (url: string): Promise<ServedEvent> => (await (await fetch(`${url}/api/cache`)).json()) as ServedEvent;
    {
      await using running = await startService({}, env);
      for (let i = 0; i < 4; i++) await ask(running.url, "How many pets weigh more than 2?");
      await forget(running.url);
    }
    await using again = await startService({}, env);
    await expect.poll(async () => ((await report(again.url))["warming"] as { warmed: number }).warmed, { timeout: 5_000 }).toBe(1);
    expect((await ask(again.url, "How many pets weigh more than 2?"))["cached"]).toBe("exact");
    expect((await report(again.url))["warming"]).toMatchObject({ earnedHits: 1, failed: 0 });
  });
});
