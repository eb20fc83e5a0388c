import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Json, type JsonObject, createOrchestrator, defineProvider, defineTool } from "../../src/index.ts";

interface Row {
  readonly id: string;
  readonly schema: JsonObject;
  readonly raw?: string;
  readonly generator?: { readonly kind: "nest"; readonly depth: number } | { readonly kind: "huge-string"; readonly bytes: number };
  readonly finish: "tool_calls" | "length" | null;
  readonly expect: "execute" | "refuse";
  readonly why: string;
}

const rows = readFileSync(join(import.meta.dirname, "../corpora/tool-arguments.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

function argumentsOf({ raw, generator }: Row): string {
  if (raw !== undefined) return raw;
  if (generator?.kind === "nest") return `{"path":${"[".repeat(generator.depth)}${"]".repeat(generator.depth)},"mode":"read"}`;
  return JSON.stringify({ path: "x".repeat((generator as { bytes: number }).bytes), mode: "read" });
}

/** A model that asks for one call as the row has it, and then says it is done. */
function asking(row: Row) {
  let asked = 0;
  return defineProvider({
    name: "asking",
    async *stream() {
      if (asked++ > 0) {
        yield { type: "text-delta", text: "done" };
        yield { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 1 } };
        return;
      }
      yield { type: "tool-call", call: { id: "1", name: "act-on-file", arguments: argumentsOf(row) } };
      if (row.finish === null) return;
      const reason = row.finish === "length" ? "length" : "tool-calls";
      yield { type: "finish", reason, usage: { inputTokens: 1, outputTokens: 1 } };
    },
  });
}

describe("the arguments a model wrote", () => {
  it.each(rows)("$id $why: $expect", async (row) => {
    const ran: Json[] = [];
    const tool = {
      ...defineTool({ name: "act-on-file", description: "Acts.", inputSchema: row.schema, readOnly: true, execute: () => null }),
      // Without the tool's own check, so that only the agent stands between the model and it.
      execute: async (input: Json) => {
        ran.push(input);
        return null;
      },
    };
    await using orchestrator = createOrchestrator({ providers: [asking(row)], tools: [tool], cache: false });
    const { text } = await orchestrator.query({ text: "Please do the odd thing with the report.", options: { type: "tool" } });
    expect(typeof text).toBe("string");
    expect(ran).toEqual(row.expect === "execute" ? [JSON.parse(row.raw!)] : []);
  });
  it("is the whole corpus", () => expect(rows).toHaveLength(80));
});
