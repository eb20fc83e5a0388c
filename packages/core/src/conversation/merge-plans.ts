import { contradicts, fieldShape, spoken } from "../plan/changes.ts";
import type { Condition, OrderBy, QueryPlan } from "../plan/query-plan.ts";

/** True for a plan that computes something; the others list rows. */
export const isMeasured = (plan: QueryPlan): boolean => plan.measures.length > 0;

/** The joins of both; undefined when one name means two joins. */
export function joined(a: QueryPlan, b: QueryPlan): QueryPlan["joins"] | undefined {
  const joins = [...a.joins];
  for (const join of b.joins) {
    const known = joins.find(({ as }) => as === join.as);
    if (known === undefined) joins.push(join);
    else if (JSON.stringify(known) !== JSON.stringify(join)) return undefined;
  }
  return joins;
}

/** From where to where a comparison with a number or a span of days reaches. */
function spanOf(condition: Condition): readonly [from: number, to: number] | undefined {
  if (condition.kind === "dates" && condition.negated !== true) {
    const moment = (day: string | undefined, none: number): number => (day === undefined ? none : Date.parse(day));
    return [moment(condition.from, -Infinity), moment(condition.to, Infinity) - 1];
  }
  if (condition.kind !== "compare" || typeof condition.value !== "number" || condition.op === "!=") return undefined;
  const { op, value } = condition;
  const [below, above] = [value - Number.EPSILON * Math.abs(value), value + Number.EPSILON * Math.abs(value)];
  return op === "="
    ? [value, value]
    : op === ">"
      ? [above, Infinity]
      : op === ">="
        ? [value, Infinity]
        : op === "<"
          ? [-Infinity, below]
          : [-Infinity, value];
}

/** True where no value of their field meets both: "before 1950" after "since 1950" is said instead of it. */
export function excludes(a: Condition, b: Condition): boolean {
  if (!("field" in a) || !("field" in b) || JSON.stringify(a.field) !== JSON.stringify(b.field)) return false;
  const [one, other] = [spanOf(a), spanOf(b)];
  return one !== undefined && other !== undefined && (one[1] < other[0] || other[1] < one[0]);
}

/** The conditions of the first, where the second says nothing else of the same field, and those of the second. */
export function combined(old: readonly Condition[], more: readonly Condition[]): Condition[] {
  const replaced = new Set(more.map(fieldShape));
  const known = new Set(more.map((one) => JSON.stringify(one)));
  return [
    ...old.filter(
      (one) =>
        !replaced.has(fieldShape(one)) &&
        !known.has(JSON.stringify(one)) &&
        !more.some((other) => contradicts(one, other) || excludes(one, other)),
    ),
    ...more,
  ];
}

/** The plan with these conditions, each in place of one on the same field: also in a share, where they say what it is a share of. */
export function withConditions(before: QueryPlan, more: readonly Condition[]): QueryPlan {
  const isIn = (where: readonly Condition[] | undefined, one: Condition): boolean =>
    where?.some((known) => fieldShape(known) === fieldShape(one)) === true;
  const measures = before.measures.map((measure) => {
    const own = more.filter((one) => isIn(measure.where, one));
    return own.length === 0 ? measure : { ...measure, where: combined(measure.where ?? [], own) };
  });
  const rest = more.filter((one) => !before.measures.some(({ where }) => isIn(where, one)));
  return { ...before, measures, where: combined(before.where, rest) };
}

/** Another measure of the same groups, the best of which stay the same. */
export function inTheGroups(before: QueryPlan, asked: QueryPlan): QueryPlan | undefined {
  const joins = joined(before, asked);
  const [measure] = asked.measures;
  if (joins === undefined || measure === undefined) return undefined;
  const where = combined(before.where, spoken(asked));
  if (before.limit === undefined)
    return { ...before, joins, where, measures: asked.measures, having: [], rollup: undefined, orderBy: sortedBy(before, measure.as) };
  const taken = before.measures.some(({ as }) => as === measure.as) || before.groupBy.some(({ as }) => as === measure.as);
  return { ...before, joins, where, measures: taken ? before.measures : [...before.measures, measure] };
}

/** The order of a result whose measure is another column now. */
export const sortedBy = ({ orderBy, groupBy, measures }: QueryPlan, column: string): OrderBy[] => {
  const old = measures[0]?.as;
  const kept = orderBy.map((order) => (order.column === old ? { ...order, column } : order));
  return kept.filter(({ column: name }) => name === undefined || name === column || groupBy.some(({ as }) => as === name));
};
