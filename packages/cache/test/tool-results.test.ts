import { type Json, type Tool, type Workflow, createOrchestrator, defineTool, memoryCacheStore } from "@hydrogenai/core";
import { describe, expect, it } from "vitest";
import { semanticCache } from "../src/index.ts";

let runs = 0;
const counting = (name: string, more: Partial<Tool> = {}): Tool => ({
  ...defineTool({
    name,
    description: "counts",
    readOnly: true,
    inputSchema: { type: "object" },
    execute: () => ({ runs: ++runs }),
  }),
  ...more,
});

/** A workflow that calls the tool its question names; no two questions are the same, so no answer is reused. */
const calling: Workflow = {
  name: "calling",
  run: async ({ text }, { callTool }) => {
    const [tool = "", collection = ""] = text.split(" ");
    return { text: JSON.stringify(await callTool(tool, { collection })), answeredBy: "local" };
  },
};

function setUp(tools: readonly Tool[], store = memoryCacheStore()) {
  runs = 0;
  const cache = semanticCache({ store, mode: "exact" });
  const orchestrator = createOrchestrator({ cache, tools, workflows: { simple: calling } });
  let asked = 0;
  const ask = (call: string, options: { readonly cache?: "use" | "refresh" | "bypass"; readonly tenant?: string } = {}) =>
    orchestrator.query({
      text: `${call} ${++asked}`,
      ...(options.tenant !== undefined && { tenant: options.tenant }),
      principal: { id: "ada", roles: ["operator"] },
      options: { type: "simple", cache: options.cache },
    });
  const outputOf = async (...call: Parameters<typeof ask>): Promise<Json> => JSON.parse((await ask(...call)).text) as Json;
  return { orchestrator, cache, ask, outputOf };
}

describe("results of tools", () => {
  it("are taken from memory for the same call, told in the answer and counted", async () => {
    const { ask, cache, outputOf } = setUp([counting("read")]);
    expect(await outputOf("read boats")).toEqual({ runs: 1 });
    const again = await ask("read boats");
    expect([again.text, again.explain?.toolResults]).toEqual(['{"runs":1}', 1]);
    expect(await outputOf("read harbours")).toEqual({ runs: 2 });
    expect(cache.report()).toMatchObject({ toolHits: 1, toolMisses: 2 });
  });

  it("are not shared between tenants, and are left alone by a query that bypasses or refreshes", async () => {
    const { outputOf } = setUp([counting("read")]);
    expect(await outputOf("read boats")).toEqual({ runs: 1 });
    expect(await outputOf("read boats", { tenant: "other" })).toEqual({ runs: 2 });
    expect(await outputOf("read boats", { cache: "bypass" })).toEqual({ runs: 3 });
    expect(await outputOf("read boats", { cache: "refresh" })).toEqual({ runs: 4 });
    expect(await outputOf("read boats")).toEqual({ runs: 4 });
  });

  it("of a tool that changes something are never kept, and what it changed is read anew", async () => {
    const { outputOf } = setUp([counting("read"), counting("write", { readOnly: false })]);
    expect(await outputOf("read boats")).toEqual({ runs: 1 });
    expect(await outputOf("write boats")).toEqual({ runs: 2 });
    expect(await outputOf("write boats")).toEqual({ runs: 3 });
    expect(await outputOf("read boats")).toEqual({ runs: 4 });
  });

  it("that are corrupt, of another version or too large are read anew and removed", async () => {
    const store = memoryCacheStore();
    let key = "";
    const { cache, outputOf } = setUp([counting("read")], {
      ...store,
      set: async (name, ...rest) => {
        if (name.startsWith("tool:")) key = name;
        await store.set(name, ...rest);
      },
    });
    await outputOf("read boats");
    const spoiled = ["{", '{"format":0}', "x".repeat(2 ** 20 + 1)];
    for (const [at, text] of spoiled.entries()) {
      await store.set(key, new TextEncoder().encode(text));
      expect(await outputOf("read boats")).toEqual({ runs: at + 2 });
      expect(cache.report().removed).toBe(at + 1);
    }
    expect(await outputOf("read boats")).toEqual({ runs: spoiled.length + 1 });
  });

  it("are forgotten with the collection they come from", async () => {
    const { outputOf, orchestrator } = setUp([counting("read")]);
    expect(await outputOf("read boats")).toEqual({ runs: 1 });
    expect(await outputOf("read harbours")).toEqual({ runs: 2 });
    await orchestrator.invalidate({ tags: ["collection:boats"] });
    expect(await outputOf("read boats")).toEqual({ runs: 3 });
    expect(await outputOf("read harbours")).toEqual({ runs: 2 });
  });

  it("are not kept when the tool says so, and neither is the answer", async () => {
    const { orchestrator, outputOf } = setUp([counting("clock", { freshMs: 0 })]);
    expect(await outputOf("clock a")).toEqual({ runs: 1 });
    expect(await outputOf("clock a")).toEqual({ runs: 2 });
    const query = { text: "clock b", options: { type: "simple" as const } };
    expect((await orchestrator.query(query)).cached).toBe("none");
    expect((await orchestrator.query(query)).cached).toBe("none");
  });
});
