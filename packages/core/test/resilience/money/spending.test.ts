import {
  OrchestratorError,
  type OrchestratorOptions,
  type Provider,
  type Query,
  type StateStore,
  createOrchestrator,
  failover,
  isOrchestratorError,
  memoryStateStore,
  stateBudgetStore,
} from "@hydrogenai/core";
import { faulty, scriptedProvider } from "@hydrogenai/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const day = 86_400_000;
/** A dollar for a thousand tokens, so that figures stay readable. */
const prices = { "scripted-1": { input: 1_000, output: 1_000 } };
const usage = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });

function orchestrator(provider: Provider | readonly Provider[], options: OrchestratorOptions) {
  const providers = Array.isArray(provider) ? (provider as readonly Provider[]) : [provider as Provider];
  const made = createOrchestrator({ providers, maxOutputTokens: 100, ...options, failover: { prices, ...options.failover } });
  onTestFinished(() => made.close());
  return made;
}

const asked = (text: string, more: Partial<Query> = {}): Query => ({ text, ...more, options: { type: "simple", cache: "bypass" } });

const refusal = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isOrchestratorError(error)) throw new Error(`not refused with an error of ours: ${String(error)}`);
  return error;
};

describe("budgets", () => {
  it("are reserved before and booked after, and every answer says what it cost and left", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(10, 5) });
    const { query, health } = orchestrator(model, { budgets: [{ limitUsd: 5, windowMs: day, name: "ours" }] });
    const first = await query(asked("Is it?"));
    expect(first.costUsd).toBeCloseTo(0.015, 9);
    expect(first.attempts[0]).toMatchObject({ outcome: "ok", costUsd: first.costUsd });
    expect(first.attempts[0]?.budgetLeft?.["ours"]).toBeLessThan(5 - 0.1);
    // The request did not say how long the answer may be, so the budget did.
    expect(model.requests[0]?.maxOutputTokens).toBe(100);
    const second = await query(asked("Is it, though?"));
    expect(second.attempts[0]?.budgetLeft?.["ours"]).toBeGreaterThan((first.attempts[0]?.budgetLeft?.["ours"] ?? 0) - 0.1);
    expect(health().dependencies["budget:ours"]).toMatchObject({ status: "up", limit: 5, unit: "usd", refused: 0 });
  });

  it("refuse what does not fit before a vendor is asked, and tell of it once", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(0, 100) });
    const { query, on, health } = orchestrator(model, { budgets: [{ limitTokens: 400, windowMs: day, per: "tenant", name: "tokens" }] });
    const told: unknown[] = [];
    on("budget.exceeded", ({ data }) => told.push(data));
    let refused = 0;
    for (let call = 0; call < 8; call++) {
      const error = await refusal(query(asked("Is it?", { tenant: "acme" }))).catch(() => undefined);
      if (error === undefined) continue;
      refused++;
      expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", retryable: true, details: { budget: "tokens", limit: 400, unit: "tokens" } });
      expect(error.details["retryAfterMs"]).toBeGreaterThan(0);
    }
    expect(refused).toBeGreaterThan(0);
    expect(model.requests).toHaveLength(8 - refused);
    expect(told).toMatchObject([{ budget: "tokens", payer: "acme" }]);
    expect(health().dependencies["budget:tokens"]).toMatchObject({ refused });
    // Another tenant has a budget of its own.
    expect((await query(asked("Is it?", { tenant: "other" }))).text).toBe("yes");
  });

  it("are not overspent by calls at once, and refuse none that fits", async () => {
    const costs: number[] = [];
    const model = scriptedProvider(async () => {
      const tokens = 1 + Math.floor(Math.random() * 100);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      costs.push(tokens);
      return { text: "yes", usage: usage(0, tokens) };
    });
    const state = memoryStateStore();
    const limit = 5_000;
    const options = { budgets: [{ limitTokens: limit, windowMs: day, name: "b" }], state };
    const several = Array.from({ length: 4 }, () => orchestrator(model, options));
    const outcomes = await Promise.allSettled(Array.from({ length: 300 }, (_, call) => several[call % 4]!.query(asked(`Is it ${call}?`))));
    const spent = costs.reduce((sum, cost) => sum + cost, 0);
    expect(spent).toBeLessThanOrEqual(limit);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((error) => isOrchestratorError(error, "BUDGET_EXCEEDED"))).toBe(true);
    // A call may take 100 of output and about 250 of input: less than that was left when the first was refused.
    expect(spent).toBeGreaterThan(limit - 1_000);
  });

  it("cut a stream that goes on beyond what was reserved", async () => {
    const model = scriptedProvider({ pieces: Array.from({ length: 500 }, (_, at) => `w${at} `), usage: usage(5, 500) });
    const { stream, query } = orchestrator(model, { budgets: [{ limitUsd: 2, windowMs: day }] });
    let seen = "";
    const read = async (): Promise<void> => {
      for await (const event of stream(asked("Tell me everything"))) if (event.type === "text-delta") seen += event.text;
    };
    const error = await refusal(read());
    expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", details: { reservedTokens: 100 } });
    expect(String(error.details["text"])).toContain(seen);
    expect(seen.split(" ").length).toBeLessThanOrEqual(102);
    // What came is booked: another such call no longer fits often.
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => query(asked("Tell me"))));
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    expect(model.requests.length).toBeLessThanOrEqual(20);
  });

  it("count a failed attempt under the vendor that failed", async () => {
    const cut = { ...scriptedProvider({ text: "one two three", end: "cut" }), name: "first" };
    const model = scriptedProvider({ text: "yes", usage: usage(10, 5) });
    const { query } = orchestrator([cut, model], { budgets: [{ limitUsd: 5, windowMs: day }] });
    const { attempts, costUsd } = await query(asked("Is it?"));
    expect(attempts).toMatchObject([
      { provider: "first", outcome: "failed", usage: { outputTokens: 3 } },
      { provider: "scripted", outcome: "ok" },
    ]);
    expect(attempts[0]?.costUsd).toBeGreaterThan(0);
    expect(costUsd).toBeCloseTo((attempts[0]?.costUsd ?? 0) + (attempts[1]?.costUsd ?? 0), 12);
  });

  it("refuse a model whose price nobody knows, unless the host says what to reckon with", async () => {
    const model = { ...scriptedProvider({ text: "yes", usage: usage(10, 5), model: "brand-new" }), model: "brand-new" };
    const budgets = [{ limitUsd: 5, windowMs: day }];
    const error = await refusal(orchestrator(model, { budgets }).query(asked("Is it?")));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { provider: "scripted", model: "brand-new" } });
    expect(error.message).toContain("failover.unknownPrice");
    expect(model.requests).toHaveLength(0);
    const unknownPrice = { input: 1_000, output: 1_000 };
    const { costUsd } = await orchestrator(model, { budgets, failover: { unknownPrice } }).query(asked("Is it?"));
    expect(costUsd).toBeCloseTo(0.015, 9);
  });

  it("book what was reserved where the model that answered has no price", async () => {
    // Which model it is going to ask this provider does not say.
    const model = { ...scriptedProvider({ text: "yes", usage: usage(10, 5), model: "brand-new" }), model: undefined };
    const { query } = orchestrator(model, { budgets: [{ name: "b", limitUsd: 1_000, windowMs: day }] });
    const first = await query(asked("Is it?"));
    expect(first.costUsd).toBeUndefined();
    const second = await query(asked("Is it?"));
    // At the dearest price of the table, a dollar a thousand tokens, for 100 tokens of output and the question.
    const booked = first.attempts[0]!.budgetLeft!["b"]! - second.attempts[0]!.budgetLeft!["b"]!;
    expect(booked).toBeGreaterThan(0.1);
  });

  it("give everything back when one of several refuses", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(0, 100) });
    const wide = { name: "wide", limitTokens: 10_000, windowMs: day };
    const narrow = { name: "narrow", limitTokens: 1, windowMs: day, per: ({ context }: Query) => (context === "narrow" ? "x" : undefined) };
    const { query } = orchestrator(model, { budgets: [wide, narrow] });
    const before = (await query(asked("Is it?"))).attempts[0]!.budgetLeft!["wide"]!;
    for (let call = 0; call < 5; call++)
      await expect(query(asked("Is it?", { context: "narrow" }))).rejects.toMatchObject({ details: { budget: "narrow" } });
    const after = (await query(asked("Is it?"))).attempts[0]!.budgetLeft!["wide"]!;
    // Only the first answer was spent in between: 100 tokens.
    expect(before - after).toBe(100);
  });

  it("of one vendor or model send the call to the next one when they are spent, and others end it", async () => {
    const first = { ...scriptedProvider({ text: "dear", usage: usage(0, 100) }), name: "first" };
    const second = { ...scriptedProvider({ text: "cheap", usage: usage(0, 100) }), name: "second" };
    const { query, health } = orchestrator([first, second], {
      budgets: [
        { name: "all", limitTokens: 1_200, windowMs: day },
        { limitTokens: 250, windowMs: day, providers: ["first"] },
      ],
    });
    const answers: string[] = [];
    let last = await query(asked("Is it?"));
    for (; last.text !== "cheap"; last = await query(asked("Is it?"))) answers.push(last.text);
    expect(answers.length).toBeGreaterThan(0);
    expect(last.attempts).toMatchObject([
      { provider: "first", outcome: "failed", kind: "quota", message: expect.stringContaining("tokens per all of first") as string },
      { provider: "second", outcome: "ok" },
    ]);
    // That this caller has spent it says nothing of the vendor.
    expect(health().dependencies["provider:first"]).toMatchObject({ status: "up" });
    expect(health().dependencies["budget:tokens per all of first"]).toMatchObject({ limit: 250 });
    const error = await refusal(
      (async () => {
        for (;;) await query(asked("Is it?"));
      })(),
    );
    expect(error).toMatchObject({ code: "BUDGET_EXCEEDED", details: { budget: "all" } });
  });

  it("hold for whom the host says", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(0, 100) });
    const per = ({ context }: Query) => (context === "free" ? "the free key" : undefined);
    const { query } = orchestrator(model, { budgets: [{ limitTokens: 1, windowMs: day, per }] });
    await expect(query(asked("Is it?", { context: "free" }))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect((await query(asked("Is it?"))).text).toBe("yes");
  });

  it("wait for what another process holds only as long as it may be given back", async () => {
    const state = memoryStateStore();
    const model = scriptedProvider({ text: "yes", usage: usage(0, 10) });
    const { query } = orchestrator(model, { budgets: [{ limitTokens: 1_000, windowMs: day, name: "b" }], state });
    // Another process reserved everything and died.
    await stateBudgetStore(state).reserve("b:all", "dead", 1_000, { limit: 1_000, windowMs: day }, { holdMs: 100 });
    expect((await query(asked("Is it?"))).text).toBe("yes");
    await stateBudgetStore(state).reserve("b:all", "slow", 900, { limit: 1_000, windowMs: day }, { holdMs: day });
    const late = query({ ...asked("Is it?"), options: { type: "simple", cache: "bypass", deadlineMs: 300 } });
    await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/BUDGET_EXCEEDED|DEADLINE_EXCEEDED/) as string });
  });

  it("spend nothing while their store is away", async () => {
    const faults = { failEvery: 1, only: ["get"] };
    const model = scriptedProvider("yes");
    const { query } = orchestrator(model, { budgets: [{ limitUsd: 5, windowMs: day }], state: faulty(memoryStateStore(), faults) });
    await expect(query(asked("Is it?"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(model.requests).toHaveLength(0);
  });

  it("are neither overspent nor leaked where the store loses requests and replies", async () => {
    const memory = memoryStateStore();
    let calls = 0;
    let holdsLeft = -1;
    const lost = (): never => {
      throw new OrchestratorError("STORE_UNAVAILABLE", "lost on the way", { retryable: true });
    };
    const state: StateStore = {
      ...memory,
      async set(...args) {
        calls++;
        if (calls % 7 === 0) lost();
        const version = await memory.set(...args);
        holdsLeft = (args[1] as { holds: unknown[] }).holds.length;
        // It was written, and nobody hears of it.
        if (calls % 5 === 0) lost();
        return version;
      },
    };
    let spent = 0;
    const model = scriptedProvider(() => {
      const tokens = 1 + Math.floor(Math.random() * 100);
      spent += tokens;
      return { text: "yes", usage: usage(0, tokens) };
    });
    const limit = 4_000;
    const { query, close } = orchestrator(model, { budgets: [{ limitTokens: limit, windowMs: day, name: "b" }], state });
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, call) => query(asked(`Is it ${call}?`))));
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(spent).toBeLessThanOrEqual(limit);
    await close();
    // Closing waits until all is booked or given back.
    expect(holdsLeft).toBe(0);
  });

  it("are checked when they are made", () => {
    for (const budget of [
      { windowMs: day },
      { limitUsd: 1, limitTokens: 1, windowMs: day },
      { limitUsd: -1, windowMs: day },
      { limitUsd: 1, windowMs: 0 },
    ])
      expect(() => createOrchestrator({ budgets: [budget] })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    const same = { limitUsd: 1, windowMs: day };
    expect(() => createOrchestrator({ budgets: [same, same] })).toThrow(/two of the budget usd per all/);
  });

  it("reach vendors behind a failover inside another", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(0, 100) });
    const { query } = orchestrator(failover([model], { prices }), { budgets: [{ limitTokens: 200, windowMs: day }] });
    await expect(query(asked("Is it? ".repeat(100)))).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(model.requests).toHaveLength(0);
  });
});

