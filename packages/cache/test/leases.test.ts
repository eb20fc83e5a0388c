import { type CacheStore, type Orchestrator, type Provider, type Query, createOrchestrator, memoryCacheStore } from "@hydrogenai/core";
import { faulty, scriptedProvider } from "@hydrogenai/core/testing";
import { afterEach, describe, expect, it } from "vitest";
import { leases } from "../src/leases.ts";
import { semanticCache } from "../src/index.ts";

const open: { readonly close?: (() => Promise<void>) | undefined }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close?.();
});

const question: Query = { text: "Say hello to the harbour", options: { type: "simple" } };

/** A model that answers when the test lets it, or fails. */
function heldModel() {
  let calls = 0;
  const { promise: outcome, resolve: release } = Promise.withResolvers<"answer" | "fail">();
  const provider = scriptedProvider(async (_request, { signal }) => {
    calls++;
    const aborted = new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    aborted.catch(() => {});
    return (await Promise.race([outcome, aborted])) === "answer" ? "hello harbour" : new Error("out of order");
  });
  return { provider, calls: () => calls, release };
}

/** An orchestrator of its own on a store all share, as another process would have. */
function process(store: CacheStore, provider: Provider, leaseMs?: number): Orchestrator {
  const cache = semanticCache({ store: { ...store, close: async () => {} }, leaseMs });
  const orchestrator = createOrchestrator({ providers: [provider], cache });
  open.push(orchestrator);
  return orchestrator;
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe("identical questions in several processes", () => {
  it("are computed once, and the others are given the stored answer", async () => {
    const store = memoryCacheStore();
    const model = heldModel();
    const processes = Array.from({ length: 4 }, () => process(store, model.provider));
    const asked = processes.flatMap((each) => Array.from({ length: 25 }, () => each.query(question)));
    await until(() => model.calls() > 0);
    model.release("answer");
    const results = await Promise.all(asked);
    expect(new Set(results.map(({ text }) => text))).toEqual(new Set(["hello harbour"]));
    expect(new Set(results.map(({ id }) => id)).size).toBe(100);
    expect(model.calls()).toBe(1);
    expect(results.filter(({ cached }) => cached === "exact")).toHaveLength(75);
  });

  it("go on to the next process when the reader of the first gives up", async () => {
    const store = memoryCacheStore();
    const [first, second] = [heldModel(), heldModel()];
    const leaving = new AbortController();
    const left = process(store, first.provider).query(question, { signal: leaving.signal });
    await until(() => first.calls() === 1);
    const waiting = process(store, second.provider).query(question);
    second.release("answer");
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    expect((await waiting).text).toBe("hello harbour");
    expect(second.calls()).toBe(1);
  });

  it("do not suffer when one who waits gives up", async () => {
    const store = memoryCacheStore();
    const model = heldModel();
    const leads = process(store, model.provider).query(question);
    await until(() => model.calls() === 1);
    const leaving = new AbortController();
    const other = process(store, model.provider);
    const waits = other.query(question, { signal: leaving.signal });
    const stays = process(store, model.provider).query(question);
    leaving.abort(new Error("gone"));
    await expect(waits).rejects.toThrow("gone");
    model.release("answer");
    expect((await leads).text).toBe("hello harbour");
    expect((await stays).cached).toBe("exact");
    expect(model.calls()).toBe(1);
  });

  it("each have an own try when the first one fails: a failure is not shared", async () => {
    const store = memoryCacheStore();
    const [failing, working] = [heldModel(), heldModel()];
    const fails = process(store, failing.provider).query(question);
    await until(() => failing.calls() === 1);
    const works = process(store, working.provider).query(question);
    working.release("answer");
    failing.release("fail");
    expect((await fails).degraded).toContain("providers");
    expect(await works).toMatchObject({ text: "hello harbour", degraded: [], cached: "none" });
  });

  it("are computed although the store of the leases fails or hangs", async () => {
    for (const fault of [{ failEvery: 1 }, { delayMs: Infinity }]) {
      const store = faulty(memoryCacheStore(), { ...fault, only: ["add"] });
      const result = await process(store, scriptedProvider("hello harbour")).query(question);
      expect(result.text).toBe("hello harbour");
    }
  });
});

describe("a lease", () => {
  it("goes to one of many, and to another once its holder ended or died", async () => {
    const store = memoryCacheStore();
    const [mine, others] = [leases(store, 200), leases(store, 200)];
    open.push(mine, others);
    const taken = await Promise.all(Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? mine : others).take("k", undefined)));
    expect(taken.filter(({ state }) => state === "mine")).toHaveLength(1);
    const lease = taken.find((each) => each.state === "mine");
    if (lease?.state !== "mine") throw new Error("nobody has it");
    expect(lease.held()).toBe(true);
    await lease.end("left");
    expect(lease.held()).toBe(false);
    expect((await others.take("k", undefined)).state).toBe("mine");
  });

  it("is kept while its holder lives, and is over for a holder that cannot renew it", async () => {
    const store = memoryCacheStore();
    let away = false;
    const mine = leases({ ...store, set: async (...call) => (away ? Promise.reject(new Error("away")) : store.set(...call)) }, 150);
    const others = leases(store, 150);
    open.push(mine, others);
    const lease = await mine.take("k", undefined);
    if (lease.state !== "mine") throw new Error("it is free");
    const startedAt = performance.now();
    await until(() => performance.now() - startedAt > 400);
    expect(lease.held()).toBe(true);
    expect((await others.take("k", undefined)).state).toBe("theirs");
    away = true;
    await until(() => !lease.held());
    let next = await others.take("k", undefined);
    while (next.state !== "mine") next = await others.take("k", undefined);
    // The first holder's end must not take the turn from the second.
    await lease.end("stored");
    expect((await leases(store, 150).take("k", undefined)).state).toBe("theirs");
  });

  it("says for a moment that there is nothing to wait for, when the answer could not be shared", async () => {
    const store = memoryCacheStore();
    const [mine, others] = [leases(store, 1_000), leases(store, 1_000)];
    open.push(mine, others);
    const first = await mine.take("k", undefined);
    const end = first.state === "mine" ? first.end("not-shared") : undefined;
    await end;
    expect((await mine.take("k", undefined)).state).toBe("mine");
    expect((await others.take("k", undefined)).state).toBe("nobodys");
  });

  it("refuses a time that makes no sense", () => {
    for (const leaseMs of [0, -1, 99, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => semanticCache({ store: memoryCacheStore(), leaseMs })).toThrow(/leaseMs/);
  });
});
