import { describe, expect, it } from "vitest";
import { type ClassifierOptions, type OwnType, type Workflow, createOrchestrator, defineTool } from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";

const desk: Workflow = {
  name: "desk",
  run: async ({ text }) => ({ text: `noted: ${text}`, answeredBy: "local" }),
};
const type = (name: string, ...examples: string[]): OwnType => ({ name, workflow: "desk", examples });

const types = [
  type(
    "booking",
    "book a room for Tuesday",
    "reserve a table for four",
    "I need a meeting room at 3 pm",
    "can I book the projector",
    "cancel my booking",
    "move my reservation to Monday",
    "is room B free tomorrow",
    "reserve the company car",
  ),
  type(
    "leave",
    "how many days off do I have left",
    "I want to take next week off",
    "request leave from May 3 to May 9",
    "apply for parental leave",
    "approve the leave of Anna",
    "how much vacation is left this year",
    "put me down as sick today",
  ),
];

/** Written before anything was tried on them, and in other words than the examples. */
const heldOut: Record<string, readonly string[]> = {
  booking: [
    "book a meeting room for Friday",
    "please reserve the projector",
    "I need a table for two tonight",
    "is the company car free on Monday",
    "move my booking to Thursday",
    "cancel the reservation for room B",
    "can I reserve a room for tomorrow",
    "could you book a car for me",
  ],
  leave: [
    "I want to take Friday off",
    "how many vacation days are left",
    "request two weeks of leave in August",
    "approve leave of Tom",
    "I am sick today",
    "apply for leave next week",
    "how many days off are left for me",
    "when does my parental leave start",
  ],
};
const unrelated = [
  "How many orders were shipped in May?",
  "Show the refund policy",
  "What is the average temperature per city?",
  "Which tables are there?",
  "list customers in Norway",
  "explain our delivery guarantee",
  "top 5 products by revenue",
  "count the users without an email",
  "why do lighthouses use fresnel lenses",
  "who is our oldest employee",
];

describe("types of one's own", () => {
  const options = { workflows: [desk], classifier: { types } };

  it("are told from their examples, also in other words, and take no other questions", async () => {
    await using orchestrator = createOrchestrator(options);
    let right = 0;
    for (const [type, texts] of Object.entries(heldOut))
      for (const text of texts) if ((await orchestrator.classify(text)).type === type) right++;
    expect(right).toBeGreaterThanOrEqual(13);
    for (const text of unrelated) expect(["booking", "leave"]).not.toContain((await orchestrator.classify(text)).type);
  });

  it("answer by the workflow they name, and are not remembered unless they say so", async () => {
    await using orchestrator = createOrchestrator(options);
    const ask = () => orchestrator.query("book a room for Tuesday");
    expect(await ask()).toMatchObject({ type: "booking", workflow: "desk", text: "noted: book a room for Tuesday" });
    expect((await ask()).cached).toBe("none");
    await using lasting = createOrchestrator({ ...options, classifier: { types: types.map((each) => ({ ...each, ttlMs: 60_000 })) } });
    await lasting.query("cancel my booking");
    expect((await lasting.query("cancel my booking")).cached).toBe("exact");
  });

  it("may be given, be what a model says, and be what a question is corrected to", async () => {
    const model = scriptedProvider(JSON.stringify({ type: "leave" }));
    await using orchestrator = createOrchestrator({ ...options, providers: [model], classifier: { types, byModel: true } });
    expect((await orchestrator.query({ text: "anything", options: { type: "booking" } })).workflow).toBe("desk");
    expect(await orchestrator.query("Lighthouse keepers, and the rest of it")).toMatchObject({ type: "leave", workflow: "desk" });
    const { id } = await orchestrator.query("What tables are there?");
    await orchestrator.correct(id, "booking");
    expect((await orchestrator.query("What tables are there?")).workflow).toBe("desk");
    await expect(orchestrator.query({ text: "x", options: { type: "poem" } })).rejects.toMatchObject({ code: "QUERY_REJECTED" });
  });

  it.each<[string, ClassifierOptions]>([
    ["a name that is taken", { types: [type("simple", "x")] }],
    ["a name that is none", { types: [type("__proto__", "x")] }],
    ["a name twice", { types: [type("a", "x"), type("a", "y")] }],
    ["no examples", { types: [type("a")] }],
    ["an empty example", { types: [type("a", " ")] }],
    ["an unknown workflow", { types: [{ ...type("a", "x"), workflow: "nowhere" }] }],
    ["a time below 0", { types: [{ ...type("a", "x"), ttlMs: -1 }] }],
    ["an example of an unknown type", { examples: [{ text: "x", type: "poem" }] }],
    ["too many examples", { examples: Array.from({ length: 2_001 }, (_, at) => ({ text: `x ${at}`, type: "rag" })) }],
    ["a bound that is none", { byModel: { below: 2 } }],
    ["a time that is none", { byModel: { timeoutMs: 0 } }],
  ])("are refused with %s", (_, classifier) => {
    expect(() => createOrchestrator({ workflows: [desk], classifier })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("labelled examples", () => {
  const examples = [
    { text: "RMA status 4471", type: "simple" },
    { text: "status of RMA 9", type: "simple" },
    { text: "is RMA 311 closed", type: "simple" },
    { text: "RMA backlog", type: "complex" },
    { text: "What tables are there?", type: "rag" },
  ];

  it("decide about the same question and draw those like it", async () => {
    await using plain = createOrchestrator();
    await using orchestrator = createOrchestrator({ classifier: { examples } });
    expect(await orchestrator.classify("what  TABLES are there")).toMatchObject({ type: "rag", by: "examples" });
    const text = "what is the RMA status of 8812";
    const before = (await plain.classify(text)).probabilities.simple;
    const { type, probabilities } = await orchestrator.classify(text);
    expect(type).toBe("simple");
    expect(probabilities.simple).toBeGreaterThan(before);
    expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });

  it("leave what is like none of them as it was", async () => {
    await using plain = createOrchestrator();
    await using orchestrator = createOrchestrator({ classifier: { examples: examples.slice(0, 4) } });
    for (const text of unrelated) expect(await orchestrator.classify(text)).toEqual(await plain.classify(text));
  });

  it("may be hostile texts, and be asked with them", async () => {
    const texts = ["\ud800", "constructor", "__proto__ toString", "\u202e<b>", "a ".repeat(7_000), "🎬".repeat(900), "?!."];
    await using orchestrator = createOrchestrator({ classifier: { examples: texts.map((text) => ({ text, type: "tool" })) } });
    for (const text of [...texts, `${texts[4]} more`, "hasOwnProperty"]) {
      const { confidence } = await orchestrator.classify(text);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
    expect((await orchestrator.classify("constructor")).type).toBe("tool");
  });
});

describe("orders where no tool is connected", () => {
  it("are only words, remembered as an open question is", async () => {
    const model = scriptedProvider("hello");
    await using orchestrator = createOrchestrator({ providers: [model] });
    const query = { text: "Say hello", options: { type: "tool" } };
    expect((await orchestrator.query(query)).cached).toBe("none");
    expect((await orchestrator.query(query)).cached).toBe("exact");
    expect(model.requests).toHaveLength(1);
  });

  it("are carried out every time where one is", async () => {
    const model = scriptedProvider("hello");
    const ring = defineTool({ name: "ring", description: "Rings", inputSchema: { type: "object" }, execute: () => "rung" });
    await using orchestrator = createOrchestrator({ providers: [model], tools: [ring] });
    const query = { text: "Say hello", options: { type: "tool" } };
    await orchestrator.query(query);
    expect((await orchestrator.query(query)).cached).toBe("none");
  });
});
