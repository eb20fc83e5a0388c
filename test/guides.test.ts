import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** The snippets of a guide up to a heading, with what each prints. */
const guides = [
  {
    guide: "workflows.md",
    upTo: "## Durable runs",
    prints: ["simple_query: The first is 10.\nflowchart TD\n", "flows/orders.yaml:12:11 steps.1.data: no step is called fnd\n", "gantt\n"],
  },
  {
    guide: "agents.md",
    upTo: undefined,
    prints: [
      "There are 42 orders.\n",
      "the question reads like an attempt to change what the assistant was told\nWrite to [email removed], the password is [secret removed].\n",
    ],
  },
  {
    guide: "understanding.md",
    upTo: undefined,
    prints: [
      [
        "There are 2 invoices where country is 'Norway'.",
        "[ { country: 'Japan', total: 310 }, { country: 'Norway', total: 200 } ]",
        "Noted: please book a room for Friday",
        "tool",
        "schema is now booking",
        "",
      ].join("\n"),
    ],
  },
] as const;

describe.each(guides)("docs/$guide", ({ guide, upTo, prints }) => {
  const text = readFileSync(join(root, "docs", guide), "utf8");
  const part = upTo === undefined ? text : text.slice(0, text.indexOf(upTo));
  const snippets = [...part.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  it("has the snippets that are run here", () => expect(snippets).toHaveLength(prints.length));
  it.each(snippets.map((code, at) => [at, code] as const))("runs snippet %i", (at, code) => {
    const folder = mkdtempSync(join(root, "examples", "guide-"));
    try {
      const file = join(folder, "snippet.ts");
      writeFileSync(file, code);
      const output = execFileSync("node", ["--conditions=@hydrogenai/source", "--no-warnings", file], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, NODE_OPTIONS: "" },
      });
      expect(output).toBe(prints[at]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
