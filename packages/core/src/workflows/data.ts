import { isBeyondData } from "../conversation/beyond-data.ts";
import { isOrchestratorError } from "../errors.ts";
import type { Catalog, DataSource, ModelPlan, PlanOutcome, QueryPlan } from "../plan/index.ts";
import type { Json } from "../ports/json.ts";
import type { Answer, Query } from "../ports/query.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import type { DataAccess } from "./data-access.ts";
import { answerByModel, cannot } from "./model-answer.ts";
import { planTags } from "./plan-tags.ts";
import { planner } from "./planner.ts";
import { answerFromPassages, nothingThere, retrieve } from "./rag.ts";
import { isOutOfScope, outside, repeatsTheQuestion, whatIsHere } from "./scope.ts";

/** What the planner made of a question, and whom to ask. */
interface Planned {
  readonly source: DataSource;
  readonly outcome: PlanOutcome;
}

/** The plan the question came with, where it goes on from an earlier one. */
function plannedBefore({ reading }: WorkflowContext): PlanOutcome | undefined {
  const planned = reading?.kind === "resolved" || reading?.kind === "complete" ? reading.planned : undefined;
  // Validated against the schema again before it is compiled.
  return planned === undefined ? undefined : { ...planned, kind: "plan", plan: planned.plan as unknown as QueryPlan };
}

/** Plans a question over the connected data; undefined when there is none or it cannot be reached. */
async function planFor(query: Query, data: DataAccess, context: WorkflowContext): Promise<Planned | undefined> {
  const source = await data.sourceOf(context.connected);
  if (source === undefined) return undefined;
  const { planQuestion } = await planner();
  try {
    const outcome = await context.step(
      "plan",
      () => plannedBefore(context) ?? planQuestion(source, query.text, { signal: context.signal }),
    );
    return { source, outcome };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isOrchestratorError(error)) throw error;
    context.degrade("tools:data", error.message);
    return undefined;
  }
}

/** Runs a plan through the tool and writes the answer from its rows. */
async function runPlan(source: DataSource, outcome: Extract<PlanOutcome, { kind: "plan" }>, context: WorkflowContext): Promise<Answer> {
  const { plan, explanation, assumptions } = outcome;
  const query = await source.compile(plan, { signal: context.signal });
  const output = await context.step("query", () => context.callTool(source.tool, query, { readOnly: true }), explanation);
  const { answerFromRows, resultRows } = await planner();
  const { text, data } = answerFromRows(plan, resultRows(output));
  return {
    text,
    data: data as Json,
    answeredBy: "local",
    explanation: [explanation, ...assumptions],
    plan: plan as unknown as Json,
    tags: planTags(plan),
  };
}

function refusalOf(outcome: Exclude<PlanOutcome, { kind: "plan" }>): Answer {
  if (outcome.kind === "ambiguous") {
    const choices = outcome.choices.map((choice) => `- ${choice}`).join("\n");
    return cannot(`That can be read in more than one way. Which do you mean?\n\n${choices}`, [outcome.reason]);
  }
  const nearest = outcome.nearest === undefined ? "" : ` The nearest I can do: ${outcome.nearest}`;
  return cannot(`I cannot answer that from the data: ${outcome.reason}${nearest}`, [outcome.reason]);
}

/** The local planner's plan is taken without asking a model from this confidence on. */
const sureFrom = 0.6;

/** The plan a model proposes where the local planner has none, is unsure, or is not the one to prefer. */
async function planFromModel(
  query: Query,
  { source, outcome }: Planned,
  prefer: "local" | "model",
  context: WorkflowContext,
): Promise<ModelPlan | undefined> {
  if (!context.hasModel || (isSure(outcome) && (prefer === "local" || plannedBefore(context) !== undefined))) return undefined;
  const catalog = await source.catalog({ signal: context.signal });
  const { planByModel } = await planner();
  return await context.step("query_planning", () => planByModel(query.text, catalog, { say: context.say }));
}

const isSure = (outcome: PlanOutcome): boolean => outcome.kind === "plan" && outcome.confidence >= sureFrom;

/** Whose plan was taken, and what the other one was. */
function compared(outcome: PlanOutcome, { plan, repaired }: Proposed, isSame: (a: QueryPlan, b: QueryPlan) => boolean): string[] {
  const by = `Planned by a model${repaired ? ", at its second try" : ""}`;
  if (outcome.kind === "ambiguous") return [`${by}: the local planner reads it in more than one way.`];
  if (outcome.kind === "unplannable") return [`${by}: the local planner has no plan for it.`];
  if (isSame(outcome.plan, plan)) return [`${by}; the local planner reads it the same way.`];
  const why = isSure(outcome) ? "it is preferred" : `the local planner is unsure (${outcome.confidence.toFixed(2)})`;
  return [`${by}, since ${why}. The local planner would have: ${outcome.explanation}`];
}

