import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isProviderError } from "@hydrogenai/core";
import { describe, expect, it } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { openai } from "../src/openai/index.ts";
import { vendorServer } from "./vendor-server.ts";
import { beginEvents, sse } from "./wire-formats.ts";

interface Row {
  readonly id: string;
  readonly provider?: "openai" | "anthropic";
  readonly slices?: readonly string[];
  readonly generator?:
    | { readonly kind: "one-line"; readonly bytes: number }
    | { readonly kind: "many-events"; readonly count: number; readonly each: string };
  readonly ending?: "fin" | "rst" | "hang" | "hang-with-comments";
  readonly expect: { readonly outcome: string; readonly text?: string };
  readonly why: string;
}

const rows = readFileSync(join(import.meta.dirname, "corpora/sse-streams.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

/** The kinds of failure an outcome of the corpus may be told as. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  truncated: ["incomplete"],
  "idle-timeout": ["timeout"],
  error: ["overloaded", "rate-limit", "server"],
  malformed: ["malformed", "incomplete"],
  "rejected-too-large": ["malformed"],
};

function bytesOf({ slices, generator }: Row): Buffer[] {
  if (slices !== undefined) return slices.map((slice) => Buffer.from(slice, "base64"));
  if (generator?.kind !== "many-events") return [Buffer.from("data: "), Buffer.alloc(generator?.bytes ?? 0, "x")];
  const event = sse({ data: JSON.stringify({ choices: [{ index: 0, delta: { content: generator.each } }] }) });
  const end = sse({ data: JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) }) + sse({ data: "[DONE]" });
  return [Buffer.alloc(event.length * generator.count, event), Buffer.from(end)];
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("streams as vendors may send them", () => {
  it.each(rows.map((row) => [row.id, row.why, row] as const))("%s: %s", async (_id, _why, row) => {
    await using server = await vendorServer(async (response) => {
      beginEvents(response);
      for (const bytes of bytesOf(row)) {
        response.write(bytes);
        await turn();
      }
      if (row.ending === "rst") response.socket?.resetAndDestroy();
      else if (row.ending === "hang-with-comments") response.write(": still here\n\n");
      else if (row.ending !== "hang") response.end();
    });
    const options = { model: "m", apiKey: "sk-corpus-000", idleTimeoutMs: 150 };
    const provider =
      row.provider === "anthropic" ? anthropic({ ...options, baseURL: server.url }) : openai({ ...options, baseURL: `${server.url}/v1` });
    let text = "";
    let ended: unknown;
    try {
      for await (const event of provider.stream({ messages: [{ role: "user", content: "hello" }] })) {
        if (event.type === "text-delta") text += event.text;
        if (event.type === "finish") ended = "complete";
      }
    } catch (error) {
      ended = isProviderError(error) ? error.kind : error;
    }
    if (row.expect.outcome === "complete") expect(ended).toBe("complete");
    else expect(kinds[row.expect.outcome]).toContain(ended);
    // What was in flight when a connection is reset may or may not arrive.
    if (row.ending === "rst") expect(row.expect.text?.startsWith(text)).toBe(true);
    else if (row.generator?.kind === "many-events") expect(text).toBe(row.generator.each.repeat(row.generator.count));
    else if (row.expect.text !== undefined) expect(text).toBe(row.expect.text);
  });
});
