import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OrchestratorError } from "../src/errors.ts";
import type { Json, JsonObject } from "../src/ports/json.ts";
import { scriptedTools } from "../src/testing/index.ts";
import { defineTool, toolSource } from "../src/tools.ts";

const adding = (inputs: unknown[]) =>
  defineTool({
    name: "add",
    description: "Adds",
    inputSchema: z.object({ a: z.number(), b: z.number().default(1) }),
    execute: (input) => {
      inputs.push(input);
      return input.a + input.b;
    },
  });

const object: JsonObject = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };

const named = (name: string, execute: (input: Json) => Json | undefined = () => null) =>
  defineTool({ name, description: "A tool", inputSchema: object, execute });

describe("defineTool", () => {
  it("takes a Standard Schema: typed, checked, with its defaults, and written as JSON Schema", async () => {
    const inputs: unknown[] = [];
    const tool = adding(inputs);
    expect(tool.inputSchema).toMatchObject({ type: "object", properties: { a: { type: "number" } }, required: ["a"] });
    expect(await tool.execute({ a: 2 })).toBe(3);
    expect(inputs).toEqual([{ a: 2, b: 1 }]);
  });

  it("does not run with input that a Standard Schema refuses, and says where it is wrong", async () => {
    const inputs: unknown[] = [];
    const tool = adding(inputs);
    await expect(tool.execute({ a: "2" })).rejects.toMatchObject({
      code: "TOOL_INPUT_INVALID",
      details: { tool: "add" },
      message: expect.stringMatching(/^the input of add is not valid: a: /) as string,
    });
    await expect(tool.execute(null)).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    expect(inputs).toEqual([]);
  });

  it("does not run with input that a JSON Schema refuses", async () => {
    let runs = 0;
    const tool = named("count", () => ++runs);
    await expect(tool.execute({})).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    await expect(tool.execute({ a: "1" })).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    await expect(tool.execute([])).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
    expect(await tool.execute({ a: 1, more: true })).toBe(1);
    expect(runs).toBe(1);
  });

  it("changes things and may not be repeated, unless it says otherwise", () => {
    const define = (more: object) => defineTool({ name: "x", description: "x", inputSchema: object, execute: () => null, ...more });
    expect(define({})).toMatchObject({ readOnly: false, idempotent: false });
    expect(define({ readOnly: true })).toMatchObject({ readOnly: true, idempotent: true });
    expect(define({ idempotent: true })).toMatchObject({ readOnly: false, idempotent: true });
  });

  it("turns what the function throws into a failure of the tool, and leaves the library's errors alone", async () => {
    const cause = new RangeError("too far");
    const failing = named("fail", () => {
      throw cause;
    });
    await expect(failing.execute({ a: 1 })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      message: "too far",
      details: { tool: "fail" },
      cause,
    });
    const own = new OrchestratorError("TOOL_FORBIDDEN", "not you");
    const refusing = named("refuse", () => {
      throw own;
    });
    await expect(refusing.execute({ a: 1 })).rejects.toBe(own);
  });

  it("answers null when the function answers nothing", async () => {
    expect(await named("nothing", () => undefined).execute({ a: 1 })).toBeNull();
  });

  it("rejects at once when aborted, even when the function does not heed its signal", async () => {
    const tool = defineTool({ name: "deaf", description: "x", inputSchema: object, execute: () => new Promise<null>(() => {}) });
    const caller = new AbortController();
    const reason = new Error("enough");
    const running = tool.execute({ a: 1 }, { signal: caller.signal });
    caller.abort(reason);
    await expect(running).rejects.toBe(reason);
    const begun = new AbortController();
    const working = tool.execute({ a: 1 }, { signal: begun.signal });
    await new Promise(setImmediate);
    begun.abort(reason);
    await expect(working).rejects.toBe(reason);
  });

  it("hands signal and idempotency key on", async () => {
    const seen: unknown[] = [];
    const tool = defineTool({ name: "x", description: "x", inputSchema: object, execute: (_, options) => void seen.push(options) });
    const { signal } = new AbortController();
    await tool.execute({ a: 1 }, { signal, idempotencyKey: "k" });
    expect(seen).toEqual([{ signal, idempotencyKey: "k" }]);
  });

  it.each(["", "a b", "a/b", "ä", "a\n", "x".repeat(129)])("refuses the name %j", (name) => {
    expect(() => named(name)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("toolSource", () => {
  it("refuses two tools of one name", () => {
    expect(() => toolSource("mine", [named("a"), named("b"), named("a")])).toThrow("two tools of mine are called a");
  });

  it("lists nothing after close", async () => {
    const source = toolSource("mine", [named("a")]);
    await source.close?.();
    await expect(source.tools()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("scriptedTools", () => {
  it("does what it is told and notes who called", async () => {
    const tools = scriptedTools({ rows: [{ n: 1 }], fail: new Error("no such table"), twice: (input) => [input, input] });
    const byName = new Map((await tools.tools()).map((tool) => [tool.name, tool]));
    expect(await byName.get("rows")?.execute({})).toEqual([{ n: 1 }]);
    await expect(byName.get("fail")?.execute({})).rejects.toMatchObject({ code: "TOOL_FAILED", message: "no such table" });
    expect(await byName.get("twice")?.execute({ a: 1 })).toEqual([{ a: 1 }, { a: 1 }]);
    expect(tools.calls).toEqual([
      { tool: "rows", input: {} },
      { tool: "fail", input: {} },
      { tool: "twice", input: { a: 1 } },
    ]);
    expect(tools.running()).toBe(0);
  });

  it("tells how many calls are at work", async () => {
    const gate = Promise.withResolvers<Json>();
    const tools = scriptedTools({ slow: () => gate.promise });
    const calls = (await tools.tools()).flatMap((slow) => [slow.execute({}), slow.execute({})]);
    await expect.poll(() => tools.running()).toBe(2);
    gate.resolve("done");
    expect(await Promise.all(calls)).toEqual(["done", "done"]);
    expect(tools.running()).toBe(0);
  });
});
