import { describe, expect, it } from "vitest";
import {
  type Json,
  type OrchestratorEvent,
  type OrchestratorOptions,
  type Provider,
  type Query,
  type QueryEvent,
  type StateStore,
  type Tool,
  createOrchestrator,
  defineWorkflow,
  isOrchestratorError,
  memoryCacheStore,
  exactCache,
} from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";

const tool = (name: string, execute: Tool["execute"], more: Partial<Tool> = {}): Tool => ({
  name,
  description: `the tool ${name}`,
  inputSchema: { type: "object" },
  readOnly: true,
  idempotent: true,
  execute,
  ...more,
});

const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return isOrchestratorError(error) ? error.code : `not ours: ${String(error)}`;
  }
  return "answered";
};

async function eventsOf(stream: AsyncIterable<QueryEvent>): Promise<QueryEvent[]> {
  const events: QueryEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** A workflow that calls one tool and says what it answered. */
const callsTool = (name: string) =>
  defineWorkflow({
    name: `calls-${name}`,
    async run(_query, context) {
      const output = await context.callTool(name, {});
      return { text: JSON.stringify(output), data: output, answeredBy: "local" };
    },
  });

const hanging = (seen: (signal: AbortSignal) => void): Tool["execute"] => {
  return (_input, options) =>
    new Promise<Json>((_resolve, reject) => {
      seen(options!.signal!);
      options!.signal!.addEventListener("abort", () => reject(options!.signal!.reason));
    });
};

describe("query", () => {
  it("answers with the first model, and names it", async () => {
    await using orchestrator = createOrchestrator({
      providers: [scriptedProvider({ text: "Hello there", usage: { inputTokens: 3, outputTokens: 2 } })],
    });
    const result = await orchestrator.query("Say hello");
    expect(result).toMatchObject({ text: "Hello there", answeredBy: "model", cached: "none", degraded: [] });
    expect(result.attempts).toHaveLength(1);
    expect(result.usage).toEqual({ inputTokens: 3, outputTokens: 2 });
  });

  it("still answers when the first model is down, and says so", async () => {
    const second = scriptedProvider("up");
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider(new Error("down")), second] });
    const result = await orchestrator.query("x");
    expect(result.text).toBe("up");
    expect(second.requests).toHaveLength(1);
    expect(result.degraded[0]).toMatch(/^provider:/);
    // A vendor that failed once is asked once more before the next one.
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "ok"]);
  });

  it("answers with the local tier when every model is down, and names the providers as missing", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider(new Error("down"))] });
    const result = await orchestrator.query("What is the meaning of it all?");
    expect(result.answeredBy).toBe("local");
    expect(result.degraded).toContain("providers");
  });

  it("answers without anything configured, degraded by nothing", async () => {
    await using orchestrator = createOrchestrator();
    expect(await orchestrator.query("How many movies are there?")).toMatchObject({ answeredBy: "local", degraded: [] });
  });

  it("streams the same events that make up the result, ending with one finish", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("one two three")] });
    const stream = orchestrator.stream("count");
    const events = await eventsOf(stream);
    expect(events.at(0)?.type).toBe("query-start");
    expect(events.filter(({ type }) => type === "finish")).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("finish");
    const text = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
    const result = await stream.result();
    expect(text).toBe(result.text);
    expect(JSON.parse(JSON.stringify(events))).toHaveLength(events.length);
  });

  it("gives a reader that asks for several events at once each of them, in their order", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("one two three")] });
    const watched: string[] = (await eventsOf(orchestrator.stream("count"))).map(({ type }) => type);
    const events = orchestrator.stream({ text: "count", options: { cache: "bypass" } })[Symbol.asyncIterator]();
    const steps = await Promise.all(watched.map(() => events.next()));
    expect(steps.map((step) => (step.done === true ? "end" : step.value.type))).toEqual(
      watched.filter((type) => type !== "cache-miss").concat("end"),
    );
    expect((await events.next()).done).toBe(true);
  });

  it("gives each stream one reader", async () => {
    await using orchestrator = createOrchestrator();
    const stream = orchestrator.stream("x");
    await eventsOf(stream);
    await expect(eventsOf(stream)).rejects.toThrow(TypeError);
  });

  it("replays a cached answer as events, and asks nobody", async () => {
    const model = scriptedProvider("once");
    await using orchestrator = createOrchestrator({ providers: [model] });
    await orchestrator.query("What is it?");
    const events = await eventsOf(orchestrator.stream("  What is   it? "));
    expect(events.map(({ type }) => type)).toEqual(["query-start", "cache-hit", "text-delta", "finish"]);
    expect(events.at(-1)).toMatchObject({ result: { cached: "exact", text: "once", attempts: [] } });
    expect(model.requests).toHaveLength(1);
  });

  it("keeps answers of one tenant and of one principal from the others", async () => {
    const model = scriptedProvider((request) => `for ${JSON.stringify(request.messages.at(-1)?.content)} ${Math.random()}`);
    await using orchestrator = createOrchestrator({ providers: [model] });
    const asked: Query[] = [
      { text: "q", tenant: "a" },
      { text: "q", tenant: "b" },
      { text: "q", tenant: "a", principal: { id: "x", roles: [] } },
      { text: "q", tenant: "a", principal: { id: "y", roles: [] } },
    ];
    const results = [];
    for (const query of asked) results.push(await orchestrator.query(query));
    expect(results.map(({ cached }) => cached)).toEqual(["none", "none", "none", "none"]);
    expect((await orchestrator.query(asked[1]!)).cached).toBe("exact");
  });

  it("computes one answer for identical questions asked at the same time", async () => {
    const model = scriptedProvider("shared");
    await using orchestrator = createOrchestrator({ providers: [model] });
    const results = await Promise.all(Array.from({ length: 100 }, () => orchestrator.query("What is it?")));
    expect(model.requests).toHaveLength(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(100);
  });

  it("does not remember an answer that a fault degraded", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider(new Error("down"), "up again")] });
    await orchestrator.query("What is it?");
    expect((await orchestrator.query("What is it?")).cached).toBe("none");
  });

  it("forgets a tenant's answers when asked to", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("x")] });
    await orchestrator.query({ text: "q", tenant: "a" });
    expect(await orchestrator.invalidate({ tenant: "b" })).toBe(0);
    expect(await orchestrator.invalidate({ tenant: "a" })).toBe(1);
    expect((await orchestrator.query({ text: "q", tenant: "a" })).cached).toBe("none");
  });
});

