import { Context, evalExpr } from "mingo/core";
import type { Iterator } from "mingo/lazy";
import * as accumulators from "mingo/operators/accumulator";
import * as expressions from "mingo/operators/expression";
import * as pipeline from "mingo/operators/pipeline";
import * as projections from "mingo/operators/projection";
import * as queries from "mingo/operators/query";
import * as windows from "mingo/operators/window";
import type { AnyObject, Options } from "mingo/types";
import { DataToolsError } from "../errors.ts";
import { expressionOperators, queryOperators, stages } from "../policy/operators.ts";

type Expression = (document: unknown, argument: unknown, options: Options) => unknown;
type Accumulator = (documents: unknown[], argument: unknown, options: Options) => unknown;

/** Stands for "in no bucket" while grouping. */
const outside = "\u0000outside";

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
 * The operators of the embedded engine: those of mingo that the policy allows, and no others. Corrected are the ones that answer differently from
 * MongoDB in mingo 7.2: `$bucket` boundaries, the order of fields after `$project`, `$year: "$date"` without `date:`, numeric order in `$median`
 * and `$percentile`, `$top` and `$bottom` wrapping their value in an array, missing values in `$push` and `$addToSet`, `$count` of nothing, and numbers
 * made of empty text.
 */
export function mongoOperators(): Context {
  return Context.init({
    pipeline: { ...allowed(pipeline, stages), $bucket: bucket, $count: count, $project: project },
    expression: { ...allowed(expressions, expressionOperators), ...correctedExpressions() },
    accumulator: { ...allowed(accumulators, expressionOperators), ...correctedAccumulators() },
    query: allowed(queries, queryOperators),
    projection: projections,
    window: allowed(windows, expressionOperators),
  });
}

function allowed<Group extends object>(group: Group, names: { has(name: string): boolean }): Group {
  return Object.fromEntries(Object.entries(group).filter(([name]) => names.has(name))) as Group; // Nothing looks an operator up by a name that was not allowed.
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
    accumulators.$push(documents, isObject(argument) ? argument["input"] : null, options);
  const first =
    (original: Accumulator): Accumulator =>
    (documents, argument, options) =>
      [original(documents, argument, options)].flat()[0];
  return {
    $median: (documents, argument, options) => quantiles(input(documents, argument, options), [0.5])[0] ?? null,
    $percentile: (documents, argument, options) =>
      quantiles(input(documents, argument, options), isObject(argument) ? argument["p"] : undefined),
    $push: (documents, argument, options) => presentValues(documents, argument, options),
    $addToSet: (documents, argument, options) => accumulators.$addToSet(presentValues(documents, argument, options), "$$CURRENT", options),
    $top: first(accumulators.$top as Accumulator),
    $bottom: first(accumulators.$bottom),
  };
}

/** What an expression is for each document, without those for which it is missing; null is not missing. */
function presentValues(documents: unknown[], argument: unknown, options: Options): unknown[] {
  const types = accumulators.$push(documents, { $type: argument }, options);
  return accumulators.$push(documents, argument, options).filter((_, index) => types[index] !== "missing");
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
    // oxlint-disable-next-line unicorn/no-thenable -- MongoDB's own word
    then: { $literal: from },
  }));
  const _id = { $switch: { branches, default: { $literal: other ?? outside } } };
  const grouped = pipeline.$group(documents, { _id, ...(isObject(output) ? output : { count: { $sum: 1 } }) }, options);
  const checked = grouped.map((document: AnyObject) => {
    if (document["_id"] !== outside) return document;
    throw new DataToolsError("QUERY_FAILED", "$bucket found a value outside its boundaries and has no default");
  });
  return pipeline.$sort(checked, { _id: 1 }, options);
}

/** Of no documents there is no count, not a count of zero. */
function count(documents: Iterator, field: string, options: Options): Iterator {
  return pipeline.$count(documents, field, options).filter((counted: AnyObject) => counted[field] !== 0);
}

function project(documents: Iterator, spec: AnyObject, options: Options): Iterator {
  const order = ["_id", ...Object.keys(spec).map((path) => path.split(".")[0] ?? path)];
  return pipeline.$project(documents, spec, options).map((document: AnyObject) => {
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
