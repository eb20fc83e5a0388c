import { z } from "zod";
import type { AgentDefinition } from "../agents/define.ts";
import type { Json } from "../ports/json.ts";

const json: z.ZodType<Json> = z.json();
const text = z.string().min(1).max(16_000);
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "a name is 1 to 64 letters, digits, _ and -");

/** An agent as a file holds it: the same definition `defineAgent` takes. */
export const agentFile: z.ZodType<AgentDefinition> = z.strictObject({
  name,
  description: text.optional().describe("What it is for; other agents read this"),
  role: text.optional(),
  goal: text.optional(),
  instructions: text.optional(),
  models: z.array(text).max(10).optional().describe("Names of models, asked in order"),
  tools: z
    .union([z.enum(["read-only", "all", "none"]), z.array(text).max(200)])
    .optional()
    .describe("Names of tools, where * stands for any characters"),
  agents: z.array(name).max(20).optional().describe("Agents it may call as tools"),
  output: z.record(z.string(), json).optional().describe("JSON Schema of its answer"),
  temperature: z.number().min(0).max(2).optional(),
  limits: z
    .strictObject({
      maxSteps: z.number().int().min(1).max(100).optional(),
      maxTokens: z.number().int().min(1).optional(),
      maxCostUsd: z.number().positive().optional(),
      timeoutMs: z.number().int().min(1).max(86_400_000).optional(),
    })
    .optional(),
  memory: z
    .strictObject({
      turns: z.number().int().min(0).max(100).optional(),
      tokens: z.number().int().min(0).max(1_000_000).optional(),
      summary: z.boolean().optional(),
    })
    .optional(),
});
