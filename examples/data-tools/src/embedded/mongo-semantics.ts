import { Context, evalExpr } from "mingo/core";
import type { Iterator } from "mingo/lazy";
import * as accumulators from "mingo/operators/accumulator";
import * as expressions from "mingo/operators/expression";
import * as stages from "mingo/operators/pipeline";
import * as projections from "mingo/operators/projection";
import * as queries from "mingo/operators/query";
import * as windows from "mingo/operators/window";
import type { AnyObject, Options } from "mingo/types";
import { DataToolsError } from "../errors.ts";

type Expression = (document: unknown, argument: unknown, options: Options) => unknown;
type Accumulator = (documents: unknown[], argument: unknown, options: Options) => unknown;

const dateParts = [
  "year",
  "month",
  "dayOfMonth",
  "dayOfWeek",
  "dayOfYear",
  "hour",
  "minute",
  "second",
  "millisecond",
  "week",
  "isoWeek",
  "isoWeekYear",
  "isoDayOfWeek",
];

/**
 * The operators of the embedded engine: mingo's, without those that run code or write, and with the ones corrected that answer differently from
 * MongoDB in mingo 7.2: `$bucket` boundaries, the order of fields after `$project`, `$year: "$date"` without `date:`, numeric order in `$median`
 * and `$percentile`, `$top` and `$bottom` wrapping their value in an array, and numbers made of empty text.
 */
export function mongoOperators(): Context {
  const { $out, $merge, $documents, $densify, $bucket, $project, ...safeStages } = stages;
  const { $function, ...safeExpressions } = expressions;
  const { $accumulator, ...safeAccumulators } = accumulators;
  const { $where, $jsonSchema, ...safeQueries } = queries;
  // Own operators have the calling shape of the group they are in; mingo types a group as the union of its own functions.
  return Context.init({
    pipeline: { ...safeStages, $bucket: bucket, $project: project },
    expression: { ...safeExpressions, ...correctedExpressions() } as typeof safeExpressions,
    accumulator: { ...safeAccumulators, ...correctedAccumulators() } as typeof safeAccumulators,
    query: safeQueries,
    projection: projections,
    window: windows,
  });
}

function correctedExpressions(): Record<`$${string}`, Expression> {
  const corrected: Record<`$${string}`, Expression> = {
    $median: (document, argument, options) => quantiles(evaluate(document, argument, "input", options), [0.5])[0] ?? null,
    $percentile: (document, argument, options) =>
      quantiles(evaluate(document, argument, "input", options), evaluate(document, argument, "p", options)),
    $indexOfCP: expressions.$indexOfBytes as Expression,
  };
  for (const part of dateParts) {
    const name: `$${string}` = `$${part}`;
    const original = operator(expressions, name);
    corrected[name] = (document, argument, options) => {
      const date =
        isObject(argument) && Object.hasOwn(argument, "date") ? argument : { date: Array.isArray(argument) ? argument[0] : argument };
      return isNothing(evalExpr(document, date["date"], options)) ? null : original(document, date, options);
    };
  }
  for (const name of ["$toInt", "$toLong", "$toDouble", "$toDecimal"] as const) {
    const original = operator(expressions, name);
    corrected[name] = (document, argument, options) => {
      const value: unknown = evalExpr(document, argument, options);
      if (typeof value === "string" && value.trim() === "")
        throw new DataToolsError("QUERY_FAILED", `${name} cannot convert an empty text to a number`);
      return original(document, { $literal: value }, options);
    };
  }
  return corrected;
}

function correctedAccumulators(): Record<`$${string}`, Accumulator> {
  const input = (documents: unknown[], argument: unknown, options: Options) =>
    documents.map((document) => evalExpr(document, isObject(argument) ? argument["input"] : undefined, options));
  const first =
    (name: "$top" | "$bottom"): Accumulator =>
    (documents, argument, options) =>
      [(accumulators[name] as Accumulator)(documents, argument, options)].flat()[0];
  return {
    $median: (documents, argument, options) => quantiles(input(documents, argument, options), [0.5])[0] ?? null,
    $percentile: (documents, argument, options) =>
      quantiles(input(documents, argument, options), isObject(argument) ? argument["p"] : undefined),
    $top: first("$top"),
    $bottom: first("$bottom"),
  };
}

/** MongoDB's discrete percentile: always one of the values, the one at the rounded-up rank. */
function quantiles(values: unknown, parts: unknown): (number | null)[] {
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "number" && part >= 0 && part <= 1)) {
    throw new DataToolsError("QUERY_FAILED", "$percentile needs p, an array of numbers between 0 and 1");
  }
  const numbers = [values].flat().filter((value): value is number => typeof value === "number");
  const sorted = numbers.toSorted((one, other) => one - other);
  return parts.map((part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null);
}

function bucket(documents: Iterator, spec: AnyObject, options: Options): Iterator {
  const { groupBy, boundaries, default: other, output } = spec;
  if (!Array.isArray(boundaries) || boundaries.length < 2)
    throw new DataToolsError("QUERY_FAILED", "$bucket needs at least two boundaries");
  const branches = boundaries.slice(0, -1).map((from: unknown, index) => ({
    case: { $and: [{ $gte: [groupBy, { $literal: from }] }, { $lt: [groupBy, { $literal: boundaries[index + 1] }] }] },
    then: { $literal: from },
  }));
  const _id = { $switch: { branches, ...(other === undefined ? {} : { default: { $literal: other } }) } };
  const grouped = stages.$group(documents, { _id, ...(isObject(output) ? output : { count: { $sum: 1 } }) }, options);
  return stages.$sort(grouped, { _id: 1 }, options);
}

function project(documents: Iterator, spec: AnyObject, options: Options): Iterator {
  const order = ["_id", ...Object.keys(spec).map((path) => path.split(".")[0] ?? path)];
  return stages.$project(documents, spec as Parameters<typeof stages.$project>[1], options).map((document: AnyObject) => {
    const ordered: AnyObject = {};
    for (const key of order) if (Object.hasOwn(document, key)) ordered[key] = document[key];
    return Object.assign(ordered, document);
  });
}

function evaluate(document: unknown, argument: unknown, key: string, options: Options): unknown {
  return evalExpr(document, isObject(argument) ? argument[key] : undefined, options);
}

function operator(group: object, name: string): Expression {
  return (group as Record<string, Expression>)[name] as Expression; // Names are taken from mingo's own list.
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
