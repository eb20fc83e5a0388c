import { z } from "zod";
import type { JsonDocument, Rows } from "../backend.ts";
import { assertPipelineAllowed, assertProjectionAllowed, assertQueryAllowed, equalityFilter } from "../policy/operator-policy.ts";
import { assertDatabase, byteLimit, capOf, collection, database, equals, filter, jsonObject, rowLimit, sort } from "./arguments.ts";
import { defineTool, type Tool } from "./define-tool.ts";
import type { Services } from "./services.ts";

const rowsSchema = {
  documents: z.array(jsonObject),
  count: z.number().describe("How many documents are returned"),
  truncated: z.boolean().describe("Whether a limit of this server or of the call cut the result"),
  appliedLimits: z.array(z.enum(["rows", "bytes"])),
};
const pipelineArgument = z.array(jsonObject).describe("An array of aggregation stages to execute; only stages that read are allowed");
const findArguments = {
  filter,
  equals,
  projection: jsonObject.optional().describe("The projection, matching the syntax of the projection argument of db.collection.find()"),
  sort,
  skip: z.int().nonnegative().optional().describe("Documents to leave out from the start"),
  limit: rowLimit,
};

const count = defineTool({
  name: "count",
  description: "Gets the number of documents in a collection, with a query as an optional filter",
  effect: "reads",
  input: z.strictObject({ database, collection, query: filter, equals }),
  output: z.object({ count: z.number() }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const matched = await services.backend.count(
      { collection: given.collection, filter: checkedFilter(given.query, given.equals, services) },
      signal,
    );
    return { summary: `Found ${matched} documents.`, structured: { count: matched } };
  },
});

const find = defineTool({
  name: "find",
  description: "Run a find query against a collection",
  effect: "reads",
  input: z.strictObject({ database, collection, ...findArguments, responseBytesLimit: byteLimit }),
  output: z.object({ ...rowsSchema, queryResultsCount: z.number().optional().describe("How many documents match the filter") }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    if (given.projection !== undefined) assertProjectionAllowed(given.projection, services.policy);
    const { projection, sort, skip, limit } = given;
    const rows = await services.backend.find(
      {
        collection: given.collection,
        filter: checkedFilter(given.filter, given.equals, services),
        ...(projection === undefined ? {} : { projection }),
        ...(sort === undefined ? {} : { sort }),
        ...(skip === undefined ? {} : { skip }),
        ...(limit === undefined ? {} : { limit }),
        cap: capOf(services.limits, limit, given.responseBytesLimit),
      },
      signal,
    );
    const { summary, data, structured } = rowsAnswer(rows, `${rows.total ?? "An unknown number of"} documents match the query.`);
    return { summary, data, structured: { ...structured, ...(rows.total === undefined ? {} : { queryResultsCount: rows.total }) } };
  },
});

const aggregate = defineTool({
  name: "aggregate",
  description: "Run an aggregation against a collection",
  effect: "reads",
  input: z.strictObject({ database, collection, pipeline: pipelineArgument, limit: rowLimit, responseBytesLimit: byteLimit }),
  output: z.object({ ...rowsSchema, total: z.number().optional().describe("How many documents the aggregation resulted in, when known") }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    assertPipelineAllowed(given.pipeline, services.policy);
    const cap = capOf(services.limits, given.limit, given.responseBytesLimit);
    const rows = await services.backend.aggregate({ collection: given.collection, pipeline: given.pipeline, cap }, signal);
    const { summary, data, structured } = rowsAnswer(
      rows,
      `The aggregation resulted in ${rows.total ?? "an unknown number of"} documents.`,
    );
    return { summary, data, structured: { ...structured, ...(rows.total === undefined ? {} : { total: rows.total }) } };
  },
});

