import type { Json, JsonObject } from "../ports/json.ts";
import type { Catalog, Field } from "./catalog.ts";
import { comparisonOperators, expressionOf, missingExpression } from "./mongo-conditions.ts";
import { asMoment, bucketExpression } from "./mongo-dates.ts";
import { mongoPath, typeIn } from "./mongo-paths.ts";
import { previousKey, type Condition, type Difference, type FieldRef, type GroupKey, type Measure, type QueryPlan } from "./query-plan.ts";

type Refine = (condition: Condition) => JsonObject;
type TypeOf = (ref: FieldRef) => Field | undefined;

/** Columns get neutral names inside the pipeline, so that no label can be taken for a path or an operator. */
const keyName = (index: number): string => `k${index}`;
const measureName = (index: number): string => `m${index}`;
const differenceName = (index: number): string => `d${index}`;

/** Computes something over all rows so far and gives it to each of them. Written without `$setWindowFields`, which not every engine runs. */
function overAll(computed: Readonly<Record<string, JsonObject>>): JsonObject[] {
  const names = Object.keys(computed);
  return [
    { $group: { _id: null, ...computed, __rows: { $push: "$$ROOT" } } },
    { $unwind: "$__rows" },
    { $replaceRoot: { newRoot: { $mergeObjects: ["$__rows", Object.fromEntries(names.map((name) => [name, `$${name}`]))] } } },
  ];
}

const dayMs = 86_400_000;

/** What a row counts in a measure. */
function valueOf({ of, times, since }: Measure, typeOf: TypeOf): Json {
  if (of === undefined) return 1;
  const path = `$${mongoPath(of)}`;
  if (since !== undefined) {
    const date = (ref: FieldRef): Json => asMoment(`$${mongoPath(ref)}`, typeOf(ref));
    return { $divide: [{ $subtract: [date(of), date(since)] }, dayMs] };
  }
  return times === undefined ? path : { $multiply: [path, `$${mongoPath(times)}`] };
}

