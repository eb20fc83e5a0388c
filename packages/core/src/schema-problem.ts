import type { JsonObject } from "./ports/json.ts";

type Check = (value: unknown) => string | undefined;

const checks = new WeakMap<JsonObject, Check>();

/** What is wrong with the value by this JSON Schema, in words, or undefined when it fits. zod is loaded with the first schema, not before. */
export async function schemaProblem(schema: JsonObject, value: unknown): Promise<string | undefined> {
  let check = checks.get(schema);
  if (check === undefined) {
    check = await compile(schema);
    checks.set(schema, check);
  }
  return check(value);
}

async function compile(schema: JsonObject): Promise<Check> {
  const { z } = await import("zod");
  const type = z.fromJSONSchema(schema);
  return (value) => {
    const result = type.safeParse(value);
    return result.success ? undefined : z.prettifyError(result.error);
  };
}
