import { describe, expect, it } from "vitest";
import { type Json, type Tool, createOrchestrator } from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";
import { mongoTools } from "../plan/data.ts";

const orders = [
  { id: 1, item: "Oslo lamp", keys: 2 },
  { id: 2, item: "Key ring", keys: 1 },
];
const movies = [{ title: "Hamlet" }, { title: "Alien" }];
const passages = [
  { id: "a", title: "trains", text: "Trains work day and night. Life on board is calm.", source: "notes" },
  { id: "b", title: "policy", text: "Employees may work from home on two days of every week.", source: "notes" },
];
const search: Tool = {
  name: "search-documents",
  description: "Finds passages.",
  inputSchema: { type: "object" },
  readOnly: true,
  idempotent: true,
  execute: async (): Promise<Json> => ({ passages }),
};
const connected = () => [...mongoTools({ orders, movies }), search];

describe("what nothing connected answers", () => {
  it.each([
    "How old are you?",
    "What time is it?",
    "What's today's date?",
    "Should I take ibuprofen?",
    "Where did I leave my glasses?",
    "Tell me a joke",
    "Who won the world cup?",
    "What is the meaning of life?",
    "How do vaccines work?",
    "When was Hamlet?",
    "Who wrote Hamlet?",
  ])("is declined with what can be asked: %s", async (text) => {
    await using orchestrator = createOrchestrator({ tools: connected() });
    const result = await orchestrator.query(text);
    expect(result).toMatchObject({ data: undefined, answeredBy: "local" });
    expect(result.citations ?? []).toEqual([]);
    // What is put as an order may be declined as one.
    expect(result.text).toMatch(
      /Connected are data on orders, movies, and documents|The data holds orders, movies|I can run: .+ can be asked about, "help" tells/,
    );
  });

  it.each([
    ["How many orders are there?", [{ orders: 2 }]],
    ["How many of my orders are there?", [{ orders: 2 }]],
    ["Could you show me the total keys of my orders?", [{ "total keys": 3 }]],
    ["How many movies are called Hamlet?", [{ movies: 1 }]],
  ])("is not what the data holds: %s", async (text, expected) => {
    await using orchestrator = createOrchestrator({ tools: connected() });
    const result = await orchestrator.query(text);
    expect(Object.values((result.data as object[] | undefined)?.[0] ?? {})).toEqual(Object.values(expected[0]!));
  });

  it("is answered from the documents that speak of it, whoever asks", async () => {
    await using orchestrator = createOrchestrator({ tools: connected() });
    const result = await orchestrator.query({ text: "May employees work from home?", options: { type: "rag" } });
    expect(result.citations).toMatchObject([{ id: "b" }]);
  });

  it("is left to a model where one is there", async () => {
    const model = scriptedProvider("I am a program.");
    await using orchestrator = createOrchestrator({ tools: connected(), providers: [model] });
    expect((await orchestrator.query("How old are you?")).text).toBe("I am a program.");
  });
});
