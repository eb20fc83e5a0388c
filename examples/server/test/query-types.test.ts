// The five kinds of question over HTTP, on the sample data, through the workflows of the files: with a vendor, with none, and with one that dies.
import type { QueryResult, QueryType } from "@hydrogenai/core";
import { openai } from "@hydrogenai/providers/openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ScriptedVendor, scriptedVendor } from "../../../packages/providers/test/scripted-vendor.ts";
import { type Running, post, startService } from "./service.ts";

type Request = ScriptedVendor["asked"][number];

const questions = {
  simple: "What share of the movies were liked by critics?",
  complex: "Which studio aged best per decade?",
  rag: "What is the movies data set about?",
  schema: "What collections are there?",
  tool: "please look after the database somehow and tell me",
} as const satisfies Partial<Record<QueryType, string>>;

const types = Object.keys(questions) as (keyof typeof questions)[];

const plan = {
  from: "movies",
  where: [{ kind: "compare", field: { field: "Rotten Tomatoes Rating" }, op: ">=", value: 60 }],
  measures: [{ as: "liked", fn: "count" }],
};
const pipeline = [{ $group: { _id: "$Distributor", n: { $sum: 1 } } }, { $sort: { n: -1, _id: 1 } }, { $limit: 1 }];

const textOf = (content: unknown): string => (typeof content === "string" ? content : JSON.stringify(content));
const system = ({ messages }: Request): string => textOf(messages[0]?.content);
const isPlanning = (request: Request): boolean => system(request).startsWith("You plan one query");
const wasAsked = ({ messages }: Request, question: string): boolean => messages.some(({ content }) => content === question);
const toolResult = ({ messages }: Request): string | undefined => {
  const last = messages.at(-1);
  return last?.role === "tool" ? textOf(last.content) : undefined;
};

/** Plans one question, calls tools for two, cites for one; what it says at the end it has read in what the tools gave. */
function reply(request: Request) {
  const result = toolResult(request);
  if (result !== undefined) return { content: `The tool says ${/"(?:n|objects|collections)":\s*(\d+)/.exec(result)?.[1]}.` };
  if (isPlanning(request))
    return { content: JSON.stringify(wasAsked(request, questions.simple) ? { plan } : { unanswerable: "nothing says how a studio aged" }) };
  if (wasAsked(request, questions.rag)) return { content: "It is about films [1]." };
  if (wasAsked(request, questions.tool)) return { toolCalls: [{ name: "db-stats", arguments: "{}" }] };
  return { toolCalls: [{ name: "aggregate", arguments: JSON.stringify({ collection: "movies", pipeline }) }] };
}

async function ask({ url }: Running, type: keyof typeof questions): Promise<QueryResult> {
  const response = await post(url, { query: questions[type], options: { type, cache: "bypass" } });
  expect(response.status).toBe(200);
  return (await response.json()) as QueryResult;
}

const serviceWith = (vendor: ScriptedVendor): Promise<Running> =>
  startService({ providers: [openai({ model: "m", apiKey: "sk-planted-0123456789", baseURL: `${vendor.url}/v1` })] });

let local: Running;
beforeAll(async () => {
  local = await startService();
});
afterAll(() => local.app.close());

it("a vendor plans, calls tools and cites, and each of its calls was really made", async () => {
  await using vendor = await scriptedVendor(reply);
  await using service = await serviceWith(vendor);
  expect(service.wiring.problems).toEqual([]);
  const callsOf = async (type: keyof typeof questions) => {
    const before = vendor.asked.length;
    const result = await ask(service, type);
    expect(result).toMatchObject({ type, degraded: [] });
    return { result, calls: vendor.asked.slice(before) };
  };

  const simple = await callsOf("simple");
  expect(simple.calls.map(isPlanning)).toEqual([true]);
  expect(simple.result).toMatchObject({ workflow: "simple_query", answeredBy: "model", plan, data: [{ liked: 1089 }] });

  const complex = await callsOf("complex");
  expect(complex.calls.map(isPlanning)).toEqual([true, false, false]);
  expect(toolResult(complex.calls[2]!)).toContain('"_id":"Warner Bros.","n":318');
  expect(complex.result).toMatchObject({ workflow: "complex_aggregation", answeredBy: "model", text: "The tool says 318." });

  const rag = await callsOf("rag");
  expect(rag.calls).toHaveLength(1);
  expect(system(rag.calls[0]!)).toContain(rag.result.citations![0]!.text);
  expect(rag.result).toMatchObject({ workflow: "rag_query", answeredBy: "model", text: "It is about films [1]." });
  expect(rag.result.citations).toMatchObject([{ title: "movies" }]);

  const schema = await callsOf("schema");
  expect(schema.calls).toEqual([]);
  expect(schema.result).toMatchObject({ workflow: "schema_discovery", answeredBy: "local" });
  expect(schema.result.text).toContain("24 collections");

  const tool = await callsOf("tool");
  expect(toolResult(tool.calls[1]!)).toContain('"collections":24');
  expect(tool.result).toMatchObject({ workflow: "tool_operations", answeredBy: "model", text: "The tool says 24." });
}, 60_000);

it("with no vendor the local tier answers or says why not, and nothing is degraded", async () => {
  for (const type of types) expect(await ask(local, type)).toMatchObject({ type, answeredBy: "local", degraded: [] });
  expect((await ask(local, "rag")).citations).toMatchObject([{ title: "movies" }]);
  const planned = "Which 5 airports have the most departing flights?";
  const response = await post(local.url, { query: planned, options: { type: "complex" } });
  expect(((await response.json()) as QueryResult).text).toContain("| ATL |");
}, 60_000);

it("a vendor that dies in the middle of an agent's work leaves the answer to the local tier, and the result says so", async () => {
  await using vendor = await scriptedVendor(async (request) => {
    // It breaks the connection this reply would go out on.
    if (toolResult(request) !== undefined) void vendor.die();
    return reply(request);
  });
  await using service = await serviceWith(vendor);
  const outcomes = async (type: keyof typeof questions) => {
    const { answeredBy, text, degraded, attempts } = await ask(service, type);
    return { answeredBy, text, degraded, outcomes: attempts.map(({ outcome }) => outcome) };
  };

  const dying = await outcomes("complex");
  expect(vendor.asked.filter((request) => toolResult(request) !== undefined)).toHaveLength(1);
  // What the vendor said before it died counts.
  expect(dying).toMatchObject({ answeredBy: "local", text: expect.stringContaining("nothing says how a studio aged") });
  expect(dying.degraded).toContain("providers");
  expect(dying.outcomes.slice(0, 2)).toEqual(["ok", "ok"]);
  expect(dying.outcomes.slice(2)).not.toContain("ok");

  for (const type of types) {
    const { answeredBy, text, degraded } = await outcomes(type);
    const alone = await ask(local, type);
    expect({ type, answeredBy, text }).toEqual({ type, answeredBy: "local", text: alone.text });
    // What a schema says needs no vendor.
    expect(degraded.includes("providers")).toBe(type !== "schema");
  }
}, 60_000);
