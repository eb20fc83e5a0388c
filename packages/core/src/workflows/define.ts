import { OrchestratorError } from "../errors.ts";
import type { Workflow } from "../ports/workflow.ts";
import { definitionProblems } from "./check-definition.ts";
import { dataAccess } from "./data-access.ts";
import type { Services } from "./do-work.ts";
import { toMermaid } from "./mermaid.ts";
import { runSteps } from "./run-steps.ts";
import { stepCache } from "./step-cache.ts";
import type { WorkflowDefinition } from "./steps.ts";

/** A workflow made of steps, which can be looked at and drawn. */
export interface DefinedWorkflow extends Workflow {
  readonly definition: WorkflowDefinition;
  /** A Mermaid flowchart of its steps. */
  readonly toMermaid: () => string;
}

/**
 * A workflow: code that is checked by its type, or steps as data, as a YAML file holds them. An orchestrator gives the steps its data,
 * agents and other workflows; run by itself, a workflow of steps finds the data behind the tools and knows no agents. Throws
 * `CONFIG_INVALID` with everything wrong with the steps.
 */
export function defineWorkflow(workflow: Workflow): Workflow;
export function defineWorkflow(workflow: WorkflowDefinition): DefinedWorkflow;
export function defineWorkflow(workflow: Workflow | WorkflowDefinition): Workflow {
  if (!("steps" in workflow)) return workflow;
  const problems = definitionProblems(workflow);
  if (problems.length > 0) {
    const listed = problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n");
    throw new OrchestratorError("CONFIG_INVALID", `the workflow ${JSON.stringify(workflow.name)} cannot be used:\n${listed}`);
  }
  return withServices(workflow);
}

function withServices(definition: WorkflowDefinition, given?: Services): DefinedWorkflow {
  let services = given;
  return {
    name: definition.name,
    definition,
    toMermaid: () => toMermaid(definition),
    run(query, context) {
      services ??= { data: dataAccess(), agents: new Map(), workflows: new Map(), cache: stepCache() };
      return runSteps(definition, query, context, services);
    },
  };
}

/** The workflow with what an orchestrator has for its steps; one of code as it is. */
export const boundTo = (workflow: Workflow, services: Services): Workflow =>
  isDefined(workflow) ? withServices(workflow.definition, services) : workflow;

const isDefined = (workflow: Workflow): workflow is DefinedWorkflow => "definition" in workflow;
