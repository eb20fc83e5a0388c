import { createOrchestrator, defineProvider, memoryCacheStore, memoryStateStore } from "@hydrogenai/core";
import { scriptedProvider } from "@hydrogenai/core/testing";
import { describe, expect, it, vi } from "vitest";
import { type WarmerOptions, semanticCache, withWarming } from "../src/index.ts";

/** One life of a process: its cache is empty, what it was told to keep elsewhere is not. */
function start(options: Omit<WarmerOptions, "ask"> = {}) {
  const model = scriptedProvider((request) => ({ text: `about ${JSON.stringify(request.messages).length}` }));
  const cache = semanticCache({ store: memoryCacheStore() });
  const orchestrator = withWarming(createOrchestrator({ providers: [model], cache }), options);
  const ask = (text: string, tenant = "acme") => orchestrator.query({ text, tenant, options: { type: "simple", correlationId: "c1" } });
  return { model, ask, orchestrator };
}

describe("withWarming", () => {
  it("has after a restart what was asked often answered before it is asked, for the tenant that asked it", async () => {
    const state = memoryStateStore();
    const before = start({ state });
    for (let i = 0; i < 3; i++) await before.ask("How many boats are there?");
    await before.ask("How many gulls are there?");
    await before.orchestrator.close();
    const after = start({ state, everyMs: 60_000 });
    await vi.waitFor(() => expect(after.orchestrator.warmer.report().warmed).toBe(1));
    expect((await after.ask("How many boats are there?")).cached).toBe("exact");
    expect((await after.ask("What is the number of boats?")).cached).toBe("semantic");
    expect((await after.ask("How many boats are there?", "other")).cached).toBe("none");
    expect((await after.ask("How many gulls are there?")).cached).toBe("none");
    expect(after.orchestrator.warmer.report().earnedHits).toBe(1);
    await after.orchestrator.close();
  });

  it("remembers over a restart what it spent, and never asks beyond it", async () => {
    const state = memoryStateStore();
    const before = start({ state, maxPerHour: 2 });
    for (const thing of ["boats", "gulls", "anchors"]) for (let i = 0; i < 3; i++) await before.ask(`How many ${thing} are there?`);
    await before.orchestrator.close();
    const second = start({ state, maxPerHour: 2, everyMs: Infinity });
    expect(await second.orchestrator.warmer.warm()).toBe(2);
    await second.orchestrator.close();
    const third = start({ state, maxPerHour: 2, everyMs: Infinity });
    expect(await third.orchestrator.warmer.warm()).toBe(0);
    expect(third.model.requests).toHaveLength(0);
    await third.orchestrator.close();
  });

  it("learns from streams as from queries", async () => {
    const { orchestrator } = start({ everyMs: Infinity });
    const query = { text: "How many boats are there?", options: { type: "simple" } } as const;
    for await (const _ of orchestrator.stream(query));
    for await (const _ of orchestrator.stream({ ...query, text: "How many gulls are there?" }).text());
    await orchestrator.stream({ ...query, text: "How many anchors are there?" }).result();
    await orchestrator.query(query);
    expect(orchestrator.warmer.report().known).toBe(3);
    await orchestrator.close();
  });

  it("asks one question at a time, and stops at once when it is closed", async () => {
    const state = memoryStateStore();
    const before = start({ state });
    for (const thing of ["boats", "gulls", "anchors"]) for (let i = 0; i < 3; i++) await before.ask(`How many ${thing} are there?`);
    await before.orchestrator.close();
    const asked: AbortSignal[] = [];
    const model = defineProvider({
      name: "silent",
      // oxlint-disable-next-line require-yield -- it never answers
      async *stream(_request, call) {
        asked.push(call!.signal!);
        await new Promise((_, reject) => call!.signal!.addEventListener("abort", () => reject(call!.signal!.reason as Error)));
      },
    });
    const after = withWarming(createOrchestrator({ providers: [model] }), { state, everyMs: 60_000 });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await after.close();
    expect([asked.length, asked[0]!.aborted, after.warmer.report().warmed]).toEqual([1, true, 0]);
    expect(await after.warmer.warm()).toBe(0);
  });

  it("takes what is kept for what it is: rubbish teaches nothing, and a store that is away hurts nobody", async () => {
    const state = memoryStateStore();
    await state.set("cache:habits", {
      questions: [null, 7, { query: { text: "" }, weight: 9 }, { query: { text: "x" }, weight: -1 }],
      spent: "all",
    });
    const odd = start({ state, everyMs: Infinity });
    expect(await odd.orchestrator.warmer.warm()).toBe(0);
    expect(odd.orchestrator.warmer.report().known).toBe(0);
    await odd.orchestrator.close();
    const away = memoryStateStore();
    await away.close?.();
    const alone = start({ state: away, everyMs: Infinity });
    await alone.ask("How many boats are there?");
    expect(await alone.orchestrator.warmer.warm()).toBe(0);
    await alone.orchestrator.close();
  });
});
