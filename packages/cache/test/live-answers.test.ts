import {
  type CacheStore,
  type EventBus,
  type ModelEvent,
  type Orchestrator,
  type Query,
  type QueryEvent,
  createOrchestrator,
  defineProvider,
  isOrchestratorError,
  memoryCacheStore,
  memoryEventBus,
} from "@hydrogenai/core";
import { afterEach, describe, expect, it } from "vitest";
import { semanticCache } from "../src/index.ts";
import { liveAnswers } from "../src/live-answers.ts";

const open: { readonly close?: (() => Promise<void>) | undefined }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close?.();
});

const question: Query = { text: "Tell of the harbour", options: { type: "simple" } };
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

/** A model that says what it is handed, when it is handed. */
function dictated() {
  const events: ModelEvent[] = [];
  let calls = 0;
  let more = Promise.withResolvers<void>();
  const provider = defineProvider({
    name: "dictated",
    async *stream() {
      calls++;
      for (let at = 0; ; at++) {
        while (events[at] === undefined) await more.promise;
        yield events[at]!;
        if (events[at]!.type === "finish") return;
      }
    },
  });
  const hand = (...given: readonly ModelEvent[]): void => {
    events.push(...given);
    more.resolve();
    more = Promise.withResolvers();
  };
  const say = (...texts: readonly string[]): void => hand(...texts.map((text) => ({ type: "text-delta", text }) as const));
  const finish = (): void => hand({ type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 1 }, model: "dictated-1" });
  return { provider, say, finish, calls: () => calls };
}

type Instance = Orchestrator & { readonly vanish: () => void };

/** An orchestrator of its own on what all share, as another process would have. */
function instance(store: CacheStore, bus: EventBus, model: ReturnType<typeof dictated>, afterFirstToken?: "restart"): Instance {
  let isGone = false;
  const gone = (): Promise<never> => Promise.reject(new Error("gone"));
  const cache = semanticCache({
    store: {
      ...store,
      set: (...args) => (isGone ? gone() : store.set(...args)),
      delete: (key) => (isGone ? gone() : store.delete(key)),
      close: async () => {},
    },
    bus: { ...bus, publish: (...args) => (isGone ? gone() : bus.publish(...args)), close: async () => {} },
    leaseMs: 150,
  });
  const orchestrator = createOrchestrator({ providers: [model.provider], cache, failover: { afterFirstToken } });
  open.push(orchestrator);
  return { ...orchestrator, vanish: () => (isGone = true) };
}

/** Watches an answer come. */
function watch(orchestrator: Orchestrator, query = question) {
  const events: QueryEvent[] = [];
  let text = "";
  const ended = (async () => {
    for await (const event of orchestrator.stream(query)) {
      events.push(event);
      if (event.type === "text-delta") text += event.text;
      else if (event.type === "text-reset") text = "";
    }
  })();
  ended.catch(() => {});
  return { events, text: () => text, ended, resets: () => events.filter(({ type }) => type === "text-reset").length };
}

