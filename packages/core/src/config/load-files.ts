import { readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "@marcbachmann/cel-js";
import { z } from "zod";
import type { AgentDefinition } from "../agents/define.ts";
import type { JsonObject } from "../ports/json.ts";
import { allSteps, definitionProblems } from "../workflows/check-definition.ts";
import { type DefinedWorkflow, defineWorkflow } from "../workflows/define.ts";
import type { WorkflowDefinition } from "../workflows/steps.ts";
import { agentFile } from "./agent-file.ts";
import { type SpendingSettings, spendingFile } from "./spending-file.ts";
import { workflowFile } from "./workflow-file.ts";
import { type FileProblem, type YamlFile, maxFileChars, readYaml, schemaProblems } from "./yaml-file.ts";

/** What a file holds, or what is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly problems: readonly FileProblem[] };

const maxFiles = 500;

function expressionProblems({ steps }: WorkflowDefinition, { problemAt }: YamlFile): FileProblem[] {
  return allSteps(steps).flatMap(({ step, path }) => {
    const cases = step.kind === "branch" ? step.cases.map(({ when }, at) => [[...path, "cases", at, "when"], when] as const) : [];
    const own = (["when", "until", "expression"] as const).flatMap((key) => {
      const text = (step as Partial<Record<typeof key, unknown>>)[key];
      return typeof text === "string" ? [[[...path, key], text] as const] : [];
    });
    return [...own, ...cases].flatMap(([at, text]) => {
      try {
        parse(String(text));
        return [];
      } catch (error) {
        return [problemAt(at, `is no expression of CEL: ${(error as Error).message.split("\n")[0]}`)];
      }
    });
  });
}

function jsonSchemaProblem(schema: JsonObject | undefined, path: readonly PropertyKey[], { problemAt }: YamlFile): FileProblem[] {
  if (schema === undefined) return [];
  try {
    z.fromJSONSchema(schema);
    return [];
  } catch (error) {
    return [problemAt(path, `is no JSON Schema: ${(error as Error).message}`)];
  }
}

function parseFile<T>(file: string, text: string, schema: z.ZodType<T>, check: (value: T, read: YamlFile) => FileProblem[]): Parsed<T> {
  const read = readYaml(file, text);
  if ("problems" in read) return read;
  const result = schema.safeParse(read.value);
  if (!result.success) return { problems: schemaProblems(result.error, read) };
  const problems = check(result.data, read);
  return problems.length > 0 ? { problems } : { value: result.data };
}

const workflowProblems = (definition: WorkflowDefinition, read: YamlFile): FileProblem[] => [
  ...definitionProblems(definition).map(({ path, message }) => read.problemAt(path, message)),
  ...expressionProblems(definition, read),
  ...allSteps(definition.steps).flatMap(({ step, path }) => [
    ...("output" in step ? jsonSchemaProblem(step.output, [...path, "output"], read) : []),
    ...(step.kind === "model" ? jsonSchemaProblem(step.schema, [...path, "schema"], read) : []),
  ]),
];

/** A workflow from the text of a YAML file, or every problem of it at its line and column. Throws nothing. */
export function parseWorkflow(text: string, file = "workflow.yaml"): Parsed<DefinedWorkflow> {
  const parsed = parseFile(file, text, workflowFile, workflowProblems);
  return "problems" in parsed ? parsed : { value: defineWorkflow(parsed.value) };
}

/** An agent from the text of a YAML file, or every problem of it at its line and column. Throws nothing. */
export const parseAgent = (text: string, file = "agent.yaml"): Parsed<AgentDefinition> =>
  parseFile(file, text, agentFile, ({ output }, read) => jsonSchemaProblem(output, ["output"], read));

/** Budgets and rate limits from the text of a YAML file, or every problem of it at its line and column. Throws nothing. */
export const parseSpending = (text: string, file = "spending.yaml"): Parsed<SpendingSettings> =>
  parseFile(file, text, spendingFile, () => []);

async function load<T extends { readonly name: string }>(
  folder: string,
  parseText: (text: string, file: string) => Parsed<T>,
): Promise<{ readonly good: T[]; readonly problems: FileProblem[] }> {
  const good = new Map<string, T>();
  const problems: FileProblem[] = [];
  const broken = (file: string, message: string): void => void problems.push({ file, line: 1, column: 1, message });
  const names = await readdir(folder).catch((error: unknown) => {
    broken(folder, `the folder cannot be read: ${(error as Error).message}`);
    return [];
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  if (files.length > maxFiles) broken(folder, `there are more than ${maxFiles} files; the others are left out`);
  for (const name of files.slice(0, maxFiles)) {
    const file = join(folder, name);
    try {
      const { size } = await stat(file);
      if (size > maxFileChars * 4) throw new Error(`the file has more than ${maxFileChars} characters`);
      const parsed = parseText(await readFile(file, "utf8"), file);
      if ("problems" in parsed) problems.push(...parsed.problems);
      else if (good.has(parsed.value.name)) broken(file, `another file holds ${JSON.stringify(parsed.value.name)} already`);
      else good.set(parsed.value.name, parsed.value);
    } catch (error) {
      broken(file, `${basename(file)} cannot be read: ${(error as Error).message}`);
    }
  }
  return { good: [...good.values()], problems };
}

/** The workflows of a folder's YAML files, in the order of their names. What is broken is in `problems` and keeps no other file out. */
export async function loadWorkflows(
  folder: string,
): Promise<{ readonly workflows: readonly DefinedWorkflow[]; readonly problems: readonly FileProblem[] }> {
  const { good, problems } = await load(folder, parseWorkflow);
  return { workflows: good, problems };
}

/** The agents of a folder's YAML files, in the order of their names. What is broken is in `problems` and keeps no other file out. */
export async function loadAgents(
  folder: string,
): Promise<{ readonly agents: readonly AgentDefinition[]; readonly problems: readonly FileProblem[] }> {
  const { good, problems } = await load(folder, parseAgent);
  return { agents: good, problems };
}

/** JSON Schemas of the two kinds of file, for editors. */
export function fileSchemas(): { readonly workflow: JsonObject; readonly agent: JsonObject } {
  const options = { io: "input", target: "draft-2020-12", reused: "ref" } as const;
  return {
    // JSON Schemas are plain JSON.
    workflow: z.toJSONSchema(workflowFile, options) as JsonObject,
    agent: z.toJSONSchema(agentFile, options) as JsonObject,
  };
}
