import { OrchestratorError, type Json } from "@hydrogenai/core";
import type { CallToolResult } from "@modelcontextprotocol/client";

const longestComplaint = 4_000;

const textsOf = (result: CallToolResult): readonly string[] =>
  result.content.flatMap((block) => (block.type === "text" ? [block.text] : []));

/** What a failed tool said, shortened. */
function complaint(result: CallToolResult): string {
  const text = textsOf(result).join("\n").trim();
  if (text !== "") return text.length > longestComplaint ? `${text.slice(0, longestComplaint)}…` : text;
  const structured = result.structuredContent === undefined ? undefined : JSON.stringify(result.structuredContent);
  return structured?.slice(0, longestComplaint) ?? "it did not say why";
}

/** The JSON a text holds; the text itself when it holds none, or a number or word that JSON would write in another way. */
function jsonOrText(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  const isWhole = typeof value === "object" && value !== null;
  return isWhole || JSON.stringify(value) === text.trim() ? value : text;
}

function valueOf(result: CallToolResult): Json {
  // The protocol's types say `unknown` for what came out of a JSON parser.
  if (result.structuredContent !== undefined) return result.structuredContent as Json;
  const [text, ...more] = textsOf(result);
  if (text !== undefined && more.length === 0 && result.content.length === 1) return jsonOrText(text);
  return { content: result.content as unknown as Json };
}

function bytesOf(value: Json): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    // Nested too deeply for the stack.
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * A tool's result as JSON: its structured content; else the one text it consists of, parsed when that is JSON; else `{ content }`
 * with every block. Throws `TOOL_FAILED` with the tool's own words when it reports a failure, and when the result is too large.
 */
export function toolResult(tool: string, result: CallToolResult, maxResultBytes: number): Json {
  const failed = (what: string): OrchestratorError =>
    new OrchestratorError("TOOL_FAILED", `the tool ${tool} failed: ${what}`, { details: { tool } });
  if (result.isError === true) throw failed(complaint(result));
  const value = valueOf(result);
  if (bytesOf(value) > maxResultBytes) throw failed(`its answer is larger than ${maxResultBytes} bytes`);
  return value;
}
