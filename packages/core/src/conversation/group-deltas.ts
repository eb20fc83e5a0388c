import { type Catalog, collectionOf } from "../plan/catalog.ts";
import type { OrderBy, QueryPlan } from "../plan/query-plan.ts";
import { nameWords } from "../plan/words.ts";
import { isMeasured, joined, sortedBy } from "./merge-plans.ts";
import { type PlanText, type Said, wordsOf } from "./said.ts";

const low = /^(?:the )?(?:cheapest|lowest|least|fewest|smallest|worst|shortest|lightest|slowest|minimum)$/i;
const high = /^(?:the )?(?:most(?: expensive)?|highest|largest|biggest|greatest|best|longest|heaviest|fastest|maximum)$/i;

/** "and the cheapest?" of groups that were not ranked before. */
function extreme(before: QueryPlan, content: string): QueryPlan | undefined {
  const [measure, ...others] = before.measures;
  if (measure === undefined || others.length > 0 || before.groupBy.length === 0 || before.limit !== undefined) return undefined;
  const direction = low.test(content) ? "asc" : high.test(content) ? "desc" : undefined;
  return direction === undefined ? undefined : { ...before, limit: 1, orderBy: [{ column: measure.as, direction }] };
}

const ends = "top|first|best|highest|biggest|largest|most|bottom|last|worst|lowest|smallest|fewest|least";
const numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const number = String.raw`\d{1,4}|${numbers.join("|")}`;
const limited = [
  new RegExp(String.raw`^(?:the )?(?<end>${ends}) (?<many>${number})(?: ones?)?$`, "i"),
  new RegExp(String.raw`^(?:the )?(?<many>${number}) (?:with the )?(?<end>${ends})(?: ones?)?$`, "i"),
];
const numberIn = (said: string): number => (/^\d/.test(said) ? Number(said) : numbers.indexOf(said.toLowerCase()) + 1);

/** "only the top 3" of groups or numbers that were not ranked before. */
export function best(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const { end = "", many = "" } = limited.map((pattern) => pattern.exec(content)?.groups).find((found) => found !== undefined) ?? {};
  if (end === "") return extreme(before, content);
  const limit = numberIn(many);
  const [measure] = before.measures;
  if (!(limit >= 1) || (measure === undefined ? before.orderBy.length === 0 : before.groupBy.length === 0)) return undefined;
  const isTop = /^(?:top|first|best|highest|biggest|largest|most)$/i.test(end);
  if (measure === undefined) return { ...before, limit };
  return { ...before, limit, orderBy: [{ column: measure.as, direction: isTop ? "desc" : "asc" }] };
}

const comparisons: readonly [pattern: RegExp, op: ">" | ">=" | "<" | "<="][] = [
  [/^(?:over|above|more than|greater than|higher than|exceeding|>)$/i, ">"],
  [/^(?:at least|no less than|>=)$/i, ">="],
  [/^(?:under|below|less than|fewer than|lower than|<)$/i, "<"],
  [/^(?:at most|no more than|up to|<=)$/i, "<="],
];

/** "by gender": the same of every group; what was listed is counted. */
export function grouped(before: QueryPlan, { content }: Said, planText: PlanText): QueryPlan | undefined {
  const [, key] =
    /^(?:per|by|for each|for every|in each|each|(?:group|split|break|broken)(?:ed)?(?: (?:it|them|that|those|this))?(?: down)? by)\s+(?:the\s+)?(.+)$/i.exec(
      content,
    ) ?? [];
  if (key === undefined || before.rollup !== undefined || before.limit !== undefined) return undefined;
  const asked = planText(`number of ${before.from} per ${key}`);
  if (asked === undefined || asked.from !== before.from || asked.groupBy.length === 0) return undefined;
  const joins = joined(before, asked);
  const measures = isMeasured(before) ? before.measures : asked.measures;
  const [measure] = measures;
  const taken = new Set(asked.groupBy.map(({ as }) => as));
  if (joins === undefined || measure === undefined || measures.some(({ as }) => taken.has(as))) return undefined;
  const where = [
    ...before.where,
    ...asked.where.filter((one) => !before.where.some((known) => JSON.stringify(known) === JSON.stringify(one))),
  ];
  const orderBy: OrderBy[] = [
    { column: measure.as, direction: "desc" },
    ...asked.groupBy.map(({ as }): OrderBy => ({ column: as, direction: "asc" })),
  ];
  return { ...before, joins, where, groupBy: asked.groupBy, measures, having: [], select: [], distinct: false, orderBy };
}

