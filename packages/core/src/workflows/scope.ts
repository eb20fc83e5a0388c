import type { Catalog, PlanOutcome, QueryPlan } from "../plan/index.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import type { Answer } from "../ports/query.ts";
import { cannot } from "./model-answer.ts";
import { contentWords } from "./words.ts";

const maxNamed = 12;

/** The tool that finds passages: `{ query, limit }` in, `{ passages: [{ id, title, text, source }] }` out. */
export const searchTool = "search-documents";

/** True when not one word of the question found a place in the data. */
export function isOutOfScope(question: string, outcome: PlanOutcome): boolean {
  if (outcome.kind !== "unplannable") return false;
  const unplaced = new Set(contentWords(outcome.unplaced.join(" ")));
  return unplaced.size > 0 && contentWords(question).every((word) => unplaced.has(word));
}

const asksFor = /^(?:(?:and|so|but)\b,?\s+)*(?:who|when|where|why|how)\b/i;

/** True for rows of which only what the question itself names would be shown: that there is a film called Hamlet does not say who wrote it. */
export function repeatsTheQuestion(question: string, { measures, select, where }: QueryPlan): boolean {
  if (!asksFor.test(question) || measures.length > 0 || select.length === 0) return false;
  const fixed = new Set(
    where.flatMap((one) =>
      (one.kind === "compare" && one.op === "=") || (one.kind === "in" && one.negated !== true) ? [JSON.stringify(one.field)] : [],
    ),
  );
  return select.every(({ field }) => fixed.has(JSON.stringify(field)));
}

/** What can be asked about, in a sentence. */
export function whatIsHere({ collections }: Catalog, { tools }: WorkflowContext): string {
  const named = collections.slice(0, maxNamed).map(({ name }) => name);
  const more = collections.length > named.length ? ` and ${collections.length - named.length} more` : "";
  const documents = tools.some(({ name }) => name === searchTool) ? ", and documents" : "";
  return `Connected are data on ${named.join(", ")}${more}${documents}.`;
}

/** What is said to a question about nothing that is connected, with what can be asked instead. */
export const outside = (catalog: Catalog, context: WorkflowContext, why = "None of its words names anything in the data."): Answer =>
  cannot(`I cannot answer that: it is about nothing that is connected here. ${whatIsHere(catalog, context)}`, [why]);
