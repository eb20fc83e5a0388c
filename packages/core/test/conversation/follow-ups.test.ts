import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Orchestrator, type OrchestratorEvent, type QueryResult, createOrchestrator, sessionHistory } from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";
import { mongoTools } from "../plan/data.ts";

const cities = ["Oslo", "Oslo", "Oslo", "Rome", "Rome", "Bonn"];
const staff = cities.map((city, at) => ({
  name: ["Ada", "Bea", "Cyd", "Dan", "Eve", "Flo"][at] as string,
  city,
  team: at % 2 === 0 ? "sales" : "research",
  salary: 100 + at,
  hired: `202${at}-05-01`,
}));
const tools = () => mongoTools({ staff });

let orchestrator: Orchestrator;
beforeAll(() => {
  orchestrator = createOrchestrator({ tools: tools() });
});
afterAll(() => orchestrator.close());

/** What the last of these is answered with, all said in one session. */
async function say(...texts: readonly string[]): Promise<QueryResult> {
  const sessionId = await orchestrator.createSession();
  let result: QueryResult | undefined;
  for (const text of texts) result = await orchestrator.query({ text, sessionId });
  return result!;
}

const values = ({ data }: QueryResult): unknown[] =>
  (data as Record<string, unknown>[] | undefined)?.map((row) => Object.values(row)) ?? [];