type Proposed = Extract<ModelPlan, { kind: "plan" }>;

/** Runs a model's plan, and says why it was taken and how the local planner read the question. */
async function runModelPlan({ source, outcome }: Planned, made: Proposed, context: WorkflowContext): Promise<Answer> {
  const { plan, explanation, completion } = made;
  const { isSamePlan } = await planner();
  const assumptions = compared(outcome, made, isSamePlan);
  const answer = await runPlan(source, { kind: "plan", plan, explanation, confidence: 1, assumptions }, context);
  return { ...answer, answeredBy: "model", provider: completion.provider, model: completion.model };
}

interface DataWorkflowOptions {
  readonly maxSteps: number;
  /** Whose plan is taken where a model is there and both have one. */
  readonly prefer: "local" | "model";
}

/** What the data says to a question, or why it cannot be asked; neither when no data is connected. */
export interface FromData {
  readonly answer?: Answer | undefined;
  readonly refusal?: Answer | undefined;
}

/** Why a question has no answer in the data, and what can be asked instead. */
function whyNot(query: Query, outcome: PlanOutcome, catalog: Catalog, prefer: Preference, context: WorkflowContext): Answer {
  if (isBeyondData(query.text, catalog)) return outside(catalog, context, "It asks about somebody or something that no data holds.");
  if (isOutOfScope(query.text, outcome)) return outside(catalog, context);
  if (prefer === "local-only") return cannot(`${nothingThere} ${whatIsHere(catalog, context)}`);
  if (outcome.kind !== "plan") return refusalOf(outcome);
  const found = `${outcome.explanation.replace(/\.$/, "")}: the data says no more about it than the question does.`;
  return cannot(`I cannot answer that from the data. ${found} ${whatIsHere(catalog, context)}`, [outcome.explanation]);
}

const unanswerable = (reason: string, catalog: Catalog, context: WorkflowContext): Answer =>
  cannot(`I cannot answer that from the data: ${reason.slice(0, 300)} ${whatIsHere(catalog, context)}`, [
    "A model found no way to ask it of the data.",
  ]);

type Preference = "local" | "model" | "local-only";

/** Plans, runs and writes; `local-only`, for a question the documents said nothing about, asks no model for a plan. */
export async function answerFromData(query: Query, data: DataAccess, prefer: Preference, context: WorkflowContext): Promise<FromData> {
  const planned = await planFor(query, data, context);
  if (planned === undefined) return {};
  const { source, outcome } = planned;
  const catalog = await source.catalog({ signal: context.signal });
  const isBeyond = isBeyondData(query.text, catalog);
  const made = prefer === "local-only" || isBeyond ? undefined : await planFromModel(query, planned, prefer, context);
  if (made?.kind === "plan") return { answer: await runModelPlan(planned, made, context) };
  // A plan the local planner is unsure of, of what a model says the data cannot answer, is a guess.
  if (made?.kind === "unanswerable" && !isSure(outcome)) return { refusal: unanswerable(made.reason, catalog, context) };
  if (outcome.kind === "plan" && !isBeyond && !repeatsTheQuestion(query.text, outcome.plan))
    return { answer: await runPlan(source, outcome, context) };
  return { refusal: whyNot(query, outcome, catalog, prefer, context) };
}

/** Plan, run, write; what the local planner cannot place a model plans, then answers with the tools; then the documents are asked, else it is said plainly. */
export function dataWorkflow(name: string, data: DataAccess, { maxSteps, prefer }: DataWorkflowOptions): Workflow {
  return {
    name,
    async run(query, context) {
      const { answer, refusal } = await answerFromData(query, data, prefer, context);
      if (answer !== undefined) return answer;
      const readOnly = context.tools.filter((tool) => tool.readOnly);
      const byModel = await answerByModel(query, readOnly, maxSteps, context);
      if (byModel !== undefined) return byModel;
      if (refusal !== undefined) return refusal;
      const passages = await retrieve(query.text, context);
      const written = passages.length > 0 ? await answerFromPassages(query, passages, context) : undefined;
      return written ?? cannot("No data, documents or model vendor is connected that could answer this.");
    },
  };
}
