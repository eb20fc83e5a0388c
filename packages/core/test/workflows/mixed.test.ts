import { describe, expect, it } from "vitest";
import { splitQuestion } from "../../src/conversation/split-question.ts";
import { type Json, type Tool, createOrchestrator } from "../../src/index.ts";
import { mongoTools } from "../plan/data.ts";

const movies = [
  { title: "Jaws", director: "Steven Spielberg" },
  { title: "Duel", director: "Steven Spielberg" },
  { title: "Alien", director: "Ridley Scott" },
];
const passages = [{ id: "m", title: "movies", text: "A collection of films and their directors, kept by hand.", source: "notes" }];
const search: Tool = {
  name: "search-documents",
  description: "Finds passages.",
  inputSchema: { type: "object" },
  readOnly: true,
  idempotent: true,
  execute: async (): Promise<Json> => ({ passages }),
};

describe("what a question is made of", () => {
  it.each([
    ["How many movies did X direct, and what is the movies data set about?", 2],
    ["How many movies are there? What is the data set about?", 2],
    ["List the movies and describe the data set; how many fields does it have?", 3],
    ["How many movies are there? Also, where do they come from?", 2],
    ["What's the data set about, and how many movies are there?", 2],
    ["How many movies are there?", 1],
    ["Which directors made comedies and dramas?", 1],
    ["Which movies are long and which are short?", 1],
    ["What is the difference between cats and dogs?", 1],
    ['Who wrote "What, and why"?', 1],
  ])("%j: %d", (text, count) => {
    expect(splitQuestion(text)).toHaveLength(count);
  });

  it("is quick with a text made to be slow", () => {
    expect(splitQuestion(`what${" and what".repeat(20_000)}`)).toHaveLength(1);
    expect(splitQuestion(`what${", ".repeat(490)}`)).toHaveLength(1);
  });
});

describe("a question for two workflows", () => {
  it("is answered by both, and says which part came from where", async () => {
    await using orchestrator = createOrchestrator({ tools: [...mongoTools({ movies }), search] });
    const result = await orchestrator.query("How many movies did Steven Spielberg direct, and what is the movies data set about?");
    expect(result.text).toMatch(/From the data \(How many movies did Steven Spielberg direct\?\)\s+.*2/);
    expect(result.text).toMatch(/From the documents \(what is the movies data set about\?\)\s+A collection of films/);
    expect(result.data).toEqual([{ movies: 2 }]);
    expect(result.citations).toMatchObject([{ id: "m" }]);
    expect(result.explanation?.[0]).toBe("Read as 2 questions.");
  });

  it("takes two questions about the data apart", async () => {
    await using orchestrator = createOrchestrator({ tools: mongoTools({ movies }) });
    const result = await orchestrator.query("How many movies are there and who directed Alien?");
    expect(result.text).toMatch(/3/);
    expect(result.text).toMatch(/Ridley Scott/);
  });

  it("answers the part it can when the documents are away, and says what is missing", async () => {
    const broken: Tool = { ...search, execute: () => Promise.reject(new Error("down")) };
    await using orchestrator = createOrchestrator({ tools: [...mongoTools({ movies }), broken] });
    const result = await orchestrator.query("How many movies did Steven Spielberg direct, and what is the movies data set about?");
    expect(result.text).toMatch(/2/);
    expect(result.degraded).toEqual(["tools:search-documents"]);
    expect(result.cached).toBe("none");
  });
});

describe("a question about nothing that is there", () => {
  it("is not answered, and says what could be", async () => {
    await using orchestrator = createOrchestrator({ tools: [...mongoTools({ movies }), search] });
    const result = await orchestrator.query("Will it rain tomorrow afternoon?");
    expect(result.data).toBeUndefined();
    expect(result.text).toMatch(/cannot answer that.*Connected are data on movies, and documents\./);
  });
});