describe("bad input", () => {
  const rows: [string, unknown, string][] = [
    ["nothing", undefined, "text-missing"],
    ["an empty text", "", "text-empty"],
    ["white space", " \n\t ", "text-empty"],
    ["a megabyte", "x".repeat(1_048_576), "text-too-long"],
    ["a number", { text: 5 }, "text-missing"],
    ["a control character", "how many\u0000movies", "control-characters"],
    ["a session id of the wrong type", { text: "x", sessionId: 5 }, "sessionId-invalid"],
    ["a principal without roles", { text: "x", principal: { id: "a" } }, "principal.roles-invalid"],
    ["options of the wrong type", { text: "x", options: "fast" }, "options-invalid"],
    ["an unknown type", { text: "x", options: { type: "poem" } }, "options.type-invalid"],
    ["a negative deadline", { text: "x", options: { deadlineMs: -1 } }, "options.deadlineMs-invalid"],
    ["an unknown provider", { text: "x", options: { provider: "nobody" } }, "options.provider-unknown"],
    ["a context beyond its bound", { text: "x", context: "x".repeat(300_000) }, "context-too-large"],
  ];
  it.each(rows)("rejects %s and names the rule", async (_name, input, rule) => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("x")] });
    const error: unknown = await orchestrator.query(input as Query).catch((error: unknown) => error);
    expect(isOrchestratorError(error, "QUERY_REJECTED") && error.details).toMatchObject({ rule });
    expect(orchestrator.health().running).toBe(0);
  });

  it("rejects an unknown session", async () => {
    await using orchestrator = createOrchestrator();
    expect(await code(orchestrator.query({ text: "x", sessionId: "nope" }))).toBe("SESSION_NOT_FOUND");
  });

  it("rejects wrong limits at construction, with the value", () => {
    expect(() => createOrchestrator({ limits: { maxConcurrent: -3 } })).toThrow(/maxConcurrent.*-3/);
  });

  it("lets a guard reject", async () => {
    const guard = (query: Query): void => {
      if (query.text.includes("secret")) throw new Error("no secrets");
    };
    await using orchestrator = createOrchestrator({ guards: [guard] });
    await expect(orchestrator.query("a secret")).rejects.toThrow("no secrets");
    expect((await orchestrator.query("anything else")).text).not.toBe("");
  });
});

