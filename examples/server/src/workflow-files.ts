import { join } from "node:path";
import type { AgentDefinition, DefinedWorkflow } from "@hydrogenai/core";
import { loadAgents, loadWorkflows, problemText } from "@hydrogenai/core/config";

/** Where the service keeps its files unless the settings name another folder. */
export const ownConfig: string = join(import.meta.dirname, "../config");

/** The workflows and agents of a folder, this service's own by default, and what is wrong with files that were left out. */
export async function workflowFiles(folder = ownConfig): Promise<{
  readonly workflows: readonly DefinedWorkflow[];
  readonly agents: readonly AgentDefinition[];
  readonly problems: readonly string[];
}> {
  const [{ workflows, problems }, { agents, problems: more }] = await Promise.all([
    loadWorkflows(join(folder, "workflows")),
    loadAgents(join(folder, "agents")),
  ]);
  return { workflows, agents, problems: [...problems, ...more].map(problemText) };
}
