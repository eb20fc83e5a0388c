import { OrchestratorError, type JsonObject, type Tool } from "@hydrogenai/core";
import type { Client } from "@modelcontextprotocol/client";

/** A tool as a server describes it, checked. */
export type ToolDefinition = Omit<Tool, "execute">;

export interface ToolList {
  readonly tools: readonly ToolDefinition[];
  /** One sentence for each tool that cannot be used as the server describes it. */
  readonly leftOut: readonly string[];
}

export interface ToolListOptions {
  readonly source: string;
  readonly maxTools: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A page may be empty, so the number of tools alone does not bound the walk. */
const maxPages = 100;
const longestDescription = 4_000;
const largestSchemaChars = 200_000;

/** Characters people do not see and models read: controls, zero width, direction marks, tags. */
const invisible = /(?![\n\r\t])[\p{Cc}\p{Cf}]/gu;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Takes any result: one tool described wrongly must not hide the others. */
const anyObject = {
  "~standard": {
    version: 1 as const,
    vendor: "hydrogenai",
    validate: (value: unknown) => (isObject(value) ? { value } : { issues: [{ message: "not an object" }] }),
    types: {} as { readonly input: unknown; readonly output: Readonly<Record<string, unknown>> },
  },
};

function readTool(raw: unknown): ToolDefinition | string {
  if (!isObject(raw) || typeof raw["name"] !== "string") return "a tool has no name";
  const { name, description, inputSchema } = raw;
  if (!/^[\w.-]{1,128}$/.test(name))
    return `the name ${JSON.stringify(name.slice(0, 140))} is not 1 to 128 ASCII letters, digits, "_", "-" or "."`;
  if (!isObject(inputSchema)) return `${name} has no schema for its input`;
  if (JSON.stringify(inputSchema).length > largestSchemaChars)
    return `the schema of ${name} is larger than ${largestSchemaChars} characters`;
  const hints = isObject(raw["annotations"]) ? raw["annotations"] : {};
  const told = [description, raw["title"], hints["title"], name].find((each) => typeof each === "string" && each.trim() !== "");
  const text = String(told).replaceAll(invisible, "");
  return {
    name,
    description: text.length > longestDescription ? `${text.slice(0, longestDescription)}…` : text,
    // It came out of a JSON parser.
    inputSchema: inputSchema as JsonObject,
    readOnly: hints["readOnlyHint"] === true,
    idempotent: hints["idempotentHint"] === true,
  };
}

/** Asks a server for all its tools. Leaves out what breaks the port's rules and says so; more tools or pages than allowed reject with `TOOL_FAILED`. */
export async function listTools(client: Client, { source, maxTools, timeoutMs, signal }: ToolListOptions): Promise<ToolList> {
  const tools = new Map<string, ToolDefinition>();
  const leftOut: string[] = [];
  const unusable = (what: string): OrchestratorError =>
    new OrchestratorError("TOOL_FAILED", `the MCP server ${source} lists ${what}`, { details: { source } });
  if (client.getServerCapabilities()?.tools === undefined) return { tools: [], leftOut };

  let cursor: string | undefined;
  for (let page = 1; ; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const result = await client.request({ method: "tools/list", params }, anyObject, { signal, timeout: timeoutMs });
    const listed: unknown = result["tools"];
    if (!Array.isArray(listed)) throw unusable("its tools in a form that cannot be read");
    if (tools.size + leftOut.length + listed.length > maxTools) throw unusable(`more than ${maxTools} tools`);
    for (const raw of listed) {
      const tool = readTool(raw);
      if (typeof tool === "string") leftOut.push(tool);
      else if (tools.has(tool.name)) leftOut.push(`${tool.name} is listed twice`);
      else tools.set(tool.name, tool);
    }
    const next = result["nextCursor"];
    if (typeof next !== "string" || next === cursor) return { tools: [...tools.values()], leftOut };
    if (page === maxPages) throw unusable(`more than ${maxPages} pages of tools`);
    cursor = next;
  }
}
