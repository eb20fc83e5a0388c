import { ConsecutiveBreaker, CountBreaker } from "cockatiel";
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type Failover,
  type FailoverCallOptions,
  type FailoverOptions,
  type ModelEvent,
  type Provider,
  ProviderError,
  type ProviderFailure,
  failover,
  isOrchestratorError,
} from "../../src/index.ts";
import { type ScriptStep, scriptedProvider, virtualClock } from "../../src/testing/index.ts";
import { type BreakerState, breaker } from "../../src/resilience/vendors/breaker.ts";

const request = { messages: [{ role: "user", content: "hello" }] } as const;

const failed = (kind: ProviderFailure, more: { retryAfterMs?: number } = {}): ProviderError =>
  new ProviderError(`no: ${kind}`, { provider: "vendor", kind, retryable: true, ...more });

const named = (name: string, ...script: readonly ScriptStep[]) => ({ ...scriptedProvider(...script), name });

interface Outcome {
  readonly events: ModelEvent[];
  /** What a reader who obeys `text-reset` ends with. */
  readonly text: string;
  readonly attempts: Attempt[];
  readonly failovers: string[];
  readonly error: unknown;
}

/** Reads a stream to its end, whatever that is. */
async function read(provider: Provider, options: FailoverCallOptions = {}): Promise<Outcome> {
  const events: ModelEvent[] = [];
  const attempts: Attempt[] = [];
  const failovers: string[] = [];
  let text = "";
  let error: unknown;
  const call: FailoverCallOptions = {
    ...options,
    onAttempt: (attempt) => attempts.push(attempt),
    onFailover: ({ from, to, reason }) => failovers.push(`${from} > ${to}: ${reason}`),
  };
  try {
    for await (const event of provider.stream(request, call)) {
      events.push(event);
      if (event.type === "text-delta") text += event.text;
      if (event.type === "text-reset") text = "";
    }
  } catch (thrown) {
    error = thrown;
  }
  return { events, text, attempts, failovers, error };
}

const outcomes = ({ attempts }: Outcome): string[] => attempts.map(({ provider, outcome, kind }) => `${provider} ${kind ?? outcome}`);

/** A failover on a clock that stands still, and a call that is read while the clock goes on. */
function onClock(providers: readonly Provider[], options: FailoverOptions = {}) {
  const clock = virtualClock();
  const models: Failover = failover(providers, { ...options, clock });
  const after = async (ms: number, call?: FailoverCallOptions): Promise<Outcome> => {
    const reading = read(models, call);
    await clock.advance(ms);
    return reading;
  };
  return { clock, models, after };
}

