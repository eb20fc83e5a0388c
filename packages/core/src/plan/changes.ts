import type { Condition, FieldRef, Literal, OrderBy, QueryPlan } from "./query-plan.ts";

/** In what one plan differs from another. */
export type Change =
  | "from"
  /** The same conditions with other values. */
  | "values"
  /** Conditions more. */
  | "narrowed"
  /** Conditions that are gone, or others. */
  | "conditions"
  | "groups"
  /** Another function of the same field. */
  | "function"
  /** The same function of another field. */
  | "measured"
  /** Another function of another field. */
  | "measures"
  | "order"
  | "direction"
  | "limit"
  | "having"
  /** Other fields of the same rows. */
  | "shown"
  | "kind";

const key = (value: unknown): string => JSON.stringify(value);
const ref = ({ field, via }: FieldRef): string => `${via ?? ""}.${field}`;

/** The condition without its values: what is asked of which field. */
function shapeOf(condition: Condition): string {
  switch (condition.kind) {
    case "compare":
      return condition.op === "=" ? `is ${ref(condition.field)}` : `${condition.op === "!=" ? "!=" : "compare"} ${ref(condition.field)}`;
    case "in":
    case "text":
      return `${condition.negated === true ? "!=" : "is"} ${ref(condition.field)}`;
    case "dates":
      return `${condition.negated === true ? "not " : ""}dates ${ref(condition.field)}`;
    case "calendar":
      return `calendar ${condition.part} ${ref(condition.field)}`;
    case "related":
      return `related ${key(condition.path)} ${condition.op} ${condition.where.map(shapeOf).sort().join(" & ")}`;
    case "any":
    case "all":
      return `${condition.kind} ${condition.conditions.map(shapeOf).sort().join(" & ")}`;
    default:
      return key(condition);
  }
}

/** The shape of a condition over a field, to find another one over the same field. */
export const fieldShape = shapeOf;

/** True for a value of a field beside another condition on the same field, which says something else instead. */
export const contradicts = (known: Condition, said: Condition): boolean =>
  "field" in known &&
  "field" in said &&
  ref(known.field) === ref(said.field) &&
  shapeOf(known).startsWith("is ") &&
  shapeOf(said).startsWith("!= ");

/** A condition that something is known is implied by grouping or sorting by it. */
export const spoken = (plan: QueryPlan): readonly Condition[] =>
  plan.where.filter((condition) => !(condition.kind === "missing" && condition.negated === true));

/** Every value the conditions of a plan name. */
export function valuesIn(conditions: readonly Condition[]): Literal[] {
  return conditions.flatMap((condition): Literal[] => {
    switch (condition.kind) {
      case "compare":
        return [condition.value];
      case "in":
        return [...condition.values];
      case "text":
        return [condition.text];
      case "dates":
        return [condition.from, condition.to].filter((day) => day !== undefined);
      case "any":
      case "all":
        return valuesIn(condition.conditions);
      case "related":
        return valuesIn(condition.where);
      default:
        return [];
    }
  });
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && key([...a].sort()) === key([...b].sort());

function conditionChange(before: QueryPlan, after: QueryPlan): Change | undefined {
  const [a, b] = [spoken(before).map(key), spoken(after).map(key)];
  if (same(a, b)) return undefined;
  if (same(spoken(before).map(shapeOf), spoken(after).map(shapeOf))) return "values";
  return a.every((one) => b.includes(one)) ? "narrowed" : "conditions";
}

function measureChange({ measures: a }: QueryPlan, { measures: b }: QueryPlan): Change | undefined {
  const functions = (plan: QueryPlan["measures"]) => plan.map(({ fn, where }) => [fn, where]);
  const fields = (plan: QueryPlan["measures"]) => plan.map(({ of, times, since }) => [of, times, since]);
  const isFunction = key(functions(a)) === key(functions(b));
  const isField = key(fields(a)) === key(fields(b));
  if (isFunction && isField) return undefined;
  return isFunction ? "measured" : isField ? "function" : "measures";
}

/** What a result is sorted by, whatever its columns are called. */
function orderKey(plan: QueryPlan, { column, field }: OrderBy): string {
  if (field !== undefined) return ref(field);
  const measure = measureIndex(plan, column);
  const group = plan.groupBy.find(({ as }) => as === column);
  return measure >= 0 ? `measure ${measure}` : group === undefined ? `column ${column ?? ""}` : ref(group.field);
}

const measureIndex = (plan: QueryPlan, name: string | undefined): number => plan.measures.findIndex(({ as }) => as === name);

/** The fields a ranking starts anew for. */
const keysOf = (plan: QueryPlan): string[] =>
  (plan.per ?? []).map((name) => {
    const column = [...plan.groupBy, ...plan.select].find(({ as }) => as === name);
    return column === undefined ? name : `${ref(column.field)} ${column.bucket ?? ""}`;
  });

const comparedIn = (plan: QueryPlan): unknown[] =>
  (plan.differences ?? []).map(({ of, from, unit }) => [measureIndex(plan, of), measureIndex(plan, from), unit]);

const isListing = (plan: QueryPlan): boolean => plan.measures.length === 0;

/** Everything two plans differ in, but for which columns they show and how those are called. */
export function changesBetween(before: QueryPlan, after: QueryPlan): ReadonlySet<Change> {
  const changes = new Set<Change>();
  const note = (change: Change | undefined): void => void (change !== undefined && changes.add(change));
  if (before.from !== after.from) changes.add("from");
  if (isListing(before) !== isListing(after) || before.rollup?.fn !== after.rollup?.fn) changes.add("kind");
  note(conditionChange(before, after));
  note(measureChange(before, after));
  const groups = (plan: QueryPlan) => plan.groupBy.map(({ field, bucket }) => `${ref(field)} ${bucket ?? ""}`);
  if (!same(groups(before), groups(after))) changes.add("groups");
  if (key(before.having.map(({ op, value }) => [op, value])) !== key(after.having.map(({ op, value }) => [op, value])))
    changes.add("having");
  if (before.limit !== after.limit || (before.offset ?? 0) !== (after.offset ?? 0)) changes.add("limit");
  if (key(keysOf(before)) !== key(keysOf(after))) changes.add("groups");
  if (key(comparedIn(before)) !== key(comparedIn(after))) changes.add("measures");
  const shown = (plan: QueryPlan) => plan.select.map(({ field, bucket }) => `${ref(field)} ${bucket ?? ""}`);
  if (isListing(before) && isListing(after) && !same(shown(before), shown(after))) changes.add("shown");
  const [a, b] = [before.orderBy[0], after.orderBy[0]];
  if ((a && orderKey(before, a)) !== (b && orderKey(after, b))) changes.add("order");
  else if (a?.direction !== b?.direction) changes.add("direction");
  return changes;
}

/** True when two plans ask the same, whatever their columns are called. */
export const isSamePlan = (a: QueryPlan, b: QueryPlan): boolean => changesBetween(a, b).size === 0 && key(a.select) === key(b.select);
