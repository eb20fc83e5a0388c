import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { type EventLog, type StepOptions, type Workflow, createOrchestrator, memoryEventLog } from "@hydrogenai/core";
import { assign, createActor, fromPromise, setup, toPromise } from "xstate";
import { z } from "zod";

/** Does so many steps, one after the other, each adding one; answers the microseconds a step took. */
export type Subject = (steps: number) => Promise<number>;

const perStep = (startedAt: number, steps: number): number => ((performance.now() - startedAt) * 1_000) / steps;

function check(sum: number, steps: number): void {
  if (sum !== steps) throw new Error(`${steps} steps came to ${sum}`);
}

const add = async (sum: number): Promise<number> => sum + 1;

export const bare: Subject = async (steps) => {
  const startedAt = performance.now();
  let sum = 0;
  for (let count = 0; count < steps; count++) sum = await add(sum);
  const us = perStep(startedAt, steps);
  check(sum, steps);
  return us;
};

/** A workflow of ours that measures itself, so that asking the question is not counted as a step. */
function ours(steps: number, options: StepOptions<number> = {}): { readonly workflow: Workflow; readonly us: () => number } {
  let us = 0;
  const workflow: Workflow = {
    name: "steps",
    async run(_query, { step }) {
      const startedAt = performance.now();
      let sum = 0;
      for (let count = 0; count < steps; count++) sum = await step("add", () => add(sum), options);
      us = perStep(startedAt, steps);
      check(sum, steps);
      return { text: String(sum), answeredBy: "local", cacheable: false };
    },
  };
  return { workflow, us: () => us };
}

const question = { text: "add", options: { type: "simple", cache: "bypass" } } as const;

export const inMemory: Subject = async (steps) => {
  const { workflow, us } = ours(steps);
  const orchestrator = createOrchestrator({ workflows: { simple: workflow } });
  await orchestrator.query(question);
  await orchestrator.close();
  return us();
};

/** A queued run whose steps, of this kind, are journaled to this log. */
export const journaled =
  (open: () => EventLog, options?: StepOptions<number>): Subject =>
  async (steps) => {
    const { workflow, us } = ours(steps, options);
    const orchestrator = createOrchestrator({ workflows: { simple: workflow }, log: open(), limits: { maxHistory: steps * 3 + 100 } });
    await orchestrator.worker();
    const run = await orchestrator.enqueue(question);
    await run.result();
    await orchestrator.close();
    return us();
  };

export const journaledInMemory: Subject = journaled(() => memoryEventLog({ maxEventsPerStream: 100_000 }));

export const xstate: Subject = async (steps) => {
  const machine = setup({
    types: {} as { context: { sum: number }; output: number },
    actors: { add: fromPromise<number, number>(({ input }) => add(input)) },
  }).createMachine({
    context: { sum: 0 },
    initial: "adding",
    output: ({ context }) => context.sum,
    states: {
      adding: {
        invoke: {
          src: "add",
          input: ({ context }) => context.sum,
          onDone: [
            { guard: ({ event }) => event.output >= steps, target: "done", actions: assign({ sum: ({ event }) => event.output }) },
            { target: "adding", reenter: true, actions: assign({ sum: ({ event }) => event.output }) },
          ],
        },
      },
      done: { type: "final" },
    },
  });
  const startedAt = performance.now();
  const actor = createActor(machine);
  actor.start();
  const sum = await toPromise(actor);
  const us = perStep(startedAt, steps);
  check(sum, steps);
  return us;
};

/** Steps of one workflow; longer ones are several workflows, one after the other. */
const mastraSteps = 100;

export const mastra: Subject = async (steps) => {
  const schema = z.object({ sum: z.number() });
  let workflow = createWorkflow({ id: "add", inputSchema: schema, outputSchema: schema });
  for (let count = 0; count < mastraSteps; count++) {
    const step = createStep({
      id: `add-${count}`,
      inputSchema: schema,
      outputSchema: schema,
      execute: async ({ inputData }) => ({ sum: await add(inputData.sum) }),
    });
    // Each step keeps the shape, which the type of the chain does not remember.
    workflow = workflow.then(step) as unknown as typeof workflow;
  }
  const committed = workflow.commit();
  let us = 0;
  const runs = Math.ceil(steps / mastraSteps);
  for (let count = 0; count < runs; count++) {
    const run = await committed.createRun();
    const startedAt = performance.now();
    const result = await run.start({ inputData: { sum: 0 } });
    us += perStep(startedAt, mastraSteps);
    check(result.status === "success" ? (result.result as { sum: number }).sum : -1, mastraSteps);
  }
  return us / runs;
};

export const langGraph: Subject = async (steps) => {
  const state = Annotation.Root({ sum: Annotation<number> });
  const graph = new StateGraph(state)
    .addNode("add", async ({ sum }) => ({ sum: await add(sum) }))
    .addEdge(START, "add")
    .addConditionalEdges("add", ({ sum }) => (sum >= steps ? END : "add"))
    .compile();
  const startedAt = performance.now();
  const { sum } = await graph.invoke({ sum: 0 }, { recursionLimit: steps + 10 });
  const us = perStep(startedAt, steps);
  check(sum, steps);
  return us;
};
