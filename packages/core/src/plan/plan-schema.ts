import type { JsonObject } from "../ports/json.ts";

const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  type: "object",
  properties,
  required: [...required],
  additionalProperties: false,
});
const list = (items: JsonObject, maxItems = 30): JsonObject => ({ type: "array", items, maxItems });
const oneOf = (...values: readonly string[]): JsonObject => ({ type: "string", enum: [...values] });
/** Made when a model is first asked, not when the package is loaded. */
function make(): JsonObject {
  const text: JsonObject = { type: "string", maxLength: 500 };
  const flag: JsonObject = { type: "boolean" };
  const literal: JsonObject = { anyOf: [text, { type: "number" }, flag] };
  const field: JsonObject = object({ field: text, via: text }, ["field"]);
  const comparison = oneOf("=", "!=", ">", ">=", "<", "<=");
  const direction = oneOf("asc", "desc");
  const bucket = oneOf("year", "quarter", "month", "day", "weekday", "calendar-month", "decade");

  const conditionsOfFields: readonly JsonObject[] = [
    object({ kind: oneOf("compare"), field, op: comparison, value: literal }),
    object({ kind: oneOf("in"), field, values: list(literal, 200), negated: flag }, ["kind", "field", "values"]),
    object({ kind: oneOf("text"), field, match: oneOf("contains", "starts", "ends", "equals"), text, negated: flag }, [
      "kind",
      "field",
      "match",
      "text",
    ]),
    object({ kind: oneOf("missing"), field, negated: flag }, ["kind", "field"]),
    object({ kind: oneOf("dates"), field, from: text, to: text, negated: flag }, ["kind", "field"]),
    object({ kind: oneOf("fields"), field, op: comparison, other: field }),
    object({ kind: oneOf("calendar"), field, part: oneOf("month", "weekday"), value: { type: "integer", minimum: 1, maximum: 12 } }),
  ];
  const plain: JsonObject = { anyOf: [...conditionsOfFields] };
  const hop = object({ field: text, to: text, toField: text });
  const condition: JsonObject = {
    anyOf: [
      ...conditionsOfFields,
      object({ kind: oneOf("versus"), field, op: comparison, fn: oneOf("avg", "min", "max") }),
      object({ kind: oneOf("any"), conditions: list(plain) }),
      object({ kind: oneOf("all"), conditions: list(plain) }),
      object({
        kind: oneOf("related"),
        path: list(hop, 4),
        where: list(plain),
        op: comparison,
        count: { type: "integer", minimum: 0, maximum: 1_000_000 },
      }),
    ],
  };

  const plan = object(
    {
      from: text,
      joins: list(object({ as: text, via: text, field: text, to: text, toField: text }, ["as", "field", "to", "toField"]), 6),
      where: list(condition),
      groupBy: list(object({ as: text, field, bucket }, ["as", "field"]), 4),
      measures: list(
        object(
          {
            as: text,
            fn: oneOf("count", "countDistinct", "sum", "avg", "min", "max", "median", "share"),
            of: field,
            times: field,
            since: field,
            where: list(plain),
          },
          ["as", "fn"],
        ),
        6,
      ),
      having: list(object({ measure: text, op: comparison, value: { anyOf: [{ type: "number" }, oneOf("average")] } }), 6),
      differences: list(object({ as: text, of: text, from: text, unit: oneOf("absolute", "percent") }, ["as", "of", "unit"]), 4),
      rollup: object({ fn: oneOf("count", "avg", "sum", "min", "max", "median"), of: text, as: text }, ["fn", "as"]),
      select: list(object({ as: text, field, bucket }, ["as", "field"]), 20),
      distinct: flag,
      orderBy: list(object({ column: text, field, direction }, ["direction"]), 4),
      per: list(text, 4),
      limit: { type: "integer", minimum: 1, maximum: 100_000 },
      offset: { type: "integer", minimum: 0, maximum: 100_000 },
    },
    ["from"],
  );
  return object({ plan, unanswerable: text }, []);
}

let made: JsonObject | undefined;

/** A `QueryPlan` as JSON Schema, or why there is none; lists that are left out are empty. Always the same object. */
export const planSchema = (): JsonObject => (made ??= make());
