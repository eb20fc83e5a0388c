import type { CallOptions } from "../ports/call.ts";
import type { JsonObject } from "../ports/json.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Field, Relation } from "./catalog.ts";
import type { CatalogReader, DeclaredField } from "./catalog-reader.ts";
import { type SqlDialect, sqlIdentifier, sqlLiteral } from "./sql-conditions.ts";
import { resultRows, type ToolRows } from "./tool-results.ts";

/** Runs one statement through a tool that takes `{ sql }`. */
export async function runSql(tool: Tool, sql: string, options?: CallOptions): Promise<ToolRows> {
  return resultRows(await tool.execute({ sql }, options));
}

/** Which SQL the server behind the tool speaks, found by asking for SQLite's catalog. */
export async function sqlDialect(tool: Tool, options?: CallOptions): Promise<SqlDialect> {
  try {
    await runSql(tool, "SELECT name FROM sqlite_master LIMIT 1", options);
    return "sqlite";
  } catch (error) {
    options?.signal?.throwIfAborted();
    await runSql(tool, "SELECT table_name FROM information_schema.tables LIMIT 1", options).catch(() => {
      throw error;
    });
    return "postgres";
  }
}

function columnType(declared: string): Pick<DeclaredField, "type" | "storage"> {
  const type = declared.toLowerCase();
  if (/bool/.test(type)) return { type: "boolean" };
  if (/date|timestamp/.test(type)) return { type: "date" };
  if (/int|serial/.test(type)) return { type: "integer" };
  if (/real|double|float|numeric|decimal|money/.test(type)) return { type: "number" };
  if (/char|text|clob|uuid|enum|user-defined|name/.test(type)) return { type: "string" };
  return { type: /json|\[\]|array/.test(type) ? "object" : type === "" ? "unknown" : "string" };
}

const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

/** Reads a SQL database through a tool that runs statements, such as dbhub's `execute_sql`. */
export function sqlReader(tool: Tool, dialect: SqlDialect): CatalogReader {
  const rowsOf = async (sql: string, options?: CallOptions): Promise<readonly JsonObject[]> => (await runSql(tool, sql, options)).rows;
  const q = sqlIdentifier;
  const number = (value: unknown): number => Number(value ?? 0);

  async function sqliteRelations(options?: CallOptions): Promise<Relation[]> {
    const rows = await rowsOf(
      `SELECT m.name AS owner, f."from" AS field, f."table" AS target, f."to" AS key FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
      options,
    );
    return rows.flatMap((row) =>
      text(row["key"]) === ""
        ? []
        : [
            {
              from: { collection: text(row["owner"]), field: text(row["field"]) },
              to: { collection: text(row["target"]), field: text(row["key"]) },
            },
          ],
    );
  }

  async function postgresRelations(options?: CallOptions): Promise<Relation[]> {
    const rows = await rowsOf(
      `SELECT c.relname AS owner, a.attname AS field, t.relname AS target, b.attname AS key FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1`,
      options,
    );
    return rows.map((row) => ({
      from: { collection: text(row["owner"]), field: text(row["field"]) },
      to: { collection: text(row["target"]), field: text(row["key"]) },
    }));
  }

  return {
    async collections(options) {
      const columns =
        dialect === "sqlite"
          ? await rowsOf(
              `SELECT m.name AS t, p.name AS c, p.type AS k FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid`,
              options,
            )
          : await rowsOf(
              `SELECT table_name AS t, column_name AS c, data_type AS k FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
              options,
            );
      const relations = dialect === "sqlite" ? await sqliteRelations(options) : await postgresRelations(options);
      const tables = new Map<string, DeclaredField[]>();
      for (const row of columns) {
        const name = text(row["t"]);
        const fields = tables.get(name) ?? [];
        fields.push({ name: text(row["c"]), ...columnType(text(row["k"])) });
        tables.set(name, fields);
      }
      return [...tables].map(([name, fields]) => ({ name, fields, relations: relations.filter((one) => one.from.collection === name) }));
    },
    async statistics(collection, fields, options) {
      const columns = fields.flatMap((field, index) => {
        const name = q(field.name);
        const list = [`COUNT(${name}) AS p${index}`];
        if (dialect === "sqlite") list.push(`MIN(typeof(${name})) AS t${index}`, `MAX(typeof(${name})) AS u${index}`);
        if (field.type === "integer" || field.type === "number" || field.type === "date" || field.type === "unknown")
          list.push(`MIN(${name}) AS a${index}`, `MAX(${name}) AS z${index}`);
        return list;
      });
      const row =
        (await rowsOf(`SELECT COUNT(*) AS n${columns.length > 0 ? `, ${columns.join(", ")}` : ""} FROM ${q(collection)}`, options))[0] ??
        {};
      const bound = (value: unknown, type: Field["type"]): number | string | undefined => {
        if (typeof value === "number") return value;
        if (typeof value !== "string") return undefined;
        return type === "integer" || type === "number" ? Number(value) : value;
      };
      return {
        count: number(row["n"]),
        fields: fields.map((field, index) => {
          const seen = [text(row[`t${index}`]), text(row[`u${index}`])].filter((one) => one !== "" && one !== "null");
          const types = seen.map((one) => ({ integer: "int", real: "double", text: "string" })[one] ?? one);
          return {
            present: number(row[`p${index}`]),
            min: bound(row[`a${index}`], field.type),
            max: bound(row[`z${index}`], field.type),
            types: dialect === "postgres" ? [field.type === "date" ? "date" : field.type] : types,
          };
        }),
      };
    },
    async groups(collection, { name: field }, { skip, limit }, options) {
      const name = q(field);
      const rows = await rowsOf(
        `SELECT ${name} AS v, COUNT(*) AS n FROM ${q(collection)} WHERE ${name} IS NOT NULL GROUP BY ${name} ORDER BY n DESC, v LIMIT ${limit} OFFSET ${skip}`,
        options,
      );
      // A server may cut a page shorter than was asked without a word, so only an empty one is surely the end.
      return { values: rows.map((row) => ({ value: row["v"], count: number(row["n"]) })), last: rows.length === 0 };
    },
    async hasDuplicates(collection, field, options) {
      return (await rowsOf(`SELECT 1 AS x FROM ${q(collection)} GROUP BY ${q(field)} HAVING COUNT(*) > 1 LIMIT 1`, options)).length > 0;
    },
    async contained(from, to, options) {
      const sql = `SELECT 1 AS x FROM ${q(from.collection)} a WHERE a.${q(from.field)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${q(to.collection)} b WHERE b.${q(to.field)} = a.${q(from.field)}) LIMIT 1`;
      return (await rowsOf(sql, options)).length === 0;
    },
    async probe(collection, field, phrase, options) {
      const pattern = sqlLiteral(`%${phrase.replace(/[\\%_]/g, "\\$&")}%`, dialect);
      const rows = await rowsOf(
        `SELECT DISTINCT ${q(field)} AS v FROM ${q(collection)} WHERE ${q(field)} ${dialect === "postgres" ? "ILIKE" : "LIKE"} ${pattern} ESCAPE '\\' LIMIT 20`,
        options,
      );
      return rows.flatMap((row) => (typeof row["v"] === "string" ? [row["v"]] : []));
    },
  };
}
