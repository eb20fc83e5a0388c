import { OrchestratorError } from "../errors.ts";
import type { JsonObject } from "../ports/json.ts";

/** Bounds of one run of an agent; each ends the run with its own reason. */
export interface AgentLimits {
  /** Rounds of model and tools. @default 12 */
  readonly maxSteps?: number | undefined;
  /** Tokens in and out of all its rounds together, looked at after each round. @default no bound of its own */
  readonly maxTokens?: number | undefined;
  /** Dollars of all its rounds together, looked at after each round; a model whose price nobody knows ends the run. @default no bound of its own */
  readonly maxCostUsd?: number | undefined;
  /** Milliseconds; a round under way then is left to the query's own deadline. @default the query's deadline */
  readonly timeoutMs?: number | undefined;
}

/** What an agent is told of the conversation before. */
export interface AgentMemory {
  /** The newest exchanges, word for word. @default 6 */
  readonly turns?: number | undefined;
  /** Tokens, estimated at four characters each, that those may take; older ones go first. @default 4000 */
  readonly tokens?: number | undefined;
  /** True adds one line for each older exchange that is still kept. @default true */
  readonly summary?: boolean | undefined;
}

/** A model with a task of its own, tools and limits. */
export interface AgentDefinition {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  /** What it is for; other agents read this when they may call it. */
  readonly description?: string | undefined;
  readonly role?: string | undefined;
  readonly goal?: string | undefined;
  readonly instructions?: string | undefined;
  /** Asked in order until one answers: each is a model's name, as a request's `model`. @default each vendor's own */
  readonly models?: readonly string[] | undefined;
  /** Names of tools, where `*` stands for any characters; `read-only` allows all that change nothing. Roles still apply. @default "read-only" */
  readonly tools?: "read-only" | "all" | "none" | readonly string[] | undefined;
  /** Agents it may call as tools. @default none */
  readonly agents?: readonly string[] | undefined;
  /** JSON Schema its answer must fit. */
  readonly output?: JsonObject | undefined;
  readonly temperature?: number | undefined;
  readonly limits?: AgentLimits | undefined;
  readonly memory?: AgentMemory | undefined;
}

const validName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** An agent, checked. Throws `CONFIG_INVALID`. */
export function defineAgent(agent: AgentDefinition): AgentDefinition {
  const refuse = (why: string): never => {
    throw new OrchestratorError("CONFIG_INVALID", `the agent ${JSON.stringify(agent.name)}: ${why}`);
  };
  if (!validName.test(agent.name)) refuse("its name must be 1 to 64 letters, digits, _ or -");
  for (const [name, value] of Object.entries({ ...agent.limits }))
    if (value !== undefined && !(value > 0)) refuse(`limits.${name} must be above 0`);
  for (const [name, value] of Object.entries({ ...agent.memory }))
    if (typeof value === "number" && !(value >= 0)) refuse(`memory.${name} must not be below 0`);
  return agent;
}
