import type { Json } from "../ports/json.ts";
import type { ReadPlan, Reading } from "../ports/reading.ts";
import type { Turn } from "../ports/workflow.ts";
import type { Catalog } from "../plan/catalog.ts";
import { fillers } from "../plan/lexicon.ts";
import { explainPlan } from "../plan/explain.ts";
import { plan, type PlanOptions, type PlanOutcome } from "../plan/planner.ts";
import type { QueryPlan } from "../plan/query-plan.ts";
import { validatePlan } from "../plan/validate.ts";
import { changesBetween, contradicts, fieldShape, isSamePlan, spoken, valuesIn } from "../plan/changes.ts";
import { choicesIn, chosen, isAbout, withChoice } from "./choices.ts";
import { deltaOf } from "./deltas.ts";
import { sorted } from "./group-deltas.ts";
import { excludes } from "./merge-plans.ts";
import { namedInAnswer } from "./named-in-answer.ts";
import { renamed } from "./rename.ts";
import { type Edit, type Previous, editsOf } from "./edits.ts";
import { type Said, asksNothing, asksWhy, readSaid, wordsOf } from "./said.ts";

const maxTurnsBack = 4;
const maxStandaloneChars = 1_000;

/** What belongs to the rows, or is done by them, is asked of the rows; no wording of the question holds it. */
const ofTheRows = new RegExp(
  [
    String.raw`\b(?:its|their|his|her)\b`,
    String.raw`^(?:how (?:many|much)|(?:which|who|what)(?: ones?)?) of (?:them|those|these)\b`,
    String.raw`^(?!(?:sort|order|rank|group|list|show|how many (?:is|are|were)|who|which)\b).*\b(?:it|they|he|she|him|them)\b`,
  ].join("|"),
  "i",
);

type Planned = Extract<PlanOutcome, { kind: "plan" }>;

type Planner = (text: string) => Planned | undefined;

const asRead = ({ plan: made, confidence, explanation, assumptions }: Planned): ReadPlan => ({
  plan: made as unknown as Json,
  confidence,
  explanation,
  assumptions,
});

/** A plan as an order in words: "Count movies where Director is 'Steven Spielberg'". */
function inWords(made: QueryPlan): string {
  const [, verb = "", rest = ""] = /^(\w+)(.*)$/s.exec(explainPlan(made)) ?? [];
  const order: Readonly<Record<string, string>> = { Counted: "Count", Computed: "Compute", Listed: "List", Took: "Take" };
  return `${order[verb] ?? verb}${rest}`.replace(/\.$/, "");
}

/** What the earlier question was answered by: the plan kept with it, while the data still has what it names, or one made anew. */
function previousOf(
  { question, standalone = question, type, plan: kept }: Turn,
  catalog: Catalog,
  planText: Planner,
): Previous | undefined {
  if (type === "rag" || type === "schema" || type === "tool") return undefined;
  const known = kept as unknown as QueryPlan | undefined;
  const isKept = known !== undefined && validatePlan(known, catalog).length === 0;
  // What could not be understood in its place means something else alone.
  const isWhole = known !== undefined || readSaid(standalone, catalog).tie === "none";
  const plan = isKept ? known : isWhole ? planText(standalone)?.plan : undefined;
  return plan === undefined ? undefined : { question: standalone, plan };
}

interface Candidate {
  readonly edit: Edit;
  readonly planned: Planned;
  readonly rank: number;
}

/** True when a word of it may mean something: the planner finds it in the data, or knows what it asks. */
function isKnown(content: string, catalog: Catalog, options: PlanOptions): boolean {
  const outcome = plan(content, catalog, options);
  if (outcome.kind !== "unplannable") return true;
  const unplaced = new Set(outcome.unplaced.flatMap(wordsOf));
  return unplaced.size === 0 || wordsOf(content).some((word) => !unplaced.has(word) && !fillers.has(word));
}

/** The edit whose plan differs from the previous one in what it may and in nothing else; the best of them. */
function edited(previous: Previous, said: Said, catalog: Catalog, planText: Planner): Reading | undefined {
  let best: Candidate | undefined;
  for (const edit of editsOf(previous, said, catalog)) {
    const planned = planText(edit.text);
    if (planned === undefined) continue;
    const changes = changesBetween(previous.plan, planned.plan);
    const rank = rankOf(edit, changes, previous, planned);
    if (rank === undefined) continue;
    if (best === undefined || rank < best.rank || (rank === best.rank && edit.weight > best.edit.weight)) best = { edit, planned, rank };
  }
  if (best === undefined) return undefined;
  return { kind: "resolved", text: best.edit.text, planned: asRead(best.planned), isWhole: true, by: "rules" };
}

