import type { Catalog, PlanOutcome } from "../plan/index.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import { searchTool } from "./rag.ts";
import { contentWords } from "./words.ts";

const maxNamed = 12;

/** True when not one word of the question found a place in the data. */
export function isOutOfScope(question: string, outcome: PlanOutcome): boolean {
  if (outcome.kind !== "unplannable") return false;
  const unplaced = new Set(contentWords(outcome.unplaced.join(" ")));
  return unplaced.size > 0 && contentWords(question).every((word) => unplaced.has(word));
}

/** What can be asked about, in a sentence. */
export function whatIsHere({ collections }: Catalog, { tools }: WorkflowContext): string {
  const named = collections.slice(0, maxNamed).map(({ name }) => name);
  const more = collections.length > named.length ? ` and ${collections.length - named.length} more` : "";
  const documents = tools.some(({ name }) => name === searchTool) ? ", and documents" : "";
  return `Connected are data on ${named.join(", ")}${more}${documents}.`;
}
