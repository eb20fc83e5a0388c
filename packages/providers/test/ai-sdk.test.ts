import { createOpenAI } from "@ai-sdk/openai";
import {
  type ModelEvent,
  OrchestratorError,
  type Provider,
  ProviderError,
  createOrchestrator,
  defineProvider,
  failover,
  isProviderError,
} from "@hydrogenai/core";
import { providerConformance, runConformance, scriptedProvider } from "@hydrogenai/core/testing";
import { APICallError, generateText, isStepCount, jsonSchema, streamText, tool, Output } from "ai";
import { MockLanguageModelV3, MockLanguageModelV4, simulateReadableStream } from "ai/test";
import { beforeAll, describe, expect, it } from "vitest";
import { asLanguageModel, fromAiSdk } from "../src/ai-sdk/index.ts";
import { openai } from "../src/openai/index.ts";
import { vendorSubject } from "./vendor-subject.ts";
import { chatFormat } from "./wire-formats.ts";

const apiKey = "sk-planted-secret-0123456789";
const request = { messages: [{ role: "user", content: "hello" }] } as const;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

// Warnings are results here, not lines on the console.
beforeAll(() => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
});

describe("fromAiSdk(openai of the AI SDK)", () => {
  runConformance(providerConformance, it, {
    create: () =>
      vendorSubject(chatFormat, (url) => fromAiSdk(createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat("m"), { name: "theirs" })),
  });
});

describe("fromAiSdk(asLanguageModel(openai))", () => {
  runConformance(providerConformance, it, {
    create: () => vendorSubject(chatFormat, (url) => fromAiSdk(asLanguageModel(openai({ model: "m", apiKey, baseURL: `${url}/v1` })))),
  });
});

describe("fromAiSdk(asLanguageModel(failover))", () => {
  it("answers as the failover does, with usage, model and provider", async () => {
    const failing = { ...scriptedProvider(new Error("down")), name: "first" };
    const answer = {
      text: "Hello there",
      usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 1 },
      model: "m-2",
    };
    const provider = fromAiSdk(asLanguageModel(failover([failing, { ...scriptedProvider(answer), name: "second" }])));
    const completion = await provider.generate(request);
    expect(completion).toMatchObject({ text: "Hello there", finishReason: "stop", model: "m-2", usage: answer.usage });
    const events = await all(provider.stream(request));
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "stop", model: "m-2", usage: answer.usage });
  });
});

const usage = {
  inputTokens: { total: 9, noCache: 5, cacheRead: 4, cacheWrite: 0 },
  outputTokens: { total: 6, text: 4, reasoning: 2 },
} as const;

/** What a model's failure comes out as, from `generate` and from `stream`. */
async function failuresOf(provider: Provider): Promise<unknown[]> {
  const ends = await Promise.allSettled([provider.generate(request), all(provider.stream(request))]);
  return ends.map((end) => {
    if (end.status === "fulfilled") throw new Error(`it was a success: ${JSON.stringify(end.value)}`);
    return end.reason;
  });
}

const failing = (error: unknown): Provider => {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return fromAiSdk(new MockLanguageModelV4({ doGenerate: fail, doStream: fail }), { name: "theirs" });
};

