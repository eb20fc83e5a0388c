import { describe, expect, it } from "vitest";
import { type Tool, createOrchestrator } from "../../src/index.ts";
import { mongoTools } from "../plan/data.ts";

const broken = (execute: Tool["execute"]): Tool[] => mongoTools({ movies: [{ title: "Jaws" }] }).map((tool) => ({ ...tool, execute }));

describe("data behind tools of anybody's making", () => {
  it.each([
    ["throw no error of ours", () => Promise.reject(new Error("away"))],
    ["throw no error at all", () => Promise.reject("away")],
    [
      "throw before they answer a promise",
      () => {
        throw new Error("away");
      },
    ],
    ["never answer", () => new Promise<never>(() => {})],
  ])("is said to be away where the tools %s", async (_, execute) => {
    await using orchestrator = createOrchestrator({ tools: broken(execute), limits: { toolTimeoutMs: 50 } });
    for (const question of ["What collections are there?", "How many movies are there?"]) {
      const { degraded, answeredBy, text } = await orchestrator.query(question);
      expect(degraded).toEqual(["tools:data"]);
      expect(answeredBy).toBe("local");
      expect(text).not.toMatch(/\d/);
    }
  });
});
