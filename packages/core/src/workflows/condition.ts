import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Values } from "./steps.ts";

type Program = (values: Values) => unknown;

const programs = new Map<string, Program>();
const maxPrograms = 5_000;

/** CEL is loaded with the first expression, not before. */
async function programOf(expression: string): Promise<Program> {
  const known = programs.get(expression);
  if (known !== undefined) return known;
  const { parse } = await import("@marcbachmann/cel-js");
  const program: Program = parse(expression);
  if (programs.size >= maxPrograms) programs.clear();
  programs.set(expression, program);
  return program;
}

const failed = (expression: string, cause: unknown): OrchestratorError =>
  new OrchestratorError(
    "CONFIG_INVALID",
    `the expression ${expression}: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
    {
      cause,
    },
  );

/** What an expression gives, as JSON. Throws `CONFIG_INVALID` for one that cannot be read or evaluated. */
export async function evaluated(expression: string | ((values: Values) => unknown), values: Values): Promise<Json> {
  if (typeof expression === "function") return (expression(values) ?? null) as Json;
  try {
    const value = (await programOf(expression))(values);
    // Whole numbers of CEL are big integers here.
    return JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner)) ?? "null") as Json;
  } catch (error) {
    throw failed(expression, error);
  }
}

/** Whether a condition holds; anything but true or false is a mistake and is told. */
export async function holds(condition: string | ((values: Values) => boolean), values: Values): Promise<boolean> {
  const value = await evaluated(condition, values);
  if (typeof value === "boolean") return value;
  throw new OrchestratorError("CONFIG_INVALID", `the condition ${String(condition)} gave ${typeof value}, neither true nor false`);
}
