import { type Catalog, collectionOf } from "../plan/catalog.ts";
import type { Condition, OrderBy, QueryPlan } from "../plan/query-plan.ts";
import { contradicts, fieldShape, spoken } from "../plan/changes.ts";
import { nameWords } from "../plan/words.ts";
import { type Said, bareCounting, wordsOf } from "./said.ts";

/** Plans a text; undefined when no plan fits it. */
export type PlanText = (text: string) => QueryPlan | undefined;

const isMeasured = (plan: QueryPlan): boolean => plan.measures.length > 0;

/** The joins of both; undefined when one name means two joins. */
function joined(a: QueryPlan, b: QueryPlan): QueryPlan["joins"] | undefined {
  const joins = [...a.joins];
  for (const join of b.joins) {
    const known = joins.find(({ as }) => as === join.as);
    if (known === undefined) joins.push(join);
    else if (JSON.stringify(known) !== JSON.stringify(join)) return undefined;
  }
  return joins;
}

/** The conditions of the first, where the second says nothing else of the same field, and those of the second. */
function combined(old: readonly Condition[], more: readonly Condition[]): Condition[] {
  const replaced = new Set(more.map(fieldShape));
  const known = new Set(more.map((one) => JSON.stringify(one)));
  return [
    ...old.filter(
      (one) => !replaced.has(fieldShape(one)) && !known.has(JSON.stringify(one)) && !more.some((other) => contradicts(one, other)),
    ),
    ...more,
  ];
}

/** The rows of one plan, asked what the other asks. */
function askedOf(rows: QueryPlan, question: QueryPlan): QueryPlan | undefined {
  const joins = joined(rows, question);
  if (joins === undefined || rows.from !== question.from) return undefined;
  return { ...question, joins, where: combined(rows.where, question.where) };
}

/** "their average salary": what is asked of the rows the last answer was about. */
function ofTheRows(before: QueryPlan, said: Said, planText: PlanText): QueryPlan | undefined {
  const noun = before.from;
  const possessed = said.content.replace(/\b(?:its|their|his|her|hers|theirs)\b/gi, "the");
  const texts = [
    said.content.replace(/\b(?:of (?:them|those|these|it)|them|they|those|these|it|he|she|him|that one|this one)\b/i, noun),
    `${possessed.replace(/[\s?.!]+$/, "")} of ${noun}`,
    `${possessed.replace(/^(?:what|which|who|when|where|how (?:much|many))?\s*(?:is|are|was|were|did|does|do)?\s*(?:the )?/i, "").replace(/[\s?.!]+$/, "")} of ${noun}`,
  ];
  for (const text of texts) {
    const asked = planText(text);
    if (asked === undefined || asked.from !== before.from) continue;
    if (isMeasured(before) && before.groupBy.length > 0) {
      if (!isMeasured(asked) || asked.groupBy.length > 0) continue;
      return inTheGroups(before, asked);
    }
    // Of a ranking only the ranked rows are meant, which a number over rows cannot say.
    if (before.limit !== undefined && isMeasured(asked)) continue;
    const plan = askedOf(before, asked);
    if (plan === undefined) continue;
    return before.limit === undefined ? plan : { ...plan, orderBy: before.orderBy, limit: before.limit };
  }
  return undefined;
}

/** Another measure of the same groups, the best of which stay the same. */
function inTheGroups(before: QueryPlan, asked: QueryPlan): QueryPlan | undefined {
  const joins = joined(before, asked);
  const [measure] = asked.measures;
  if (joins === undefined || measure === undefined) return undefined;
  const where = combined(before.where, spoken(asked));
  if (before.limit === undefined)
    return { ...before, joins, where, measures: asked.measures, having: [], rollup: undefined, orderBy: sortedBy(before, measure.as) };
  const taken = before.measures.some(({ as }) => as === measure.as) || before.groupBy.some(({ as }) => as === measure.as);
  return { ...before, joins, where, measures: taken ? before.measures : [...before.measures, measure] };
}

const sortedBy = ({ orderBy, groupBy, measures }: QueryPlan, column: string): OrderBy[] => {
  const old = measures[0]?.as;
  const kept = orderBy.map((order) => (order.column === old ? { ...order, column } : order));
  return kept.filter(({ column: name }) => name === undefined || name === column || groupBy.some(({ as }) => as === name));
};

const low = /^(?:the )?(?:cheapest|lowest|least|fewest|smallest|worst|shortest|lightest|slowest|minimum)$/i;
const high = /^(?:the )?(?:most(?: expensive)?|highest|largest|biggest|greatest|best|longest|heaviest|fastest|maximum)$/i;

/** "and the cheapest?" of groups that were not ranked before. */
function extreme(before: QueryPlan, content: string): QueryPlan | undefined {
  const [measure, ...others] = before.measures;
  if (measure === undefined || others.length > 0 || before.groupBy.length === 0 || before.limit !== undefined) return undefined;
  const direction = low.test(content) ? "asc" : high.test(content) ? "desc" : undefined;
  return direction === undefined ? undefined : { ...before, limit: 1, orderBy: [{ column: measure.as, direction }] };
}

