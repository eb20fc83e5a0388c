import { type Catalog, type FieldValues, collectionOf } from "../plan/catalog.ts";
import { spoken } from "../plan/changes.ts";
import type { QueryPlan } from "../plan/query-plan.ts";
import { nameWords } from "../plan/words.ts";
import { best, grouped, kept, refunctioned } from "./group-deltas.ts";
import { measureAsked } from "./idioms.ts";
import { ofOne, placed, turnedRound } from "./one-of.ts";
import { shareOf } from "./shares.ts";
import { combined, inTheGroups, isMeasured, joined, withConditions } from "./merge-plans.ts";
import { type PlanText, type Said, bareCounting, wordsOf } from "./said.ts";

/** The rows of one plan, asked what the other asks. */
function askedOf(rows: QueryPlan, question: QueryPlan): QueryPlan | undefined {
  const joins = joined(rows, question);
  if (joins === undefined || rows.from !== question.from) return undefined;
  return { ...question, joins, where: combined(rows.where, question.where) };
}

/** True for rows of which a condition or a field is told that the words name; a listing of whatever names the rows is no answer to "what do they cost?" */
function showsWhatIsSaid(asked: QueryPlan, content: string): boolean {
  if (spoken(asked).length > 0) return true;
  const said = wordsOf(content);
  return asked.select.some(({ field }) =>
    nameWords(field.field).some((word) => said.some((other) => word === other || (word.length >= 4 && other.startsWith(word.slice(0, 4))))),
  );
}

/** "their average salary": what is asked of the rows the last answer was about. */
function ofTheRows(before: QueryPlan, said: Said, planText: PlanText): QueryPlan | undefined {
  const noun = before.from;
  const possessed = said.content.replace(/\b(?:its|their|his|her|hers|theirs)\b/gi, "the");
  const measure = measureAsked(said.content);
  const texts = [
    ...(measure === undefined ? [] : [`${measure} of ${noun}`]),
    said.content.replace(/\b(?:of (?:them|those|these|it)|them|they|those|these|it|he|she|him|that one|this one)\b/i, noun),
    `${possessed.replace(/[\s?.!]+$/, "")} of ${noun}`,
    `${possessed.replace(/^(?:what|which|who|when|where|how (?:much|many))?\s*(?:is|are|was|were|did|does|do)?\s*(?:the )?/i, "").replace(/[\s?.!]+$/, "")} of ${noun}`,
  ];
  for (const text of texts) {
    const asked = planText(text);
    if (asked === undefined || asked.from !== before.from) continue;
    if (isMeasured(before) && !isMeasured(asked) && !showsWhatIsSaid(asked, said.content)) continue;
    if (isMeasured(before) && before.groupBy.length > 0) {
      if (!isMeasured(asked) || asked.groupBy.length > 0) continue;
      return inTheGroups(before, asked);
    }
    // Of a ranking only the ranked rows are meant, which a number over rows cannot say.
    if (before.limit !== undefined && isMeasured(asked)) continue;
    const plan = askedOf(before, asked);
    if (plan === undefined) continue;
    if (before.limit === undefined) return plan;
    // Rows that repeat are not told apart by what is asked of them: without those that do, other rows would be in their place.
    const { orderBy, limit, offset, per } = before;
    return { ...plan, orderBy, limit, offset, per, distinct: false };
  }
  return undefined;
}

const foldedValues = new WeakMap<FieldValues, ReadonlyMap<string, string>>();

/** The values of a field by their words; made once for each reading of the data. */
function inWords(values: FieldValues): ReadonlyMap<string, string> {
  const known = foldedValues.get(values);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  for (const value of values.counts.keys()) {
    if (typeof value !== "string" || value.length > maxValueChars) continue;
    const words = wordsOf(value).join(" ");
    if (!made.has(words)) made.set(words, value);
  }
  foldedValues.set(values, made);
  return made;
}

const maxValueChars = 200;

/** "only the sales team": a value the rows hold, said with no more than its field beside it. */
function valued(before: QueryPlan, { content }: Said, catalog: Catalog): QueryPlan | undefined {
  const said = wordsOf(content).filter((word) => !/^(?:the|a|an|those|one|in|of|from|for|by|with|to|at|on)$/.test(word));
  const own = nameWords(before.from);
  const found = (collectionOf(catalog, before.from)?.fields ?? []).flatMap(({ name, values }) => {
    const rest = said.filter((word) => !own.includes(word) && !nameWords(name).includes(word)).join(" ");
    const value = rest === "" ? undefined : values && inWords(values).get(rest);
    return value === undefined ? [] : [{ name, value }];
  });
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  return withConditions(before, [{ kind: "compare", field: { field: only.name }, op: "=", value: only.value }]);
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
    return { ...withConditions(before, more), joins };
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

/** "which of them are open?": those of the rows. */
function among(before: QueryPlan, { content }: Said, planText: PlanText): QueryPlan | undefined {
  const [, said] = /^(?:which|who|what)(?: ones?)? of (?:them|those|these) (.+)$/i.exec(content) ?? [];
  if (said === undefined || before.limit !== undefined || before.groupBy.length > 0) return undefined;
  const noun = before.from;
  for (const text of [`which ${noun} ${said}`, `list the ${noun} that ${said}`]) {
    const asked = planText(text);
    if (asked === undefined || asked.from !== before.from || isMeasured(asked) || spoken(asked).length === 0) continue;
    const plan = askedOf(before, asked);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

/** The previous plan changed by what was said, where no wording of the question says it; `earlier` are the plans before it, the latest first. */
export function deltaOf(
  before: QueryPlan,
  said: Said,
  planText: PlanText,
  catalog: Catalog,
  earlier: readonly QueryPlan[],
): QueryPlan | undefined {
  const one = ofOne(before, said);
  return (
    counted(before, said) ??
    shareOf(before, said, earlier) ??
    turnedRound(before, said) ??
    placed(before, said) ??
    (one === undefined ? undefined : ofTheRows(one.row, one.said, planText)) ??
    among(before, said, planText) ??
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
