import { DatabaseSync } from "node:sqlite";
import type { Tables } from "./data-set.ts";
import type { Row } from "./rows.ts";

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function columnType(rows: readonly Row[], name: string): string {
  const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
  if (values.length > 0 && values.every((value) => typeof value === "boolean")) return "INTEGER";
  if (!values.every((value) => typeof value === "number")) return "TEXT";
  return values.every(Number.isInteger) ? "INTEGER" : "REAL";
}

/** Lists and objects are kept as JSON, truth values as 0 and 1. */
function asStored(value: unknown): string | number | null {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Writes collections as the tables of a new SQLite file. */
export function writeSqlite(file: string, tables: Tables): void {
  const database = new DatabaseSync(file);
  try {
    for (const [table, rows] of Object.entries(tables)) {
      const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      database.exec(`CREATE TABLE ${quoted(table)} (${names.map((name) => `${quoted(name)} ${columnType(rows, name)}`).join(", ")})`);
      const insert = database.prepare(`INSERT INTO ${quoted(table)} VALUES (${names.map(() => "?").join(", ")})`);
      database.exec("BEGIN");
      for (const row of rows) insert.run(...names.map((name) => asStored(row[name])));
      database.exec("COMMIT");
    }
  } finally {
    database.close();
  }
}
