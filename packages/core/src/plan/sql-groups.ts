import { OrchestratorError } from "../errors.ts";
import { previousKey, type Measure, type OrderBy, type QueryPlan } from "./query-plan.ts";
import { conditionSql, type Scope, sqlIdentifier } from "./sql-conditions.ts";
import { bucketSql, daysSql } from "./sql-dates.ts";

/** A table of rows with its conditions, as SQL from FROM on. */
export type Source = (more?: readonly string[]) => string;

const q = sqlIdentifier;

/** Whole numbers divided are whole numbers in SQL, and exact decimals arrive as text. */
const real = (text: string, { dialect }: Scope): string => (dialect === "postgres" ? `CAST(${text} AS DOUBLE PRECISION)` : text);

function valueSql(measure: Measure, scope: Scope): string | undefined {
  const value = measure.of ? scope.column(measure.of) : undefined;
  if (value !== undefined && measure.since) return daysSql(scope.column(measure.since), value, scope.dialect);
  return value !== undefined && measure.times ? `${value} * ${scope.column(measure.times)}` : value;
}

function measureSql(measure: Measure, scope: Scope): string {
  const value = valueSql(measure, scope);
  const test = measure.where?.map((part) => conditionSql(part, scope)).join(" AND ");
  const only = (text: string): string => (test === undefined ? text : `CASE WHEN ${test} THEN ${text} END`);
  switch (measure.fn) {
    case "count":
      return test === undefined ? "COUNT(*)" : `COUNT(${only("1")})`;
    case "countDistinct":
      return `COUNT(DISTINCT ${only(value ?? "1")})`;
    case "share": {
      const all = value === undefined ? "COUNT(*)" : `SUM(${value})`;
      if (test === undefined) return real(`100.0 * ${all} / NULLIF(SUM(${all}) OVER (), 0)`, scope);
      return real(`100.0 * COALESCE(SUM(${only(value ?? "1")}), 0) / NULLIF(${all}, 0)`, scope);
    }
    case "sum":
      return real(test === undefined ? `SUM(${value ?? "1"})` : `COALESCE(SUM(${only(value ?? "1")}), 0)`, scope);
    case "avg":
      return real(`AVG(${only(value ?? "1")})`, scope);
    case "min":
    case "max":
      return `${measure.fn.toUpperCase()}(${only(value ?? "1")})`;
    case "median":
      throw new OrchestratorError("INTERNAL", "a median stands alone");
  }
}

/** The middle value of each partition, from rows that hold it as "v"; SQLite has no function for it. */
const middle = (rows: string, keys: readonly string[], as: string): string =>
  `SELECT ${[...keys, `AVG("v") AS ${as}`].join(", ")} FROM (${rows}) AS m WHERE "r" IN (("c" + 1) / 2, ("c" + 2) / 2)${keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : ""}`;

const numbered = (value: string, partition: string): string =>
  `${value} AS "v", ROW_NUMBER() OVER (${partition} ORDER BY ${value}) AS "r", COUNT(*) OVER (${partition}) AS "c"`;

function groupedSql(plan: QueryPlan, scope: Scope, source: Source): string {
  const keys = plan.groupBy.map((key) => ({
    as: q(key.as),
    sql: key.bucket ? bucketSql(key.bucket, scope.column(key.field), scope.field(key.field), scope.dialect) : scope.column(key.field),
  }));
  const named = keys.map((key) => `${key.sql} AS ${key.as}`);
  const median = plan.measures.find((measure) => measure.fn === "median");
  if (median) {
    const value = valueSql(median, scope);
    if (plan.measures.length > 1 || value === undefined || median.where)
      throw new OrchestratorError("INTERNAL", "a median beside other measures cannot be written in SQL here");
    const partition = keys.length > 0 ? `PARTITION BY ${keys.map((key) => key.sql).join(", ")}` : "";
    const rows = `SELECT ${[...named, numbered(value, partition)].join(", ")}${source([`${value} IS NOT NULL`])}`;
    return middle(
      rows,
      keys.map((key) => key.as),
      q(median.as),
    );
  }
  const columns = [...named, ...plan.measures.map((measure) => `${measureSql(measure, scope)} AS ${q(measure.as)}`)];
  return `SELECT ${columns.join(", ")}${source()}${keys.length > 0 ? ` GROUP BY ${keys.map((key) => key.sql).join(", ")}` : ""}`;
}

