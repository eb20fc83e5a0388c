import { DatabaseSync } from "node:sqlite";
import type { Tool } from "../../src/ports/tool-source.ts";
import type { Data } from "./data.ts";

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function columnType(values: readonly unknown[]): string {
  const present = values.filter((one) => one !== null && one !== undefined);
  if (present.some((one) => one instanceof Date)) return "DATE";
  if (present.some((one) => typeof one === "string")) return "TEXT";
  if (present.some((one) => typeof one === "boolean")) return "BOOLEAN";
  return present.every((one) => Number.isInteger(one)) ? "INTEGER" : "REAL";
}

const stored = (value: unknown): string | number | null => {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" || typeof value === "number" ? value : null;
};

/** The same data in SQLite, behind a tool like dbhub's `execute_sql`: its answer is JSON inside a text. */
export function sqliteTools(data: Data): Tool[] {
  const database = new DatabaseSync(":memory:");
  for (const [table, rows] of Object.entries(data)) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const types = columns.map((column) => `${name(column)} ${columnType(rows.map((row) => row[column]))}`);
    database.exec(`CREATE TABLE ${name(table)} (${types.join(", ")})`);
    const insert = database.prepare(`INSERT INTO ${name(table)} VALUES (${columns.map(() => "?").join(", ")})`);
    database.exec("BEGIN");
    for (const row of rows) insert.run(...columns.map((column) => stored(row[column])));
    database.exec("COMMIT");
  }
  return [
    {
      name: "execute_sql",
      description: "Runs one statement",
      inputSchema: { type: "object", properties: { sql: { type: "string" } }, required: ["sql"] },
      readOnly: false,
      idempotent: false,
      execute: async (input) => {
        const sql = (input as { sql: string }).sql;
        const rows = database.prepare(sql).all();
        return {
          content: [{ type: "text", text: JSON.stringify({ success: true, data: { rows, count: rows.length } }) }],
        };
      },
    },
  ];
}
