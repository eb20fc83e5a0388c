import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSchemas, loadAgents, loadWorkflows, parseAgent, parseWorkflow, problemText } from "../../src/config/index.ts";

interface Row {
  readonly id: string;
  readonly yaml?: string;
  readonly generator?: {
    readonly kind: string;
    readonly n?: number;
    readonly keys?: number;
    readonly depth?: number;
    readonly bytes?: number;
  };
  readonly expect: string;
  readonly why: string;
}

const rows = readFileSync(join(import.meta.dirname, "../corpora/yaml-config.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

function textOf({ yaml, generator }: Row): string {
  if (yaml !== undefined) return yaml;
  const { kind, n = 0, keys = 0, depth = 0, bytes = 0 } = generator!;
  if (kind === "flat-map") return Array.from({ length: keys }, (_, at) => `key${at}: value${at}\n`).join("");
  if (kind === "flow-depth") return `a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
  if (kind === "merge-bomb")
    return `a0: &a0 {k: v}\n${Array.from({ length: n }, (_, at) => `a${at + 1}: &a${at + 1} {<<: [*a${at}, *a${at}]}\n`).join("")}`;
  return `name: "${"x".repeat(bytes)}"\n`;
}

const problemsOf = (text: string): string[] => {
  const parsed = parseWorkflow(text, "w.yaml");
  return "problems" in parsed ? parsed.problems.map(problemText) : [];
};

describe("hostile YAML", () => {
  it.each(rows)("$id $why: $expect", (row) => {
    const text = textOf(row);
    for (const parse of [parseWorkflow, parseAgent]) {
      const parsed = parse(text, "w.yaml");
      expect("problems" in parsed).toBe(true);
      if ("problems" in parsed) for (const problem of parsed.problems) expect(problemText(problem)).toMatch(/^w\.yaml:\d+:\d+ \S/);
    }
  });
  it("is the whole corpus", () => expect(rows).toHaveLength(26));
  it.each([
    ["- ".repeat(30_000), /nested more than/],
    ["a: 1\n".repeat(4), /the key a is there twice/],
    ["name: x\nsteps: &s []\nmore: *s\n", /aliases are not taken/],
    [
      `name: x\nsteps:\n  - {id: a, kind: wait, ms: 0o14}\n  - {id: b, kind: talk, critical: "false"}\n`,
      /w\.yaml:4:\d+ steps\.1\.critical/,
    ],
  ])("%.30s", (text, message) => expect(problemsOf(text).join("\n")).toMatch(message));

  it("reads an octal number as one", () => {
    const parsed = parseWorkflow("name: x\nsteps:\n  - {id: a, kind: wait, ms: 0o14}\n");
    expect("value" in parsed && parsed.value.definition.steps[0]).toEqual({ id: "a", kind: "wait", ms: 12 });
  });
});

describe("a workflow file", () => {
  it("is told what is wrong at its line and column", () => {
    const text = `name: look-up
steps:
  - id: find
    kind: tool
    tol: search
  - id: say
    kind: shout
`;
    expect(problemsOf(text)).toEqual([
      expect.stringContaining("w.yaml:3:5 steps.0.tool: Invalid input: expected string, received undefined"),
      expect.stringContaining('w.yaml:5:10 steps.0.tol: Unrecognized key: "tol"'),
      expect.stringContaining("w.yaml:7:11 steps.1.kind: Invalid discriminator value."),
    ]);
    const late = `name: look-up
steps:
  - id: find
    kind: tool
    tool: search
    when: steps.gone ==
    output: { type: 5 }
  - { id: say, kind: respond, text: "{{ find.rows }}" }
`;
    expect(problemsOf(late)).toEqual([
      "w.yaml:6:11 steps.0.when: no step is called gone",
      expect.stringContaining("w.yaml:8:37 steps.1.text: nothing is called find"),
      expect.stringContaining("w.yaml:6:11 steps.0.when: is no expression of CEL"),
      expect.stringContaining("w.yaml:7:13 steps.0.output: is no JSON Schema"),
    ]);
  });

  it("that is broken keeps no other out", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flows-"));
    try {
      const good = "steps:\n  - {id: a, kind: respond, text: hi}\n";
      await writeFile(join(folder, "a.yaml"), `name: a\n${good}`);
      await writeFile(join(folder, "b.yaml"), "name: [\n");
      await writeFile(join(folder, "c.yml"), `name: c\n${good}`);
      await writeFile(join(folder, "d.yaml"), `name: c\n${good}`);
      await writeFile(join(folder, "e.yaml"), "x".repeat(1_000_000));
      await writeFile(join(folder, "notes.txt"), "not read");
      const { workflows, problems } = await loadWorkflows(folder);
      expect(workflows.map(({ name }) => name)).toEqual(["a", "c"]);
      expect([...new Set(problems.map(({ file }) => file.slice(-6)))]).toEqual(["b.yaml", "d.yaml", "e.yaml"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
  it("in a folder that is not there is one problem", async () => {
    expect((await loadAgents(join(tmpdir(), "no-such-folder"))).problems).toHaveLength(1);
  });
});

it("the schemas for editors are those of the files", () => {
  const folder = join(import.meta.dirname, "../../../../examples/server/config");
  for (const [name, schema] of Object.entries(fileSchemas()))
    expect(JSON.parse(readFileSync(join(folder, `${name}.schema.json`), "utf8")), "run: node scripts/write-schemas.ts").toEqual(schema);
});
