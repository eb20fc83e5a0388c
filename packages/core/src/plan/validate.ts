import { type Catalog, collectionOf, type Field, fieldOf, isNumeric } from "./catalog.ts";
import type { Condition, FieldRef, QueryPlan } from "./query-plan.ts";

const comparisons = new Set(["=", "!=", ">", ">=", "<", "<="]);
const functions = new Set(["count", "countDistinct", "sum", "avg", "min", "max", "median", "share"]);
const buckets = new Set(["year", "quarter", "month", "day", "weekday", "calendar-month", "decade"]);
/** Data tools refuse patterns of some hundred characters, and each of a text's may become two. */
const maxTextLength = 200;
/** What can be computed of days from one date to another. */
const lasting: ReadonlySet<string> = new Set(["sum", "avg", "min", "max", "median"]);
const isoMoment = /^\d{4}-\d{2}-\d{2}([T ][\d:.]+Z?)?$/;

/** Everything that keeps a plan from being compiled, in plain words; empty when it is sound. Never trusts where the plan came from. */
export function validatePlan(plan: QueryPlan, catalog: Catalog): readonly string[] {
  const problems: string[] = [];
  if (!collectionOf(catalog, plan.from)) return [`there is no collection ${plan.from}`];
  const owners = new Map<string | undefined, string>([[undefined, plan.from]]);

  const find = (ref: FieldRef | undefined, of = owners): Field | undefined => {
    if (!ref) return undefined;
    const owner = of.get(ref.via);
    if (owner === undefined) {
      problems.push(`there is no join ${ref.via ?? ""}`);
      return undefined;
    }
    const field = fieldOf(catalog, owner, ref.field);
    if (!field) problems.push(`${owner} has no field ${ref.field}`);
    return field;
  };
  const named = (name: string): void => {
    if (name === "" || /[.$\0]/.test(name)) problems.push(`"${name}" cannot name a column`);
  };
  const related = (from: { collection: string; field: string }, to: { collection: string; field: string }, eitherWay: boolean): boolean =>
    catalog.relations.some((one) => {
      const same = (a: typeof from, b: typeof from): boolean => a.collection === b.collection && a.field === b.field;
      return (same(one.from, from) && same(one.to, to)) || (eitherWay && same(one.from, to) && same(one.to, from));
    });

  for (const join of plan.joins) {
    const owner = owners.get(join.via);
    if (owner === undefined || owners.has(join.as) || !/^\w{1,64}$/.test(join.as)) {
      problems.push(`the join ${join.as} is not sound`);
      continue;
    }
    if (!related({ collection: owner, field: join.field }, { collection: join.to, field: join.toField }, false)) {
      problems.push(`${owner}.${join.field} does not point at ${join.to}.${join.toField}`);
    }
    owners.set(join.as, join.to);
  }

  const literal = (field: Field | undefined, value: unknown): void => {
    if (!field) return;
    if (!["string", "number", "boolean"].includes(typeof value) || (typeof value === "number" && !Number.isFinite(value))) {
      problems.push(`${JSON.stringify(value)} is no literal`);
    } else if (isNumeric(field) && typeof value !== "number") problems.push(`${field.name} holds numbers, not "${String(value)}"`);
    else if (field.type === "string" && typeof value !== "string") problems.push(`${field.name} holds text, not ${String(value)}`);
    else if (field.type === "boolean" && typeof value !== "boolean")
      problems.push(`${field.name} is true or false, not "${String(value)}"`);
  };

  const check = (condition: Condition, of: Map<string | undefined, string>, top: boolean): void => {
    switch (condition.kind) {
      case "compare": {
        const field = find(condition.field, of);
        if (!comparisons.has(condition.op)) problems.push(`${condition.op} is no comparison`);
        literal(field, condition.value);
        return;
      }
      case "fields": {
        const [field, other] = [find(condition.field, of), find(condition.other, of)];
        if (!comparisons.has(condition.op)) problems.push(`${condition.op} is no comparison`);
        if (field && other && field.type !== other.type && !(isNumeric(field) && isNumeric(other)))
          problems.push(`${field.name} and ${other.name} cannot be compared`);
        return;
      }
      case "in": {
        const field = find(condition.field, of);
        for (const value of condition.values) literal(field, value);
        return;
      }
      case "text": {
        const field = find(condition.field, of);
        if (field && field.type !== "string" && field.type !== "array") problems.push(`${field.name} holds no text`);
        if (typeof condition.text !== "string") problems.push("a text to look for is no text");
        else if (condition.text.length > maxTextLength) problems.push(`a text to look for has at most ${maxTextLength} characters`);
        return;
      }
      case "missing":
        find(condition.field, of);
        return;
      case "dates": {
        const field = find(condition.field, of);
        if (field && field.type !== "date") problems.push(`${field.name} holds no dates`);
        for (const day of [condition.from, condition.to]) if (day !== undefined && !isoMoment.test(day)) problems.push(`${day} is no day`);
        return;
      }
      case "calendar": {
        const field = find(condition.field, of);
        if (field && field.type !== "date") problems.push(`${field.name} holds no dates`);
        return;
      }
      case "versus": {
        const field = find(condition.field, of);
        if (field && !isNumeric(field)) problems.push(`${field.name} holds no numbers`);
        if (!top) problems.push("a comparison with the average stands too deep");
        return;
      }
      case "any":
      case "all":
        for (const part of condition.conditions) check(part, of, false);
        return;
      case "related": {
        if (!top) problems.push("a condition on related rows stands too deep");
        let owner = plan.from;
        const hops = new Map<string | undefined, string>();
        for (const [index, hop] of condition.path.entries()) {
          if (!related({ collection: owner, field: hop.field }, { collection: hop.to, field: hop.toField }, true))
            problems.push(`${owner} and ${hop.to} are not related by ${hop.field}`);
          owner = hop.to;
          hops.set(String(index), owner);
        }
        if (condition.path.length === 0 || !Number.isInteger(condition.count) || !comparisons.has(condition.op))
          problems.push("a condition on related rows is not sound");
        for (const part of condition.where) check(part, hops, false);
        return;
      }
      default:
        problems.push("a condition of an unknown kind");
    }
  };
  for (const condition of plan.where) check(condition, owners, true);

  const columns = new Set<string>();
  const column = (name: string): void => {
    named(name);
    if (columns.has(name)) problems.push(`two columns are called ${name}`);
    columns.add(name);
  };
  for (const key of plan.groupBy) {
    column(key.as);
    find(key.field);
    if (key.bucket !== undefined && !buckets.has(key.bucket)) problems.push(`${key.bucket} is no unit of time`);
  }
  for (const measure of plan.measures) {
    column(measure.as);
    if (!functions.has(measure.fn)) problems.push(`${measure.fn} is no measure`);
    const field = find(measure.of);
    const factor = find(measure.times);
    const from = find(measure.since);
    if (measure.since && !(field?.type === "date" && from?.type === "date" && lasting.has(measure.fn) && !measure.times))
      problems.push("days are measured from one date to another");
    if (!measure.of && measure.fn !== "count" && measure.fn !== "share") problems.push(`${measure.fn} of nothing`);
    if (field && !measure.since && ["sum", "avg", "median", "share"].includes(measure.fn) && !isNumeric(field))
      problems.push(`${field.name} holds no numbers`);
    if (factor && !isNumeric(factor)) problems.push(`${factor.name} holds no numbers`);
    for (const condition of measure.where ?? []) check(condition, owners, false);
  }
  const measured = (name: string): boolean => plan.measures.some((measure) => measure.as === name);
  for (const having of plan.having) {
    if (!measured(having.measure) || !comparisons.has(having.op) || !(having.value === "average" || Number.isFinite(having.value)))
      problems.push(`the condition on ${having.measure} is not sound`);
  }
  for (const difference of plan.differences ?? []) {
    column(difference.as);
    if (!measured(difference.of) || (difference.from !== undefined && !measured(difference.from)))
      problems.push(`${difference.as} compares what is not there`);
    if (difference.from === undefined && plan.groupBy.length === 0) problems.push(`nothing stands before ${difference.as}`);
    if (difference.unit !== "absolute" && difference.unit !== "percent") problems.push("a difference in a unit that is none");
    if (plan.rollup) problems.push("a difference of what is computed once more");
  }
  if (plan.rollup) {
    named(plan.rollup.as);
    if (plan.rollup.fn !== "count" && !columns.has(plan.rollup.of ?? "")) problems.push("a measure over groups that is not there");
  }
  for (const one of plan.select) {
    column(one.as);
    find(one.field);
    if (one.bucket !== undefined && (!buckets.has(one.bucket) || plan.distinct)) problems.push(`${one.bucket} is no unit of time here`);
  }
  for (const name of plan.per ?? []) {
    const isThere = plan.measures.length > 0 ? plan.groupBy.some((key) => key.as === name) : plan.select.some((one) => one.as === name);
    if (!isThere || plan.limit === undefined || plan.orderBy.length === 0 || plan.distinct || plan.rollup)
      problems.push(`${name} cannot be what rows are ranked within`);
  }
  for (const order of plan.orderBy) {
    if (order.column !== undefined && !columns.has(order.column)) problems.push(`there is no column ${order.column} to sort by`);
    if (order.field) find(order.field);
    if (order.direction !== "asc" && order.direction !== "desc") problems.push("a direction that is none");
  }
  if (plan.limit !== undefined && (!Number.isInteger(plan.limit) || plan.limit < 1 || plan.limit > 100_000))
    problems.push(`${plan.limit} is no number of rows`);
  if (plan.offset !== undefined && (!Number.isInteger(plan.offset) || plan.offset < 0 || plan.offset > 100_000 || plan.limit === undefined))
    problems.push(`${plan.offset} is no number of rows to pass over`);
  if (plan.measures.length === 0 && plan.select.length === 0) problems.push("nothing is asked for");
  return problems;
}