/** Rows by another field of theirs, which is then shown too. */
function sortedRows(before: QueryPlan, words: readonly string[], way: string, catalog: Catalog): QueryPlan | undefined {
  if (before.limit !== undefined || before.measures.length > 0) return undefined;
  const named = (collectionOf(catalog, before.from)?.fields ?? []).filter(({ name }) => {
    const all = wordsOf(name).concat(nameWords(name));
    return words.every((word) => all.includes(word));
  });
  const [only] = named.length > 1 ? named.filter(({ name }) => nameWords(name).length === words.length) : named;
  if (only === undefined) return undefined;
  const field = { field: only.name };
  const isShown = before.select.some((shown) => shown.field.field === only.name && shown.field.via === undefined);
  if (!isShown && before.select.some(({ as }) => as === only.name)) return undefined;
  const select = isShown ? before.select : [...before.select, { as: only.name, field }];
  return { ...before, select, distinct: false, orderBy: [{ field, direction: /desc/i.test(way) ? "desc" : "asc" }] };
}

/** "sort by name": groups by a key of theirs or by what was measured, rows by a field. */
export function sorted(before: QueryPlan, { content }: Said, catalog: Catalog): QueryPlan | undefined {
  const [, by = "", way = ""] =
    /^(?:sort|order|rank)(?:ed)?(?: (?:it|them|those|these|that|the (?:results?|list)))?(?: by)? (?:the )?(.+?)(?:,? (asc(?:ending)?|desc(?:ending)?|(?:in )?(?:ascending|descending)(?: order)?))?$/i.exec(
      content,
    ) ?? [];
  const turned = /^(?:in )?(asc|desc)(?:ending)?(?: order)?$/i.exec(content)?.[1];
  const [first, ...rest] = before.orderBy;
  if (turned !== undefined && first !== undefined)
    return { ...before, orderBy: [{ ...first, direction: /^asc/i.test(turned) ? "asc" : "desc" }, ...rest] };
  const [, only = ""] = by === "" && before.groupBy.length === 0 ? (/^(?:alphabetically )?by (?:the )?(.+)$/i.exec(content) ?? []) : [];
  const words = wordsOf(by === "" ? only : by);
  if (words.length === 0) return undefined;
  if (before.groupBy.length === 0) return sortedRows(before, words, way, catalog);
  const isIn = (name: string): boolean => words.every((word) => wordsOf(name).concat(nameWords(name)).includes(word));
  const key =
    before.groupBy.find(({ as, field }) => isIn(as) || isIn(field.field)) ??
    (/^(?:name|alphabet(?:ical(?:ly)?)?)$/i.test(by) ? before.groupBy[0] : undefined);
  const measure = before.measures.find(({ as, of }) => isIn(as) || (of !== undefined && isIn(of.field)));
  const column = key?.as ?? measure?.as;
  if (column === undefined) return undefined;
  const direction = /desc/i.test(way) ? "desc" : /asc/i.test(way) || key !== undefined ? "asc" : "desc";
  return { ...before, orderBy: [{ column, direction }] };
}

/** "only those above 100" of groups: a condition on the number each has. */
export function kept(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const [, how = "", number = ""] =
    /^(?:(?:those|the ones|ones|that are|which are|where it is|with)\s+)*([a-z<>= ]+?)\s*(\d[\d,]*(?:\.\d+)?)$/i.exec(content) ?? [];
  const op = comparisons.find(([pattern]) => pattern.test(how))?.[1];
  const [measure] = before.measures;
  if (op === undefined || measure === undefined || before.groupBy.length === 0) return undefined;
  return {
    ...before,
    having: [...before.having.filter((one) => one.op !== op), { measure: measure.as, op, value: Number(number.replaceAll(",", "")) }],
  };
}

const functions: readonly [pattern: RegExp, fn: "max" | "min" | "avg" | "median" | "sum"][] = [
  [/^(?:the )?(?:max(?:imum)?|highest|largest)(?: one| value)?$/i, "max"],
  [/^(?:the )?(?:min(?:imum)?|lowest|smallest)(?: one| value)?$/i, "min"],
  [/^(?:the )?(?:average|mean)$/i, "avg"],
  [/^(?:the )?median$/i, "median"],
  [/^(?:the )?(?:total|sum)$/i, "sum"],
];

/** "and the maximum?": another function of the field that was measured. */
export function refunctioned(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const fn = functions.find(([pattern]) => pattern.test(content))?.[1];
  const [measure, ...others] = before.measures;
  if (fn === undefined || measure?.of === undefined || measure.fn === "countDistinct" || others.length > 0 || before.limit !== undefined)
    return undefined;
  const as = `${{ max: "highest", min: "lowest", avg: "average", median: "median", sum: "total" }[fn]} ${measure.of.field}`;
  if (/[.$]/.test(as)) return undefined;
  return { ...before, measures: [{ ...measure, fn, as }], having: [], orderBy: sortedBy(before, as) };
}