describe("fromAiSdk", () => {
  it("hands a whole request to the model and a whole answer back", async () => {
    const model = new MockLanguageModelV4({
      modelId: "m-1",
      doGenerate: {
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "It is " },
          { type: "text", text: "so." },
          { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"a":1}' },
          { type: "tool-call", toolCallId: "c2", toolName: "web", input: "{}", providerExecuted: true },
        ],
        finishReason: { unified: "tool-calls", raw: "tool_calls" },
        usage,
        response: { id: "resp_1", modelId: "m-1-2026", headers: { "X-Request-Id": "req_9", "x-ratelimit-remaining-requests": "7" } },
        warnings: [],
      },
    });
    const schema = { type: "object", properties: { a: { type: "number" } } };
    const completion = await fromAiSdk(model).generate({
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", data: "aGk=", mediaType: "image/png" },
          ],
        },
        { role: "assistant", content: "", toolCalls: [{ id: "c0", name: "look", arguments: '{"a":0}' }] },
        { role: "tool", callId: "c0", name: "look", content: "nothing", isError: true },
      ],
      tools: [{ name: "look", description: "Looks", inputSchema: schema }],
      toolChoice: { tool: "look" },
      outputSchema: { name: "found", schema },
      temperature: 0.5,
      maxOutputTokens: 50,
      stopSequences: ["\n\n"],
    });
    expect(completion).toEqual({
      text: "It is so.",
      toolCalls: [{ id: "c1", name: "look", arguments: '{"a":1}' }],
      finishReason: "tool-calls",
      usage: { inputTokens: 9, outputTokens: 6, cachedInputTokens: 4, reasoningTokens: 2 },
      model: "m-1-2026",
      requestId: "req_9",
      rateLimits: { remainingRequests: 7 },
    });
    expect(model.doGenerateCalls[0]).toMatchObject({
      prompt: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [{ type: "text" }, { type: "file", mediaType: "image/png", data: { type: "data", data: "aGk=" } }],
        },
        { role: "assistant", content: [{ type: "tool-call", toolCallId: "c0", toolName: "look", input: { a: 0 } }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "c0", output: { type: "error-text", value: "nothing" } }] },
      ],
      tools: [{ type: "function", name: "look", description: "Looks", inputSchema: schema }],
      toolChoice: { type: "tool", toolName: "look" },
      responseFormat: { type: "json", name: "found", schema },
      temperature: 0.5,
      maxOutputTokens: 50,
      stopSequences: ["\n\n"],
    });
  });

  it("takes models of the specification before, whose files are plain values", async () => {
    const model = new MockLanguageModelV3({
      doStream: {
        stream: simulateReadableStream({
          chunks: [
            { type: "stream-start", warnings: [] },
            { type: "reasoning-delta", id: "0", delta: "hm" },
            { type: "text-delta", id: "1", delta: "So." },
            { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
          ],
        }),
      },
    });
    const image = { type: "image", data: "https://example.com/a.png" } as const;
    const events = await all(fromAiSdk(model).stream({ messages: [{ role: "user", content: [image] }] }));
    expect(events.map(({ type }) => type)).toEqual(["start", "reasoning-delta", "text-delta", "finish"]);
    expect(model.doStreamCalls[0]?.prompt).toMatchObject([{ content: [{ data: new URL(image.data) }] }]);
  });

  it.each([
    ["no reason of the vendor's own", { unified: "other", raw: undefined }],
    ["an interruption", { unified: "interrupted", raw: "interrupted" }],
    ["an error as the reason", { unified: "error", raw: undefined }],
  ] as const)("takes an end with %s for a cut, never for a success", async (_what, finishReason) => {
    const provider = fromAiSdk(
      new MockLanguageModelV4({
        doGenerate: { content: [{ type: "text", text: "It is" }], finishReason, usage, warnings: [] },
        doStream: {
          stream: simulateReadableStream({
            chunks: [
              { type: "text-delta", id: "1", delta: "It is" },
              { type: "finish", finishReason, usage },
            ],
          }),
        },
      }),
    );
    for (const error of await failuresOf(provider)) expect(error).toMatchObject({ kind: "incomplete", code: "STREAM_INCOMPLETE" });
  });

  const call = (statusCode: number | undefined, responseBody = "", more: object = {}): APICallError =>
    new APICallError({ message: "their words", url: "https://x.test", requestBodyValues: {}, statusCode, responseBody, ...more } as never);

  it.each([
    ["auth", call(401)],
    ["quota", call(429, '{"error":{"code":"insufficient_quota","message":"pay"}}')],
    ["context-length", call(400, '{"error":{"message":"maximum context length is 8192 tokens"}}')],
    ["overloaded", call(503)],
    ["network", call(undefined)],
    ["network", new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) })],
    ["auth", Object.assign(new Error("no key"), { name: "AI_LoadAPIKeyError" })],
    ["malformed", Object.assign(new Error("no JSON"), { name: "AI_JSONParseError" })],
    ["unknown", new Error("a defect")],
    ["server", "a word"],
  ] as const)("tells a failure of the kind %s", async (kind, error) => {
    for (const failure of await failuresOf(failing(error))) {
      expect(isProviderError(failure)).toBe(true);
      expect(failure).toMatchObject({ kind, provider: "theirs" });
    }
  });

  it("hands on how long the vendor wants to be left alone, and repeats no key", async () => {
    const error = call(429, `{"error":{"message":"no more for ${apiKey}"}}`, { responseHeaders: { "Retry-After": "7" } });
    for (const failure of await failuresOf(failing(error))) {
      expect(failure).toMatchObject({ kind: "rate-limit", retryAfterMs: 7_000 });
      expect(String(failure)).not.toContain(apiKey);
    }
  });

  it("does not wait for a model that ignores its signal", async () => {
    const silent = new Promise<never>(() => {});
    const provider = fromAiSdk(new MockLanguageModelV4({ doGenerate: () => silent, doStream: () => silent }), {
      firstByteTimeoutMs: 50,
    });
    for (const failure of await failuresOf(provider)) expect(failure).toMatchObject({ kind: "timeout" });
    const reason = new Error("enough");
    await expect(provider.generate(request, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends a stream that goes silent, and one of pings", async () => {
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue({ type: "text-delta", id: "1", delta: "It" }),
      pull: async (controller) => {
        await new Promise((resolve) => setImmediate(resolve));
        controller.enqueue({ type: "ping" });
      },
    });
    const provider = fromAiSdk(new MockLanguageModelV4({ doStream: async () => ({ stream }) }), { idleTimeoutMs: 100 });
    await expect(all(provider.stream(request))).rejects.toMatchObject({ kind: "timeout" });
  });

  it("refuses an answer that is too long, and a model it was not made with", async () => {
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue({ type: "text-delta", id: "1", delta: "x".repeat(1000) }),
    });
    const provider = fromAiSdk(new MockLanguageModelV4({ doStream: async () => ({ stream }) }), { maxReplyBytes: 10_000 });
    await expect(all(provider.stream(request))).rejects.toMatchObject({ kind: "malformed", retryable: true });
    await expect(provider.generate({ ...request, model: "another" })).rejects.toMatchObject({ kind: "model-not-found" });
  });

  it("wants a model and not its name", () => {
    expect(() => fromAiSdk("openai/gpt-4o-mini" as never)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it("is a vendor of the orchestrator as any other", async () => {
    const model = new MockLanguageModelV4({
      modelId: "m-1",
      doStream: async () => ({
        stream: simulateReadableStream({
          chunks: [
            { type: "text-delta", id: "1", delta: "Four" },
            { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
          ],
        }),
      }),
    });
    await using orchestrator = createOrchestrator({ providers: [failing(call(500)), fromAiSdk(model, { name: "second" })] });
    const result = await orchestrator.query({ text: "What is two and two in a word?", options: { type: "simple" } });
    expect(result).toMatchObject({
      text: "Four",
      provider: "second",
      model: "m-1",
      attempts: expect.arrayContaining([expect.objectContaining({ provider: "theirs", kind: "server" })]),
    });
  });
});

const weather = tool({
  description: "Weather of a city",
  inputSchema: jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
  execute: async ({ city }) => ({ city, sky: "blue" }),
});

describe("asLanguageModel", () => {
  it("serves generateText, with a tool that the AI SDK runs", async () => {
    const provider = scriptedProvider(
      { toolCalls: [{ name: "weather", arguments: { city: "Bern" } }], usage: { inputTokens: 3, outputTokens: 2 } },
      { text: "The sky is blue.", usage: { inputTokens: 8, outputTokens: 5 } },
    );
    const result = await generateText({
      model: asLanguageModel(failover([provider])),
      system: "Be brief.",
      prompt: "How is Bern?",
      tools: { weather },
      stopWhen: isStepCount(3),
    });
    expect(result.text).toBe("The sky is blue.");
    expect(result.finishReason).toBe("stop");
    expect(result.totalUsage).toMatchObject({ inputTokens: 11, outputTokens: 7 });
    expect(result.providerMetadata).toMatchObject({ hydrogenai: { provider: "scripted" } });
    expect(provider.requests[0]).toMatchObject({ tools: [{ name: "weather", description: "Weather of a city" }] });
    expect(provider.requests[1]?.messages).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: "How is Bern?" },
      { role: "assistant", toolCalls: [{ name: "weather", arguments: '{"city":"Bern"}' }] },
      { role: "tool", name: "weather", content: '{"city":"Bern","sky":"blue"}' },
    ]);
  });

  it("serves streamText, with parallel tool calls and reasoning", async () => {
    const calls = ["Bern", "Rome"].map((city, at) => ({ id: `c${at}`, name: "weather", arguments: JSON.stringify({ city }) }));
    const first: ModelEvent[] = [
      { type: "start", requestId: "req_1" },
      { type: "reasoning-delta", text: "Two cities" },
      ...calls.map((call): ModelEvent => ({ type: "tool-call", call })),
      { type: "finish", reason: "tool-calls", usage: { inputTokens: 3, outputTokens: 4, reasoningTokens: 2 } },
    ];
    const second: ModelEvent[] = [
      { type: "text-delta", text: "Blue " },
      { type: "text-delta", text: "and blue." },
      { type: "finish", reason: "stop", usage: { inputTokens: 9, outputTokens: 3, cachedInputTokens: 4 }, model: "m-7" },
    ];
    let asked = 0;
    const provider = defineProvider({
      name: "streaming",
      async *stream() {
        yield* asked++ === 0 ? first : second;
      },
    });
    const result = streamText({ model: asLanguageModel(provider), prompt: "Bern and Rome?", tools: { weather }, stopWhen: isStepCount(3) });
    expect((await all(result.textStream)).join("")).toBe("Blue and blue.");
    const [one, two] = await result.steps;
    expect(one?.toolResults.map(({ output }) => output)).toEqual([
      { city: "Bern", sky: "blue" },
      { city: "Rome", sky: "blue" },
    ]);
    expect(one?.reasoningText).toBe("Two cities");
    expect(one?.usage).toMatchObject({ outputTokenDetails: { reasoningTokens: 2, textTokens: 2 } });
    expect(two?.response.modelId).toBe("m-7");
    expect(two?.usage).toMatchObject({ inputTokenDetails: { cacheReadTokens: 4, noCacheTokens: 5 } });
  });

  it("hands a schema and images on", async () => {
    const provider = scriptedProvider('{"sky":"blue"}');
    const schema = { type: "object", properties: { sky: { type: "string" } }, required: ["sky"] } as const;
    const { output } = await generateText({
      model: asLanguageModel(provider),
      output: Output.object({ schema: jsonSchema<{ sky: string }>(schema), name: "weather" }),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", image: new Uint8Array([1, 2, 3]), mediaType: "image/png" },
            { type: "image", image: new URL("https://example.com/a.png") },
          ],
        },
      ],
    });
    expect(output).toEqual({ sky: "blue" });
    expect(provider.requests[0]).toMatchObject({
      outputSchema: { name: "weather", schema },
      messages: [
        {
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", data: "AQID", mediaType: "image/png" },
            { type: "image", data: "https://example.com/a.png" },
          ],
        },
      ],
    });
  });

  it("warns of settings that no provider takes", async () => {
    const { warnings } = await generateText({ model: asLanguageModel(scriptedProvider("yes")), prompt: "hello", topK: 3, seed: 7 });
    expect(warnings).toEqual([
      { type: "unsupported", feature: "topK" },
      { type: "unsupported", feature: "seed" },
    ]);
  });

  const limited = new ProviderError("p (m): slow down; wait", {
    provider: "p",
    kind: "rate-limit",
    retryable: true,
    status: 429,
    retryAfterMs: 1,
  });

  it("fails with the AI SDK's own error, ours being its cause", async () => {
    const provider = scriptedProvider(limited);
    const asked = generateText({ model: asLanguageModel(provider), prompt: "hello", maxRetries: 0 });
    const error: unknown = await asked.catch((reason: unknown) => reason);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 429,
      isRetryable: true,
      responseHeaders: { "retry-after-ms": "1" },
      data: { code: "PROVIDER_FAILED", kind: "rate-limit", provider: "p" },
      cause: limited,
    });
    const errors: unknown[] = [];
    const streamed = streamText({
      model: asLanguageModel(provider),
      prompt: "hello",
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    await streamed.consumeStream();
    expect(APICallError.isInstance(errors[0])).toBe(true);
    await expect(streamed.text).rejects.toThrow();
  });

  it("is retried by the AI SDK as a provider, and not as a failover, which did retry", async () => {
    const once = scriptedProvider(limited, "yes");
    await expect(generateText({ model: asLanguageModel(once), prompt: "hello" })).resolves.toMatchObject({ text: "yes" });
    expect(once.requests).toHaveLength(2);
    const never = { ...scriptedProvider(new Error("down")), name: "down" };
    const model = asLanguageModel(failover([never], { onExhausted: "fail", maxAttempts: 1 }));
    await expect(generateText({ model, prompt: "hello" })).rejects.toMatchObject({ statusCode: 503, isRetryable: false });
    expect(never.requests).toHaveLength(1);
  });

  it("never makes a success of a stream that broke off", async () => {
    const cut = scriptedProvider({ text: "It begins and", end: "cut" });
    for (const afterFirstToken of ["error", "buffer"] as const) {
      const errors: unknown[] = [];
      const model = asLanguageModel(failover([cut], { afterFirstToken: "restart", maxAttempts: 1 }), { afterFirstToken });
      const streamed = streamText({ model, prompt: "hello", maxRetries: 0, onError: ({ error }) => void errors.push(error) });
      const shown = (await all(streamed.textStream)).join("");
      expect(shown).toBe(afterFirstToken === "error" ? "It begins and" : "");
      expect(errors).toHaveLength(1);
      expect(APICallError.isInstance(errors[0])).toBe(true);
      expect(await Promise.resolve(streamed.finishReason).catch(() => "rejected")).not.toBe("stop");
    }
  });

  it("aborts", async () => {
    const provider = scriptedProvider({ text: "It begins and", end: "hang" });
    const caller = new AbortController();
    const streamed = streamText({ model: asLanguageModel(provider), prompt: "hello", abortSignal: caller.signal });
    const types: string[] = [];
    for await (const part of streamed.fullStream) {
      types.push(part.type);
      if (part.type === "text-delta") caller.abort();
    }
    expect(types.at(-1)).toBe("abort");
    await expect.poll(() => provider.running()).toBe(0);
    const whole = generateText({ model: asLanguageModel(provider), prompt: "hello", abortSignal: AbortSignal.timeout(20), maxRetries: 0 });
    await expect(whole).rejects.toMatchObject({ name: "TimeoutError" });
    await expect.poll(() => provider.running()).toBe(0);
  });

  it("leaves the provider's stream when its own is left", async () => {
    const provider = scriptedProvider({ text: "It begins and", end: "hang" });
    const { stream } = await asLanguageModel(provider).doStream({ prompt: [{ role: "user", content: [{ type: "text", text: "hello" }] }] });
    const reader = stream.getReader();
    while ((await reader.read()).value?.type !== "text-delta");
    await reader.cancel();
    await expect.poll(() => provider.running()).toBe(0);
  });
});