describe("endings", () => {
  it("rejects at the deadline although a tool ignores its signal", async () => {
    const options: OrchestratorOptions = { tools: [tool("deaf", () => new Promise(() => {}))], workflows: { simple: callsTool("deaf") } };
    await using orchestrator = createOrchestrator(options);
    expect(await code(orchestrator.query({ text: "x", options: { type: "simple", deadlineMs: 30 } }))).toBe("DEADLINE_EXCEEDED");
    await expect.poll(() => orchestrator.health().running).toBe(0);
  });

  it("rejects at the deadline although a workflow ignores its signal", async () => {
    const deaf = defineWorkflow({
      name: "deaf",
      async run() {
        await new Promise(() => {});
        return { text: "never", answeredBy: "local" as const };
      },
    });
    await using orchestrator = createOrchestrator({ workflows: { simple: deaf }, limits: { closeTimeoutMs: 50 } });
    expect(await code(orchestrator.query({ text: "x", options: { type: "simple", deadlineMs: 30 } }))).toBe("DEADLINE_EXCEEDED");
    await expect.poll(() => orchestrator.health().running).toBe(0);
  });

  it("passes the caller's reason on and cancels down to the tool call", async () => {
    let seen: AbortSignal | undefined;
    const tools = [
      tool(
        "slow",
        hanging((signal) => (seen = signal)),
      ),
    ];
    await using orchestrator = createOrchestrator({ tools, workflows: { simple: callsTool("slow") } });
    const controller = new AbortController();
    const answer = orchestrator.query({ text: "x", options: { type: "simple" } }, { signal: controller.signal });
    await expect.poll(() => seen).toBeDefined();
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(seen!.aborted).toBe(true);
  });

  it("cancels down to the tool call when the reader leaves, and the result then rejects", async () => {
    let seen: AbortSignal | undefined;
    const tools = [
      tool(
        "slow",
        hanging((signal) => (seen = signal)),
      ),
    ];
    await using orchestrator = createOrchestrator({ tools, workflows: { simple: callsTool("slow") } });
    const stream = orchestrator.stream({ text: "x", options: { type: "simple" } });
    for await (const event of stream) if (event.type === "tool-call") break;
    expect(await code(stream.result())).toBe("ABORTED");
    // Left before the tool was started, or aborted in it: either way nothing runs on.
    expect(seen === undefined || seen.aborted).toBe(true);
    await expect.poll(() => orchestrator.health().running).toBe(0);
  });

  it("tells that a query failed when its reader leaves", async () => {
    await using orchestrator = createOrchestrator({
      tools: [
        tool(
          "slow",
          hanging(() => {}),
        ),
      ],
      workflows: { simple: callsTool("slow") },
    });
    const told: OrchestratorEvent[] = [];
    orchestrator.on("query.failed", (event) => told.push(event));
    for await (const event of orchestrator.stream({ text: "x", options: { type: "simple" } })) if (event.type === "tool-call") break;
    await expect.poll(() => told).toMatchObject([{ data: { code: "ABORTED" } }]);
  });

  it("starts nothing until somebody reads, and leaves no rejection behind", async () => {
    const model = scriptedProvider(new Error("down"));
    await using orchestrator = createOrchestrator({ providers: [model] });
    orchestrator.stream("x");
    await new Promise((resolve) => setImmediate(resolve));
    expect(model.requests).toHaveLength(0);
  });

  it("takes no queries after close, and closes twice", async () => {
    const orchestrator = createOrchestrator();
    await orchestrator.close();
    await orchestrator.close();
    expect(await code(orchestrator.query("x"))).toBe("CLOSED");
    expect(orchestrator.health().status).toBe("down");
  });

  it("refuses beyond the limit and answers again afterwards", async () => {
    const { promise, resolve } = Promise.withResolvers<Json>();
    const tools = [tool("gate", () => promise)];
    await using orchestrator = createOrchestrator({ tools, workflows: { simple: callsTool("gate") }, limits: { maxConcurrent: 1 } });
    const first = orchestrator.query({ text: "a", options: { type: "simple" } });
    await expect.poll(() => orchestrator.health().running).toBe(1);
    expect(await code(orchestrator.query("b"))).toBe("OVERLOADED");
    resolve("opened");
    expect((await first).text).toBe('"opened"');
    expect(await code(orchestrator.query("b"))).toBe("answered");
  });
});