/** What is accumulated for a measure; a share also accumulates the whole beside its part. */
function accumulators(measure: Measure, name: string, refine: Refine, typeOf: TypeOf): Record<string, JsonObject> {
  const value = valueOf(measure, typeOf);
  const only = (otherwise: Json): Json => (measure.where ? { $cond: [{ $and: measure.where.map(refine) }, value, otherwise] } : value);
  switch (measure.fn) {
    case "count":
      return { [name]: { $sum: only(0) } };
    case "share":
      return { [name]: { $sum: only(0) }, ...(measure.where ? { [`${name}all`]: { $sum: value } } : {}) };
    case "countDistinct":
      return { [name]: { $addToSet: only(null) } };
    case "median":
      return { [name]: { $push: only(null) } };
    case "sum":
      return { [name]: { $sum: only(0) } };
    case "avg":
    case "min":
    case "max":
      return { [name]: { [`$${measure.fn}`]: only(null) } };
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

/** The percentage `part` is of `whole`; null where that is nothing. */
function percentOf(part: Json, whole: string): JsonObject {
  return { $cond: [{ $eq: [{ $ifNull: [whole, 0] }, 0] }, null, { $multiply: [100, { $divide: [part, whole] }] }] };
}

function finished(measure: Measure, name: string): Json {
  const value = `$${name}`;
  if (measure.fn === "countDistinct") return { $size: withoutNulls(value) };
  if (measure.fn === "median") return medianOf(value);
  return measure.fn === "share" && measure.where ? percentOf(value, `$${name}all`) : value;
}

/** A column of a grouped result as it is called inside the pipeline. */
function internalName(plan: QueryPlan, column: string | undefined): string {
  const key = plan.groupBy.findIndex((one) => one.as === column);
  if (key >= 0) return keyName(key);
  const difference = plan.differences?.findIndex((one) => one.as === column) ?? -1;
  if (difference >= 0) return differenceName(difference);
  const measure = plan.measures.findIndex((one) => one.as === column);
  return measureName(Math.max(0, measure));
}

function havingStages(plan: QueryPlan): JsonObject[] {
  const averages: Record<string, JsonObject> = {};
  const conditions = plan.having.map((having, index): JsonObject => {
    const measure = internalName(plan, having.measure);
    const operator = comparisonOperators[having.op];
    if (having.value !== "average") return { [measure]: { [operator]: having.value } };
    averages[`__average${index}`] = { $avg: `$${measure}` };
    return { $expr: { [operator]: [`$${measure}`, `$__average${index}`] } };
  });
  return [...(Object.keys(averages).length > 0 ? overAll(averages) : []), ...conditions.map((condition) => ({ $match: condition }))];
}

function differenceStages(plan: QueryPlan): JsonObject[] {
  const differences = plan.differences ?? [];
  if (differences.length === 0) return [];
  const before = previousKey(plan);
  const others = plan.groupBy.flatMap((_, index) => (index === before ? [] : [[keyName(index), `$${keyName(index)}`]]));
  const columns = differences.map((difference: Difference, index): [string, Json] => {
    const of = internalName(plan, difference.of);
    const from = difference.from === undefined ? `$__before.${of}` : `$${internalName(plan, difference.from)}`;
    const change = { $subtract: [`$${of}`, from] };
    return [differenceName(index), difference.unit === "percent" ? percentOf(change, from) : change];
  });
  const withBefore = {
    $mergeObjects: [
      { $arrayElemAt: ["$__rows", "$$at"] },
      { $cond: [{ $gt: ["$$at", 0] }, { __before: { $arrayElemAt: ["$__rows", { $subtract: ["$$at", 1] }] } }, {}] },
    ],
  };
  const paired: JsonObject[] = [
    { $sort: { [keyName(before)]: 1 } },
    { $group: { _id: Object.fromEntries(others), __rows: { $push: "$$ROOT" } } },
    { $project: { __rows: { $map: { input: { $range: [0, { $size: "$__rows" }] }, as: "at", in: withBefore } } } },
    { $unwind: "$__rows" },
    { $replaceRoot: { newRoot: "$__rows" } },
  ];
  return [
    ...(differences.some((one) => one.from === undefined) ? paired : []),
    { $addFields: Object.fromEntries(columns.map(([name, value]) => [name, { $ifNull: [value, null] }])) },
  ];
}

/** The first rows of each value of `per`, in the order of `sort`. */
export function rankedWithin(
  { limit = 1, offset = 0 }: QueryPlan,
  per: Readonly<Record<string, Json>>,
  sort: Readonly<Record<string, 1 | -1>>,
): JsonObject[] {
  const rows = { $topN: { n: offset + limit, sortBy: sort, output: "$$ROOT" } };
  return [
    { $group: { _id: per, __rows: rows } },
    ...(offset === 0 ? [] : [{ $project: { __rows: { $slice: ["$__rows", offset, limit] } } }]),
    { $unwind: "$__rows" },
    { $replaceRoot: { newRoot: "$__rows" } },
  ];
}

/** Rows passed over, and the most that are returned. */
export const page = ({ limit, offset }: QueryPlan): JsonObject[] => [
  ...(offset === undefined ? [] : [{ $skip: offset }]),
  ...(limit === undefined ? [] : [{ $limit: limit }]),
];

function grouped(plan: QueryPlan, catalog: Catalog): JsonObject[] {
  const typeOf = typeIn(catalog, plan);
  const refine: Refine = (condition) => expressionOf(condition, mongoPath, typeOf);
  const keyExpression = (key: GroupKey): Json =>
    key.bucket ? bucketExpression(key.bucket, `$${mongoPath(key.field)}`, typeOf(key.field)) : `$${mongoPath(key.field)}`;
  const group: Record<string, Json> = {
    _id: plan.groupBy.length === 0 ? null : Object.fromEntries(plan.groupBy.map((key, index) => [keyName(index), keyExpression(key)])),
  };
  const flat: Record<string, Json> = { _id: 0 };
  plan.groupBy.forEach((_, index) => (flat[keyName(index)] = `$_id.${keyName(index)}`));
  plan.measures.forEach((measure, index) => {
    Object.assign(group, accumulators(measure, measureName(index), refine, typeOf));
    flat[measureName(index)] = finished(measure, measureName(index));
  });
  const stages: JsonObject[] = [{ $group: group }, { $project: flat }];
  plan.measures.forEach((measure, index) => {
    if (measure.fn !== "share" || measure.where) return;
    const name = measureName(index);
    stages.push(...overAll({ __all: { $sum: `$${name}` } }), { $addFields: { [name]: percentOf(`$${name}`, "$__all") } });
  });
  return [...stages, ...havingStages(plan), ...differenceStages(plan)];
}

/** Groups rows, measures the groups, and names the columns as the plan does. */
export function measuredStages(plan: QueryPlan, catalog: Catalog): JsonObject[] {
  const stages = grouped(plan, catalog);
  const internal = (column: string | undefined): string => internalName(plan, column);
  if (plan.rollup) {
    const { fn, of, as } = plan.rollup;
    const value = `$${internal(of)}`;
    const combine: JsonObject = fn === "count" ? { $sum: 1 } : fn === "median" ? { $push: value } : { [`$${fn}`]: value };
    return [...stages, { $group: { _id: null, m0: combine } }, { $project: { _id: 0, [as]: fn === "median" ? medianOf("$m0") : "$m0" } }];
  }
  const order: Record<string, 1 | -1> = {};
  for (const one of plan.orderBy) order[internal(one.column)] = one.direction === "asc" ? 1 : -1;
  const compared = plan.differences?.findIndex((one) => one.as === plan.orderBy[0]?.column) ?? -1;
  // The first of all has nothing before it, and is neither the highest nor the lowest.
  if (compared >= 0 && plan.limit !== undefined) stages.push({ $match: { [differenceName(compared)]: { $ne: null } } });
  if (plan.per) {
    const keys = plan.per.map(internal);
    stages.push(...rankedWithin(plan, Object.fromEntries(keys.map((key) => [key, `$${key}`])), order));
    stages.push({ $sort: { ...Object.fromEntries(keys.map((key) => [key, 1])), ...order } });
  } else {
    if (Object.keys(order).length > 0) stages.push({ $sort: order });
    stages.push(...page(plan));
  }
  const names: [string, string | number][] = [["_id", 0]];
  plan.groupBy.forEach((key, index) => names.push([key.as, `$${keyName(index)}`]));
  plan.measures.forEach((measure, index) => names.push([measure.as, `$${measureName(index)}`]));
  plan.differences?.forEach((difference, index) => names.push([difference.as, `$${differenceName(index)}`]));
  if (names.length > 1) stages.push({ $project: Object.fromEntries(names) });
  return stages;
}
