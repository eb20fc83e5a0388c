import { OrchestratorError } from "../errors.ts";
import type { Json, JsonObject } from "../ports/json.ts";
import { type Catalog, collectionOf, fieldOf, keyOf } from "./catalog.ts";
import { comparisonOperators, expressionOf, matchOf, missingExpression } from "./mongo-conditions.ts";
import { bucketExpression } from "./mongo-dates.ts";
import { measuredStages, page, rankedWithin } from "./mongo-groups.ts";
import { collectionVia, joinedName, lookup, mongoPath, parsedFields, typeIn } from "./mongo-paths.ts";
import type { Condition, FieldRef, QueryPlan, SelectedField } from "./query-plan.ts";

/** A pipeline and the collection it runs on. */
export interface MongoQuery {
  readonly collection: string;
  readonly pipeline: readonly JsonObject[];
}

/** Keeps the rows whose number of related rows fits: joins them flat, counts, and folds back to one row each. */
function relatedStages(plan: QueryPlan, catalog: Catalog, condition: Extract<Condition, { kind: "related" }>): JsonObject[] {
  const collection = collectionOf(catalog, plan.from);
  const key = collection && keyOf(collection);
  if (!key) throw new OrchestratorError("INTERNAL", `${plan.from} has no field that tells its rows apart`);
  const hop = (index: number): string => `__hop${index}`;
  const stages: JsonObject[] = [];
  condition.path.forEach((step, index) => {
    const local = index === 0 ? step.field : `${hop(index - 1)}.${step.field}`;
    stages.push(...lookup(step.to, local, step.toField, hop(index)), ...parsedFields(catalog, plan, step.to, `${hop(index)}.`));
  });
  const last = condition.path.at(-1);
  if (!last) throw new OrchestratorError("INTERNAL", "a relation of no steps");
  const place = (ref: FieldRef): string => (ref.via === undefined ? ref.field : `${hop(Number(ref.via))}.${ref.field}`);
  const typeOf = (ref: FieldRef) => {
    const owner = ref.via === undefined ? plan.from : condition.path[Number(ref.via)]?.to;
    return owner === undefined ? undefined : fieldOf(catalog, owner, ref.field);
  };
  const hit = {
    $and: [
      { $not: [missingExpression(`${hop(condition.path.length - 1)}.${last.toField}`)] },
      ...condition.where.map((part) => expressionOf(part, place, typeOf)),
    ],
  };
  return [
    ...stages,
    { $group: { _id: `$${key.name}`, __row: { $first: "$$ROOT" }, __hits: { $sum: { $cond: [hit, 1, 0] } } } },
    { $match: { __hits: { [comparisonOperators[condition.op]]: condition.count } } },
    { $replaceRoot: { newRoot: "$__row" } },
  ];
}

/** Keeps the rows whose value compares with what is computed over all rows of its collection. */
function versusStages(plan: QueryPlan, catalog: Catalog, condition: Extract<Condition, { kind: "versus" }>): JsonObject[] {
  const path = mongoPath(condition.field);
  const from = collectionVia(plan, condition.field.via);
  const compared = { [comparisonOperators[condition.op]]: [`$${path}`, { $arrayElemAt: ["$__versus.value", 0] }] };
  return [
    {
      $lookup: {
        from,
        pipeline: [
          ...parsedFields(catalog, plan, from),
          { $group: { _id: null, value: { [`$${condition.fn}`]: `$${condition.field.field}` } } },
        ],
        as: "__versus",
      },
    },
    { $match: { $expr: { $and: [{ $not: [missingExpression(path)] }, compared] } } },
  ];
}

