import type { Limits } from "../defaults.ts";
import type { QueryType } from "../ports/query.ts";
import type { Workflow } from "../ports/workflow.ts";
import { dataWorkflow, planFor, runPlan } from "./data.ts";
import type { DataAccess } from "./data-access.ts";
import { answerByModel } from "./model-answer.ts";
import { ragWorkflow } from "./rag.ts";
import { schemaWorkflow } from "./schema.ts";
import { withTalk } from "./talk.ts";
import { toolWorkflow } from "./tool.ts";

/** How questions about the data are planned where a model vendor is there. */
export interface PlanningOptions {
  /** Whose plan is taken. `local` asks a model only where the local planner has no plan or is unsure of it. @default "local" */
  readonly prefer?: "local" | "model" | undefined;
}

/** The workflow of each type. Simple and complex questions share one planner, so that confusing the two costs nothing. */
export function defaultWorkflows(
  data: DataAccess,
  { maxSteps }: Limits,
  { prefer = "local" }: PlanningOptions = {},
): Readonly<Record<QueryType, Workflow>> {
  return {
    simple: withTalk(dataWorkflow("simple_query", data, { maxSteps, prefer })),
    complex: withTalk(dataWorkflow("complex_aggregation", data, { maxSteps, prefer })),
    schema: withTalk(schemaWorkflow(data, maxSteps)),
    tool: toolWorkflow(maxSteps),
    rag: withTalk(
      ragWorkflow(async function (query, context) {
        const planned = await planFor(query, data, context);
        if (planned?.outcome.kind === "plan") return await runPlan(planned.source, planned.outcome, context);
        return await answerByModel(
          query,
          context.tools.filter((tool) => tool.readOnly),
          maxSteps,
          context,
        );
      }),
    ),
  };
}
