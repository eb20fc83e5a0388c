import { OrchestratorError } from "../errors.ts";
import { type Catalog, collectionOf, fieldOf } from "./catalog.ts";
import type { QueryPlan, SelectedField } from "./query-plan.ts";
import { columnSql, conditionSql, type Scope, type SqlDialect, sqlIdentifier } from "./sql-conditions.ts";
import { bucketSql } from "./sql-dates.ts";
import { measuredSql, rankedWithinSql, type Source, termSql } from "./sql-groups.ts";

function listedSql(plan: QueryPlan, scope: Scope, source: Source, limit: string): string {
  const valueOf = ({ field, bucket }: SelectedField): string =>
    bucket ? bucketSql(bucket, scope.column(field), scope.field(field), scope.dialect) : scope.column(field);
  const columns = plan.select.map((one) => `${valueOf(one)} AS ${sqlIdentifier(one.as)}`);
  const selectedAs = (one: QueryPlan["orderBy"][number]): string | undefined =>
    plan.select.find((column) => column.field.field === one.field?.field && column.field.via === one.field.via && !column.bucket)?.as;
  if (plan.per) {
    // What rows are ordered by may not be shown, but has to leave the inner query.
    const orders = plan.orderBy.flatMap((one, index) => (one.field ? [{ ...one, field: one.field, as: `"__order${index}"` }] : []));
    const rows = `SELECT ${[...columns, ...orders.map(({ field, as }) => `${scope.column(field)} AS ${as}`)].join(", ")}${source()}`;
    const terms = orders.map(({ as, direction }) => termSql(as, direction));
    return rankedWithinSql(
      plan,
      rows,
      plan.select.map(({ as }) => sqlIdentifier(as)),
      plan.per.map(sqlIdentifier),
      terms,
    );
  }
  const terms = plan.orderBy.flatMap((one) => {
    if (!one.field) return [];
    const selected = selectedAs(one);
    if (plan.distinct && selected === undefined) return [];
    return [termSql(plan.distinct && selected !== undefined ? sqlIdentifier(selected) : scope.column(one.field), one.direction)];
  });
  const order = plan.distinct && terms.length === 0 ? plan.select.map((one) => sqlIdentifier(one.as)) : terms;
  return `SELECT ${plan.distinct ? "DISTINCT " : ""}${columns.join(", ")}${source()}${order.length > 0 ? ` ORDER BY ${order.join(", ")}` : ""}${limit}`;
}

/** Compiles a validated plan to one SELECT. Every name is quoted and every literal escaped. */
export function compileSql(plan: QueryPlan, catalog: Catalog, dialect: SqlDialect): string {
  const owner = (via: string | undefined): string =>
    via === undefined ? plan.from : (plan.joins.find((join) => join.as === via)?.to ?? plan.from);
  const table = (via: string | undefined): string => (via === undefined ? "t" : sqlIdentifier(`j_${via}`));
  const scope: Scope = {
    dialect,
    catalog,
    column: (ref) => columnSql(`${table(ref.via)}.${sqlIdentifier(ref.field)}`, fieldOf(catalog, owner(ref.via), ref.field), dialect),
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
  const source: Source = (more = []) => {
    const tests = [...conditions, ...more];
    return ` FROM ${sqlIdentifier(plan.from)} AS t${joins}${tests.length > 0 ? ` WHERE ${tests.join(" AND ")}` : ""}`;
  };
  const limit = plan.limit === undefined ? "" : ` LIMIT ${plan.limit}${plan.offset === undefined ? "" : ` OFFSET ${plan.offset}`}`;
  return plan.measures.length > 0 ? measuredSql(plan, scope, source, limit) : listedSql(plan, scope, source, limit);
}