function havingSql(plan: QueryPlan, groups: string): string {
  if (plan.having.length === 0) return groups;
  const averages = plan.having.flatMap((one, index) =>
    one.value === "average" ? [`AVG(${q(one.measure)}) OVER () AS "__average${index}"`] : [],
  );
  const tests = plan.having.map(
    (one, index) => `${q(one.measure)} ${one.op === "!=" ? "<>" : one.op} ${one.value === "average" ? `"__average${index}"` : one.value}`,
  );
  const from = averages.length > 0 ? `SELECT g.*, ${averages.join(", ")} FROM (${groups}) AS g` : groups;
  const columns = [...plan.groupBy, ...plan.measures].map(({ as }) => q(as));
  return `SELECT ${columns.join(", ")} FROM (${from}) AS h WHERE ${tests.join(" AND ")}`;
}

function differencesSql(plan: QueryPlan, scope: Scope, groups: string): string {
  const differences = plan.differences ?? [];
  if (differences.length === 0) return groups;
  const before = previousKey(plan);
  const others = plan.groupBy.filter((_, index) => index !== before).map(({ as }) => q(as));
  const window = `${others.length > 0 ? `PARTITION BY ${others.join(", ")} ` : ""}ORDER BY ${q(plan.groupBy[before]?.as ?? "")}`;
  const earlier = differences.flatMap((one, index) =>
    one.from === undefined ? [`LAG(${q(one.of)}) OVER (${window}) AS "__before${index}"`] : [],
  );
  const columns = differences.map((one, index) => {
    const from = one.from === undefined ? `"__before${index}"` : q(one.from);
    const change = `${q(one.of)} - ${from}`;
    return `${one.unit === "percent" ? real(`100.0 * (${change}) / NULLIF(${from}, 0)`, scope) : change} AS ${q(one.as)}`;
  });
  const from = earlier.length > 0 ? `SELECT g.*, ${earlier.join(", ")} FROM (${groups}) AS g` : groups;
  return `SELECT ${[...[...plan.groupBy, ...plan.measures].map(({ as }) => q(as)), ...columns].join(", ")} FROM (${from}) AS p`;
}

/** The order of a list of terms; what is not known comes last where the largest come first. */
export const termSql = (value: string, direction: OrderBy["direction"]): string =>
  direction === "asc" ? `${value} ASC` : `${value} DESC NULLS LAST`;

/** The first rows of each value of `per`, in the order of the terms. */
export function rankedWithinSql(
  { limit = 1, offset = 0 }: QueryPlan,
  rows: string,
  columns: readonly string[],
  per: readonly string[],
  terms: readonly string[],
): string {
  const place = `ROW_NUMBER() OVER (PARTITION BY ${per.join(", ")} ORDER BY ${terms.join(", ")}) AS "__place"`;
  const within = `"__place" > ${offset} AND "__place" <= ${offset + limit}`;
  return `SELECT ${columns.join(", ")} FROM (SELECT r.*, ${place} FROM (${rows}) AS r) AS w WHERE ${within} ORDER BY ${[...per, ...terms].join(", ")}`;
}

function rollupSql({ fn, of, as }: NonNullable<QueryPlan["rollup"]>, groups: string, scope: Scope): string {
  if (fn === "median") {
    const value = q(of ?? "");
    return middle(`SELECT ${numbered(value, "")} FROM (${groups}) AS g WHERE ${value} IS NOT NULL`, [], q(as));
  }
  const value = fn === "count" ? "COUNT(*)" : real(`${fn.toUpperCase()}(${q(of ?? "")})`, scope);
  return `SELECT ${value} AS ${q(as)} FROM (${groups}) AS g`;
}

/** Groups rows, measures the groups and orders them, as one SELECT. */
export function measuredSql(plan: QueryPlan, scope: Scope, source: Source, limit: string): string {
  const compared = plan.limit === undefined ? undefined : plan.differences?.find((one) => one.as === plan.orderBy[0]?.column);
  const all = differencesSql(plan, scope, havingSql(plan, groupedSql(plan, scope, source)));
  // The first of all has nothing before it, and is neither the highest nor the lowest.
  const groups = compared ? `SELECT * FROM (${all}) AS n WHERE ${q(compared.as)} IS NOT NULL` : all;
  if (plan.rollup) return rollupSql(plan.rollup, groups, scope);
  const terms = plan.orderBy.flatMap((one) => (one.column === undefined ? [] : [termSql(q(one.column), one.direction)]));
  if (plan.per) {
    const columns = [...plan.groupBy, ...plan.measures, ...(plan.differences ?? [])].map(({ as }) => q(as));
    return rankedWithinSql(plan, groups, columns, plan.per.map(q), terms);
  }
  return `${groups}${terms.length > 0 ? ` ORDER BY ${terms.join(", ")}` : ""}${limit}`;
}
