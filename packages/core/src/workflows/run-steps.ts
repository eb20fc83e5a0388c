import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Answer, Query, QueryEvent } from "../ports/query.ts";
import type { StepPlace, Watched, WorkflowContext } from "../ports/workflow.ts";
import { schemaProblem } from "../schema-problem.ts";
import { attempted } from "./attempts.ts";
import { allSteps } from "./check-definition.ts";
import { holds } from "./condition.ts";
import { type Services, type StepRun, answerIn, citationsIn, doWork, outputInvalid, until } from "./do-work.ts";
import { cannot } from "./model-answer.ts";
import type { MapStep, ParallelStep, RespondStep, StepDefinition, Values, WorkStep, WorkflowDefinition } from "./steps.ts";
import { filled, filledText } from "./template.ts";

/** What steps have made so far; each branch that runs beside others has its own. */
interface Scope extends Values {
  readonly steps: { [id: string]: Json };
  readonly errors: { [id: string]: { readonly code: string; readonly message: string } };
}

/** Where a block stands: a prefix for the names of its steps, and which step of the workflow it belongs to. */
interface Place {
  readonly prefix: string;
  readonly index: number;
  readonly total: number;
}

/** What a step came to: its output, or the answer that ends the workflow. */
interface Outcome {
  readonly output: Json;
  readonly answer?: Answer | undefined;
}

const maxItems = 1_000;
const defaultConcurrency = 4;

const copyOf = (scope: Scope, more: Partial<Values> = {}): Scope => ({
  ...scope,
  ...more,
  steps: { ...scope.steps },
  errors: { ...scope.errors },
});

/** One try after another, then the fallback; what comes of it must fit the schema. */
async function output(step: WorkStep, scope: Scope, run: StepRun): Promise<Json> {
  const { context } = run;
  const tool = step.kind === "tool" ? context.connected.find(({ name }) => name === step.tool) : undefined;
  const mayRepeat = step.kind !== "tool" || tool?.readOnly === true || tool?.idempotent === true;
  async function once(signal: AbortSignal): Promise<Json> {
    const made = await doWork(step, scope, signal === context.signal ? run : { ...run, context: until(signal, context) });
    const problem = step.output === undefined || made === null ? undefined : await schemaProblem(step.output, made);
    if (problem !== undefined) throw outputInvalid(step.id, problem);
    return made;
  }
  try {
    const made = await attempted(step.id, mayRepeat ? step : { timeoutMs: step.timeoutMs }, context.signal, once);
    const isUnasked = made === null && (step.kind === "model" || step.kind === "agent");
    return isUnasked && step.fallback !== undefined ? await output(step.fallback, scope, run) : made;
  } catch (error) {
    context.signal.throwIfAborted();
    if (step.fallback === undefined || !isOrchestratorError(error)) throw error;
    return await output(step.fallback, scope, run);
  }
}

/** The output as it is remembered of the same step with the same input for the same caller, else made anew. */
async function remembered(step: WorkStep, scope: Scope, run: StepRun): Promise<Json> {
  const { workflow, query, context, services } = run;
  const changes = step.kind === "tool" && context.connected.find(({ name }) => name === step.tool)?.readOnly !== true;
  if (step.cacheMs === undefined || step.cacheMs === 0 || changes) return output(step, scope, run);
  const { tenant, principal, text, context: facts } = query;
  const seen = step.kind === "tool" ? filled(step.input ?? {}, scope) : [text, facts ?? null, scope.steps, scope.item ?? null];
  const key = JSON.stringify([workflow, step.id, tenant ?? null, principal?.id ?? null, principal?.roles ?? null, seen]);
  const known = services.cache.get(key);
  if (known !== undefined) return known;
  const made = await output(step, scope, run);
  services.cache.set(key, made, step.cacheMs);
  return made;
}

/** What is told of a step before it runs. */
const placeOf = ({ detail }: StepDefinition, scope: Scope, { index, total }: Place): StepPlace => ({
  detail: detail === undefined ? undefined : filledText(detail, scope),
  index,
  total,
});

async function work(step: WorkStep, scope: Scope, place: Place, run: StepRun): Promise<Json> {
  const { compensate } = step;
  const undo =
    compensate === undefined
      ? undefined
      : async (made: Json) => {
          const seen = copyOf(scope);
          seen.steps[step.id] = made;
          await output(compensate, seen, run);
        };
  return run.context.step(`${place.prefix}${step.id}`, () => remembered(step, scope, run), {
    ...placeOf(step, scope, place),
    compensate: undo,
  });
}

async function runBranches({ id, branches }: ParallelStep, scope: Scope, place: Place, run: StepRun): Promise<Json> {
  const names = Object.keys(branches);
  const ended = await Promise.allSettled(
    names.map((name) => runBlock(branches[name]!, copyOf(scope), { ...place, prefix: `${place.prefix}${id}.${name}.` }, run)),
  );
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return Object.fromEntries(ended.map((one, at) => [names[at]!, (one as PromiseFulfilledResult<Outcome>).value.output]));
}