describe("tools", () => {
  it("keeps tools that change something from callers without a role, and says so", async () => {
    const clear = tool("clear-cache", async () => ({ message: "cleared" }), { readOnly: false, description: "clear the cache" });
    await using orchestrator = createOrchestrator({ tools: [clear] });
    expect((await orchestrator.query("clear the cache")).text).toMatch(/roles do not allow/);
    const operator = { id: "o", roles: ["operator"] };
    expect(await orchestrator.query({ text: "clear the cache", principal: operator })).toMatchObject({ text: "cleared", type: "tool" });
  });

  it("forgets cached answers after a tool changed something", async () => {
    const operator = { id: "o", roles: ["operator"] };
    const clear = tool("clear-cache", async () => ({ message: "cleared" }), { readOnly: false, description: "clear the cache" });
    const read = tool("read", async () => "rows");
    await using orchestrator = createOrchestrator({ tools: [clear, read], workflows: { simple: callsTool("read") } });
    const question: Query = { text: "x", principal: operator, options: { type: "simple" } };
    await orchestrator.query(question);
    expect((await orchestrator.query(question)).cached).toBe("exact");
    await orchestrator.query({ text: "clear the cache", principal: operator });
    expect((await orchestrator.query(question)).cached).toBe("none");
  });

  it("goes on without a tool source that is down, and names it", async () => {
    const down = { name: "far", tools: () => Promise.reject(new Error("connection refused")) };
    await using orchestrator = createOrchestrator({ tools: [down], providers: [scriptedProvider("hi")] });
    expect((await orchestrator.query("x")).degraded).toEqual(["tools:far"]);
    expect(orchestrator.health().dependencies["far"]).toMatchObject({ status: "down", detail: "connection refused" });
    expect(await code(orchestrator.ready())).toBe("STORE_UNAVAILABLE");
  });

  it("lets a model use tools: arguments are checked, errors go back to it, and the result is told", async () => {
    const seen: Json[] = [];
    const add = tool("add", async (input) => (seen.push(input), 5), {
      inputSchema: {
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } },
        required: ["a", "b"],
        additionalProperties: false,
      },
    });
    const call = (text: string) => ({ toolCalls: [{ id: text, name: "add", arguments: text }] });
    const model = scriptedProvider(call('{"a":2}'), call('{"a":2,"b":3,}'), call('{"a":2,"b":3}'), "It is 5.");
    await using orchestrator = createOrchestrator({ tools: [add], providers: [model] });
    const result = await orchestrator.query("What do two and three make?");
    expect(result).toMatchObject({ text: "It is 5.", answeredBy: "model" });
    expect(seen).toEqual([{ a: 2, b: 3 }]);
    const told = model.requests.at(-1)!.messages.filter(({ role }) => role === "tool");
    expect(told.map((message) => message.role === "tool" && message.isError)).toEqual([true, true, false]);
  });

  it("stops a model that makes the same call three times", async () => {
    let runs = 0;
    const loop = tool("loop", async () => ++runs);
    const model = scriptedProvider(() => ({ toolCalls: [{ id: "1", name: "loop", arguments: "{}" }] }));
    await using orchestrator = createOrchestrator({ tools: [loop], providers: [model] });
    const result = await orchestrator.query("x");
    expect(runs).toBe(2);
    expect(result.explanation?.join()).toMatch(/three times/);
  });
});

describe("sessions", () => {
  it("recalls earlier turns for the model and keeps conversations apart in the cache", async () => {
    const model = scriptedProvider("Paris", "Berlin", "Paris again");
    await using orchestrator = createOrchestrator({ providers: [model] });
    const sessionId = await orchestrator.createSession();
    await orchestrator.query({ text: "Capital of France?", sessionId });
    await orchestrator.query({ text: "And of Germany?", sessionId });
    expect(model.requests[1]!.messages.map(({ content }) => content)).toEqual(["Capital of France?", "Paris", "And of Germany?"]);
    const other = await orchestrator.createSession();
    expect((await orchestrator.query({ text: "And of Germany?", sessionId: other })).cached).toBe("none");
  });

  it("keeps both turns when two queries of a session end at the same time", async () => {
    await using orchestrator = createOrchestrator({
      providers: [scriptedProvider((request) => request.messages.at(-1)?.content as string)],
    });
    const sessionId = await orchestrator.createSession();
    await Promise.all(["a", "b", "c", "d"].map((text) => orchestrator.query({ text, sessionId })));
    const model = scriptedProvider("seen");
    expect(model.requests).toHaveLength(0);
    const result = await orchestrator.query({ text: "e", sessionId });
    expect(result.text).toBe("e");
  });

  it("hides a session from another principal and another tenant", async () => {
    await using orchestrator = createOrchestrator();
    const principal = { id: "a", roles: [] };
    const sessionId = await orchestrator.createSession({ principal, tenant: "t" });
    expect(await code(orchestrator.query({ text: "x", sessionId, principal, tenant: "t" }))).toBe("answered");
    expect(await code(orchestrator.query({ text: "x", sessionId, principal: { id: "b", roles: [] }, tenant: "t" }))).toBe(
      "SESSION_NOT_FOUND",
    );
    expect(await code(orchestrator.query({ text: "x", sessionId, principal, tenant: "u" }))).toBe("SESSION_NOT_FOUND");
  });

  it("answers without the session while the state store is away, and says so", async () => {
    const fail = (): Promise<never> => Promise.reject(new Error("gone"));
    const state: StateStore = { name: "gone", get: fail, set: fail, delete: fail };
    await using orchestrator = createOrchestrator({ state, providers: [scriptedProvider("hi")] });
    expect(await orchestrator.query({ text: "x", sessionId: "s" })).toMatchObject({ text: "hi", degraded: ["state"] });
  });

  it("answers in time although the state store and the cache hang", async () => {
    const hang = (): Promise<never> => new Promise(() => {});
    const state: StateStore = { name: "slow", get: hang, set: hang, delete: hang };
    const cache = exactCache({ store: { ...memoryCacheStore(), get: hang, set: hang } });
    await using orchestrator = createOrchestrator({ state, cache, providers: [scriptedProvider("hi")], limits: { storeTimeoutMs: 20 } });
    const result = await orchestrator.query({ text: "x", sessionId: "s" });
    expect([...result.degraded].sort()).toEqual(["cache", "state"]);
  });
});

