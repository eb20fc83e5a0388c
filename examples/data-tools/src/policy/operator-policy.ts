import { DataToolsError } from "../errors.ts";
import { expressionOperators, extendedJsonKeys, queryOperators, readCommands, stages, systemVariables } from "./operators.ts";
import { refusedRegex } from "./regex-policy.ts";

const maxDepth = 64;
const maxStages = 100;
const maxGraphDepth = 20;
/** Names that reach an object's prototype when they are used as a path. */
const prototypeNames = new Set(["__proto__", "constructor", "prototype"]);

/** How the policy is applied. */
export interface PolicyOptions {
  /** Whether values such as `{ "$oid": "…" }` are allowed. @default false */
  extendedJson?: boolean;
}

type Mode = "query" | "expression";
type Json = Record<string, unknown>;

/**
 * Throws `OPERATOR_REFUSED`, naming the operator and its path, unless every operator in a query document is on the read list.
 * The whole document is walked, at most 64 levels deep.
 */
export function assertQueryAllowed(filter: unknown, options: PolicyOptions = {}, path = "filter"): void {
  if (!isObject(filter)) throw refused(path, "a query must be an object");
  walk(filter, "query", path, 1, options);
}

/** The same for a find projection, whose values may be expressions. */
export function assertProjectionAllowed(projection: unknown, options: PolicyOptions = {}): void {
  if (!isObject(projection)) throw refused("projection", "a projection must be an object");
  for (const [key, value] of Object.entries(projection)) {
    assertName(key, "projection");
    const path = `projection.${key}`;
    if (isObject(value) && Object.hasOwn(value, "$elemMatch")) walk(value, "query", path, 2, options);
    else walk(value, "expression", path, 2, options);
  }
}

/** The same for an aggregation pipeline, through `$facet`, `$lookup` and `$unionWith`, of at most 100 stages each. */
export function assertPipelineAllowed(pipeline: unknown, options: PolicyOptions = {}, path = "pipeline", depth = 1): void {
  if (!Array.isArray(pipeline)) throw refused(path, "a pipeline must be an array of stages");
  if (pipeline.length > maxStages) throw refused(path, `a pipeline may have at most ${maxStages} stages, this one has ${pipeline.length}`);
  for (const [index, stage] of pipeline.entries()) assertStageAllowed(stage, `${path}[${index}]`, depth + 1, options);
}

/** Throws unless a database command is one that only reads; the command is its first key, as in MongoDB. */
export function assertCommandAllowed(command: Json): void {
  const name = Object.keys(command)[0] ?? "";
  if (!readCommands.has(name)) throw refused("command", `the command "${name}" is not on the read list`, name);
}

/**
 * A query that compares fields with plain values and nothing else, for values typed by a person: whatever a string looks like, it is compared
 * as data. A value that is not a string, number, boolean or null is refused, as is a field name that is an operator.
 */
export function equalityFilter(fields: unknown): Json {
  if (!isObject(fields)) throw refused("equals", "expected an object of field and value");
  const filter: Json = {};
  for (const [field, value] of Object.entries(fields)) {
    assertName(field, "equals");
    if (field.startsWith("$")) throw refused(`equals.${field}`, `"${field}" is an operator, not a field`, field);
    if (typeof value === "object" && value !== null) throw refused(`equals.${field}`, "expected a plain value, not an object or array");
    filter[field] = { $eq: value };
  }
  return filter;
}

function assertStageAllowed(stage: unknown, path: string, depth: number, options: PolicyOptions): void {
  if (!isObject(stage)) throw refused(path, "a stage must be an object");
  const [name, ...others] = Object.keys(stage);
  if (name === undefined || others.length > 0) throw refused(path, "a stage must have exactly one key");
  const shape = stages.get(name);
  const value = stage[name];
  const here = `${path}.${name}`;
  if (shape === undefined) throw refused(here, `the stage "${name}" is not allowed`, name);
  if (depth > maxDepth) throw tooDeep(here);
  switch (shape) {
    case "query":
      return assertQueryAtDepth(value, here, depth, options);
    case "expression":
      return walk(value, "expression", here, depth + 1, options);
    case "pipelines":
      if (!isObject(value)) throw refused(here, "expected an object of pipelines");
      for (const [output, pipeline] of Object.entries(value)) {
        assertName(output, here);
        assertPipelineAllowed(pipeline, options, `${here}.${output}`, depth + 2);
      }
      return;
    case "lookup":
    case "union":
      if (!isObject(value)) return;
      for (const [key, part] of Object.entries(value)) {
        assertName(key, here);
        if (key === "pipeline") assertPipelineAllowed(part, options, `${here}.pipeline`, depth + 2);
        else walk(part, "expression", `${here}.${key}`, depth + 2, options);
      }
      return;
    case "graph":
      return assertGraphAllowed(value, here, depth, options);
  }
}

