import { OrchestratorError } from "../errors.ts";
import { type Catalog, type Field, fieldOf, mayBeEmpty } from "./catalog.ts";
import type { Condition, FieldRef } from "./query-plan.ts";

/** The SQL a plan is written in. */
export type SqlDialect = "sqlite" | "postgres";

/** A name as SQL, whatever is in it. */
export function sqlIdentifier(name: string): string {
  return `"${name.replaceAll("\0", "").replaceAll('"', '""')}"`;
}

/** A literal as SQL. Text is always one quoted literal. */
export function sqlLiteral(value: string | number | boolean, dialect: SqlDialect): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new OrchestratorError("INTERNAL", "a number that is none");
    return String(value);
  }
  if (typeof value === "boolean") return dialect === "postgres" ? (value ? "TRUE" : "FALSE") : value ? "1" : "0";
  return `'${value.replaceAll("\0", "").replaceAll("'", "''")}'`;
}

/** What a condition is written with. */
export interface Scope {
  readonly dialect: SqlDialect;
  readonly catalog: Catalog;
  /** A field as SQL; text that stands for a number as that number. */
  readonly column: (ref: FieldRef) => string;
  readonly field: (ref: FieldRef) => Field | undefined;
  readonly tableOf: (ref: FieldRef) => string;
}

/** A column as SQL; text that is a number as that number, and any other text in it as NULL. */
export function columnSql(name: string, field: Field | undefined, dialect: SqlDialect): string {
  if (field?.storage !== "number-text") return name;
  const bare = [",", "$", "€", "£"].reduce((text, sign) => `REPLACE(${text}, '${sign}', '')`, `TRIM(CAST(${name} AS TEXT))`);
  return dialect === "postgres"
    ? `CASE WHEN ${bare} ~ '^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$' THEN CAST(${bare} AS DOUBLE PRECISION) END`
    : `CASE WHEN ${bare} GLOB '*[0-9]*' AND ${bare} NOT GLOB '*[^0-9.eE+-]*' THEN CAST(${bare} AS REAL) END`;
}

const like = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** A condition as SQL. */
export function conditionSql(condition: Condition, scope: Scope): string {
  const { dialect, column } = scope;
  const literal = (value: string | number | boolean): string => sqlLiteral(value, dialect);
  switch (condition.kind) {
    case "compare":
      return `${column(condition.field)} ${condition.op === "!=" ? "<>" : condition.op} ${literal(condition.value)}`;
    case "fields":
      return `${column(condition.field)} ${condition.op === "!=" ? "<>" : condition.op} ${column(condition.other)}`;
    case "in":
      return `${column(condition.field)} ${condition.negated ? "NOT IN" : "IN"} (${condition.values.map(literal).join(", ")})`;
    case "text": {
      const body = like(condition.text);
      const pattern = `${condition.match === "contains" || condition.match === "ends" ? "%" : ""}${body}${condition.match === "contains" || condition.match === "starts" ? "%" : ""}`;
      const operator = `${condition.negated ? "NOT " : ""}${dialect === "postgres" ? "ILIKE" : "LIKE"}`;
      return `${column(condition.field)} ${operator} ${literal(pattern)} ESCAPE '\\'`;
    }
    case "missing":
      return `${knownSql(condition.field, scope)} IS ${condition.negated ? "NOT " : ""}NULL`;
    case "dates": {
      const parts: string[] = [];
      if (condition.from !== undefined) parts.push(`${column(condition.field)} >= ${literal(condition.from)}`);
      if (condition.to !== undefined) parts.push(`${column(condition.field)} < ${literal(condition.to)}`);
      // Among texts, what is no date sorts before the digits or behind them.
      const isText = scope.field(condition.field)?.storage === "iso-text";
      if (isText && condition.from === undefined) parts.push(`${column(condition.field)} >= '0'`);
      if (isText && condition.to === undefined) parts.push(`${column(condition.field)} < ':'`);
      const range = `(${parts.join(" AND ")})`;
      return condition.negated ? `(${column(condition.field)} IS NOT NULL AND NOT ${range})` : range;
    }
    case "calendar": {
      const value = column(condition.field);
      if (dialect === "postgres")
        return `EXTRACT(${condition.part === "month" ? "MONTH" : "DOW"} FROM ${value}::timestamp)${condition.part === "month" ? "" : " + 1"} = ${condition.value}`;
      return condition.part === "month"
        ? `CAST(strftime('%m', ${value}) AS INTEGER) = ${condition.value}`
        : `CAST(strftime('%w', ${value}) AS INTEGER) + 1 = ${condition.value}`;
    }
    case "versus":
      return `${column(condition.field)} ${condition.op} (SELECT ${condition.fn.toUpperCase()}(${columnSql(sqlIdentifier(condition.field.field), scope.field(condition.field), dialect)}) FROM ${sqlIdentifier(scope.tableOf(condition.field))})`;
    case "any":
    case "all":
      return `(${condition.conditions.map((part) => conditionSql(part, scope)).join(condition.kind === "any" ? " OR " : " AND ")})`;
    case "related":
      return relatedSql(condition, scope);
  }
}

/** The field, with NULL for empty text. */
function knownSql(ref: FieldRef, scope: Scope): string {
  const column = scope.column(ref);
  if (!mayBeEmpty(scope.field(ref))) return column;
  return scope.dialect === "postgres" ? `NULLIF(CAST(${column} AS TEXT), '')` : `NULLIF(${column}, '')`;
}

function relatedSql(condition: Extract<Condition, { kind: "related" }>, scope: Scope): string {
  const hop = (index: number): string => `h${index}`;
  const first = condition.path[0];
  if (!first) throw new OrchestratorError("INTERNAL", "a relation of no steps");
  const joins = condition.path
    .slice(1)
    .map(
      (step, index) =>
        ` JOIN ${sqlIdentifier(step.to)} AS ${hop(index + 1)} ON ${hop(index + 1)}.${sqlIdentifier(step.toField)} = ${hop(index)}.${sqlIdentifier(step.field)}`,
    )
    .join("");
  const inner: Scope = {
    ...scope,
    column: (ref) => {
      if (ref.via === undefined) return scope.column(ref);
      const name = `${hop(Number(ref.via))}.${sqlIdentifier(ref.field)}`;
      return columnSql(name, fieldOf(scope.catalog, condition.path[Number(ref.via)]?.to ?? "", ref.field), scope.dialect);
    },
    field: (ref) =>
      ref.via === undefined ? scope.field(ref) : fieldOf(scope.catalog, condition.path[Number(ref.via)]?.to ?? "", ref.field),
  };
  const where = [
    `${hop(0)}.${sqlIdentifier(first.toField)} = ${scope.column({ field: first.field })}`,
    ...condition.where.map((part) => conditionSql(part, inner)),
  ].join(" AND ");
  const from = `FROM ${sqlIdentifier(first.to)} AS ${hop(0)}${joins} WHERE ${where}`;
  if (condition.count === 0 && condition.op === "=") return `NOT EXISTS (SELECT 1 ${from})`;
  if (condition.count === 0 && condition.op === ">") return `EXISTS (SELECT 1 ${from})`;
  return `(SELECT COUNT(*) ${from}) ${condition.op === "!=" ? "<>" : condition.op} ${condition.count}`;
}