describe("an answer that another instance is making", () => {
  it("is told from its beginning to who comes late, and then as it comes", async () => {
    const [store, bus, model] = [memoryCacheStore(), memoryEventBus(), dictated()];
    const leader = watch(instance(store, bus, model));
    model.say("The harbour ", "is ");
    await until(() => leader.text() === "The harbour is ");
    const late = watch(instance(store, bus, model));
    await until(() => late.text() === "The harbour is ");
    model.say("deep");
    await until(() => late.text() === "The harbour is deep");
    const later = watch(instance(store, bus, model));
    await until(() => later.text() === "The harbour is deep");
    model.finish();
    await Promise.all([leader.ended, late.ended, later.ended]);
    for (const reader of [leader, late, later]) expect([reader.text(), reader.resets()]).toEqual(["The harbour is deep", 0]);
    expect(late.events.at(-1)).toMatchObject({ type: "finish", result: { text: "The harbour is deep", cached: "exact" } });
    expect(model.calls()).toBe(1);
  });

  it("begins anew where its maker dies and another takes over, or ends there for who takes no text back", async () => {
    const [store, bus, lost, model] = [memoryCacheStore(), memoryEventBus(), dictated(), dictated()];
    const first = instance(store, bus, lost);
    const leader = watch(first);
    lost.say("The harbour was ");
    await until(() => leader.text() !== "");
    const [patient, strict] = [watch(instance(store, bus, model, "restart")), watch(instance(store, bus, model))];
    await until(() => patient.text() !== "" && strict.text() !== "");
    first.vanish();
    model.say("The harbour is deep");
    model.finish();
    await patient.ended;
    lost.finish();
    expect([patient.text(), patient.resets()]).toEqual(["The harbour is deep", 1]);
    // Whoever was second found the whole answer there, and what was told replaced by it.
    const error = await strict.ended.catch((error: unknown) => error);
    if (error === undefined) expect([strict.text(), strict.resets()]).toEqual(["The harbour is deep", 1]);
    else expect(isOrchestratorError(error, "STREAM_INCOMPLETE") && error.details["text"]).toBe("The harbour was ");
  });

  it("is no answer of another principal before it is known to be nobody's own", async () => {
    const [store, bus, model] = [memoryCacheStore(), memoryEventBus(), dictated()];
    const asking = (id: string): Query => ({ ...question, principal: { id, roles: [] } });
    const shared = (): Orchestrator => {
      const cache = semanticCache({ store: { ...store, close: async () => {} }, bus: { ...bus, close: async () => {} } });
      const orchestrator = createOrchestrator({ providers: [model.provider], cache, cacheScope: "tenant" });
      open.push(orchestrator);
      return orchestrator;
    };
    const ann = watch(shared(), asking("ann"));
    model.say("The harbour ");
    await until(() => ann.text() !== "");
    const bo = watch(shared(), asking("bo"));
    await until(() => bo.events.some(({ type }) => type === "classified"));
    model.say("is deep");
    await until(() => ann.text() === "The harbour is deep");
    expect(bo.text()).toBe("");
    model.finish();
    await Promise.all([ann.ended, bo.ended]);
    expect(bo.text()).toBe("The harbour is deep");
    expect(model.calls()).toBe(1);
  });
});

describe("liveAnswers", () => {
  it("tells nobody what nobody waits for", async () => {
    const bus = memoryEventBus();
    let published = 0;
    const live = liveAnswers({ ...bus, publish: (...args) => (published++, bus.publish(...args)) });
    open.push(live);
    const teller = live.lead("key");
    for (let piece = 0; piece < 100; piece++) teller.tell({ type: "text-delta", text: "word " });
    await new Promise((resolve) => setImmediate(resolve));
    expect(published).toBe(0);
  });

  it("asks for all of it again where a piece was lost", async () => {
    const bus = memoryEventBus();
    let toLose = 0;
    const lossy: EventBus = {
      ...bus,
      publish: (event, options) =>
        event.type === "cache.answer.told" && toLose-- > 0 ? Promise.reject(new Error("lost")) : bus.publish(event, options),
    };
    const [leading, waiting] = [liveAnswers(lossy), liveAnswers(bus)];
    open.push(leading, waiting);
    const teller = leading.lead("key");
    teller.tell({ type: "text-delta", text: "one " });
    const heard: string[] = [];
    const stop = waiting.follow("key", (text) => heard.push(text));
    await until(() => heard.at(-1) === "one ");
    toLose = 1;
    teller.tell({ type: "text-delta", text: "two " });
    await until(() => toLose === 0);
    teller.tell({ type: "text-delta", text: "three" });
    await until(() => heard.at(-1) === "one two three");
    teller.tell({ type: "text-reset", reason: "another vendor" });
    teller.tell({ type: "text-delta", text: "four" });
    await until(() => heard.at(-1) === "four");
    stop();
    teller.tell({ type: "text-delta", text: " five" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard.at(-1)).toBe("four");
  });
});