describe("follow-ups", () => {
  it.each([
    [["How many staff are in Oslo?", "and in Rome?"], [[2]]],
    [["How many staff are in Oslo?", "and in Rome?", "what about Bonn"], [[1]]],
    [["How many staff are in Oslo?", "only the sales team"], [[2]]],
    [["How many staff are there?", "how many of them are in Rome?"], [[2]]],
    [["average salary of staff per city", "and the maximum?", "only the top 1"], [["Bonn", 105]]],
    [["Who are the staff in Rome?", "how many is that?"], [[2]]],
    [["How many staff are in Rome?", "what is their average salary?"], [[103.5]]],
    [["How many staff are in Rome?", "thanks!", "and in Bonn?"], [[1]]],
    [
      ["Which 2 staff have the highest salary?", "and the lowest?"],
      [
        ["Ada", 100],
        ["Bea", 101],
      ],
    ],
    [["How many staff were hired in 2022?", "and 2023?"], [[1]]],
    [["average salary of staff per city", "and the lowest?"], [["Oslo", 101]]],
    [
      ["average salary of staff per city", "sort by city"],
      [
        ["Bonn", 105],
        ["Oslo", 101],
        ["Rome", 103.5],
      ],
    ],
    [["average salary of staff per city", "only those above 101", "how many cities is that?"], [[2]]],
    [["How many staff are in Oslo?", "not in Oslo"], [[3]]],
    [
      ["How many staff are in Oslo?", "by team"],
      [
        ["sales", 2],
        ["research", 1],
      ],
    ],
    [["How many staff earn a salary over 101?", "which ones?", "top 1"], [["Flo", 105]]],
    [["Top 3 staff by salary", "what is the city of the second one?"], [["Rome"]]],
    [["Which staff has the highest salary?", "the second highest?"], [["Eve", 104]]],
    [["How many staff are in Oslo?", "as a percentage?"], [[50]]],
    [["How many staff are in Oslo?", "as a percentage?", "and in Rome or Bonn?"], [[50]]],
    [["Top 3 staff by salary", "what is the city of the third?"], [["Rome"]]],
    [["average salary of staff per city", "the one lowest"], [["Oslo", 101]]],
    [["How many staff are in Rome?", "how many of them are in the research team?", "as a percentage"], [[50]]],
    [["How many staff have a salary above 103?", "below 102?"], [[2]]],
    [["Which staff has the highest salary?", "what about the worst?"], [["Ada", 100]]],
    [["Which staff has the highest salary?", "sorry, the lowest I mean"], [["Ada", 100]]],
    [["Who are the staff in Rome?", "which of them are in the research team?"], [["Dan", "research"]]],
    [
      ["Who are the staff in Rome?", "sort them by salary, descending"],
      [
        ["Eve", "Rome", 104],
        ["Dan", "Rome", 103],
      ],
    ],
    [
      ["average salary of staff", "split that by team"],
      [
        ["research", 103],
        ["sales", 102],
      ],
    ],
    [["Which city has the most staff?", "how many staff of the research team are in that city?"], [[1]]],
    [
      ["Which city has the most staff?", "which staff are they?"],
      [
        ["Ada", "Oslo"],
        ["Bea", "Oslo"],
        ["Cyd", "Oslo"],
      ],
    ],
    [["How many staff are in Rome?", "what do they earn on average?"], [[103.5]]],
  ] as const)("%j", async (texts, expected) => {
    const result = await say(...texts);
    expect(values(result)).toEqual(expected);
    expect(result.explanation?.[0]).toMatch(/^Read as: /);
  });

  it("never alters a complete question", async () => {
    const alone = await orchestrator.query("How many staff are in Rome?");
    const later = await say("average salary of staff per city", "How many staff are in Rome?");
    expect(later.text).toBe(alone.text);
    expect(later.explanation?.join(" ")).not.toContain("Read as");
  });

  it("are recorded with what they were read as", async () => {
    await using fresh = createOrchestrator({ tools: tools() });
    const answered: OrchestratorEvent[] = [];
    fresh.on("query.answered", (event) => answered.push(event));
    const sessionId = await fresh.createSession();
    for (const text of ["How many staff are in Oslo?", "and in Rome?"]) await fresh.query({ text, sessionId });
    const turns = answered.reduce(
      (turns, event) => sessionHistory.apply(turns, { ...event, stream: "session", version: 1 }),
      sessionHistory.initial,
    );
    expect(turns.map(({ question, standalone }) => [question, standalone])).toEqual([
      ["How many staff are in Oslo?", undefined],
      ["and in Rome?", "How many staff are in Rome?"],
    ]);
  });

  it("answers talk with talk, and why with how", async () => {
    const thanks = await say("How many staff are in Rome?", "thanks");
    expect(thanks).toMatchObject({ data: undefined, answeredBy: "local" });
    const why = await say("How many staff are in Rome?", "why?");
    expect(why.text).toMatch(/Counted staff where city is 'Rome'/);
    expect(why.data).toBeUndefined();
  });

  it("says so when nothing explains what is referred to", async () => {
    const result = await say("How many staff are in Rome?", "what is their shoe size?");
    expect(result).toMatchObject({ data: undefined, answeredBy: "local" });
    expect(result.text).toMatch(/cannot tell what that refers to/);
  });

  it.each([
    ["How many staff are in Rome?", "what about the third one?"],
    ["Which staff has the highest salary?", "which staff is it for?"],
    ["How many staff are in Rome?", "what about the weather?"],
    ["How many staff are in Rome?", "same for 1955"],
    ["Who are the staff in Rome?", "how many staff did she hire?"],
    ["average salary of staff per city", "the other way round?"],
  ])("asks back rather than to answer another question: %s %s", async (...texts) => {
    const result = await say(...texts);
    expect(result.data === undefined || result.explanation?.[0]?.startsWith("Read as: ")).toBe(true);
  });

  it.each([
    "How many staff are there?",
    "average salary of staff per team",
    "Who has the highest salary?",
    "List the staff hired in 2021",
    "How many staff are in the research team?",
  ])("inherits nothing in a new question: %s", async (text) => {
    const later = await say("Who are the staff in Rome with a salary over 103?", "and in Oslo?", text);
    expect(later.data).toEqual((await orchestrator.query(text)).data);
    expect(later.data).toBeDefined();
  });

  it.each(["what about constructor?", "per __proto__", "and in $where?", "top 99999999999", "sort by toString", `and ${"(".repeat(200)}`])(
    "survives %j",
    async (text) => {
      const result = await say("How many staff are in Oslo?", text);
      expect(result.text).not.toBe("");
    },
  );

  it("treats values as values, whatever they look like", async () => {
    const result = await say("How many staff are in Oslo?", 'and in {"$where": "1"}?');
    expect(JSON.stringify(result.plan ?? {})).not.toMatch(/"\$where":/);
  });
});

