import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelRequest, type Orchestrator, type OrchestratorOptions, type Provider, createOrchestrator } from "@hydrogenai/core";
import { configFromEnv } from "@hydrogenai/core/config";
import { scriptedProvider } from "@hydrogenai/core/testing";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { workflowFiles } from "../src/workflow-files.ts";
import { wire } from "../src/wiring.ts";

const questions = [
  ["simple", "simple_query", "How many movies did Steven Spielberg direct?"],
  ["complex", "complex_aggregation", "Which 5 airports have the most departing flights?"],
  ["rag", "rag_query", "What is the movies data set about?"],
  ["schema", "schema_discovery", "What collections are there?"],
  ["tool", "tool_operations", "server status"],
] as const;

const principal = { id: "op", roles: ["operator"] };

/** What the model proposes as a plan; nothing unless a test says so. */
let proposed: string | undefined;

/** A model that quotes the first passage where it is given some, and otherwise says what it was asked. */
const model = () =>
  scriptedProvider(({ messages, outputSchema }: ModelRequest) => {
    if (proposed !== undefined) return outputSchema?.name === "query_plan" ? proposed : "I cannot say.";
    const system = messages.find(({ role }) => role === "system")?.content;
    return typeof system === "string" && system.includes("[1]") && system.includes("<passages>")
      ? "The documents say so [1]."
      : `I was asked: ${JSON.stringify(messages.at(-1)?.content)}`;
  });

interface Started {
  readonly fromFiles: Orchestrator;
  readonly builtIn: Orchestrator;
}

/** The same data, with a model or none, under the workflows of the files and under the built-in ones. */
let started: { readonly alone: Started; readonly withModel: Started };
let data: ReturnType<typeof createDataTools>;

beforeAll(async () => {
  const { problems, ...files } = await workflowFiles();
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  data = createDataTools({ readOnly: true });
  const start = (options: OrchestratorOptions) =>
    createOrchestrator({ tools: [mcpTools({ name: "mcp", transport: () => data.connect() })], cache: false, ...options });
  const both = (providers: readonly Provider[]): Started => ({
    fromFiles: start({ ...files, providers }),
    builtIn: start({ providers }),
  });
  started = { alone: both([]), withModel: both([model()]) };
});

afterAll(async () => {
  for (const { fromFiles, builtIn } of Object.values(started)) await Promise.all([fromFiles.close(), builtIn.close()]);
  await data.close();
});

describe.each([
  ["no model", "alone"],
  ["a model", "withModel"],
] as const)("the five workflows of the files, with %s", (_, which) => {
  it("answer as the built-in ones do", async () => {
    const { fromFiles, builtIn } = started[which];
    for (const [type, workflow, text] of questions) {
      const { classification, ...result } = await fromFiles.query({ text, principal, options: { type } });
      expect({ text, type: classification.type }).toEqual({ text, type });
      expect(result).toMatchObject({ type, workflow, degraded: [] });
      expect(result.text).not.toBe("");
      const same = await builtIn.query({ text, principal, options: { type } });
      const { answeredBy, citations, explanation } = result;
      expect({ answeredBy, citations, explanation }).toEqual({
        answeredBy: same.answeredBy,
        citations: same.citations,
        explanation: same.explanation,
      });
      // What the tool says of itself is another uptime each time.
      if (type !== "tool") expect(result.text).toBe(same.text);
      if (type === "rag") {
        expect(result.citations!.length).toBeGreaterThan(0);
        for (const { id, text: passage } of result.citations!) expect([id, passage].every((part) => part.length > 0)).toBe(true);
        expect(result.text).toContain("[1]");
      }
    }
  }, 60_000);

  it("answer the same what nothing connected can answer, and what names no tool", async () => {
    const { fromFiles, builtIn } = started[which];
    for (const [type, text] of [
      ["rag", "What do the manuals say of quantum chromodynamics?"],
      ["simple", "Will it rain tomorrow?"],
      ["tool", "defragment the moon"],
      ["tool", "tell me something about everything"],
    ] as const) {
      const query = { text, principal, options: { type } };
      const [a, b] = [await fromFiles.query(query), await builtIn.query(query)];
      expect([a.text, a.answeredBy, a.citations]).toEqual([b.text, b.answeredBy, b.citations]);
    }
  }, 60_000);
});

describe("plans a model proposes, under the workflows of the files", () => {
  afterEach(() => {
    proposed = undefined;
  });
  const beyondWords = "What does the usual bird of the far south weigh?";
  const ask = async (said: string) => {
    const { fromFiles, builtIn } = started.withModel;
    proposed = said;
    const query = { text: beyondWords, principal, options: { type: "simple" } };
    const result = await fromFiles.query(query);
    const same = await builtIn.query(query);
    expect([result.text, result.data, result.explanation]).toEqual([same.text, same.data, same.explanation]);
    return result;
  };

  it("are run where they fit the data", async () => {
    const result = await ask('{"plan":{"from":"penguins","measures":[{"as":"g","fn":"median","of":{"field":"Body Mass (g)"}}]}}');
    expect(result).toMatchObject({ answeredBy: "model", data: [{ g: 4050 }] });
    expect(result.explanation?.join(" ")).toMatch(/Planned by a model/);
  }, 60_000);

  it.each([
    '{"plan":{"from":"penguins","where":[{"kind":"compare","field":{"field":"$where"},"op":"=","value":"1"}]}}',
    '{"plan":{"from":"penguins","select":[{"as":"s","field":{"field":"Species"}}],"limit":1000000000}}',
    '{"plan":{"from":"system.users","measures":[{"as":"n","fn":"count"}]}}',
  ])(
    "are never run where they do not: %s",
    async (said) => {
      expect(await ask(said)).toMatchObject({ text: "I cannot say.", data: undefined });
    },
    60_000,
  );
});

it("a folder of one's own replaces them by name, and a broken file leaves the built-in one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "config-"));
  try {
    await mkdir(join(folder, "workflows"));
    await mkdir(join(folder, "agents"));
    await writeFile(
      join(folder, "workflows", "simple.yaml"),
      "name: simple_query\nsteps:\n  - {id: end, kind: respond, text: 'mine: {{ query.text }}'}\n",
    );
    await writeFile(join(folder, "workflows", "schema.yaml"), "name: schema_discovery\nsteps:\n  - {id: end, kind: respond\n");
    const wiring = await wire(configFromEnv({ CONFIG_DIR: folder, DATA_DIR: join(import.meta.dirname, "pets") }));
    try {
      expect(wiring.problems).toEqual([expect.stringMatching(/schema\.yaml:\d+:\d+ /)]);
      const ask = async (type: "simple" | "schema") =>
        (await wiring.orchestrator.query({ text: "What is there?", options: { type } })).text;
      expect(await ask("simple")).toBe("mine: What is there?");
      expect(await ask("schema")).toContain("collections");
    } finally {
      await wiring.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
