import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, type Transport } from "@modelcontextprotocol/client";
import { onTestFinished } from "vitest";
import { createDataTools, type DataTools, type DataToolsOptions } from "../src/index.ts";

/** The program as it is started from a shell. */
export const mainFile = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What a tool answered, with the structured part as plain JSON. */
export interface Answer {
  isError: boolean;
  text: string;
  // Tests read many shapes; each assertion says which it expects.
  data: Record<string, unknown>;
}

export interface Connection {
  client: Client;
  call: (name: string, args?: Record<string, unknown>, signal?: AbortSignal) => Promise<Answer>;
  /** The code of the error a call ends with. */
  failure: (name: string, args?: Record<string, unknown>) => Promise<unknown>;
}

/** A client over a transport, closed when the test is finished. */
export async function connect(transport: Transport): Promise<Connection> {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const call: Connection["call"] = async (name, args = {}, signal) => {
    const result = await client.callTool({ name, arguments: args }, signal === undefined ? {} : { signal });
    const text = result.content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
    return { isError: result.isError === true, text, data: (result.structuredContent ?? {}) as Record<string, unknown> };
  };
  return {
    client,
    call,
    async failure(name, args) {
      const { isError, data, text } = await call(name, args);
      if (!isError) throw new Error(`${name} did not fail: ${text}`);
      return (data["error"] as { code: string } | undefined)?.code ?? text;
    },
  };
}

/** Data tools with a client in the same process, both closed when the test is finished. */
export async function start(options: DataToolsOptions = {}): Promise<Connection & { tools: DataTools }> {
  const tools = createDataTools(options);
  onTestFinished(() => tools.close());
  await tools.ready();
  return { ...(await connect(tools.connect())), tools };
}

/** A temporary folder holding the given files, removed when the test is finished. */
export function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), "data-tools-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Rows `{ n: 0 } … { n: count - 1 }` as a JSON file, with whatever else `more` adds. */
export function numberedRows(count: number, more: (n: number) => Record<string, unknown> = () => ({})): string {
  return JSON.stringify(Array.from({ length: count }, (_, n) => ({ n, ...more(n) })));
}