describe("events", () => {
  it("tells listeners, bus and log what happened; a listener that throws hurts nobody", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("hi")] });
    const told: OrchestratorEvent[] = [];
    orchestrator.on("query.answered", () => {
      throw new Error("a defect of the listener");
    });
    const stop = orchestrator.on("*", (event) => told.push(event));
    const { id } = await orchestrator.query("x");
    await orchestrator.query("").catch(() => {});
    stop();
    await orchestrator.query("y");
    expect(told.map(({ type }) => type)).toEqual(["query.answered"]);
    expect(told[0]).toMatchObject({ specversion: "1.0", subject: id, correlationid: id, data: { answeredBy: "model" } });
  });

  it("does not wait for a bus that hangs, and says in health that events wait", async () => {
    const bus = {
      name: "stuck",
      publish: () => Promise.reject(new Error("broker away")),
      subscribe: () => Promise.reject(new Error("away")),
      deadEvents: async () => [],
    };
    await using orchestrator = createOrchestrator({ events: bus, providers: [scriptedProvider("hi")] });
    expect((await orchestrator.query("x")).text).toBe("hi");
    await expect.poll(() => orchestrator.health().dependencies["recorder"]?.status).toBe("degraded");
    expect(orchestrator.health().status).toBe("degraded");
  });
});

describe("models", () => {
  it("asks only the provider that was named", async () => {
    const a: Provider = { ...scriptedProvider("a"), name: "a" };
    const b: Provider = { ...scriptedProvider("b"), name: "b" };
    await using orchestrator = createOrchestrator({ providers: [a, b] });
    expect((await orchestrator.query({ text: "x", options: { provider: "b" } })).text).toBe("b");
  });
});

describe("workflows", () => {
  it("may yield events of their own, and are ended when the reader leaves", async () => {
    let ended = false;
    const own = defineWorkflow({
      name: "own",
      async *run() {
        try {
          yield { type: "step-start", step: "mine" };
          yield { type: "step-end", step: "mine", durationMs: 1 };
          return { text: "done", answeredBy: "local" as const };
        } finally {
          ended = true;
        }
      },
    });
    await using orchestrator = createOrchestrator({ workflows: { simple: own } });
    const query: Query = { text: "x", options: { type: "simple" } };
    const types = (await eventsOf(orchestrator.stream(query))).map(({ type }) => type);
    expect(types).toEqual(["query-start", "cache-miss", "classified", "workflow-start", "step-start", "step-end", "text-delta", "finish"]);
    expect(ended).toBe(true);
  });

  it("replace what was said on the way when the answer is another", async () => {
    const talks = defineWorkflow({
      name: "talks",
      async run(_query, context) {
        await context.say({ messages: [{ role: "user", content: "think" }] });
        return { text: "the answer", answeredBy: "model" };
      },
    });
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("let me see")], workflows: { simple: talks } });
    let text = "";
    for await (const event of orchestrator.stream({ text: "x", options: { type: "simple" } })) {
      if (event.type === "text-delta") text += event.text;
      if (event.type === "text-reset") text = "";
    }
    expect(text).toBe("the answer");
  });
});
