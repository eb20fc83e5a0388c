import type { Json, JsonObject } from "../ports/json.ts";
import { type Field, mayBeEmpty } from "./catalog.ts";
import { asDate } from "./mongo-dates.ts";
import type { Comparison, Condition, FieldRef } from "./query-plan.ts";

/** How comparisons are written. */
export const comparisonOperators = {
  "=": "$eq",
  "!=": "$ne",
  ">": "$gt",
  ">=": "$gte",
  "<": "$lt",
  "<=": "$lte",
} as const satisfies Record<Comparison, string>;

type Place = (ref: FieldRef) => string;
type TypeOf = (ref: FieldRef) => Field | undefined;

/** True, as an aggregation expression, when nothing stands at `path`. Written with `$ifNull` because comparing with null differs between engines. */
export function missingExpression(path: string): JsonObject {
  return { $eq: [{ $ifNull: [`$${path}`, null] }, null] };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

function pattern(match: "contains" | "starts" | "ends" | "equals", text: string): string {
  const body = escaped(text);
  if (match === "contains") return body;
  return `${match === "ends" ? "" : "^"}${body}${match === "starts" ? "" : "$"}`;
}

/** Stored as ISO text a date compares as text: a day sorts before every moment of it. */
function dateBounds(path: string, field: Field | undefined, from: string | undefined, to: string | undefined): JsonObject {
  if (field?.storage === "iso-text") {
    // What is no date, such as an empty text, sorts before the digits or behind them.
    return { [path]: { $gte: from ?? "0", $lt: to ?? ":", $type: "string" } };
  }
  return { $expr: dateExpression(path, field, from, to) };
}

function dateExpression(path: string, field: Field | undefined, from: string | undefined, to: string | undefined): JsonObject {
  const value = asDate(`$${path}`, field);
  const moment = (day: string): JsonObject => ({ $toDate: day.length === 10 ? `${day}T00:00:00Z` : day });
  const parts: JsonObject[] = [{ $not: [{ $eq: [{ $ifNull: [value, null] }, null] }] }];
  if (from !== undefined) parts.push({ $gte: [value, moment(from)] });
  if (to !== undefined) parts.push({ $lt: [value, moment(to)] });
  return { $and: parts };
}

/** A condition in the `$match` language, where indexes help. */
export function matchOf(condition: Condition, place: Place, typeOf: TypeOf): JsonObject {
  switch (condition.kind) {
    case "compare": {
      const path = place(condition.field);
      if (condition.op === "=") return { [path]: { $eq: condition.value } };
      if (condition.op === "!=") return { $and: [{ [path]: { $ne: condition.value } }, { [path]: { $ne: null } }] };
      return { [path]: { [comparisonOperators[condition.op]]: condition.value } };
    }
    case "in": {
      const path = place(condition.field);
      if (!condition.negated) return { [path]: { $in: [...condition.values] } };
      return { $and: [{ [path]: { $nin: [...condition.values] } }, { [path]: { $ne: null } }] };
    }
    case "text": {
      const path = place(condition.field);
      const test = { $regex: pattern(condition.match, condition.text), $options: "i" };
      return condition.negated ? { $and: [{ [path]: { $not: test } }, { [path]: { $ne: null } }] } : { [path]: test };
    }
    case "missing":
      if (mayBeEmpty(typeOf(condition.field)))
        return { [place(condition.field)]: condition.negated ? { $nin: [null, ""] } : { $in: [null, ""] } };
      return { [place(condition.field)]: condition.negated ? { $ne: null } : { $eq: null } };
    case "dates": {
      const path = place(condition.field);
      const field = typeOf(condition.field);
      if (!condition.negated) return dateBounds(path, field, condition.from, condition.to);
      return { $and: [{ [path]: { $ne: null } }, { $nor: [dateBounds(path, field, condition.from, condition.to)] }] };
    }
    case "any":
      return { $or: condition.conditions.map((part) => matchOf(part, place, typeOf)) };
    case "all":
      return { $and: condition.conditions.map((part) => matchOf(part, place, typeOf)) };
    case "calendar":
    case "fields":
    case "versus":
    case "related":
      return { $expr: expressionOf(condition, place, typeOf) };
  }
}

/** A condition as an aggregation expression, for places where `$match` cannot stand. A missing value meets none. */
export function expressionOf(condition: Condition, place: Place, typeOf: TypeOf): JsonObject {
  switch (condition.kind) {
    case "compare": {
      const path = place(condition.field);
      return {
        $and: [{ $not: [missingExpression(path)] }, { [comparisonOperators[condition.op]]: [`$${path}`, { $literal: condition.value }] }],
      };
    }
    case "in": {
      const path = place(condition.field);
      const among: Json = { $in: [`$${path}`, { $literal: [...condition.values] }] };
      return { $and: [{ $not: [missingExpression(path)] }, condition.negated ? { $not: [among] } : among] };
    }
    case "text": {
      const path = place(condition.field);
      const test = {
        $regexMatch: { input: { $ifNull: [`$${path}`, ""] }, regex: { $literal: pattern(condition.match, condition.text) }, options: "i" },
      };
      return { $and: [{ $not: [missingExpression(path)] }, condition.negated ? { $not: [test] } : test] };
    }
    case "missing": {
      const path = place(condition.field);
      const test = mayBeEmpty(typeOf(condition.field)) ? { $eq: [{ $ifNull: [`$${path}`, ""] }, ""] } : missingExpression(path);
      return condition.negated ? { $not: [test] } : test;
    }
    case "dates": {
      const path = place(condition.field);
      const within = dateExpression(path, typeOf(condition.field), condition.from, condition.to);
      return condition.negated ? { $and: [{ $not: [missingExpression(path)] }, { $not: [within] }] } : within;
    }
    case "calendar": {
      const path = place(condition.field);
      const date = asDate(`$${path}`, typeOf(condition.field));
      const part = { [condition.part === "month" ? "$month" : "$dayOfWeek"]: date };
      return { $and: [{ $not: [missingExpression(path)] }, { $eq: [part, condition.value] }] };
    }
    case "fields": {
      const [path, other] = [place(condition.field), place(condition.other)];
      return {
        $and: [
          { $not: [missingExpression(path)] },
          { $not: [missingExpression(other)] },
          { [comparisonOperators[condition.op]]: [`$${path}`, `$${other}`] },
        ],
      };
    }
    case "any":
      return { $or: condition.conditions.map((part) => expressionOf(part, place, typeOf)) };
    case "all":
      return { $and: condition.conditions.map((part) => expressionOf(part, place, typeOf)) };
    case "versus":
    case "related":
      // Both need a stage of their own; `validate` refuses them anywhere but at the top of `where`.
      return { $literal: false };
  }
}