/** What changes along with something else, and says nothing of its own. */
const sideEffects: Readonly<Record<string, readonly string[]>> = {
  from: ["conditions", "groups", "order", "measured"],
  kind: ["measures", "measured", "function", "order", "limit", "direction"],
  measures: ["order", "direction"],
  measured: ["order"],
  groups: ["order", "direction"],
  limit: ["order", "direction"],
  direction: ["function"],
  order: ["direction"],
  narrowed: [],
};

function rankOf(edit: Edit, changes: ReadonlySet<string>, previous: Previous, { plan: after }: Planned): number | undefined {
  const main = edit.may.find((change) => changes.has(change));
  if (main === undefined) return undefined;
  const others = [...changes].filter((change) => change !== main && change !== "shown" && !(sideEffects[main] ?? []).includes(change));
  if (others.length > 0) return undefined;
  if (main === "values" && keepsValues(previous.plan, after)) return undefined;
  if (main === "narrowed" && hasContradiction(previous.plan, after)) return undefined;
  if (main === "from" && !isSameOfOthers(previous.plan, after)) return undefined;
  return edit.may.indexOf(main);
}

/** "not pending" after "pending" is said instead of it, not beside it. */
function hasContradiction(before: QueryPlan, after: QueryPlan): boolean {
  const parts = before.measures.flatMap(({ where = [] }) => where.map(fieldShape));
  if (spoken(after).some((said) => parts.includes(fieldShape(said)))) return true;
  return spoken(before).some((known) => spoken(after).some((said) => contradicts(known, said) || excludes(known, said)));
}

/** Something was said instead of a value, so one of the old ones is gone. */
function keepsValues(before: QueryPlan, after: QueryPlan): boolean {
  const values = valuesIn(spoken(after));
  return valuesIn(spoken(before)).every((value) => values.includes(value));
}

/** The conditions by the collection each field is of, so that plans over other rows can be compared. */
const withOwners = (made: QueryPlan): string =>
  spoken(made)
    .map((condition) => JSON.stringify(condition, (name, value: unknown) => (name === "via" ? undefined : value)))
    .sort()
    .join();

const ownersOf = (made: QueryPlan): string =>
  spoken(made)
    .map((condition) => {
      const via = "field" in condition ? condition.field.via : undefined;
      return via === undefined ? made.from : (made.joins.find(({ as }) => as === via)?.to ?? "");
    })
    .sort()
    .join();

/** "and tracks?": the same conditions on the same fields, asked the same way, of other rows. */
const isSameOfOthers = (a: QueryPlan, b: QueryPlan): boolean =>
  withOwners(a) === withOwners(b) &&
  ownersOf(a) === ownersOf(b) &&
  a.groupBy.length === b.groupBy.length &&
  a.limit === b.limit &&
  a.measures.map(({ fn }) => fn).join() === b.measures.map(({ fn }) => fn).join();

/** The previous plan changed, in words. */
function changed(made: QueryPlan | undefined, catalog: Catalog, planText: Planner): Reading | undefined {
  if (made === undefined || validatePlan(made, catalog).length > 0) return undefined;
  const text = inWords(made);
  const again = planText(text);
  const isWhole = again !== undefined && isSamePlan(again.plan, made);
  const planned: Planned = { kind: "plan", plan: made, confidence: 0.8, explanation: explainPlan(made), assumptions: [] };
  return { kind: "resolved", text, planned: asRead(planned), isWhole, by: "rules" };
}

/**
 * What was said as a question that goes on from this one: said anew where a wording is found, else as a change of its plan. Without `earlier`
 * there was another question in between: only what stands for a part of this one can then mean it, not what refers to the last answer.
 */
function goingOn(
  previous: Previous,
  said: Said,
  catalog: Catalog,
  planText: Planner,
  isSayable: boolean,
  earlier: (() => readonly QueryPlan[]) | undefined,
): Reading | undefined {
  const reworded = (): Reading | undefined => (isSayable ? edited(previous, said, catalog, planText) : undefined);
  if (earlier === undefined) return said.tie === "refers" ? undefined : reworded();
  const replanned = (): Reading | undefined =>
    changed(
      deltaOf(previous.plan, said, (text) => planText(text)?.plan, catalog, earlier()),
      catalog,
      planText,
    );
  const order = changed(sorted(previous.plan, said, catalog), catalog, planText);
  if (order !== undefined) return order;
  return ofTheRows.test(said.content) ? (replanned() ?? reworded()) : (reworded() ?? replanned());
}

