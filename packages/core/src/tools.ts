import { OrchestratorError } from "./errors.ts";
import { schemaProblem } from "./schema-problem.ts";
import type { Json, JsonObject } from "./ports/json.ts";
import type { Tool, ToolCallOptions, ToolSource } from "./ports/tool-source.ts";

/** A schema of any library that follows Standard Schema and can write itself as JSON Schema, such as zod from 4.6 on. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly jsonSchema: { readonly input: (options: { readonly target: string }) => Record<string, unknown> };
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

export interface ToolOptions<Input> {
  /** ASCII letters, digits, `_`, `-`, `.`; at most 128. */
  readonly name: string;
  /** What it does, for a model that decides whether to call it. */
  readonly description: string;
  /** True when it changes nothing. @default false */
  readonly readOnly?: boolean | undefined;
  /** True when running it twice is the same as once. @default the value of `readOnly` */
  readonly idempotent?: boolean | undefined;
  /** Milliseconds for which a result, and an answer that rests on it, may be used again; 0 for never. @default the cache's own times */
  readonly freshMs?: number | undefined;
  /** Gets input that fits the schema. What it throws becomes `TOOL_FAILED` with the message. */
  readonly execute: (input: Input, options: ToolCallOptions) => Promise<Json | undefined> | Json | undefined;
}

const validName = /^[A-Za-z0-9_.-]{1,128}$/;
const target = "draft-2020-12";

/**
 * A tool from a function. Input is checked before the function runs: what does not fit rejects with `TOOL_INPUT_INVALID`. A
 * Standard Schema also types the input and fills its defaults in. An aborted call rejects at once, even when the function does not
 * heed its signal. Throws `CONFIG_INVALID` for a name outside the rules.
 */
export function defineTool<Output>(options: ToolOptions<Output> & { readonly inputSchema: StandardSchema<Output> }): Tool;
export function defineTool(options: ToolOptions<Json> & { readonly inputSchema: JsonObject }): Tool;
export function defineTool(options: ToolOptions<never> & { readonly inputSchema: StandardSchema | JsonObject }): Tool {
  const { name, description, readOnly = false, idempotent = readOnly } = options;
  if (!validName.test(name)) throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(name)} is not a name for a tool`);
  const schema = options.inputSchema;
  // A schema library's JSON Schema is plain JSON.
  const inputSchema = isStandard(schema) ? (schema["~standard"].jsonSchema.input({ target }) as JsonObject) : schema;
  // The overloads tie the type of the input to the schema that is checked here.
  const execute = options.execute as ToolOptions<unknown>["execute"];

  return {
    name,
    description,
    inputSchema,
    readOnly,
    idempotent,
    freshMs: options.freshMs,
    execute: async (input, callOptions = {}) => {
      const { signal } = callOptions;
      signal?.throwIfAborted();
      const fitting = isStandard(schema) ? await parsed(name, schema, input) : await checked(name, schema, input);
      // The check may have taken its time.
      signal?.throwIfAborted();
      try {
        return (await untilAborted(Promise.resolve(execute(fitting, callOptions)), signal)) ?? null;
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof OrchestratorError ? error : toolFailed(name, error);
      }
    },
  };
}

/** Tools of this process as one source. Throws `CONFIG_INVALID` when two have the same name. After `close` every call rejects with `CLOSED`. */
export function toolSource(name: string, tools: readonly Tool[]): ToolSource {
  const twice = tools.find((tool, index) => tools.findIndex((other) => other.name === tool.name) < index);
  if (twice !== undefined) throw new OrchestratorError("CONFIG_INVALID", `two tools of ${name} are called ${twice.name}`);
  let closed = false;
  const enter = (): void => {
    if (closed) throw new OrchestratorError("CLOSED", `the tools of ${name} were closed`);
  };
  const guarded = tools.map((tool): Tool => ({
    ...tool,
    execute: async (input, options) => {
      options?.signal?.throwIfAborted();
      enter();
      return tool.execute(input, options);
    },
  }));
  return {
    name,
    tools: async (options) => {
      options?.signal?.throwIfAborted();
      enter();
      return guarded;
    },
    close: async () => {
      closed = true;
    },
  };
}

const isStandard = (schema: StandardSchema | JsonObject): schema is StandardSchema => "~standard" in schema;

const invalidInput = (tool: string, why: string): OrchestratorError =>
  new OrchestratorError("TOOL_INPUT_INVALID", `the input of ${tool} is not valid: ${why}`, { details: { tool } });

const toolFailed = (tool: string, cause: unknown): OrchestratorError =>
  new OrchestratorError("TOOL_FAILED", cause instanceof Error ? cause.message : String(cause), { details: { tool }, cause });

async function parsed(tool: string, schema: StandardSchema, input: Json): Promise<unknown> {
  const result = await schema["~standard"].validate(input);
  if (result.issues === undefined) return result.value;
  const pathOf = (path: readonly unknown[] = []): string =>
    path.map((part) => String(typeof part === "object" && part !== null && "key" in part ? part.key : part)).join(".");
  throw invalidInput(tool, result.issues.map(({ message, path }) => (path?.length ? `${pathOf(path)}: ${message}` : message)).join("; "));
}

async function checked(tool: string, schema: JsonObject, input: Json): Promise<Json> {
  const problem = await schemaProblem(schema, input);
  if (problem !== undefined) throw invalidInput(tool, problem);
  return input;
}

/** Settles like the promise, or rejects with the signal's reason as soon as it is aborted. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
