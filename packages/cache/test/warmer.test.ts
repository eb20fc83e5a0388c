import { type Query, createOrchestrator, memoryCacheStore } from "@hydrogenai/core";
import { scriptedProvider } from "@hydrogenai/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type WarmerOptions, semanticCache, warmer } from "../src/index.ts";

const hour = 3_600_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-05-04T08:00:00Z") }));
afterEach(() => void vi.useRealTimers());
const later = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

function setUp(options: Partial<WarmerOptions> = {}) {
  const model = scriptedProvider(() => ({ text: `made at ${new Date().toISOString()}`, usage: { inputTokens: 100, outputTokens: 100 } }));
  const cache = semanticCache({ store: memoryCacheStore(), mode: "exact" });
  const orchestrator = createOrchestrator({ providers: [model], cache, ttlMs: { simple: hour } });
  const warm = warmer({ ask: (query) => orchestrator.query(query), everyMs: Infinity, ...options });
  const ask = async (text: string, more: Partial<Query> = {}) => {
    const query: Query = { text, options: { type: "simple" }, ...more };
    const result = await orchestrator.query(query);
    warm.observe(query, result);
    return result;
  };
  return { model, warm, ask, orchestrator };
}

describe("warmer", () => {
  it("makes what is asked again and again anew before it ends, and reports the hits that earned", async () => {
    const { ask, warm, model } = setUp();
    for (let i = 0; i < 4; i++) await ask("How many boats are there?");
    await ask("How many anchors are there?");
    expect(await warm.warm()).toBe(0);
    later(0.85 * hour);
    expect(await warm.warm()).toBe(1);
    expect(model.requests).toHaveLength(3);
    later(0.5 * hour);
    const { cached, text } = await ask("How many boats are there?");
    expect([cached, text]).toEqual(["exact", "made at 2026-05-04T08:51:00.000Z"]);
    expect(warm.report()).toMatchObject({ known: 2, warmed: 1, earnedHits: 1, failed: 0 });
    expect((await ask("How many anchors are there?")).cached).toBe("none");
  });

  it("prefers what is asked at this time of day", async () => {
    const { ask, warm, model } = setUp({ maxPerHour: 1, minAsked: 1 });
    for (let day = 0; day < 3; day++) {
      await ask("How many boats are there?");
      later(12 * hour);
      await ask("How many gulls are there?");
      later(12 * hour);
    }
    await warm.warm();
    expect(JSON.stringify(model.requests.at(-1))).toContain("boats");
    later(12 * hour);
    await warm.warm();
    expect(JSON.stringify(model.requests.at(-1))).toContain("gulls");
  });

  it("learns what follows in sessions, and leaves what means something only there alone", async () => {
    const { ask, warm, model, orchestrator } = setUp({ maxPerHour: 1, minAsked: 1 });
    await ask("Which quays are free?");
    await ask("How deep is the quay?");
    for (let i = 0; i < 3; i++) await ask("Who is the harbour master?");
    for (let i = 0; i < 2; i++) {
      const sessionId = await orchestrator.createSession();
      await ask("Which quays are free?", { sessionId });
      await ask("How deep is the quay?", { sessionId });
      await ask("and the other one?", { sessionId });
    }
    later(hour);
    const sessionId = await orchestrator.createSession();
    await ask("Which quays are free?", { sessionId });
    const before = model.requests.length;
    expect(await warm.warm()).toBe(1);
    expect(JSON.stringify(model.requests[before])).toContain("How deep is the quay?");
    expect(warm.report().known).toBe(3);
  });

  it("stays within its budget of money and answers, and goes on when an hour is over", async () => {
    const { ask, warm } = setUp({ maxPerHour: 2 });
    for (const thing of ["boats", "gulls", "anchors", "quays"]) for (let i = 0; i < 3; i++) await ask(`How many ${thing} are there?`);
    later(0.9 * hour);
    expect(await warm.warm()).toBe(2);
    expect(await warm.warm()).toBe(0);
    later(1.01 * hour);
    expect(await warm.warm()).toBe(2);
    const dear = setUp({ maxUsdPerHour: 0.01 });
    const query: Query = { text: "How many boats are there?", options: { type: "simple" } };
    const result = { ...(await dear.orchestrator.query(query)), costUsd: 0.02 };
    for (let i = 0; i < 3; i++) dear.warm.observe(query, result);
    later(hour);
    expect(await dear.warm.warm()).toBe(0);
  });

  it("imports questions that nothing is remembered for", async () => {
    const { ask, warm, model } = setUp();
    await ask("How many boats are there?");
    const query = (text: string): Query => ({ text, options: { type: "simple" } });
    expect(await warm.importQuestions(["How many boats are there?", "How many gulls are there?"].map(query))).toBe(1);
    expect(model.requests).toHaveLength(2);
    expect((await ask("How many gulls are there?")).cached).toBe("exact");
    expect(warm.report().earnedHits).toBe(1);
  });

  it("goes on when a question fails, keeps no tools warm, and does nothing once closed", async () => {
    const failing = warmer({ ask: () => Promise.reject(new Error("away")), everyMs: Infinity });
    expect(await failing.importQuestions(["a", "b"])).toBe(0);
    expect(failing.report()).toMatchObject({ failed: 2, warmed: 0 });
    const { ask, warm } = setUp();
    for (let i = 0; i < 3; i++) await ask("Move the boat", { options: { type: "tool" } });
    expect(warm.report().known).toBe(0);
    for (let i = 0; i < 3; i++) await ask("How many boats are there?");
    await warm.close();
    later(hour);
    expect(await warm.warm()).toBe(0);
  });

  it("refuses options that make no sense", () => {
    for (const options of [{ ttlMs: 0 }, { maxUsdPerHour: -1 }, { maxPerHour: Number.NaN }, { everyMs: 0 }])
      expect(() => warmer({ ask: () => Promise.reject(new Error("unused")), ...options })).toThrow(/must be above 0/);
  });
});
