import type { JsonObject } from "@hydrogenai/core";
import { isObject, listOf } from "./read-json.ts";

/**
 * Whether every object of a JSON Schema lists all it may have (`additionalProperties: false`), as vendors want it that hold a model to a
 * schema; with `allRequired` also whether nothing may be left out.
 */
export function isClosed(schema: JsonObject, allRequired: boolean): boolean {
  const closed = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.every(closed);
    if (!isObject(node)) return true;
    const { properties } = node;
    if (isObject(properties)) {
      if (node["additionalProperties"] !== false) return false;
      const required = listOf(node["required"]);
      if (allRequired && !Object.keys(properties).every((name) => required.includes(name))) return false;
      if (!Object.values(properties).every(closed)) return false;
    } else if (node["type"] === "object") return false;
    return (
      ["items", "prefixItems", "anyOf", "oneOf", "allOf"].every((name) => closed(node[name])) &&
      definitions.every((name) => (isObject(node[name]) ? Object.values(node[name]).every(closed) : true))
    );
  };
  return closed(schema);
}

const definitions = ["$defs", "definitions"];