describe("follow-ups that rules do not resolve", () => {
  const beyondRules = "and for the others, the ones up north?";
  const rewritten = JSON.stringify({ question: "How many staff are in Bonn?" });

  it("are rewritten by a model, and then answered as any question", async () => {
    const model = scriptedProvider({ text: rewritten, usage: { inputTokens: 40, outputTokens: 8 } });
    await using fresh = createOrchestrator({ tools: tools(), providers: [model] });
    const sessionId = await fresh.createSession();
    await fresh.query({ text: "How many staff are in Oslo?", sessionId });
    expect(model.requests).toHaveLength(0);
    const result = await fresh.query({ text: beyondRules, sessionId });
    expect(values(result)).toEqual([[1]]);
    expect(result.explanation?.[0]).toBe("Read as: How many staff are in Bonn?");
    expect(result).toMatchObject({ usage: { inputTokens: 40, outputTokens: 8 }, attempts: [{ provider: "scripted", outcome: "ok" }] });
    expect(model.requests).toHaveLength(1);
    expect(JSON.stringify(model.requests[0]?.messages)).toContain("How many staff are in Oslo?");
    // The next one goes on from there.
    expect(values(await fresh.query({ text: "and in Rome?", sessionId }))).toEqual([[2]]);
  });

  it.each([
    ["no JSON", "well, Bonn"],
    ["nothing", JSON.stringify({ question: " " })],
    ["more than a question", JSON.stringify({ question: "x".repeat(2_000) })],
    ["the message as it is", JSON.stringify({ question: beyondRules })],
  ])("stay as they are when the model says %s", async (_, said) => {
    const model = scriptedProvider((request) => (request.outputSchema === undefined ? "I cannot say." : said));
    await using fresh = createOrchestrator({ tools: tools(), providers: [model] });
    const sessionId = await fresh.createSession();
    await fresh.query({ text: "How many staff are in Oslo?", sessionId });
    const result = await fresh.query({ text: beyondRules, sessionId });
    expect(result.explanation?.join(" ") ?? "").not.toContain("Read as");
    expect(result.text).toBe("I cannot say.");
  });

  it("are answered locally, and say so, when every model is down", async () => {
    const model = scriptedProvider(new Error("down"));
    await using fresh = createOrchestrator({ tools: tools(), providers: [model] });
    const sessionId = await fresh.createSession();
    await fresh.query({ text: "How many staff are in Oslo?", sessionId });
    const result = await fresh.query({ text: beyondRules, sessionId });
    expect(result).toMatchObject({ answeredBy: "local", data: undefined });
    expect(result.degraded).toContain("providers");
  });

  it("cost no model call when there is nothing to go on from", async () => {
    const model = scriptedProvider("An answer.");
    await using fresh = createOrchestrator({ providers: [model] });
    await fresh.query({ text: beyondRules, sessionId: await fresh.createSession() });
    await fresh.query(beyondRules);
    expect(model.requests.every(({ outputSchema }) => outputSchema === undefined)).toBe(true);
  });
});

describe("the cache of a follow-up", () => {
  it("is the standalone question's: conversations that mean the same share it, those that do not never do", async () => {
    await using fresh = createOrchestrator({ tools: tools() });
    const ask = async (sessionId: string | undefined, text: string) => await fresh.query({ text, sessionId });
    const [a, b, c] = [await fresh.createSession(), await fresh.createSession(), await fresh.createSession()];
    await ask(a, "How many staff are in Oslo?");
    const first = await ask(a, "and in Rome?");
    expect(first.cached).toBe("none");
    // Another conversation that comes to the same question.
    await ask(b, "How many staff are in Bonn?");
    const second = await ask(b, "what about Rome?");
    expect(second).toMatchObject({ cached: "exact", text: first.text });
    expect(second.explanation?.[0]).toMatch(/^Read as: How many staff are in Rome/);
    // No conversation at all.
    const alone = await ask(undefined, "How many staff are in Rome?");
    expect(alone).toMatchObject({ cached: "exact", text: first.text });
    expect(alone.explanation?.join()).not.toContain("Read as");
    // The same words in a conversation about something else.
    await ask(c, "average salary of staff in Oslo");
    const other = await ask(c, "and in Rome?");
    expect(other.cached).toBe("none");
    expect(values(other)).toEqual([[103.5]]);
  });

  it("keeps apart plans that no text tells apart", async () => {
    await using fresh = createOrchestrator({ tools: tools() });
    const sessions = [await fresh.createSession(), await fresh.createSession()] as const;
    await fresh.query({ text: "average salary of staff per city", sessionId: sessions[0] });
    await fresh.query({ text: "average salary of staff per team", sessionId: sessions[1] });
    const [a, b] = [
      await fresh.query({ text: "only those above 101", sessionId: sessions[0] }),
      await fresh.query({ text: "only those above 101", sessionId: sessions[1] }),
    ];
    expect(a.text).not.toBe(b.text);
    expect(b.cached).toBe("none");
  });

  it("stays with the conversation while nothing local resolves it", async () => {
    const model = scriptedProvider((request) => `heard ${request.messages.length}`);
    await using fresh = createOrchestrator({ providers: [model] });
    const [a, b] = [await fresh.createSession(), await fresh.createSession()];
    await fresh.query({ text: "Tell me about apples", sessionId: a });
    await fresh.query({ text: "Tell me about pears", sessionId: b });
    await fresh.query({ text: "and their seeds?", sessionId: a });
    expect((await fresh.query({ text: "and their seeds?", sessionId: b })).cached).toBe("none");
  });
});