function assertQueryAtDepth(value: unknown, path: string, depth: number, options: PolicyOptions): void {
  if (!isObject(value)) throw refused(path, "a query must be an object");
  walk(value, "query", path, depth + 1, options);
}

function assertGraphAllowed(value: unknown, path: string, depth: number, options: PolicyOptions): void {
  if (!isObject(value)) throw refused(path, "expected an object");
  const levels = value["maxDepth"];
  if (typeof levels !== "number" || !Number.isInteger(levels) || levels < 0 || levels > maxGraphDepth) {
    throw refused(path, `$graphLookup needs a maxDepth of 0 to ${maxGraphDepth}`, "$graphLookup");
  }
  for (const [key, part] of Object.entries(value)) {
    assertName(key, path);
    walk(part, key === "restrictSearchWithMatch" ? "query" : "expression", `${path}.${key}`, depth + 2, options);
  }
}

function walk(value: unknown, mode: Mode, path: string, depth: number, options: PolicyOptions): void {
  if (depth > maxDepth) throw tooDeep(path);
  if (typeof value === "string" && mode === "expression") return assertPathAllowed(value, path);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, mode, `${path}[${index}]`, depth + 1, options);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, part] of Object.entries(value)) {
    const here = `${path}.${key}`;
    assertName(key, path);
    if (!key.startsWith("$")) walk(part, mode, here, depth + 1, options);
    else if (extendedJsonKeys.has(key)) assertExtendedJson(part, key, here, options);
    else walkOperator(key, part, value, mode, here, depth, options);
  }
}

function walkOperator(key: string, part: unknown, parent: Json, mode: Mode, path: string, depth: number, options: PolicyOptions): void {
  const allowed = mode === "query" ? queryOperators : expressionOperators;
  if (!allowed.has(key)) throw refused(path, `the operator "${key}" is not allowed here`, key);
  if (key === "$regex") return assertRegexAllowed(part, parent["$options"], path);
  if (key === "$regexMatch" || key === "$regexFind" || key === "$regexFindAll") {
    assertRegexAllowed(isObject(part) ? part["regex"] : undefined, isObject(part) ? part["options"] : undefined, path);
  }
  // What stands under $literal is data, but it still has to end.
  if (key === "$literal") return assertDepth(part, path, depth + 1);
  walk(part, key === "$expr" ? "expression" : mode, path, depth + 1, options);
}

function assertRegexAllowed(pattern: unknown, flags: unknown, path: string): void {
  if (typeof pattern !== "string") throw refused(path, "a regular expression must be given as a string", "$regex");
  if (flags !== undefined && (typeof flags !== "string" || /[^imsx]/.test(flags)))
    throw refused(path, "regular expression options may be i, m, s and x", "$options");
  const reason = refusedRegex(pattern);
  if (reason !== undefined) throw refused(path, `the regular expression is refused: ${reason}`, "$regex");
}

function assertExtendedJson(part: unknown, key: string, path: string, options: PolicyOptions): void {
  if (options.extendedJson !== true) {
    throw refused(path, `"${key}" values do not occur in this data: compare with plain JSON (dates are ISO 8601 strings)`, key);
  }
  if (typeof part !== "string" && typeof part !== "number" && !(isObject(part) && typeof part["$numberLong"] === "string")) {
    throw refused(path, `"${key}" must hold a plain value`, key);
  }
}

/** In an expression, a string that starts with a dollar sign reads a field or a variable. */
function assertPathAllowed(text: string, path: string): void {
  if (!text.startsWith("$")) return;
  const [first = "", ...rest] = text.replace(/^\$\$?/, "").split(".");
  if (text.startsWith("$$") && /^[A-Z]/.test(first) && !systemVariables.has(first))
    throw refused(path, `the variable "$$${first}" is not allowed`, `$$${first}`);
  for (const name of [first, ...rest]) assertName(name, path);
}

function assertName(name: string, path: string): void {
  if (name.split(".").some((part) => prototypeNames.has(part)))
    throw refused(`${path}.${name}`, `"${name}" cannot be used as a field name`, name);
}

function assertDepth(value: unknown, path: string, depth: number): void {
  if (depth > maxDepth) throw tooDeep(path);
  if (typeof value !== "object" || value === null) return;
  for (const part of Object.values(value)) assertDepth(part, path, depth + 1);
}

function tooDeep(path: string): DataToolsError {
  return refused(path.slice(0, 80), `the query is nested more than ${maxDepth} levels deep`);
}

function refused(path: string, reason: string, operator?: string): DataToolsError {
  const place = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new DataToolsError("OPERATOR_REFUSED", `Refused at ${place}: ${reason}.`, {
    details: { path: place, ...(operator === undefined ? {} : { operator }) },
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
