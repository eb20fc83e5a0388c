// A conversation about data, with no model and no server: `node --conditions=@hydrogenai/source examples/conversation.ts`
import { DatabaseSync } from "node:sqlite";
import { type Json, createOrchestrator, defineTool } from "@hydrogenai/core";

const database = new DatabaseSync(":memory:");
database.exec(`
  CREATE TABLE customers (name TEXT, country TEXT, joined DATE, spent REAL);
  INSERT INTO customers VALUES
    ('Ada', 'Norway', '2023-04-02', 120), ('Bo', 'Norway', '2024-05-01', 80), ('Cy', 'Germany', '2024-06-07', 310),
    ('Di', 'Germany', '2023-01-09', 40), ('Ed', 'Germany', '2024-09-30', 95), ('Fi', 'Japan', '2024-11-11', 210);
`);

/** Any tool that runs SQL is a source of data; so are the tools of an MCP server. */
const sql = defineTool({
  name: "execute_sql",
  description: "Runs one statement",
  readOnly: true,
  inputSchema: { type: "object", properties: { sql: { type: "string" } }, required: ["sql"] },
  execute: (input) => ({ rows: database.prepare((input as { sql: string }).sql).all() as unknown as Json }),
});

await using orchestrator = createOrchestrator({ tools: [sql] });
const sessionId = await orchestrator.createSession();

for (const text of [
  "How many customers are in Norway?",
  "and in Germany?",
  "only those who joined in 2024",
  "who are they?",
  "what about Japan?",
  "thanks",
]) {
  const { text: answer, explanation = [] } = await orchestrator.query({ text, sessionId });
  console.log([`> ${text}`, ...explanation.filter((line) => line.startsWith("Read as")), answer, ""].join("\n"));
}