async function runItems(step: MapStep, scope: Scope, place: Place, run: StepRun): Promise<Json> {
  const value = filled(step.items, scope);
  if (value === null) return [];
  if (!Array.isArray(value)) throw outputInvalid(step.id, "the items of a map must be a list");
  const items: readonly Json[] = value;
  if (items.length > maxItems) throw outputInvalid(step.id, `a map takes at most ${maxItems} items, and was given ${items.length}`);
  const outputs: Json[] = items.map(() => null);
  let next = 0;
  let failed = false;
  async function takeItems(): Promise<void> {
    while (next < items.length && !failed) {
      const index = next++;
      const inner = copyOf(scope, { item: items[index]!, index });
      try {
        const { output } = await runBlock(step.steps, inner, { ...place, prefix: `${place.prefix}${step.id}[${index}].` }, run);
        outputs[index] = output;
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }
  const workers = Array.from({ length: Math.min(items.length, step.concurrency ?? defaultConcurrency) }, takeItems);
  const ended = await Promise.allSettled(workers);
  const broken = ended.find((one) => one.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  return outputs;
}

function respond(step: RespondStep, scope: Scope): Outcome {
  const { cacheable } = step;
  if (step.answer !== undefined) {
    const value = filled(step.answer, scope);
    if (value === null) return { output: null };
    const answer = answerIn(value);
    if (answer === undefined) throw outputInvalid(step.id, `${step.answer} is no answer`);
    return { output: value, answer: cacheable === undefined ? answer : { ...answer, cacheable } };
  }
  const text = filledText(step.text ?? "", scope);
  const data = step.data === undefined ? undefined : filled(step.data, scope);
  const citations = step.citations === undefined ? undefined : citationsIn(filled(step.citations, scope));
  const answer: Answer = { text, answeredBy: "local", data, citations, cacheable };
  return { output: text, answer };
}

async function carryOut(step: StepDefinition, scope: Scope, place: Place, run: StepRun): Promise<Outcome> {
  const { context } = run;
  const name = `${place.prefix}${step.id}`;
  switch (step.kind) {
    case "wait":
      await context.sleep(name, step.ms, placeOf(step, scope, place));
      return { output: null };
    case "approval": {
      const { tool, expiresMs } = step;
      const input = step.input === undefined ? undefined : filled(step.input, scope);
      const { approved, by, reason } = await context.approval(name, { tool, input, question: filledText(step.question, scope), expiresMs });
      if (!approved)
        throw new OrchestratorError("TOOL_FORBIDDEN", `${step.id} was not approved by ${by}${reason === undefined ? "" : `: ${reason}`}`);
      return { output: { approved, by, ...(reason !== undefined && { reason }) } };
    }
    case "branch": {
      for (const { when, steps } of step.cases) if (await holds(when, scope)) return runBlock(steps, scope, place, run);
      return step.default === undefined ? { output: null } : runBlock(step.default, scope, place, run);
    }
    case "parallel":
      return { output: await runBranches(step, scope, place, run) };
    case "map":
      return { output: await runItems(step, scope, place, run) };
    case "loop": {
      for (let round = 0; round < step.maxRounds; round++) {
        const inner: Scope = { ...scope, index: round };
        const { answer } = await runBlock(step.steps, inner, { ...place, prefix: `${name}[${round}].` }, run);
        if (answer !== undefined) return { output: null, answer };
        if (await holds(step.until, inner)) return { output: { rounds: round + 1, done: true } };
      }
      return { output: { rounds: step.maxRounds, done: false } };
    }
    case "respond":
      return respond(step, scope);
    default:
      return { output: await work(step, scope, place, run) };
  }
}

/** A step with its condition; one that is not critical leaves its error behind instead of throwing it. */
async function runStep(step: StepDefinition, scope: Scope, place: Place, run: StepRun): Promise<Outcome> {
  scope.steps[step.id] = null;
  try {
    if (step.when !== undefined && !(await holds(step.when, scope))) return { output: null };
    const outcome = await carryOut(step, scope, place, run);
    scope.steps[step.id] = outcome.output;
    return outcome;
  } catch (error) {
    run.context.signal.throwIfAborted();
    if (step.critical !== false || !isOrchestratorError(error)) throw error;
    scope.errors[step.id] = { code: error.code, message: error.message };
    run.context.degrade(`step:${step.id}`, error.message);
    return { output: null };
  }
}

async function runBlock(steps: readonly StepDefinition[], scope: Scope, place: Place, run: StepRun): Promise<Outcome> {
  let last: Json = null;
  for (const step of steps) {
    const { output, answer } = await runStep(step, scope, place, run);
    if (answer !== undefined) return { output, answer };
    last = output;
  }
  return { output: last };
}

/** Runs a workflow step by step; each step that does something goes through `context.step`, so a queued run can go on from it. */
export async function* runSteps(
  { name, steps }: WorkflowDefinition,
  query: Query,
  context: WorkflowContext,
  services: Services,
): Watched<Answer> {
  const told: QueryEvent[] = [];
  const run: StepRun = { workflow: name, query, context, services, tell: (event) => void told.push(event) };
  const { type, confidence } = context.classification;
  const scope: Scope = {
    query: { text: query.text, context: query.context ?? null, tenant: query.tenant ?? "default" },
    classification: { type, confidence },
    hasModel: context.hasModel,
    steps: Object.fromEntries(allSteps(steps).map(({ step }) => [step.id, null])),
    errors: {},
  };
  for (const [at, step] of steps.entries()) {
    const { answer } = await runStep(step, scope, { prefix: "", index: at + 1, total: steps.length }, run);
    while (told.length > 0) yield told.shift()!;
    if (answer !== undefined) return answer;
  }
  return cannot(`The workflow ${name} ended without an answer.`);
}
