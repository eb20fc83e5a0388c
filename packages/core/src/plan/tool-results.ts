import type { Json, JsonObject } from "../ports/json.ts";

/** Rows as a tool returned them. */
export interface ToolRows {
  readonly rows: readonly JsonObject[];
  /** True when the tool said it left rows out. */
  readonly truncated: boolean;
  /** True when the tool said it left none out. */
  readonly complete?: boolean | undefined;
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isArray = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** Extended JSON (`{ $oid }`, `{ $date }`, `{ $numberLong }` …) as plain values. */
function plain(value: Json): Json {
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const only = keys.length === 1 ? keys[0] : undefined;
  const inner = only === undefined ? undefined : value[only];
  if (only === "$oid" && typeof inner === "string") return inner;
  if (only === "$numberInt" || only === "$numberLong" || only === "$numberDouble" || only === "$numberDecimal") return Number(inner);
  if (only === "$date") {
    if (typeof inner === "string") return inner;
    const epochMs = isObject(inner) ? Number(inner["$numberLong"]) : Number(inner);
    return Number.isFinite(epochMs) ? new Date(epochMs).toISOString() : null;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

function parsed(text: string): Json | undefined {
  try {
    return plain(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

/** JSON inside a text: the whole, what a server fenced as untrusted data, or from the first bracket to the last. */
function jsonInText(text: string): Json | undefined {
  const whole = parsed(text);
  if (whole !== undefined) return whole;
  const fenced = /<(untrusted-user-data-[\w-]+)>([\s\S]*?)<\/\1>/g;
  let best: Json | undefined;
  for (const match of text.matchAll(fenced)) {
    const inside = jsonInText((match[2] ?? "").trim());
    if (inside !== undefined) best = inside;
  }
  if (best !== undefined) return best;
  const open = text.search(/[[{]/);
  const close = Math.max(text.lastIndexOf("]"), text.lastIndexOf("}"));
  return open >= 0 && close > open && (open > 0 || close < text.length - 1) ? parsed(text.slice(open, close + 1)) : undefined;
}

/** What a tool meant, out of whatever it wrapped it in: JSON values, MCP content blocks, text holding JSON. */
export function resultValue(result: Json): Json {
  if (typeof result === "string") return jsonInText(result) ?? result;
  if (isArray(result) && result.length > 0 && result.every((one) => isObject(one) && one["type"] === "text")) {
    const values = result.map((one) => resultValue(isObject(one) ? (one["text"] ?? "") : ""));
    const structured = values.filter((one) => typeof one !== "string");
    if (structured.length === 0) return values;
    return structured.length === 1 ? (structured[0] ?? null) : structured.flatMap((one) => (isArray(one) ? one : [one]));
  }
  if (isObject(result)) {
    if (isObject(result["structuredContent"])) return plain(result["structuredContent"]);
    const content = result["content"];
    if (isArray(content) && content.every((one) => isObject(one) && "type" in one)) return resultValue(content);
  }
  return plain(result);
}

const rowNames = ["documents", "rows", "results", "result", "data", "values", "collections", "tables"];

/** The rows in a tool's result. Values that are no objects become `{ value }`. */
export function resultRows(result: Json): ToolRows {
  const value = resultValue(result);
  const asRows = (list: readonly Json[]): JsonObject[] => list.map((one) => (isObject(one) ? one : { value: one }));
  if (isArray(value)) return { rows: asRows(value), truncated: false };
  if (isObject(value)) {
    const truncated = value["truncated"] === true;
    const complete = value["truncated"] === false;
    const statements = value["statements"];
    // A tool that takes several statements answers each; ours is the only one.
    if (isArray(statements) && statements.length > 0) return resultRows(statements.at(-1) ?? null);
    for (const name of rowNames) {
      const inner = value[name];
      if (isArray(inner)) return { rows: asRows(inner), truncated, complete };
      if (isObject(inner)) {
        const nested = resultRows(inner);
        if (nested.rows.length > 0) return { rows: nested.rows, truncated: truncated || nested.truncated };
      }
    }
    return { rows: [], truncated };
  }
  return { rows: [], truncated: false };
}

/** Names in a listing: strings, or the `name` of objects, or lines like `Name: "movies"`. */
export function resultNames(result: Json): readonly { readonly name: string; readonly description?: string }[] {
  const value = resultValue(result);
  const { rows } = resultRows(value);
  const named = rows.flatMap((row) => {
    const name = row["name"] ?? row["collection"] ?? row["table_name"] ?? row["value"];
    if (typeof name !== "string") return [];
    const quoted = /^Name:\s*"?([^"]+)"?/.exec(name);
    const description = row["description"];
    return [{ name: quoted?.[1] ?? name, ...(typeof description === "string" ? { description } : {}) }];
  });
  return named;
}
