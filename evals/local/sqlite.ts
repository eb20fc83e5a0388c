import { DatabaseSync } from "node:sqlite";

type Row = Readonly<Record<string, string | number | boolean | null>>;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function columnType(rows: readonly Row[], name: string): string {
  const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
  if (!values.every((value) => typeof value === "number")) return "TEXT";
  return values.every(Number.isInteger) ? "INTEGER" : "REAL";
}

/** Writes collections as the tables of a new SQLite file. */
export function writeSqlite(file: string, tables: Readonly<Record<string, readonly Row[]>>): void {
  const database = new DatabaseSync(file);
  try {
    for (const [table, rows] of Object.entries(tables)) {
      const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      database.exec(`CREATE TABLE ${quoted(table)} (${names.map((name) => `${quoted(name)} ${columnType(rows, name)}`).join(", ")})`);
      const insert = database.prepare(`INSERT INTO ${quoted(table)} VALUES (${names.map(() => "?").join(", ")})`);
      database.exec("BEGIN");
      for (const row of rows)
        insert.run(...names.map((name) => (typeof row[name] === "boolean" ? Number(row[name]) : (row[name] ?? null))));
      database.exec("COMMIT");
    }
  } finally {
    database.close();
  }
}
