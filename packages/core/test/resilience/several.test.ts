import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type Clock,
  type Completion,
  type FailoverCallOptions,
  type Provider,
  ProviderError,
  all,
  byWeight,
  createOrchestrator,
  defineProvider,
  failover,
  hedge,
  race,
} from "../../src/index.ts";
import { type ScriptStep, scriptedProvider, virtualClock } from "../../src/testing/index.ts";

const request = { messages: [{ role: "user", content: "hello" }] } as const;
const named = (name: string, ...script: readonly ScriptStep[]) => ({ ...scriptedProvider(...script), name });
const broken = new ProviderError("no", { provider: "x", kind: "server", retryable: true });
const hangs = { text: "", end: "hang" } as const;

/** Asks and keeps what was tried. */
async function ask(provider: Provider, options: FailoverCallOptions = {}) {
  const attempts: Attempt[] = [];
  const call: FailoverCallOptions = { ...options, onAttempt: (attempt) => attempts.push(attempt) };
  const answer = await provider.generate(request, call);
  return { ...answer, attempts, tried: attempts.map(({ provider, outcome }) => `${provider} ${outcome}`).toSorted() };
}

const ended = async (...providers: readonly { running: () => number }[]): Promise<void> => {
  await expect.poll(() => providers.reduce((sum, { running }) => sum + running(), 0)).toBe(0);
};

