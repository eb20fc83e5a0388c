import { z } from "zod";
import { type ErrorCode, errorCodes } from "../errors.ts";
import type { Json, JsonObject } from "../ports/json.ts";
import type { StepDefinition, WorkStep, WorkflowDefinition } from "../workflows/steps.ts";

const json: z.ZodType<Json> = z.json();
const jsonSchema: z.ZodType<JsonObject> = z.record(z.string(), json);
const text = z.string().min(1).max(16_000);
const id = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "an id is 1 to 64 letters, digits and _, not beginning with a digit");
const ms = z.number().int().min(1).max(2_592_000_000);
const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
const expression = text.describe("CEL over query, classification, hasModel, steps, errors, item and index");
const template = json.describe("JSON whose texts may hold {{ path }}");

const common = {
  id,
  detail: text.optional().describe("What it does, for whoever watches"),
  when: expression.optional(),
  critical: z.boolean().optional().describe("false lets the workflow go on without this step"),
};

const retry = z.strictObject({
  attempts: z.number().int().min(2).max(10),
  on: z.array(z.enum(codes)).min(1).optional(),
  delayMs: z.number().min(0).max(3_600_000).optional(),
  maxDelayMs: z.number().min(0).max(3_600_000).optional(),
  jitter: z.number().min(0).max(1).optional(),
});

const work = {
  ...common,
  timeoutMs: ms.optional(),
  retry: retry.optional(),
  fallback: z.lazy(() => workStep).optional(),
  cacheMs: z.number().int().min(0).max(2_592_000_000).optional(),
  compensate: z.lazy(() => workStep).optional(),
  output: jsonSchema.optional().describe("JSON Schema of the output"),
};

const steps = z.lazy(() => z.array(step).min(1).max(500));

const workKinds = [
  z.strictObject({ kind: z.literal("tool"), tool: text, input: template.optional(), ...work }),
  z.strictObject({ kind: z.literal("agent"), agent: text, task: text.optional(), ...work }),
  z.strictObject({
    kind: z.literal("model"),
    prompt: text,
    system: text.optional(),
    model: text.optional(),
    schema: jsonSchema.optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxOutputTokens: z.number().int().min(1).optional(),
    ...work,
  }),
  z.strictObject({ kind: z.literal("plan"), prefer: z.enum(["local", "model", "local-only"]).optional(), ...work }),
  z.strictObject({ kind: z.literal("retrieve"), query: text.optional(), ...work }),
  z.strictObject({ kind: z.literal("cite"), passages: template, ...work }),
  z.strictObject({ kind: z.literal("describe"), ...work }),
  z.strictObject({ kind: z.literal("talk"), ...work }),
  z.strictObject({ kind: z.literal("operate"), plain: z.boolean().optional(), ...work }),
  z.strictObject({ kind: z.literal("transform"), value: template.optional(), expression: expression.optional(), ...work }),
  z.strictObject({ kind: z.literal("workflow"), workflow: text, query: text.optional(), ...work }),
] as const;

const workStep: z.ZodType<WorkStep> = z.lazy(() => z.discriminatedUnion("kind", workKinds));

const step: z.ZodType<StepDefinition> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    ...workKinds,
    z.strictObject({ kind: z.literal("wait"), ms, ...common }),
    z.strictObject({
      kind: z.literal("approval"),
      question: text,
      tool: text.optional(),
      input: template.optional(),
      expiresMs: ms.optional(),
      ...common,
    }),
    z.strictObject({
      kind: z.literal("branch"),
      cases: z.array(z.strictObject({ when: expression, steps })).min(1),
      default: steps.optional(),
      ...common,
    }),
    z.strictObject({ kind: z.literal("parallel"), branches: z.record(id, steps), ...common }),
    z.strictObject({
      kind: z.literal("map"),
      items: template,
      steps,
      concurrency: z.number().int().min(1).max(32).optional(),
      ...common,
    }),
    z.strictObject({ kind: z.literal("loop"), steps, until: expression, maxRounds: z.number().int().min(1).max(100), ...common }),
    z.strictObject({
      kind: z.literal("respond"),
      answer: text.optional(),
      text: text.optional(),
      data: template.optional(),
      citations: text.optional(),
      cacheable: z.boolean().optional(),
      ...common,
    }),
  ]),
);

/** A workflow as a file holds it: the same definition `defineWorkflow` takes. */
export const workflowFile: z.ZodType<WorkflowDefinition> = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "a name is 1 to 64 letters, digits, _ and -"),
  description: text.optional(),
  steps,
});
