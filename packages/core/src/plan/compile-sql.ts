import { type Catalog, collectionOf, type Field, fieldOf } from "./catalog.ts";
import type { Bucket, Condition, FieldRef, Measure, QueryPlan } from "./query-plan.ts";
import { OrchestratorError } from "../errors.ts";

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

interface Scope {
  readonly dialect: SqlDialect;
  readonly catalog: Catalog;
  readonly column: (ref: FieldRef) => string;
  readonly field: (ref: FieldRef) => Field | undefined;
  readonly tableOf: (ref: FieldRef) => string;
}

const like = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

function conditionSql(condition: Condition, scope: Scope): string {
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
      return `${column(condition.field)} IS ${condition.negated ? "NOT " : ""}NULL`;
    case "dates": {
      const parts: string[] = [];
      if (condition.from !== undefined) parts.push(`${column(condition.field)} >= ${literal(condition.from)}`);
      if (condition.to !== undefined) parts.push(`${column(condition.field)} < ${literal(condition.to)}`);
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
      return `${column(condition.field)} ${condition.op} (SELECT ${condition.fn.toUpperCase()}(${sqlIdentifier(condition.field.field)}) FROM ${sqlIdentifier(scope.tableOf(condition.field))})`;
    case "any":
    case "all":
      return `(${condition.conditions.map((part) => conditionSql(part, scope)).join(condition.kind === "any" ? " OR " : " AND ")})`;
    case "related":
      return relatedSql(condition, scope);
  }
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
    column: (ref) => (ref.via === undefined ? scope.column(ref) : `${hop(Number(ref.via))}.${sqlIdentifier(ref.field)}`),
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

function bucketSql(bucket: Bucket, value: string, field: Field | undefined, dialect: SqlDialect): string {
  if (field?.type === "integer" || field?.type === "number") return bucket === "decade" ? `(${value} - ${value} % 10)` : value;
  if (dialect === "postgres") {
    const at = `${value}::timestamp`;
    const year = `CAST(EXTRACT(YEAR FROM ${at}) AS INTEGER)`;
    return {
      year,
      decade: `(${year} - ${year} % 10)`,
      month: `to_char(${at}, 'YYYY-MM')`,
      day: `to_char(${at}, 'YYYY-MM-DD')`,
      quarter: `to_char(${at}, 'YYYY-"Q"Q')`,
      weekday: `trim(to_char(${at}, 'Day'))`,
    }[bucket];
  }
  const year = `CAST(strftime('%Y', ${value}) AS INTEGER)`;
  const names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    .map((name, index) => ` WHEN '${index}' THEN '${name}'`)
    .join("");
  return {
    year,
    decade: `(${year} - ${year} % 10)`,
    month: `strftime('%Y-%m', ${value})`,
    day: `strftime('%Y-%m-%d', ${value})`,
    quarter: `strftime('%Y', ${value}) || '-Q' || ((CAST(strftime('%m', ${value}) AS INTEGER) + 2) / 3)`,
    weekday: `CASE strftime('%w', ${value})${names} END`,
  }[bucket];
}

function valueSql(measure: Measure, scope: Scope): string {
  const value = measure.of ? scope.column(measure.of) : "*";
  return measure.times ? `${value} * ${scope.column(measure.times)}` : value;
}

function measureSql(measure: Measure, scope: Scope): string {
  const value = valueSql(measure, scope);
  const real = (text: string): string => (scope.dialect === "postgres" ? `CAST(${text} AS DOUBLE PRECISION)` : text);
  switch (measure.fn) {
    case "count":
      return "COUNT(*)";
    case "countDistinct":
      return `COUNT(DISTINCT ${value})`;
    case "share":
      if (!measure.where) return real("100.0 * COUNT(*) / SUM(COUNT(*)) OVER ()");
      return real(`AVG(CASE WHEN ${measure.where.map((part) => conditionSql(part, scope)).join(" AND ")} THEN 100.0 ELSE 0.0 END)`);
    case "sum":
    case "avg":
      return real(`${measure.fn.toUpperCase()}(${value})`);
    case "min":
    case "max":
      return `${measure.fn.toUpperCase()}(${value})`;
    case "median":
      throw new OrchestratorError("INTERNAL", "a median stands alone");
  }
}

/** Compiles a validated plan to one SELECT. Every name is quoted and every literal escaped. */
export function compileSql(plan: QueryPlan, catalog: Catalog, dialect: SqlDialect): string {
  const owner = (via: string | undefined): string =>
    via === undefined ? plan.from : (plan.joins.find((join) => join.as === via)?.to ?? plan.from);
  const table = (via: string | undefined): string => (via === undefined ? "t" : sqlIdentifier(`j_${via}`));
  const scope: Scope = {
    dialect,
    catalog,
    column: (ref) => `${table(ref.via)}.${sqlIdentifier(ref.field)}`,
    field: (ref) => fieldOf(catalog, owner(ref.via), ref.field),
    tableOf: (ref) => owner(ref.via),
  };
  if (!collectionOf(catalog, plan.from)) throw new OrchestratorError("INTERNAL", `there is no table ${plan.from}`);
  const joins = plan.joins
    .map(
      (join) =>
        ` LEFT JOIN ${sqlIdentifier(join.to)} AS ${table(join.as)} ON ${table(join.as)}.${sqlIdentifier(join.toField)} = ${table(join.via)}.${sqlIdentifier(join.field)}`,
    )
    .join("");
  const conditions = plan.where.map((condition) => conditionSql(condition, scope));
  const where = (more: readonly string[] = []): string =>
    [...conditions, ...more].length > 0 ? ` WHERE ${[...conditions, ...more].join(" AND ")}` : "";
  const from = ` FROM ${sqlIdentifier(plan.from)} AS t${joins}`;
  const limit = plan.limit === undefined ? "" : ` LIMIT ${plan.limit}${plan.offset === undefined ? "" : ` OFFSET ${plan.offset}`}`;
  const orderBy = (terms: readonly string[]): string => (terms.length > 0 ? ` ORDER BY ${terms.join(", ")}` : "");

  if (plan.measures.length === 0) {
    const columns = plan.select.map((one) => `${scope.column(one.field)} AS ${sqlIdentifier(one.as)}`).join(", ");
    const terms = plan.orderBy.flatMap((one) => {
      if (!one.field) return [];
      const { field, via } = one.field;
      const selected = plan.select.find((column) => column.field.field === field && column.field.via === via);
      if (plan.distinct && !selected) return [];
      return [
        `${selected && plan.distinct ? sqlIdentifier(selected.as) : scope.column(one.field)} ${one.direction === "asc" ? "ASC" : "DESC"}`,
      ];
    });
    const fallback = plan.distinct && terms.length === 0 ? plan.select.map((one) => sqlIdentifier(one.as)) : terms;
    return `SELECT ${plan.distinct ? "DISTINCT " : ""}${columns}${from}${where()}${orderBy(fallback)}${limit}`;
  }

  const keys = plan.groupBy.map((key) => ({
    as: sqlIdentifier(key.as),
    sql: key.bucket ? bucketSql(key.bucket, scope.column(key.field), scope.field(key.field), dialect) : scope.column(key.field),
  }));
  const terms = plan.orderBy.flatMap((one) =>
    one.column === undefined ? [] : [`${sqlIdentifier(one.column)} ${one.direction === "asc" ? "ASC" : "DESC"}`],
  );
  const median = plan.measures.find((measure) => measure.fn === "median");
  let grouped: string;
  if (median) {
    if (plan.measures.length > 1 || plan.having.length > 0 || !median.of)
      throw new OrchestratorError("INTERNAL", "a median beside other measures cannot be written in SQL here");
    const value = valueSql(median, scope);
    const partition = keys.length > 0 ? `PARTITION BY ${keys.map((key) => key.sql).join(", ")}` : "";
    const inner = `SELECT ${[...keys.map((key) => `${key.sql} AS ${key.as}`), `${value} AS "v"`, `ROW_NUMBER() OVER (${partition} ORDER BY ${value}) AS "r"`, `COUNT(*) OVER (${partition}) AS "c"`].join(", ")}${from}${where([`${value} IS NOT NULL`])}`;
    const outerKeys = keys.map((key) => key.as);
    grouped = `SELECT ${[...outerKeys, `AVG("v") AS ${sqlIdentifier(median.as)}`].join(", ")} FROM (${inner}) AS m WHERE "r" IN (("c" + 1) / 2, ("c" + 2) / 2)${outerKeys.length > 0 ? ` GROUP BY ${outerKeys.join(", ")}` : ""}`;
  } else {
    const columns = [
      ...keys.map((key) => `${key.sql} AS ${key.as}`),
      ...plan.measures.map((measure) => `${measureSql(measure, scope)} AS ${sqlIdentifier(measure.as)}`),
    ];
    const groupBy = keys.length > 0 ? ` GROUP BY ${keys.map((key) => key.sql).join(", ")}` : "";
    const having = plan.having.map((one) => {
      const measure = plan.measures.find((candidate) => candidate.as === one.measure);
      return measure ? `${measureSql(measure, scope)} ${one.op === "!=" ? "<>" : one.op} ${one.value}` : "1 = 1";
    });
    grouped = `SELECT ${columns.join(", ")}${from}${where()}${groupBy}${having.length > 0 ? ` HAVING ${having.join(" AND ")}` : ""}`;
  }
  if (plan.rollup) {
    const { fn, of, as } = plan.rollup;
    if (fn === "median") throw new OrchestratorError("INTERNAL", "a median over groups cannot be written in SQL here");
    const value = fn === "count" ? "COUNT(*)" : `${fn.toUpperCase()}(${sqlIdentifier(of ?? "")})`;
    return `SELECT ${dialect === "postgres" && fn !== "count" ? `CAST(${value} AS DOUBLE PRECISION)` : value} AS ${sqlIdentifier(as)} FROM (${grouped}) AS g`;
  }
  return `${grouped}${orderBy(terms)}${limit}`;
}
