import type { JsonObject } from "../ports/json.ts";
import { type Catalog, fieldOf } from "./catalog.ts";
import { expressionOf, matchOf, missingExpression } from "./mongo-conditions.ts";
import { bucketExpression } from "./mongo-dates.ts";
import type { Condition, FieldRef, GroupKey, Measure, QueryPlan } from "./query-plan.ts";
import { keyOf, collectionOf } from "./catalog.ts";
import { OrchestratorError } from "../errors.ts";

/** A pipeline and the collection it runs on. */
export interface MongoQuery {
  readonly collection: string;
  readonly pipeline: readonly JsonObject[];
}

const joined = (name: string): string => `__${name}`;

/** Where a field stands in the document once the plan's joins ran. */
function mongoPath(ref: FieldRef): string {
  return ref.via === undefined ? ref.field : `${joined(ref.via)}.${ref.field}`;
}

function lookup(from: string, localField: string, foreignField: string, as: string): JsonObject[] {
  return [{ $lookup: { from, localField, foreignField, as } }, { $unwind: { path: `$${as}`, preserveNullAndEmptyArrays: true } }];
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
    stages.push(...lookup(step.to, local, step.toField, hop(index)));
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
  const comparison = { "=": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte" }[condition.op];
  return [
    ...stages,
    { $group: { _id: `$${key.name}`, __row: { $first: "$$ROOT" }, __hits: { $sum: { $cond: [hit, 1, 0] } } } },
    { $match: { __hits: { [comparison]: condition.count } } },
    { $replaceRoot: { newRoot: "$__row" } },
  ];
}

function accumulator(measure: Measure, refine: (condition: Condition) => JsonObject): JsonObject {
  const path = measure.of ? `$${mongoPath(measure.of)}` : undefined;
  const value = path !== undefined && measure.times ? { $multiply: [path, `$${mongoPath(measure.times)}`] } : path;
  switch (measure.fn) {
    case "count":
      return { $sum: 1 };
    case "share":
      return measure.where ? { $avg: { $cond: [{ $and: measure.where.map(refine) }, 100, 0] } } : { $sum: 1 };
    case "countDistinct":
      return { $addToSet: value ?? null };
    case "median":
      return { $push: value ?? null };
    case "sum":
    case "avg":
    case "min":
    case "max":
      return { [`$${measure.fn}`]: value ?? null };
  }
}

const withoutNulls = (list: string): JsonObject => ({
  $filter: { input: list, as: "one", cond: { $not: [missingExpression("$one")] } },
});

/** The middle of a list of numbers, or null when it is empty. */
function medianOf(list: string): JsonObject {
  const at = (index: JsonObject): JsonObject => ({ $arrayElemAt: ["$$sorted", index] });
  const size = { $size: "$$sorted" };
  return {
    $let: {
      vars: { sorted: { $sortArray: { input: withoutNulls(list), sortBy: 1 } } },
      in: {
        $cond: [
          { $eq: [size, 0] },
          null,
          {
            $avg: [
              at({ $toInt: { $floor: { $divide: [{ $subtract: [size, 1] }, 2] } } }),
              at({ $toInt: { $floor: { $divide: [size, 2] } } }),
            ],
          },
        ],
      },
    },
  };
}

/** Columns get neutral names inside the pipeline, so that no label can be taken for a path or an operator. */
const keyName = (index: number): string => `k${index}`;
const measureName = (index: number): string => `m${index}`;

function groupStages(plan: QueryPlan, catalog: Catalog): JsonObject[] {
  const typeOf = (ref: FieldRef) => fieldOf(catalog, collectionVia(plan, ref.via), ref.field);
  const refine = (condition: Condition): JsonObject => expressionOf(condition, mongoPath, typeOf);
  const keyExpression = (key: GroupKey) =>
    key.bucket ? bucketExpression(key.bucket, `$${mongoPath(key.field)}`, typeOf(key.field)) : `$${mongoPath(key.field)}`;
  const group: Record<string, JsonObject | null> = {
    _id: plan.groupBy.length === 0 ? null : Object.fromEntries(plan.groupBy.map((key, index) => [keyName(index), keyExpression(key)])),
  };
  plan.measures.forEach((measure, index) => (group[measureName(index)] = accumulator(measure, refine)));
  const flat: Record<string, JsonObject | string | number> = { _id: 0 };
  plan.groupBy.forEach((_, index) => (flat[keyName(index)] = `$_id.${keyName(index)}`));
  plan.measures.forEach((measure, index) => {
    const list = `$${measureName(index)}`;
    flat[measureName(index)] =
      measure.fn === "countDistinct" ? { $size: withoutNulls(list) } : measure.fn === "median" ? medianOf(list) : list;
  });
  const stages: JsonObject[] = [{ $group: group }, { $project: flat }];
  plan.measures.forEach((measure, index) => {
    if (measure.fn !== "share" || measure.where) return;
    const name = measureName(index);
    stages.push(
      {
        $setWindowFields: {
          sortBy: { [keyName(0)]: 1 },
          output: { __all: { $sum: `$${name}`, window: { documents: ["unbounded", "unbounded"] } } },
        },
      },
      { $addFields: { [name]: { $multiply: [100, { $divide: [`$${name}`, "$__all"] }] } } },
    );
  });
  const comparison = { "=": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte" } as const;
  for (const having of plan.having) {
    const index = plan.measures.findIndex((measure) => measure.as === having.measure);
    stages.push({ $match: { [measureName(index)]: { [comparison[having.op]]: having.value } } });
  }
  return stages;
}

function collectionVia(plan: QueryPlan, via: string | undefined): string {
  return via === undefined ? plan.from : (plan.joins.find((join) => join.as === via)?.to ?? plan.from);
}

/** Compiles a validated plan to one aggregation pipeline of read-only stages. */
export function compileMongo(plan: QueryPlan, catalog: Catalog): MongoQuery {
  const typeOf = (ref: FieldRef) => fieldOf(catalog, collectionVia(plan, ref.via), ref.field);
  const pipeline: JsonObject[] = [];
  const plain = plan.where.filter((condition) => condition.kind !== "related" && condition.kind !== "versus");
  const onRoot = plain.filter((condition) => !usesJoin(condition));
  if (onRoot.length > 0) pipeline.push({ $match: { $and: onRoot.map((condition) => matchOf(condition, mongoPath, typeOf)) } });
  for (const condition of plan.where) if (condition.kind === "related") pipeline.push(...relatedStages(plan, catalog, condition));
  for (const join of plan.joins) {
    pipeline.push(...lookup(join.to, mongoPath({ field: join.field, via: join.via }), join.toField, joined(join.as)));
  }
  const onJoins = plain.filter(usesJoin);
  if (onJoins.length > 0) pipeline.push({ $match: { $and: onJoins.map((condition) => matchOf(condition, mongoPath, typeOf)) } });
  for (const condition of plan.where) {
    if (condition.kind !== "versus") continue;
    const path = mongoPath(condition.field);
    const op = { "=": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte" }[condition.op];
    pipeline.push(
      {
        $lookup: {
          from: collectionVia(plan, condition.field.via),
          pipeline: [{ $group: { _id: null, value: { [`$${condition.fn}`]: `$${condition.field.field}` } } }],
          as: "__versus",
        },
      },
      {
        $match: {
          $expr: { $and: [{ $not: [missingExpression(path)] }, { [op]: [`$${path}`, { $arrayElemAt: ["$__versus.value", 0] }] }] },
        },
      },
    );
  }
  pipeline.push(...(plan.measures.length > 0 ? measured(plan, catalog) : listed(plan)));
  return { collection: plan.from, pipeline };
}

function usesJoin(condition: Condition): boolean {
  if (condition.kind === "any" || condition.kind === "all") return condition.conditions.some(usesJoin);
  if (condition.kind === "fields" && condition.other.via !== undefined) return true;
  return condition.kind !== "related" && condition.field.via !== undefined;
}

function measured(plan: QueryPlan, catalog: Catalog): JsonObject[] {
  const stages = groupStages(plan, catalog);
  const internal = (column: string | undefined): string => {
    const key = plan.groupBy.findIndex((one) => one.as === column);
    return key >= 0
      ? keyName(key)
      : measureName(
          Math.max(
            0,
            plan.measures.findIndex((one) => one.as === column),
          ),
        );
  };
  if (plan.rollup) {
    const { fn, of, as } = plan.rollup;
    const value = `$${internal(of)}`;
    const combine: JsonObject = fn === "count" ? { $sum: 1 } : fn === "median" ? { $push: value } : { [`$${fn}`]: value };
    return [...stages, { $group: { _id: null, m0: combine } }, { $project: { _id: 0, [as]: fn === "median" ? medianOf("$m0") : "$m0" } }];
  }
  const order = plan.orderBy.map((one): [string, 1 | -1] => [internal(one.column), one.direction === "asc" ? 1 : -1]);
  if (order.length > 0) stages.push({ $sort: Object.fromEntries(order) });
  stages.push(...page(plan));
  const names: [string, string | number][] = [["_id", 0]];
  plan.groupBy.forEach((key, index) => names.push([key.as, `$${keyName(index)}`]));
  plan.measures.forEach((measure, index) => names.push([measure.as, `$${measureName(index)}`]));
  if (names.length > 1) stages.push({ $project: Object.fromEntries(names) });
  return stages;
}

const page = ({ limit, offset }: QueryPlan): JsonObject[] => [
  ...(offset === undefined ? [] : [{ $skip: offset }]),
  ...(limit === undefined ? [] : [{ $limit: limit }]),
];

function listed(plan: QueryPlan): JsonObject[] {
  const stages: JsonObject[] = [];
  const order = plan.orderBy.flatMap((one): [string, 1 | -1][] =>
    one.field ? [[mongoPath(one.field), one.direction === "asc" ? 1 : -1]] : [],
  );
  if (plan.distinct) {
    const keys = Object.fromEntries(plan.select.map((column, index) => [keyName(index), `$${mongoPath(column.field)}`]));
    const flat = Object.fromEntries(plan.select.map((column, index): [string, string] => [column.as, `$_id.${keyName(index)}`]));
    const sort: Record<string, 1 | -1> = {};
    for (const [path, direction] of order) {
      const index = plan.select.findIndex((column) => mongoPath(column.field) === path);
      if (index >= 0) sort[`_id.${keyName(index)}`] = direction;
    }
    if (Object.keys(sort).length === 0) plan.select.forEach((_, index) => (sort[`_id.${keyName(index)}`] = 1));
    stages.push({ $group: { _id: keys } }, { $sort: sort });
    stages.push(...page(plan));
    return [...stages, { $project: { _id: 0, ...flat } }];
  }
  if (order.length > 0) stages.push({ $sort: Object.fromEntries(order) });
  stages.push(...page(plan));
  const columns = plan.select.map((column): [string, string] => [column.as, `$${mongoPath(column.field)}`]);
  const keepsId = plan.select.some((column) => column.as === "_id");
  if (columns.length > 0) stages.push({ $project: { ...(keepsId ? {} : { _id: 0 }), ...Object.fromEntries(columns) } });
  return stages;
}
