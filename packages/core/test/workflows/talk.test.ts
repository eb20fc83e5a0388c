import { describe, expect, it } from "vitest";
import { createOrchestrator } from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";
import { mongoTools } from "../plan/data.ts";

const movies = [{ title: "Jaws", director: "Steven Spielberg" }];

describe("what asks nothing of the data", () => {
  it.each(["help", "What can you do?", "hi, what can I ask?", "Who are you?"])("says what can be asked: %j", async (text) => {
    await using orchestrator = createOrchestrator({ tools: mongoTools({ movies }) });
    const { text: answer, answeredBy } = await orchestrator.query(text);
    expect(answer).toMatch(/Connected are data on movies\. Ask for instance "How many movies are there\?"/);
    expect(answeredBy).toBe("local");
  });

  it.each(["hello", "thanks!", "ok, great"])("takes talk for no question, outside a session too: %j", async (text) => {
    await using orchestrator = createOrchestrator({ tools: mongoTools({ movies }) });
    expect((await orchestrator.query(text)).text).toMatch(/nothing to look up.*movies/);
  });

  it("leaves talk to a model where there is one, and what can be asked to the model alone where nothing is connected", async () => {
    await using talking = createOrchestrator({ tools: mongoTools({ movies }), providers: [scriptedProvider("Hello to you.")] });
    expect((await talking.query("hello")).text).toBe("Hello to you.");
    await using alone = createOrchestrator({ providers: [scriptedProvider("Anything.")] });
    expect((await alone.query("What can you do?")).text).toBe("Anything.");
  });

  it("says so where the data cannot be reached", async () => {
    const tools = mongoTools({ movies }).map((tool) => ({
      ...tool,
      execute: async () => {
        throw new Error("away");
      },
    }));
    await using orchestrator = createOrchestrator({ tools });
    const { text, degraded } = await orchestrator.query("help");
    expect(text).toMatch(/cannot be reached just now/);
    expect(degraded).toContain("tools:data");
  });
});