describe("rate limits", () => {
  it("refuse questions that come too fast, and say when to come back", async () => {
    const model = scriptedProvider("yes");
    const { query, health } = orchestrator(model, { rateLimits: [{ requests: 2, windowMs: day, name: "r" }] });
    const principal = (id: string) => ({ principal: { id, roles: [] } });
    await query(asked("Is it?", principal("a")));
    await query(asked("Is it?", principal("a")));
    const error = await refusal(query(asked("Is it?", principal("a"))));
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true, details: { limit: "r" } });
    expect(error.details["retryAfterMs"]).toBeGreaterThan(0);
    expect((await query(asked("Is it?", principal("b")))).text).toBe("yes");
    expect(health().dependencies["rate-limit:r"]).toMatchObject({ status: "up", refused: 1 });
  });

  it("count tokens as the vendor counted them", async () => {
    const model = scriptedProvider({ text: "yes", usage: usage(10, 2_000) });
    const { query } = orchestrator(model, { rateLimits: [{ tokens: 3_000, windowMs: day }] });
    await query(asked("Is it?"));
    await vi.waitFor(() => expect(query(asked("Is it?"))).resolves.toMatchObject({ text: "yes" }), 10_000);
    await expect(query(asked("Is it?"))).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  it("let everybody pass while their store is away, and health says so", async () => {
    const state = faulty(memoryStateStore(), { failEvery: 1, only: ["get"] });
    const { query, health } = orchestrator(scriptedProvider("yes"), { rateLimits: [{ requests: 1, windowMs: day, name: "r" }], state });
    expect((await query(asked("Is it?"))).text).toBe("yes");
    expect((await query(asked("Is it?"))).text).toBe("yes");
    expect(health().dependencies["rate-limit:r"]).toMatchObject({ status: "degraded" });
  });
});