describe("asLanguageModel(orchestrator)", () => {
  it("answers from the cache the second time, and says so", async () => {
    const provider = scriptedProvider({ text: "Paris is the capital.", usage: { inputTokens: 4, outputTokens: 5 } });
    await using orchestrator = createOrchestrator({ providers: [provider] });
    const model = asLanguageModel(orchestrator, { query: { tenant: "t1", options: { type: "simple" } } });
    const prompt = "What is the capital of France?";
    const first = await generateText({ model, prompt });
    expect(first).toMatchObject({ text: "Paris is the capital.", finishReason: "stop", usage: { inputTokens: 4, outputTokens: 5 } });
    expect(first.providerMetadata).toMatchObject({ hydrogenai: { cached: "none", provider: "scripted", type: "simple" } });
    const second = streamText({ model, prompt });
    expect((await all(second.textStream)).join("")).toBe("Paris is the capital.");
    expect(await second.providerMetadata).toMatchObject({ hydrogenai: { cached: "exact" } });
    expect(provider.requests).toHaveLength(1);
    const other = asLanguageModel(orchestrator, { query: { tenant: "t2", options: { type: "simple" } } });
    expect((await generateText({ model: other, prompt })).providerMetadata).toMatchObject({ hydrogenai: { cached: "none" } });
  });

  it("asks the last question with what was said before as its context", async () => {
    const provider = scriptedProvider("Rome.");
    await using orchestrator = createOrchestrator({ providers: [provider] });
    const model = asLanguageModel(orchestrator, { query: { options: { type: "simple" } } });
    const ask = (before: string) =>
      generateText({
        model,
        system: "Answer in one word.",
        messages: [
          { role: "user", content: before },
          { role: "assistant", content: "Paris." },
          { role: "user", content: "And which one has the other country?" },
        ],
      });
    expect((await ask("The capital of France?")).text).toBe("Rome.");
    const sent = JSON.stringify(provider.requests[0]);
    for (const text of ["Answer in one word.", "The capital of France?", "Paris.", "And which one"]) expect(sent).toContain(text);
    // Another conversation is another question.
    expect((await ask("The capital of Spain?")).providerMetadata).toMatchObject({ hydrogenai: { cached: "none" } });
  });

  it("says that the local tier answered where there is no vendor", async () => {
    await using orchestrator = createOrchestrator();
    const { text, providerMetadata } = await generateText({ model: asLanguageModel(orchestrator), prompt: "What is new?" });
    expect(text).not.toBe("");
    expect(providerMetadata).toMatchObject({ hydrogenai: { answeredBy: "local" } });
  });

  it("warns of tools, and refuses what it cannot do instead of doing something else", async () => {
    await using orchestrator = createOrchestrator({ providers: [scriptedProvider("yes")] });
    const model = asLanguageModel(orchestrator);
    const { warnings } = await generateText({ model, prompt: "Say yes to me, please", tools: { weather } });
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "tools" }]);
    const image = { type: "image", image: new Uint8Array([1]), mediaType: "image/png" } as const;
    const refused = generateText({ model, messages: [{ role: "user", content: [image] }], maxRetries: 0 });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining("takes no images"), isRetryable: false });
  });

  it("fails as the orchestrator does", async () => {
    await using orchestrator = createOrchestrator();
    const asked = generateText({ model: asLanguageModel(orchestrator, { query: { sessionId: "nobody" } }), prompt: "hello" });
    await expect(asked).rejects.toMatchObject({ name: "AI_APICallError", statusCode: 404, cause: expect.any(OrchestratorError) });
  });
});