const distinct = defineTool({
  name: "distinct",
  description:
    "List the different values of a field with how often each occurs, the most frequent first; null and missing values are left out",
  effect: "reads",
  input: z.strictObject({
    database,
    collection,
    field: z.string().regex(/^[^$]/, "a field name, without a dollar sign").describe("Field name, dotted for nested fields"),
    query: filter,
    limit: rowLimit,
  }),
  output: z.object({
    values: z.array(z.object({ value: z.unknown(), count: z.number() })),
    truncated: z.boolean(),
    total: z.number().optional(),
  }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const pipeline: JsonDocument[] = [
      { $match: checkedFilter(given.query, undefined, services) },
      { $unwind: `$${given.field}` },
      { $match: { [given.field]: { $ne: null } } },
      { $group: { _id: `$${given.field}`, count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
      { $project: { _id: 0, value: "$_id", count: 1 } },
    ];
    assertPipelineAllowed(pipeline, services.policy);
    const rows = await services.backend.aggregate(
      { collection: given.collection, pipeline, cap: capOf(services.limits, given.limit, undefined) },
      signal,
    );
    const truncated = rows.cappedBy.length > 0;
    return {
      summary: `Found ${rows.total ?? "an unknown number of"} different values. Returning ${rows.count}.`,
      data: rows.json,
      structured: {
        values: documentsOf(rows) as { value: unknown; count: number }[],
        truncated,
        ...(rows.total === undefined ? {} : { total: rows.total }),
      },
    };
  },
});

const explain = defineTool({
  name: "explain",
  description: "Returns statistics describing how the evaluated method is executed",
  effect: "reads",
  input: z.strictObject({
    database,
    collection,
    method: z
      .array(
        z.discriminatedUnion("name", [
          z.strictObject({ name: z.literal("aggregate"), arguments: z.strictObject({ pipeline: pipelineArgument }) }),
          z.strictObject({ name: z.literal("find"), arguments: z.strictObject(findArguments) }),
          z.strictObject({ name: z.literal("count"), arguments: z.strictObject({ query: filter }) }),
        ]),
      )
      .length(1)
      .describe("The method and its arguments to run"),
  }),
  output: z.object({ explainResult: jsonObject, method: z.enum(["aggregate", "find", "count"]) }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const [method] = given.method;
    if (method === undefined) throw new TypeError("method is empty"); // The schema asks for exactly one.
    const explainResult = await explainMethod(given.collection, method, services, signal);
    return {
      summary: `How the ${method.name} operation was executed:`,
      data: JSON.stringify({ database: services.database, collection: given.collection, plan: explainResult }),
      structured: { explainResult, method: method.name },
    };
  },
});

/** The tools that read documents. */
export const queryTools: readonly Tool[] = [count, find, aggregate, distinct, explain];

type ExplainedMethod =
  | { name: "aggregate"; arguments: { pipeline: JsonDocument[] } }
  | {
      name: "find";
      arguments: {
        filter?: JsonDocument | undefined;
        equals?: JsonDocument | undefined;
        sort?: Record<string, 1 | -1> | undefined;
        limit?: number | undefined;
      };
    }
  | { name: "count"; arguments: { query?: JsonDocument | undefined } };

function explainMethod(collection: string, method: ExplainedMethod, services: Services, signal: AbortSignal): Promise<JsonDocument> {
  if (method.name === "aggregate") {
    const { pipeline } = method.arguments;
    assertPipelineAllowed(pipeline, services.policy);
    return services.backend.explain({ collection, method: "aggregate", pipeline }, signal);
  }
  if (method.name === "count")
    return services.backend.explain(
      { collection, method: "count", filter: checkedFilter(method.arguments.query, undefined, services) },
      signal,
    );
  const { filter, equals, sort, limit } = method.arguments;
  const checked = checkedFilter(filter, equals, services);
  return services.backend.explain(
    { collection, method: "find", filter: checked, ...(sort === undefined ? {} : { sort }), ...(limit === undefined ? {} : { limit }) },
    signal,
  );
}

function checkedFilter(filter: JsonDocument | undefined, equals: JsonDocument | undefined, services: Services): JsonDocument {
  if (filter !== undefined) assertQueryAllowed(filter, services.policy);
  if (equals === undefined || Object.keys(equals).length === 0) return filter ?? {};
  const exact = equalityFilter(equals);
  return filter === undefined || Object.keys(filter).length === 0 ? exact : { $and: [filter, exact] };
}

function rowsAnswer(rows: Rows, total: string) {
  const truncated = rows.cappedBy.length > 0;
  const reason = truncated ? `, cut by the limit on ${rows.cappedBy.join(" and ")}` : "";
  return {
    summary: `${total} Returning ${rows.count} documents${reason}.`,
    data: rows.json,
    structured: { documents: documentsOf(rows), count: rows.count, truncated, appliedLimits: rows.cappedBy },
  };
}

function documentsOf(rows: Rows): JsonDocument[] {
  return JSON.parse(rows.json) as JsonDocument[]; // The collector wrote an array of documents.
}