/** "only the top 3" of groups or numbers that were not ranked before. */
function best(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const [, end = "", digits = ""] =
    /^(?:the )?(top|first|best|highest|biggest|largest|bottom|last|worst|lowest|smallest) (\d{1,4})(?: ones?)?$/i.exec(content) ?? [];
  if (end === "") return extreme(before, content);
  const limit = Number(digits);
  const [measure] = before.measures;
  if (!(limit >= 1) || (measure === undefined ? before.orderBy.length === 0 : before.groupBy.length === 0)) return undefined;
  const isTop = /^(?:top|first|best|highest|biggest|largest)$/i.test(end);
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
function grouped(before: QueryPlan, { content }: Said, planText: PlanText): QueryPlan | undefined {
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

/** "sort by name" of groups: by a key of theirs, or by what was measured. */
export function sorted(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const [, by = "", way = ""] =
    /^(?:sort|order|rank)(?:ed)?(?: (?:it|them|those|these|that|the (?:results?|list)))?(?: by)? (?:the )?(.+?)(?:,? (asc(?:ending)?|desc(?:ending)?|(?:in )?(?:ascending|descending)(?: order)?))?$/i.exec(
      content,
    ) ?? [];
  const turned = /^(?:in )?(asc|desc)(?:ending)?(?: order)?$/i.exec(content)?.[1];
  const [first, ...rest] = before.orderBy;
  if (turned !== undefined && first !== undefined)
    return { ...before, orderBy: [{ ...first, direction: /^asc/i.test(turned) ? "asc" : "desc" }, ...rest] };
  if (by === "" || before.groupBy.length === 0) return undefined;
  const words = wordsOf(by);
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
function kept(before: QueryPlan, { content }: Said): QueryPlan | undefined {
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
function refunctioned(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const fn = functions.find(([pattern]) => pattern.test(content))?.[1];
  const [measure, ...others] = before.measures;
  if (fn === undefined || measure?.of === undefined || measure.fn === "countDistinct" || others.length > 0 || before.limit !== undefined)
    return undefined;
  const as = `${{ max: "highest", min: "lowest", avg: "average", median: "median", sum: "total" }[fn]} ${measure.of.field}`;
  if (/[.$]/.test(as)) return undefined;
  return { ...before, measures: [{ ...measure, fn, as }], having: [], orderBy: sortedBy(before, as) };
}

/** "only the sales team": a value the rows hold, said with no more than its field beside it. */
function valued(before: QueryPlan, { content }: Said, catalog: Catalog): QueryPlan | undefined {
  const said = wordsOf(content).filter((word) => !/^(?:the|a|an|those|one|in|of|from|for|by|with|to|at|on)$/.test(word));
  const own = nameWords(before.from);
  const found = (collectionOf(catalog, before.from)?.fields ?? []).flatMap(({ name, values }) => {
    const rest = said.filter((word) => !own.includes(word) && !nameWords(name).includes(word)).join(" ");
    const value =
      rest === ""
        ? undefined
        : [...(values?.counts.keys() ?? [])].find((each) => typeof each === "string" && wordsOf(each).join(" ") === rest);
    return value === undefined ? [] : [{ name, value }];
  });
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  return { ...before, where: combined(before.where, [{ kind: "compare", field: { field: only.name }, op: "=", value: only.value }]) };
}

/** How many rows, or groups, the plan gives. */
function counted(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  if (!bareCounting.test(content)) return undefined;
  if (before.groupBy.length > 0) {
    return before.rollup === undefined && before.limit === undefined
      ? { ...before, orderBy: [], rollup: { fn: "count", as: "count" } }
      : undefined;
  }
  if (isMeasured(before) || before.limit !== undefined || before.distinct) return undefined;
  return { ...before, measures: [{ as: before.from, fn: "count" }], select: [], orderBy: [] };
}

/** Another condition on the same rows, in place of one on the same field or beside the others. */
function narrowed(before: QueryPlan, { content }: Said, planText: PlanText): QueryPlan | undefined {
  const said = content.replace(/^(?:those|the ones|ones|the)\s+/i, "");
  for (const text of [`list ${before.from} ${said}`, `list ${before.from} with ${said}`]) {
    const asked = planText(text);
    if (asked === undefined || asked.from !== before.from || isMeasured(asked) || asked.limit !== undefined) continue;
    const more = spoken(asked);
    const joins = joined(before, asked);
    if (more.length === 0 || joins === undefined) continue;
    return { ...before, joins, where: combined(before.where, more) };
  }
  return undefined;
}

/** Another measure of the same rows in the same groups. */
function measured(before: QueryPlan, { content }: Said, planText: PlanText): QueryPlan | undefined {
  const said = content.replace(/^(?:what (?:is|was|are|were) )?(?:the|their|its|his|her) /i, "").replace(/[\s?.!]+$/, "");
  const asked = planText(`${said} of ${before.from}`);
  if (asked === undefined || asked.from !== before.from || !isMeasured(asked) || asked.groupBy.length > 0 || asked.limit !== undefined)
    return undefined;
  if (before.groupBy.length > 0) return inTheGroups(before, asked);
  return before.limit === undefined ? askedOf(before, asked) : undefined;
}

/** The previous plan changed by what was said, where no wording of the question says it. */
export function deltaOf(before: QueryPlan, said: Said, planText: PlanText, catalog: Catalog): QueryPlan | undefined {
  return (
    counted(before, said) ??
    best(before, said) ??
    kept(before, said) ??
    refunctioned(before, said) ??
    grouped(before, said, planText) ??
    (said.tie === "refers" ? ofTheRows(before, said, planText) : undefined) ??
    valued(before, said, catalog) ??
    narrowed(before, said, planText) ??
    measured(before, said, planText)
  );
}
