import { describe, expect, it, vi } from "vitest";
import { ProviderError, failover, memoryStateStore, type Provider, type ProviderFailure } from "../../src/index.ts";
import { faulty, scriptedProvider } from "../../src/testing/index.ts";

const request = { messages: [{ role: "user", content: "hello" }] } as const;
const failure = (kind: ProviderFailure, retryAfterMs?: number): ProviderError =>
  new ProviderError(`no: ${kind}`, { provider: "shared", kind, retryable: true, retryAfterMs });
const shared = (step: ProviderError | string) => ({ ...scriptedProvider(step), name: "shared" });
const other = { ...scriptedProvider("from the other"), name: "other" };

const health = (models: ReturnType<typeof failover>) => models.vendors().find(({ provider }) => provider === "shared");

describe("processes that share what they know of vendors", () => {
  it("leave alone what another found to be failing", async () => {
    const state = memoryStateStore();
    const here = failover([shared(failure("overloaded")), other], { state });
    for (let call = 0; call < 3; call++) await here.generate(request);
    expect(health(here)).toMatchObject({ breaker: "open" });
    // A vendor that would answer: who knows only what it saw itself would ask it.
    const fine = shared("from the shared");
    const there = failover([fine, other], { state });
    await vi.waitFor(async () => {
      await there.generate(request);
      expect(health(there)).toMatchObject({ breaker: "open", status: "down", detail: expect.stringContaining("overloaded") as string });
    }, 10_000);
    const before = fine.requests.length;
    expect((await there.generate(request)).text).toBe("from the other");
    expect(fine.requests).toHaveLength(before);
  });

  it("rest until the later of two deadlines", async () => {
    const state = memoryStateStore();
    await failover([shared(failure("rate-limit", 50_000)), other], { state }).generate(request);
    const there = failover([shared(failure("rate-limit", 1_000)), other], { state });
    await vi.waitFor(async () => {
      await there.generate(request);
      expect(health(there)?.restsForMs).toBeGreaterThan(40_000);
    }, 10_000);
  });

  it("keep a refused key to themselves", async () => {
    const state = memoryStateStore();
    await failover([shared(failure("auth")), other], { state }).generate(request);
    expect(await state.get("vendor:shared:")).toBeUndefined();
  });

  it("tell when it answers again", async () => {
    const state = memoryStateStore();
    let down = true;
    const vendor: Provider = { ...scriptedProvider(() => (down ? failure("server") : "back")), name: "shared" };
    const only = failover([vendor], { state, timeoutMs: 200 });
    await only.generate(request).catch(() => {});
    await only.generate(request).catch(() => {});
    await vi.waitFor(async () => expect(await state.get("vendor:shared:")).toBeDefined(), 10_000);
    down = false;
    await vi.waitFor(async () => expect((await only.generate(request)).text).toBe("back"), { timeout: 5_000 });
    await vi.waitFor(async () => expect(await state.get("vendor:shared:")).toBeUndefined(), 10_000);
  });

  it("answer as ever while the store is away, or hangs", async () => {
    for (const faults of [{ failEvery: 1 }, { delayMs: Infinity }]) {
      const models = failover([shared(failure("overloaded")), other], { state: faulty(memoryStateStore(), faults) });
      for (let call = 0; call < 3; call++) expect((await models.generate(request)).text).toBe("from the other");
      expect(health(models)).toMatchObject({ breaker: "open" });
    }
  });
});