describe("race", () => {
  it("asks all at once, answers with the first that says something, and cancels the others", async () => {
    const slow = named("slow", hangs);
    const fast = named("fast", "here I am");
    const answer = await ask(race([slow, fast]));
    expect(answer).toMatchObject({ text: "here I am", provider: "fast" });
    expect(slow.requests).toHaveLength(1);
    await ended(slow, fast);
    await expect
      .poll(() => answer.attempts.map(({ provider, outcome }) => `${provider} ${outcome}`).toSorted())
      .toEqual(["fast ok", "slow aborted"]);
  });

  it("goes on with who is left when one fails, and fails when all did", async () => {
    const bad = named("bad", broken);
    expect((await ask(race([bad, named("good", { text: "yes", delayMs: 5 })]))).text).toBe("yes");
    await expect(ask(race([bad, named("worse", broken)]))).rejects.toMatchObject({ code: "PROVIDERS_EXHAUSTED" });
  });

  it("never mixes two answers, also when the one that began breaks off", async () => {
    const cut = named("cut", { text: "one two", end: "cut" });
    const whole = named("whole", { text: "three four", delayMs: 20 });
    await expect(ask(race([cut, whole]))).rejects.toMatchObject({ kind: "incomplete" });
    const saved = await ask(failover([race([cut, whole]), named("last", "five six")]));
    expect(saved.text).toBe("five six");
  });

  it("ends with its caller's reason when the caller leaves, and lets everybody go", async () => {
    const [one, two] = [named("one", hangs), named("two", hangs)];
    const controller = new AbortController();
    const asking = ask(race([one, two]), { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 5);
    await expect(asking).rejects.toBe(reason);
    await ended(one, two);
  });
});

describe("hedge", () => {
  it("asks the next only when the first is slower than it nearly always is", async () => {
    const clock = virtualClock();
    let delayMs = 10;
    const first = named("first", () => ({ text: "from the first", delayMs: 0, end: delayMs > 0 ? undefined : "hang" }));
    const second = named("second", "from the second");
    const hedged = hedge([first, second], { clock, maxExtraShare: 1, afterMs: 50 });
    expect((await ask(hedged)).text).toBe("from the first");
    expect(second.requests).toHaveLength(0);
    delayMs = 0;
    const slow = named("slow", hangs);
    const asking = ask(hedge([slow, second], { clock, maxExtraShare: 1, afterMs: 50 }));
    await clock.advance(49);
    expect(second.requests).toHaveLength(0);
    await clock.advance(2);
    expect((await asking).text).toBe("from the second");
    await ended(slow);
  });

  it("learns by itself how slow is too slow", async () => {
    let answers = 0;
    const first = named("first", () => (++answers <= 8 ? "quick" : { text: "late", end: "hang" as const, pieces: [] }));
    const second = named("second", "hedged");
    const hedged = hedge([first, second], { maxExtraShare: 1 });
    for (let call = 0; call < 8; call++) expect((await ask(hedged)).text).toBe("quick");
    expect(second.requests).toHaveLength(0);
    expect((await ask(hedged)).text).toBe("hedged");
  });

  it("keeps to its share of tokens", async () => {
    const first = named("first", { text: "ok", delayMs: 3, usage: { inputTokens: 2, outputTokens: 20 } });
    const second = named("second", hangs);
    const hedged = hedge([first, second], { afterMs: 0, maxExtraShare: 0.05 });
    for (let call = 0; call < 40; call++) await ask(hedged);
    // Each hedge takes the two tokens of the question, of 22 that an answer has.
    expect(second.requests.length).toBeGreaterThan(0);
    expect(second.requests.length * 2).toBeLessThanOrEqual(40 * 22 * 0.06);
  });

  it("cuts the slow end to less than half, for 5 of 100 tokens at most", async () => {
    const slowEnd = async (together: (vendors: readonly Provider[], clock: Clock) => Provider) => {
      const clock = virtualClock();
      let seed = 42;
      const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
      let tokens = 0;
      // Three answers of a hundred take seconds to begin.
      const vendor = (name: string): Provider =>
        defineProvider({
          name,
          async *stream(_request, { signal } = {}) {
            tokens += 250;
            const delayMs = random() < 0.03 ? 1_000 + random() * 4_000 : 80 + random() * 40;
            await new Promise<void>((resolve, reject) => {
              clock.setTimeout(resolve, delayMs);
              signal?.addEventListener("abort", () => reject(new Error("cancelled")));
            });
            tokens += 200;
            yield { type: "text-delta", text: "yes" };
            yield { type: "finish", reason: "stop", usage: { inputTokens: 250, outputTokens: 200 } };
          },
        });
      const provider = together([vendor("a"), vendor("b")], clock);
      const times: number[] = [];
      for (let call = 0; call < 1_000; call++) {
        const startedAt = clock.now();
        let endedAt: number | undefined;
        const asking = provider.generate({ messages: [{ role: "user", content: "x".repeat(1_000) }] }).then(() => (endedAt = clock.now()));
        while (endedAt === undefined) await clock.advance(10);
        await asking;
        times.push(endedAt - startedAt);
      }
      return { p99: times.toSorted((a, b) => a - b)[990]!, tokens };
    };
    const plain = await slowEnd((vendors, clock) => failover(vendors, { clock }));
    const hedged = await slowEnd((vendors, clock) => hedge(vendors, { clock }));
    expect(hedged.p99).toBeLessThan(plain.p99 / 2);
    expect((hedged.tokens - plain.tokens) / hedged.tokens).toBeLessThanOrEqual(0.055);
  });

  it("asks the next at once when the first fails", async () => {
    expect((await ask(hedge([named("a", broken), named("b", "yes")]))).text).toBe("yes");
  });

  it("refuses options that make no sense", () => {
    expect(() => hedge([named("a", "x")], { afterMs: -1 })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(() => hedge([])).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("all", () => {
  const longest = (answers: readonly Completion[]) => answers.reduce((best, each) => (each.text.length > best.text.length ? each : best));

  it("makes one answer of those that came, with the usage of all", async () => {
    const usage = { inputTokens: 1, outputTokens: 2 };
    const several = all([named("a", { text: "short", usage }), named("b", broken), named("c", { text: "rather long", usage })], {
      combine: longest,
    });
    expect(await ask(several)).toMatchObject({
      text: "rather long",
      provider: "c",
      usage: { inputTokens: 2, outputTokens: 4 },
      tried: ["a ok", "b failed", "c ok"],
    });
  });

  it("fails when too few answered", async () => {
    const providers = [named("a", "one"), named("b", broken)];
    await expect(ask(all(providers, { combine: longest, atLeast: 2 }))).rejects.toMatchObject({ code: "PROVIDERS_EXHAUSTED" });
    expect(() => all(providers, { combine: longest, atLeast: 3 })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("byWeight", () => {
  it("puts each first as often as its weight says, and asks nobody of weight 0", () => {
    const providers = [named("a", "x"), named("b", "x"), named("never", "x"), named("rest", "x")];
    const order = byWeight({ a: 3, b: 1, never: 0 });
    const orders = Array.from({ length: 2_000 }, () => order(providers, request).map(({ name }) => name));
    const first = orders.filter(([name]) => name === "a").length / orders.length;
    expect(first).toBeGreaterThan(0.68);
    expect(first).toBeLessThan(0.82);
    expect(orders.every((names) => names.length === 3 && names[2] === "rest")).toBe(true);
    expect(() => byWeight({ a: -1 })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it("orders a failover", async () => {
    const models = failover([named("a", "a"), named("b", "b")], { order: byWeight({ b: 1, a: 0 }) });
    expect((await ask(models)).text).toBe("b");
    expect((await ask(models.only("a")!)).text).toBe("a");
    await expect(ask(failover([named("a", "a")], { order: () => [] }))).rejects.toThrow("the order has none to ask");
  });
});

it("an orchestrator shows the vendors inside a race, and tells of their breakers", async () => {
  const bad = named("bad", broken);
  const orchestrator = createOrchestrator({ providers: [race([bad, named("good", { text: "yes", delayMs: 2 })])] });
  const told: unknown[] = [];
  orchestrator.on("provider.opened", ({ data }) => told.push(data));
  for (let call = 0; call < 3; call++) await orchestrator.query({ text: "Is it?", options: { type: "simple", cache: "bypass" } });
  const { dependencies } = orchestrator.health();
  expect(dependencies["provider:bad"]).toMatchObject({ status: "down", breaker: "open" });
  expect(dependencies["provider:good"]).toMatchObject({ status: "up", breaker: "closed" });
  expect(told).toMatchObject([{ provider: "bad", state: "open" }]);
  await orchestrator.close();
});
