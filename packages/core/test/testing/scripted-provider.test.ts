import { describe, expect, it } from "vitest";
import { OrchestratorError, ProviderError } from "../../src/errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "../../src/ports/provider.ts";
import { scriptedProvider } from "../../src/testing/index.ts";
import { promptOf } from "./subjects.ts";

const ask = (content: string): ModelRequest => ({ messages: [{ role: "user", content }] });

async function collect(provider: Provider, request: ModelRequest, signal?: AbortSignal): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of provider.stream(request, { signal })) events.push(event);
  return events;
}

describe("scriptedProvider", () => {
  it("goes through its script, one step a call, and stays at the last", async () => {
    const provider = scriptedProvider("one", new Error("down"), (request) => `you said ${promptOf(request)}`);
    expect((await provider.generate(ask("a"))).text).toBe("one");
    await expect(provider.generate(ask("b"))).rejects.toMatchObject({
      code: "PROVIDER_FAILED",
      provider: "scripted",
      kind: "server",
      retryable: true,
      message: "down",
    });
    expect((await provider.generate(ask("c"))).text).toBe("you said c");
    expect((await provider.generate(ask("d"))).text).toBe("you said d");
    expect(provider.requests.map((request) => request.messages[0]?.content)).toEqual(["a", "b", "c", "d"]);
  });

  it("streams a text word by word, and nothing of it is lost", async () => {
    const text = "  Two  words\n\nand more ";
    const events = await collect(scriptedProvider(text), ask("a"));
    const pieces = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
    expect(pieces).toEqual(["  Two  ", "words\n\n", "and ", "more "]);
    expect(pieces.join("")).toBe(text);
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "stop", model: "scripted-1" });
  });

  it("streams the pieces it is given, an empty text and a text of white space", async () => {
    const textOf = async (provider: Provider) =>
      (await collect(provider, ask("a"))).flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
    expect(await textOf(scriptedProvider({ pieces: ["a", "bc", "d"] }))).toEqual(["a", "bc", "d"]);
    expect((await scriptedProvider({ pieces: ["a", "bc", "d"] }).generate(ask("a"))).text).toBe("abcd");
    expect(await textOf(scriptedProvider(""))).toEqual([]);
    expect(await textOf(scriptedProvider(" \n"))).toEqual([" \n"]);
  });

  it("asks for tools, with arguments as the text a model writes", async () => {
    const provider = scriptedProvider({
      toolCalls: [
        { name: "add", arguments: { a: 1 } },
        { name: "add", arguments: "{broken", id: "x" },
      ],
    });
    const completion = await provider.generate(ask("a"));
    expect(completion.finishReason).toBe("tool-calls");
    expect(completion.toolCalls).toEqual([
      { id: "call-1", name: "add", arguments: '{"a":1}' },
      { id: "x", name: "add", arguments: "{broken" },
    ]);
    const events = await collect(provider, ask("a"));
    expect(events.flatMap((event) => (event.type === "tool-call" ? [event.call] : []))).toEqual(completion.toolCalls);
  });

  it("tells usage, model and limits as scripted", async () => {
    const rateLimits = { remainingRequests: 3 };
    const usage = { inputTokens: 5, outputTokens: 6 };
    const provider = scriptedProvider({ text: "x", usage, model: "m", rateLimits, finishReason: "length" });
    expect(await provider.generate(ask("a"))).toMatchObject({ usage, model: "m", rateLimits, finishReason: "length" });
    expect((await collect(provider, ask("a"))).at(-1)).toMatchObject({ usage, model: "m", rateLimits, reason: "length" });
    expect((await scriptedProvider("x").generate({ ...ask("a"), model: "asked" })).model).toBe("asked");
  });

  it("cuts an answer off", async () => {
    const provider = scriptedProvider({ text: "It begins", end: "cut" });
    await expect(collect(provider, ask("a"))).rejects.toMatchObject({ code: "STREAM_INCOMPLETE", details: { text: "It begins" } });
    await expect(provider.generate(ask("a"))).rejects.toMatchObject({ code: "STREAM_INCOMPLETE" });
  });

  it("throws errors of the library as they are", async () => {
    const limit = new ProviderError("slow down", { provider: "groq", kind: "rate-limit", retryAfterMs: 5 });
    await expect(scriptedProvider(limit).generate(ask("a"))).rejects.toBe(limit);
    const budget = new OrchestratorError("BUDGET_EXCEEDED", "spent");
    await expect(
      collect(
        scriptedProvider(() => budget),
        ask("a"),
      ),
    ).rejects.toBe(budget);
  });

  it("is aborted while it waits, and is then idle", async () => {
    for (const answer of [
      { text: "x", delayMs: 60_000 },
      { text: "a b", pieceDelayMs: 60_000 },
      { text: "x", end: "hang" as const },
    ]) {
      const provider = scriptedProvider(answer);
      for (const call of [provider.generate, collect.bind(undefined, provider)]) {
        const caller = new AbortController();
        const reason = new Error("enough");
        const running = call === provider.generate ? provider.generate(ask("a"), caller) : collect(provider, ask("a"), caller.signal);
        await Promise.resolve();
        expect(provider.running()).toBe(1);
        caller.abort(reason);
        await expect(running).rejects.toBe(reason);
        expect(provider.running()).toBe(0);
      }
    }
  });

  it("fails every call when it has no script", async () => {
    await expect(scriptedProvider().generate(ask("a"))).rejects.toThrow("the script of this provider is empty");
  });

  it("keeps its notes under another name", async () => {
    const provider = scriptedProvider("x");
    const renamed: Provider = { ...provider, name: "first" };
    await renamed.generate(ask("a"));
    expect([renamed.name, provider.requests.length]).toEqual(["first", 1]);
  });
});
