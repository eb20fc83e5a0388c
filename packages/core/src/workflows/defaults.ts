import type { Limits } from "../defaults.ts";
import type { QueryType } from "../ports/query.ts";
import type { Workflow } from "../ports/workflow.ts";
import { answerFromData, dataWorkflow } from "./data.ts";
import type { DataAccess } from "./data-access.ts";
import { takingApart } from "./mixed.ts";
import { answerByModel } from "./model-answer.ts";
import { ragWorkflow } from "./rag.ts";
import { schemaWorkflow } from "./schema.ts";
import { preceded } from "./preceded.ts";
import { answerTalk } from "./talk.ts";
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
  const withTalk = (workflow: Workflow): Workflow => preceded(workflow, (query, context) => answerTalk(query, context, data));
  const single: Readonly<Record<QueryType, Workflow>> = {
    simple: withTalk(dataWorkflow("simple_query", data, { maxSteps, prefer })),
    complex: withTalk(dataWorkflow("complex_aggregation", data, { maxSteps, prefer })),
    schema: withTalk(schemaWorkflow(data, maxSteps)),
    tool: withTalk(toolWorkflow(maxSteps)),
    rag: withTalk(
      ragWorkflow(async function (query, context) {
        const { answer, refusal } = await answerFromData(query, data, "local-only", context);
        if (answer !== undefined) return answer;
        const readOnly = context.tools.filter((tool) => tool.readOnly);
        return (await answerByModel(query, readOnly, maxSteps, context)) ?? refusal;
      }),
    ),
  };
  return takingApart(single, data);
}