/** The reading of a question somebody else resolved. */
export function readStandalone(text: string, catalog: Catalog | undefined): Reading {
  const outcome = catalog === undefined ? undefined : plan(text, catalog);
  return { kind: "resolved", text, planned: outcome?.kind === "plan" ? asRead(outcome) : undefined, isWhole: true, by: "model" };
}

/** Who or what is meant is a name in the last answer, not the rows it was made from. */
const namesSomeone =
  /\b(?:he|she|him|his|her|hers)\b|\b(?:in|from|for|at|by|with|to|of) that \w+|^(?:and )?(?:which|what) [\w ]{2,40}? (?:are|were) (?:they|those|these)[\s?.!]*$/i;

function ofSomeone(text: string, turn: Turn | undefined, planText: Planner): Reading | undefined {
  const found = namedInAnswer(text, turn?.row, (said) => planText(said)?.plan);
  const planned = found === undefined ? undefined : planText(found.text);
  if (found === undefined || planned === undefined) return undefined;
  return { kind: "resolved", text: found.text, planned: asRead(planned), isWhole: true, by: "rules" };
}

const isAboutData = ({ type }: Turn): boolean => type === "simple" || type === "complex";

/** One of the choices the last answer asked back with, put into the question it asked about. */
function answeredBack(text: string, turn: Turn | undefined, planText: Planner): Reading | undefined {
  if (turn === undefined) return undefined;
  const { question, standalone = question, answer } = turn;
  const choice = chosen(text, choicesIn(answer));
  if (choice === undefined) return undefined;
  for (const whole of withChoice(standalone, choice)) {
    const planned = planText(whole);
    if (planned === undefined || !isAbout(planned.plan, planned.explanation, standalone, choice)) continue;
    return { kind: "resolved", text: whole, planned: asRead(planned), isWhole: true, by: "rules" };
  }
  return undefined;
}

/**
 * Reads something said after these turns against them, by rules. Undefined for a question by itself that no plan explains: it goes on as it
 * is, with the conversation. What is complete by itself is never altered. Without a catalog only what asks nothing is recognised.
 */
export function readMessage(
  text: string,
  turns: readonly Turn[],
  catalog: Catalog | undefined,
  options: PlanOptions = {},
): Reading | undefined {
  if (asksNothing(text)) return { kind: "nothing" };
  const said = readSaid(text, catalog);
  if (catalog === undefined) return said.tie === "none" ? undefined : { kind: "unresolved", tie: "continues" };
  const known = new Map<string, Planned | undefined>();
  const planText: Planner = (question) => {
    if (known.has(question)) return known.get(question);
    const outcome = question.length > maxStandaloneChars ? undefined : plan(question, catalog, options);
    const planned = outcome?.kind === "plan" ? outcome : undefined;
    known.set(question, planned);
    return planned;
  };
  const choice = answeredBack(text, turns.at(-1), planText);
  if (choice !== undefined) return choice;
  if (said.tie === "none") {
    const planned = planText(text);
    return planned === undefined ? undefined : { kind: "complete", planned: asRead(planned) };
  }
  // Words the data does not know are in no wording of a question about it.
  const isSayable = isKnown(said.content, catalog, options);
  const earlier = turns.slice(-maxTurnsBack).filter(({ question }) => !asksNothing(question) && !asksWhy(question));
  const plans = (last: Turn): QueryPlan[] =>
    earlier
      .slice(0, earlier.indexOf(last))
      .toReversed()
      .flatMap((turn) => previousOf(turn, catalog, planText)?.plan ?? []);
  const someone = (): Reading | undefined => ofSomeone(text, earlier.at(-1), planText);
  const named = namesSomeone.test(text) ? someone() : undefined;
  if (named !== undefined) return named;
  for (const turn of earlier.toReversed()) {
    const previous = previousOf(turn, catalog, planText);
    if (asksWhy(text))
      return previous === undefined
        ? { kind: "unresolved", tie: "continues" }
        : { kind: "why", question: previous.question, explanation: explainPlan(previous.plan) };
    const reading =
      previous === undefined
        ? renamed(turn.standalone ?? turn.question, said, catalog)
        : goingOn(previous, said, catalog, planText, isSayable, turn === earlier.at(-1) ? () => plans(turn) : undefined);
    if (reading !== undefined) return reading;
  }
  const meant = said.tie === "refers" ? someone() : undefined;
  if (meant !== undefined) return meant;
  // Of documents and tools the workflow may make something even so; numbers of the wrong rows are no answer.
  const isOfData = earlier.some((turn) => isAboutData(turn) || previousOf(turn, catalog, planText) !== undefined);
  return { kind: "unresolved", tie: isOfData && (said.tie === "refers" || said.isOnlyPart) ? "refers" : "continues" };
}
