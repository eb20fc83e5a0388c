import { spoken } from "../plan/changes.ts";
import type { Condition, QueryPlan } from "../plan/query-plan.ts";
import type { Said } from "./said.ts";

const asShare =
  /^(?:(?:as|in) (?:a |an )?(?:percent(?:age)?s?|share|fraction)(?: of (?:all|the total|the whole|(?:them|those) all|everything))?|(?:and )?what (?:percent(?:age)?|share|fraction|part|proportion) (?:of (?:all|the)(?: \w+){1,2} )?(?:is|are|was|were) (?:that|this|it|they|those|these))[\s?.!]*$/i;

const key = (one: Condition): string => JSON.stringify(one);

/**
 * "as a percentage": what was counted or added up beside what it is a part of. The part is what the plan says and the one before it in the
 * conversation does not, else its only condition. Undefined where it may be a part of several things.
 */
export function shareOf(before: QueryPlan, { content }: Said, earlier: readonly QueryPlan[]): QueryPlan | undefined {
  const [measure, ...others] = before.measures;
  if (!asShare.test(content) || measure === undefined || others.length > 0 || !/^(?:count|sum)$/.test(measure.fn)) return undefined;
  if (before.limit !== undefined || before.rollup !== undefined || before.having.length > 0 || measure.where !== undefined)
    return undefined;
  const share = { as: "percent", fn: "share" as const, of: measure.of, times: measure.times };
  if (before.groupBy.length > 0) {
    const orderBy = before.orderBy.map((order) => (order.column === measure.as ? { ...order, column: share.as } : order));
    return { ...before, measures: [share], differences: undefined, orderBy };
  }
  const conditions = spoken(before);
  const whole = earlier.find((plan) => isWholeOf(plan, before));
  const kept = new Set((whole === undefined ? [] : spoken(whole)).map(key));
  const part = conditions.filter((one) => !kept.has(key(one)));
  if (part.length === 0 || (whole === undefined && part.length > 1)) return undefined;
  return { ...before, where: before.where.filter((one) => !part.includes(one)), measures: [{ ...share, where: part }], orderBy: [] };
}

/** True for the same number over more rows. */
function isWholeOf(whole: QueryPlan, part: QueryPlan): boolean {
  const measured = ({ from, measures }: QueryPlan): string => JSON.stringify([from, measures.map(({ fn, of }) => [fn, of])]);
  const conditions = new Set(spoken(part).map(key));
  const all = spoken(whole);
  return measured(whole) === measured(part) && all.length < conditions.size && all.every((one) => conditions.has(key(one)));
}
