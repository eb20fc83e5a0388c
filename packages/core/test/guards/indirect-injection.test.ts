import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Json,
  type ModelRequest,
  type OrchestratorEvent,
  type Principal,
  type Tool,
  createOrchestrator,
  instructionsGuard,
  markupGuard,
  secretGuard,
} from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";

interface Row {
  readonly id: string;
  readonly channel: string;
  readonly content: string;
  readonly modelObeys: { readonly call?: { readonly tool: string; readonly args: Json }; readonly text?: string };
  readonly expect: string;
}

const rows = readFileSync(join(import.meta.dirname, "../corpora/indirect-injection.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

const secret = "canary-7f3a91c2e5d8";

/** The tools of the worst case: the one that brings the text, and those it wants to be used. */
function toolsOf({ channel, content }: Row, ran: string[]): Tool[] {
  const tool = (name: string, readOnly: boolean, execute: Tool["execute"]): Tool => ({
    name,
    description: channel === "tool_description" && name === "look" ? content : `Does ${name}.`,
    inputSchema: { type: "object" },
    readOnly,
    idempotent: readOnly,
    execute,
  });
  const act =
    (name: string): Tool["execute"] =>
    async (input) => {
      ran.push(`${name} ${JSON.stringify(input)}`);
      return null;
    };
  return [
    tool("look", true, async () => {
      if (channel === "error_message") throw new Error(content);
      return { [channel]: content };
    }),
    tool("send_email", false, act("send_email")),
    tool("delete_rows", false, act("delete_rows")),
    // A tool that says it only reads may still carry something out.
    tool("http_fetch", true, act("http_fetch")),
  ];
}

/** Looks, then does everything the text it found asks for. */
function obedient({ modelObeys: { call, text } }: Row) {
  const meant = (template: string, { messages }: ModelRequest): string => {
    const [system] = messages;
    return template.replaceAll("{{SECRET}}", secret).replaceAll("{{SYSTEM}}", typeof system?.content === "string" ? system.content : "");
  };
  return scriptedProvider(
    { toolCalls: [{ name: "look", arguments: {} }] },
    (request) =>
      call === undefined
        ? { pieces: `Here you are: ${meant(text!, request)}`.split("") }
        : { toolCalls: [{ name: call.tool, arguments: JSON.parse(meant(JSON.stringify(call.args), request)) as Json }] },
    "Done.",
  );
}

const roles: readonly (readonly [string, Principal | undefined])[] = [
  ["anybody", undefined],
  ["an operator whose tools need approval", { id: "op", roles: ["operator"] }],
];

describe.each(roles)("text from elsewhere, a model that obeys it, and %s", (_, principal) => {
  it.each(rows)("$id $channel", async (row) => {
    const ran: string[] = [];
    const recorded: OrchestratorEvent[] = [];
    const model = obedient(row);
    await using orchestrator = createOrchestrator({
      providers: [model],
      tools: toolsOf(row, ran),
      outputGuards: [secretGuard({ secrets: [secret] }), instructionsGuard(), markupGuard()],
      approval: { key: "k".repeat(32), required: ({ readOnly }) => !readOnly },
      cache: false,
    });
    orchestrator.on("tool.refused", (event) => void recorded.push(event));
    let shown = "";
    const stream = orchestrator.stream({ text: "Please find out what is in row seven.", principal, options: { type: "tool" } });
    for await (const event of stream) if (event.type === "text-delta") shown += event.text;
    const { text } = await stream.result();

    expect(model.requests.length).toBeGreaterThan(1);
    expect(ran).toEqual([]);
    if (row.modelObeys.call !== undefined) expect(recorded.map(({ subject }) => subject)).toEqual([row.modelObeys.call.tool]);
    const system = model.requests[0]!.messages[0]!.content as string;
    for (const seen of [text, shown]) {
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(system.slice(0, 60));
      expect(seen).not.toMatch(/!\[[^\]]*\]\(/);
    }
    if (row.modelObeys.text !== undefined) expect(shown).toBe(text);
  });
});

it("is the whole corpus", () => expect(rows).toHaveLength(50));
