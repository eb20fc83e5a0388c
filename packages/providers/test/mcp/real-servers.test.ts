import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import {
  callTool,
  connect,
  dbhubHttp,
  dbhubProcess,
  everythingProcess,
  filesystemProcess,
  temporaryFolder,
  toolOf,
} from "./support/servers.ts";

function salesDatabase(): string {
  const file = join(temporaryFolder(), "sales.db");
  const database = new DatabaseSync(file);
  database.exec("create table sales (region text, amount integer)");
  const insert = database.prepare("insert into sales values (?, ?)");
  for (const [region, amount] of [
    ["north", 10],
    ["south", 5],
    ["north", 7],
  ] as const)
    insert.run(region, amount);
  database.close();
  return `sqlite://${file}`;
}

const totals = { sql: "select region, sum(amount) as total from sales group by region order by total desc" };
const rows = {
  data: {
    statements: [
      {
        rows: [
          { region: "north", total: 17 },
          { region: "south", total: 5 },
        ],
      },
    ],
  },
};

describe.concurrent("dbhub over a SQLite file", () => {
  it.concurrent("answers SQL over stdio", async () => {
    await using source = connect(dbhubProcess(salesDatabase()));
    expect(await callTool(source, "execute_sql", totals)).toMatchObject(rows);
    expect(source.health?.()).toEqual({ status: "up", detail: "connected to DBHub MCP Server 1.4.0, 2 tools" });
    // What it says of its own tools is believed.
    expect(await toolOf(source, "execute_sql")).toMatchObject({ readOnly: false, idempotent: false });
    expect(await toolOf(source, "search_objects")).toMatchObject({ readOnly: true, idempotent: true });
  });

  it.concurrent("answers SQL over Streamable HTTP, and says what is wrong with a statement", async () => {
    await using server = await dbhubHttp(salesDatabase());
    await using source = connect({ url: server.url });
    expect(await callTool(source, "execute_sql", totals)).toMatchObject(rows);
    await expect(callTool(source, "execute_sql", { sql: "select * from nowhere" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      message: expect.stringContaining("no such table: nowhere"),
      details: { tool: "execute_sql" },
    });
  });
});

describe.concurrent("server-filesystem", () => {
  it.concurrent("reads what is in its folder and refuses what is not, in its own words", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "note.txt"), "remember the milk");
    await using source = connect(filesystemProcess(folder));
    const read = await toolOf(source, "read_text_file");
    expect(JSON.stringify(await read.execute({ path: join(folder, "note.txt") }))).toContain("remember the milk");
    await expect(read.execute({ path: "/etc/passwd" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      message: expect.stringContaining("Access denied"),
    });
  });
});

describe.concurrent("server-everything", () => {
  it.concurrent("answers text, structured content and blocks of several kinds as JSON, many at a time", async () => {
    await using source = connect(everythingProcess);
    expect(await callTool(source, "get-sum", { a: 2, b: 3 })).toBe("The sum of 2 and 3 is 5.");
    expect(await callTool(source, "get-structured-content", { location: "Chicago" })).toMatchObject({ conditions: expect.any(String) });
    const echo = await toolOf(source, "echo");
    const messages = Array.from({ length: 50 }, (_, index) => `message ${index}`);
    const answers = await Promise.all(messages.map((message) => echo.execute({ message })));
    expect(answers).toEqual(messages.map((message) => `Echo: ${message}`));
    expect(await callTool(source, "get-tiny-image", {})).toMatchObject({
      content: [{ type: "text" }, { type: "image" }, { type: "text" }],
    });
  });
});