/** Compiles a validated plan to one aggregation pipeline of read-only stages. */
export function compileMongo(plan: QueryPlan, catalog: Catalog): MongoQuery {
  const typeOf = typeIn(catalog, plan);
  const pipeline: JsonObject[] = [...parsedFields(catalog, plan, plan.from)];
  const plain = plan.where.filter((condition) => condition.kind !== "related" && condition.kind !== "versus");
  const onRoot = plain.filter((condition) => !usesJoin(condition));
  if (onRoot.length > 0) pipeline.push({ $match: { $and: onRoot.map((condition) => matchOf(condition, mongoPath, typeOf)) } });
  for (const condition of plan.where) if (condition.kind === "related") pipeline.push(...relatedStages(plan, catalog, condition));
  for (const join of plan.joins) {
    pipeline.push(
      ...lookup(join.to, mongoPath({ field: join.field, via: join.via }), join.toField, joinedName(join.as)),
      ...parsedFields(catalog, plan, join.to, `${joinedName(join.as)}.`),
    );
  }
  const onJoins = plain.filter(usesJoin);
  if (onJoins.length > 0) pipeline.push({ $match: { $and: onJoins.map((condition) => matchOf(condition, mongoPath, typeOf)) } });
  for (const condition of plan.where) if (condition.kind === "versus") pipeline.push(...versusStages(plan, catalog, condition));
  pipeline.push(...(plan.measures.length > 0 ? measuredStages(plan, catalog) : listed(plan, catalog)));
  return { collection: plan.from, pipeline };
}

function usesJoin(condition: Condition): boolean {
  if (condition.kind === "any" || condition.kind === "all") return condition.conditions.some(usesJoin);
  if (condition.kind === "fields" && condition.other.via !== undefined) return true;
  return condition.kind !== "related" && condition.field.via !== undefined;
}

/** Columns of rows that are to be told apart get neutral names, as those of groups do. */
const keyName = (index: number): string => `k${index}`;

function listed(plan: QueryPlan, catalog: Catalog): JsonObject[] {
  const typeOf = typeIn(catalog, plan);
  const valueOf = ({ field, bucket }: SelectedField): Json =>
    bucket ? bucketExpression(bucket, `$${mongoPath(field)}`, typeOf(field)) : `$${mongoPath(field)}`;
  const order = plan.orderBy.flatMap((one): [string, 1 | -1][] =>
    one.field ? [[mongoPath(one.field), one.direction === "asc" ? 1 : -1]] : [],
  );
  if (plan.distinct) return distinctStages(plan, order);
  const stages: JsonObject[] = [];
  if (plan.per) {
    const columns = plan.per.flatMap((name) => plan.select.find((column) => column.as === name) ?? []);
    const keys = Object.fromEntries(columns.map((column, index) => [`__per${index}`, valueOf(column)]));
    stages.push(
      { $addFields: keys },
      ...rankedWithin(plan, Object.fromEntries(Object.keys(keys).map((key) => [key, `$${key}`])), Object.fromEntries(order)),
      { $sort: { ...Object.fromEntries(Object.keys(keys).map((key) => [key, 1])), ...Object.fromEntries(order) } },
    );
  } else {
    if (order.length > 0) stages.push({ $sort: Object.fromEntries(order) });
    stages.push(...page(plan));
  }
  const columns = plan.select.map((column): [string, Json] => [column.as, valueOf(column)]);
  const keepsId = plan.select.some((column) => column.as === "_id");
  if (columns.length > 0) stages.push({ $project: { ...(keepsId ? {} : { _id: 0 }), ...Object.fromEntries(columns) } });
  return stages;
}

function distinctStages(plan: QueryPlan, order: readonly [string, 1 | -1][]): JsonObject[] {
  const keys = Object.fromEntries(plan.select.map((column, index) => [keyName(index), `$${mongoPath(column.field)}`]));
  const flat = Object.fromEntries(plan.select.map((column, index): [string, string] => [column.as, `$_id.${keyName(index)}`]));
  const sort: Record<string, 1 | -1> = {};
  for (const [path, direction] of order) {
    const index = plan.select.findIndex((column) => mongoPath(column.field) === path);
    if (index >= 0) sort[`_id.${keyName(index)}`] = direction;
  }
  if (Object.keys(sort).length === 0) plan.select.forEach((_, index) => (sort[`_id.${keyName(index)}`] = 1));
  return [{ $group: { _id: keys } }, { $sort: sort }, ...page(plan), { $project: { _id: 0, ...flat } }];
}