describe("which vendor is asked", () => {
  it("asks the first and nobody else while it answers", async () => {
    const second = named("b", "never");
    const outcome = await read(failover([named("a", "hello there"), second]));
    expect(outcome.text).toBe("hello there");
    expect(outcomes(outcome)).toEqual(["a ok"]);
    expect(second.requests).toHaveLength(0);
  });

  for (const [kind, expected] of [
    ["server", ["a server", "a ok"]],
    ["network", ["a network", "a ok"]],
    ["overloaded", ["a overloaded", "b ok"]],
    ["timeout", ["a timeout", "b ok"]],
    ["malformed", ["a malformed", "b ok"]],
    ["incomplete", ["a incomplete", "b ok"]],
    ["rate-limit", ["a rate-limit", "b ok"]],
    ["quota", ["a quota", "b ok"]],
    ["auth", ["a auth", "b ok"]],
    ["model-not-found", ["a model-not-found", "b ok"]],
    ["context-length", ["a context-length", "b ok"]],
    ["content-filter", ["a content-filter"]],
    ["bad-request", ["a bad-request"]],
  ] as const)
    it(`after a failure of the kind ${kind} asks ${expected.slice(1).join(", ") || "nobody"}`, async () => {
      const outcome = await read(failover([named("a", failed(kind), "from a"), named("b", "from b")]));
      expect(outcomes(outcome)).toEqual(expected);
      if (expected.length === 1) expect(outcome.error).toMatchObject({ code: "PROVIDER_FAILED", kind });
      else expect(outcome.error).toBeUndefined();
    });

  it("asks others after a refusal of content where that is asked for", async () => {
    const models = failover([named("a", failed("content-filter")), named("b", "from b")], { tryOthersOn: ["content-filter"] });
    expect((await read(models)).text).toBe("from b");
  });

  it("gives every vendor a turn before any gets a second one it would take from another", async () => {
    const down = failed("server");
    const outcome = await read(failover([named("a", down), named("b", down), named("c", "from c")]));
    expect(outcomes(outcome)).toEqual(["a server", "b server", "c ok"]);
  });

  it("names every failure when nobody answered, and when somebody may", async () => {
    const { after } = onClock([named("a", failed("auth")), named("b", failed("quota", { retryAfterMs: 7_000_000 }))]);
    const { error, attempts } = await after(0);
    expect(isOrchestratorError(error, "PROVIDERS_EXHAUSTED")).toBe(true);
    expect(error).toMatchObject({ retryable: true, details: { kinds: ["auth", "quota"] } });
    expect(attempts).toHaveLength(2);
  });

  it("orders by what the host says", async () => {
    const a = named("a", "from a");
    const models = failover([a, named("b", "from b")], { order: (all) => all.toReversed() });
    expect((await read(models)).text).toBe("from b");
    expect(a.requests).toHaveLength(0);
  });

  it("refuses options that are no numbers above 0", () => {
    for (const options of [{ timeoutMs: 0 }, { maxAttempts: -1 }, { idleTimeoutMs: Number.NaN }, { firstTokenTimeoutMs: "5" as never }])
      expect(() => failover([], options)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("rests", () => {
  it("leaves a vendor alone as long as it asked, also in the next calls", async () => {
    const a = named("a", failed("rate-limit", { retryAfterMs: 20_000 }), "from a");
    const { clock, after } = onClock([a, named("b", "from b")]);
    expect((await after(0)).text).toBe("from b");
    await clock.advance(19_000);
    expect((await after(0)).text).toBe("from b");
    await clock.advance(1_001);
    expect((await after(0)).text).toBe("from a");
    expect(a.requests).toHaveLength(2);
  });

  it("never shortens a rest that runs", async () => {
    const a = named("a", failed("rate-limit", { retryAfterMs: 20_000 }), failed("rate-limit", { retryAfterMs: 1_000 }), "from a");
    const slow = {
      ...a,
      async *stream(...args: Parameters<Provider["stream"]>) {
        yield* a.stream(...args);
      },
    };
    const { clock, models, after } = onClock([slow, named("b", "from b")]);
    // Both began before either was refused.
    const both = [read(models), read(models)];
    await clock.advance(0);
    await Promise.all(both);
    await clock.advance(5_000);
    expect(outcomes(await after(0))).toEqual(["b ok"]);
  });

  it("waits for the only vendor when it asked for little time", async () => {
    const { after } = onClock([named("a", failed("rate-limit", { retryAfterMs: 2_000 }), "from a")]);
    const outcome = await after(2_100);
    expect(outcome.text).toBe("from a");
    expect(outcome.attempts).toHaveLength(2);
  });

  it("waits for nobody who asked for more than the deadline, or more than a minute", async () => {
    for (const retryAfterMs of [61_000, 10 ** 12]) {
      const { after } = onClock([named("a", failed("rate-limit", { retryAfterMs }))], { timeoutMs: 600_000 });
      const { error } = await after(0);
      expect(error).toMatchObject({ code: "PROVIDERS_EXHAUSTED", details: { retryAfterMs: Math.min(retryAfterMs, 86_400_000) } });
    }
  });

  it("does not ask a vendor for more than it said is left", async () => {
    const rateLimits = { remainingRequests: 0, resetRequestsMs: 10_000 };
    const { clock, after } = onClock([named("a", { text: "from a", rateLimits }), named("b", "from b")]);
    expect((await after(0)).text).toBe("from a");
    expect((await after(0)).text).toBe("from b");
    await clock.advance(10_001);
    expect((await after(0)).text).toBe("from a");
  });
});

describe("what a vendor says is left", () => {
  it("is shared among calls at once: the vendor is not asked for more, and refuses none", async () => {
    const rateLimits = { remainingRequests: 5, resetRequestsMs: 60_000 };
    const first = named("a", { text: "from a", rateLimits, delayMs: 5 });
    const models = failover([first, named("b", { text: "from b", delayMs: 5 })]);
    await read(models);
    await Promise.all(Array.from({ length: 40 }, () => read(models)));
    expect(first.requests.length).toBe(1 + 5);
  });
});

describe("silence", () => {
  it("gives up a vendor that says nothing in time, and asks it once", async () => {
    const { after, clock } = onClock([named("a", { text: "late", delayMs: 10 ** 9 }), named("b", "from b")], {
      firstTokenTimeoutMs: 3_000,
    });
    const outcome = await after(3_100);
    expect(outcome.text).toBe("from b");
    expect(outcomes(outcome)).toEqual(["a timeout", "b ok"]);
    await clock.advance(100);
    expect(clock.pending()).toBe(0);
  });

  it("gives up a vendor that ignores its signal as well", async () => {
    const deaf: Provider = {
      ...named("deaf"),
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
    };
    const { after } = onClock([deaf, named("b", "from b")], { firstTokenTimeoutMs: 3_000 });
    expect((await after(3_100)).text).toBe("from b");
  });

  it("keeps half of a short deadline for the next vendor", async () => {
    const { after } = onClock([named("a", { end: "hang" }), named("b", "from b")]);
    expect((await after(1_100, { timeoutMs: 2_000 })).text).toBe("from b");
  });

  it("settles by its deadline when nobody answers", async () => {
    const { after } = onClock([named("a", { end: "hang" }), named("b", { end: "hang" })], { timeoutMs: 8_000 });
    expect((await after(8_100)).error).toMatchObject({ code: "PROVIDERS_EXHAUSTED" });
  });
});

describe("a failure in the middle of an answer", () => {
  const broken = (): Provider[] => [named("a", { text: "one two three", end: "cut" }), named("b", "four five")];

  it("ends the stream with the text so far, by default", async () => {
    const outcome = await read(failover(broken()));
    expect(outcome.text).toBe("one two three");
    expect(outcome.error).toMatchObject({ code: "STREAM_INCOMPLETE", retryable: true, details: { text: "one two three" } });
    expect(outcomes(outcome)).toEqual(["a incomplete"]);
  });

  it("restarts with a text-reset where that is asked for", async () => {
    const outcome = await read(failover(broken(), { afterFirstToken: "restart" }));
    expect(outcome.error).toBeUndefined();
    expect(outcome.text).toBe("four five");
    expect(outcome.events.filter(({ type }) => type === "text-reset")).toHaveLength(1);
    expect(outcome.failovers).toEqual(["a > b: incomplete"]);
  });

  it("shows nothing but the whole answer where that is asked for", async () => {
    const { events, text } = await read(failover(broken(), { afterFirstToken: "buffer" }));
    expect(text).toBe("four five");
    expect(events.some(({ type }) => type === "text-reset")).toBe(false);
  });

  it("is no matter to `generate`", async () => {
    expect((await failover(broken()).generate(request)).text).toBe("four five");
  });

  it("counts the tokens of the attempt that failed, under its vendor", async () => {
    const outcome = await read(failover(broken(), { afterFirstToken: "restart" }));
    expect(outcome.attempts[0]).toMatchObject({ provider: "a", usage: { outputTokens: 3 } });
  });

  it("passes on no tool call of an answer that did not end", async () => {
    const call = { name: "look_up", arguments: {} };
    const half: Provider = {
      ...named("a"),
      async *stream() {
        yield { type: "tool-call", call: { id: "1", name: "look_up", arguments: "{}" } };
        throw failed("incomplete");
      },
    };
    const { events } = await read(failover([half, named("b", { toolCalls: [{ ...call, id: "2" }] })]));
    expect(events.flatMap((event) => (event.type === "tool-call" ? [event.call.id] : []))).toEqual(["2"]);
  });

  it("treats a stream without a finish as one that broke off", async () => {
    const endless: Provider = {
      ...named("a"),
      async *stream() {
        yield { type: "text-delta", text: "one" };
      },
    };
    expect((await failover([endless, named("b", "whole")]).generate(request)).text).toBe("whole");
  });
});

describe("an answer without a word", () => {
  it("is none: the next vendor is asked", async () => {
    for (const finishReason of ["stop", "length"] as const) {
      const outcome = await read(
        failover([named("a", { text: "", finishReason, usage: { inputTokens: 3, outputTokens: 9 } }), named("b", "yes")]),
      );
      expect(outcome.text).toBe("yes");
      expect(outcomes(outcome)).toEqual([finishReason === "stop" ? "a malformed" : "a incomplete", "b ok"]);
      // What it took is counted all the same.
      expect(outcome.attempts[0]?.usage?.outputTokens).toBe(9);
    }
  });

  it("ends the call when it was the vendor's filter", async () => {
    const outcome = await read(failover([named("a", { text: "", finishReason: "content-filter" }), named("b", "yes")]));
    expect(outcome.error).toMatchObject({ kind: "content-filter", provider: "a" });
    expect(outcomes(outcome)).toEqual(["a content-filter"]);
  });

  it("is one where it asks for a tool", async () => {
    const outcome = await read(failover([named("a", { toolCalls: [{ name: "look", arguments: {} }] }), named("b", "yes")]));
    expect(outcomes(outcome)).toEqual(["a ok"]);
  });
});

describe("an abort", () => {
  it("rejects with the caller's reason, is told as aborted, and says nothing about the vendor", async () => {
    const { models, clock } = onClock([named("a", { text: "one two", end: "hang" }), named("b", "never")]);
    for (let round = 0; round < 3; round++) {
      const caller = new AbortController();
      const reading = read(models, { signal: caller.signal });
      await clock.advance(10);
      const reason = new Error("enough");
      caller.abort(reason);
      const outcome = await reading;
      expect(outcome.error).toBe(reason);
      expect(outcomes(outcome)).toEqual(["a aborted"]);
    }
    expect(models.vendors()[0]).toMatchObject({ provider: "a", breaker: "closed", attempts: 0, failures: 0 });
  });

  it("ends a wait for a vendor", async () => {
    const { models, clock } = onClock([named("a", failed("rate-limit", { retryAfterMs: 20_000 }))]);
    const caller = new AbortController();
    const reading = read(models, { signal: caller.signal });
    await clock.advance(1_000);
    caller.abort("enough");
    expect((await reading).error).toBe("enough");
    await clock.advance(100);
    expect(clock.pending()).toBe(0);
  });
});

describe("an outage", () => {
  it("reaches the vendor three times in a minute, and the vendor is back soon after", async () => {
    let isDown = true;
    const primary = named("a", () => (isDown ? failed("overloaded") : "from a"));
    const { clock, after } = onClock([primary, named("b", "from b")]);
    const answered: string[] = [];
    let during = 0;
    for (let at = 0; at < 24; at++) {
      if (at * 4 >= 60 && isDown) {
        during = primary.requests.length;
        isDown = false;
      }
      answered.push((await after(0)).text);
      await clock.advance(4_000);
    }
    expect(during).toBeLessThanOrEqual(3);
    expect(answered.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => "from b"));
    expect(answered.slice(-2)).toEqual(["from a", "from a"]);
  });

  it("costs an endless one few attempts when everything is down", async () => {
    const down = named("a", failed("server"));
    const { clock, after } = onClock([down]);
    let calls = 0;
    for (; calls < 300; calls++) {
      await after(0, { timeoutMs: 100 });
      await clock.advance(200);
    }
    // A minute of five calls a second: first attempts are refused too, but for one probe a second.
    expect(down.requests.length).toBeLessThan(75);
  });

  it("tells of each change once", async () => {
    const changes: string[] = [];
    const { clock, after } = onClock([named("a", failed("overloaded"), failed("overloaded"), "from a"), named("b", "from b")], {
      onChange: ({ provider, state }) => changes.push(`${provider} ${state}`),
    });
    for (let call = 0; call < 5; call++) await after(0);
    await clock.advance(30_000);
    for (let call = 0; call < 3; call++) await after(0);
    expect(changes).toEqual(["a open", "a half-open", "a closed"]);
  });
});

describe("what is seen of vendors", () => {
  it("shows limits, percentiles, cost and the reason of each, and tells of each change once", async () => {
    const changes: string[] = [];
    const rateLimits = { remainingRequests: 7, remainingTokens: 900 };
    const first = named("a", { text: "hello there", model: "gpt-4o", usage: { inputTokens: 1_000, outputTokens: 100 }, rateLimits });
    const script = Array.from({ length: 3 }, () => failed("rate-limit", { retryAfterMs: 60_000 }));
    const models = failover([first, named("b", ...script)], {
      onChange: ({ provider, state, why }) => changes.push(`${provider} ${state}: ${why}`),
      order: (providers, { temperature }) => (temperature === 1 ? [providers[1]!, providers[0]!] : providers),
    });
    for (let call = 0; call < 8; call++) await read(models);
    for (let call = 0; call < 3; call++) await models.generate({ ...request, temperature: 1 });
    const [a, b] = models.vendors();
    expect(a).toMatchObject({ provider: "a", status: "up", breaker: "closed", rateLimits, attempts: 11, failures: 0, restsForMs: 0 });
    expect(a?.costUsd).toBeCloseTo(11 * (0.0025 + 0.001), 9);
    expect(a?.usage).toEqual({ inputTokens: 11_000, outputTokens: 1_100 });
    expect(a?.firstTokenMs?.p50).toBeLessThanOrEqual(a?.firstTokenMs?.p95 ?? 0);
    expect(a?.answerMs?.p95).toBeGreaterThanOrEqual(a?.firstTokenMs?.p50 ?? Infinity);
    expect(b).toMatchObject({
      provider: "b",
      status: "down",
      detail: expect.stringMatching(/left alone for \d+ s: rate-limit/) as string,
      attempts: 1,
    });
    expect(changes).toEqual(["b resting: rate-limit"]);
  });
});

describe("one inside another", () => {
  it("tells every attempt once and takes part as one", async () => {
    const inner = failover([named("a", failed("overloaded")), named("b", failed("auth"))], { maxAttempts: 2 });
    const outcome = await read(failover([inner, named("c", "from c")]));
    expect(outcome.text).toBe("from c");
    expect(outcomes(outcome)).toEqual(["a overloaded", "b auth", "c ok"]);
  });
});

describe("money", () => {
  it("prices what is known and leaves out what is not, instead of calling it free", async () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedInputTokens: 500_000 };
    const priced = await read(failover([named("a", { text: "x", model: "gpt-4o-mini-2024-07-18", usage })]));
    expect(priced.attempts[0]?.costUsd).toBeCloseTo(0.075 + 0.0375 + 0.06);
    const unknown = await read(failover([named("a", { text: "x", model: "gpt-4o-minimal", usage })]));
    expect(unknown.attempts[0]?.costUsd).toBeUndefined();
    const own = await read(failover([named("a", { text: "x", model: "mine", usage })], { prices: { mine: { input: 1, output: 2 } } }));
    expect(own.attempts[0]?.costUsd).toBeCloseTo(1.2);
  });
});

describe("breaker", () => {
  const opened = () => {
    const clock = virtualClock();
    const guard = breaker({ clock });
    guard.enter()?.failed("first");
    guard.enter()?.failed("second");
    return { clock, guard };
  };

  it("opens after two failures of an idle vendor, and not while most calls of a busy one go well", () => {
    expect(opened().guard.state()).toMatchObject({ kind: "open", why: "second" });
    const guard = breaker({ clock: virtualClock() });
    for (let call = 0; call < 1000; call++) {
      const pass = guard.enter();
      if (call % 10 > 5) pass?.failed("now and then");
      else pass?.succeeded();
    }
    expect(guard.state().kind).toBe("closed");
  });

  it("lets one of many through once its time is over, refuses the others at once, and closes when that one succeeds", async () => {
    const { clock, guard } = opened();
    expect(guard.enter()).toBeUndefined();
    await clock.advance(30_000);
    const passes = Array.from({ length: 100 }, () => guard.enter()).filter((pass) => pass !== undefined);
    expect(passes).toHaveLength(1);
    passes[0]!.succeeded();
    expect(guard.state().kind).toBe("closed");
  });

  it("opens by the rule it is given, such as a policy of cockatiel's, and by its own times", () => {
    for (const rule of [new ConsecutiveBreaker(3), new CountBreaker({ threshold: 0.5, size: 3 })]) {
      const clock = virtualClock();
      const guarded = breaker({ clock, rule });
      for (let call = 0; call < 2; call++) guarded.enter()?.failed("down");
      expect(guarded.state().kind).toBe("closed");
      guarded.enter()?.failed("down");
      expect(guarded.state().kind).toBe("open");
      expect(guarded.enter()).toBeUndefined();
    }
  });

  it("opens for others' reasons too, and keeps the later of two deadlines", () => {
    const clock = virtualClock();
    const guarded = breaker({ clock });
    guarded.openFor(20_000, "another process");
    expect(guarded.waitMs()).toBe(20_000);
    guarded.openFor(1_000, "another process");
    expect(guarded.waitMs()).toBe(20_000);
    guarded.openFor(50_000, "another process");
    expect(guarded.waitMs()).toBe(50_000);
  });

  it("opens again when the probe fails, and lets the next one through at once when the probe's caller left", async () => {
    const { clock, guard } = opened();
    await clock.advance(30_000);
    guard.enter()?.dropped();
    const next = guard.enter();
    next?.failed("still");
    expect(guard.state()).toMatchObject({ kind: "open" } satisfies Partial<BreakerState>);
    expect(guard.enter()).toBeUndefined();
  });

  it("pays no heed to what began before its last change", async () => {
    const clock = virtualClock();
    const guard = breaker({ clock });
    const early = guard.enter();
    guard.enter()?.failed("1");
    guard.enter()?.failed("2");
    early?.succeeded();
    expect(guard.state().kind).toBe("open");
  });
});
