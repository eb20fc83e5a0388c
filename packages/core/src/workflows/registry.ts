import type { Agents } from "../agents/call-agent.ts";
import { type AgentDefinition, defineAgent } from "../agents/define.ts";
import { OrchestratorError } from "../errors.ts";
import type { OwnType } from "../classify/own-types.ts";
import type { QueryType } from "../ports/query.ts";
import type { Workflow } from "../ports/workflow.ts";
import type { DataAccess } from "./data-access.ts";
import { boundTo } from "./define.ts";
import { stepCache } from "./step-cache.ts";

/** The workflow of each of the five types. */
type FiveWorkflows = Readonly<Record<QueryType, Workflow>>;

/** The workflow of each type, those of the host's own included. */
export type WorkflowsByType = Readonly<Record<QueryType, Workflow> & Record<string, Workflow>>;

const unique = (what: string, names: readonly string[]): void => {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new OrchestratorError("CONFIG_INVALID", `two ${what} are called ${JSON.stringify(twice)}`);
};

export function agentsByName(agents: readonly AgentDefinition[]): Agents {
  unique(
    "agents",
    agents.map(({ name }) => name),
  );
  return new Map(agents.map((agent) => [agent.name, defineAgent(agent)]));
}

/**
 * The workflows of an orchestrator: its own, each replaced by a given one of the same name, or given for its type. The others given can
 * be run by name from a step of `kind: workflow`, and answer the types that name them. Each that answers a type is guarded as a whole.
 */
export function workflowsByType(
  own: FiveWorkflows,
  given: readonly Workflow[] | Partial<FiveWorkflows>,
  ownTypes: readonly OwnType[],
  data: DataAccess,
  agents: Agents,
  guarded: (workflow: Workflow) => Workflow,
): WorkflowsByType {
  const isList = Array.isArray(given);
  const listed: readonly Workflow[] = isList ? given : [];
  unique(
    "workflows",
    listed.map(({ name }) => name),
  );
  const named = new Map<string, Workflow>();
  const services = { data, agents, workflows: named, cache: stepCache() };
  const byType: Record<QueryType, Workflow> = { ...own, ...(isList ? {} : (given as Partial<FiveWorkflows>)) };
  for (const workflow of listed) named.set(workflow.name, boundTo(workflow, services));
  for (const type of Object.keys(byType) as QueryType[]) {
    byType[type] = named.get(byType[type].name) ?? boundTo(byType[type], services);
    named.set(byType[type].name, byType[type]);
    byType[type] = guarded(byType[type]);
  }
  const all: Record<QueryType, Workflow> & Record<string, Workflow> = byType;
  for (const { name, workflow } of ownTypes) {
    const selected = named.get(workflow);
    if (selected === undefined)
      throw new OrchestratorError("CONFIG_INVALID", `the type ${name} names the workflow ${JSON.stringify(workflow)}, which is not there`);
    all[name] = guarded(selected);
  }
  return all;
}
