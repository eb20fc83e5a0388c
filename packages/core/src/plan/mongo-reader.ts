import type { CallOptions } from "../ports/call.ts";
import type { Json, JsonObject } from "../ports/json.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Field, Relation } from "./catalog.ts";
import type { CatalogReader, DeclaredCollection, DeclaredField } from "./catalog-reader.ts";
import { missingExpression } from "./mongo-conditions.ts";
import { resultNames, resultRows, resultValue, type ToolRows } from "./tool-results.ts";

/** The tools a document database is read with. */
export interface MongoTools {
  readonly listCollections: Tool;
  readonly aggregate: Tool;
  readonly collectionSchema?: Tool | undefined;
  /** Sent with every call where the tools ask for a `database`. */
  readonly database?: string | undefined;
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const typeNames: Readonly<Record<string, Field["type"]>> = {
  string: "string",
  number: "number",
  double: "number",
  decimal: "number",
  decimal128: "number",
  float: "number",
  int: "integer",
  int32: "integer",
  int64: "integer",
  integer: "integer",
  long: "integer",
  year: "integer",
  bool: "boolean",
  boolean: "boolean",
  date: "date",
  datetime: "date",
  timestamp: "date",
  time: "string",
  array: "array",
  object: "object",
  document: "object",
  objectid: "string",
  uuid: "string",
};

function typeOfName(name: unknown): Field["type"] {
  return typeof name === "string" ? (typeNames[name.toLowerCase()] ?? "unknown") : "unknown";
}

/** The type most precise for all the types seen: integers with numbers are numbers, nulls do not count. */
function typeOfSeveral(names: readonly unknown[]): Field["type"] {
  const types = new Set(names.map(typeOfName).filter((type) => type !== "unknown"));
  if (types.size === 0) return "unknown";
  if (types.has("string")) return "string";
  if (types.has("number")) return "number";
  return [...types][0] ?? "unknown";
}

function declaredType(description: JsonObject): Field["type"] {
  const types = description["types"];
  if (Array.isArray(types))
    return typeOfSeveral(types.map((one: Json) => (isObject(one) ? (one["bsonType"] ?? one["type"] ?? one["name"]) : one)));
  const type = description["type"] ?? description["bsonType"];
  return Array.isArray(type) ? typeOfSeveral(type) : typeOfName(type);
}

function declaredField(name: string, description: Json): DeclaredField[] {
  if (!isObject(description)) return [{ name, type: typeOfName(description) }];
  const nested = description["fields"] ?? nestedFields(description);
  if (isObject(nested)) return Object.entries(nested).flatMap(([inner, one]) => declaredField(`${name}.${inner}`, one));
  const { description: text, nullable, unique } = description;
  return [
    {
      name,
      type: declaredType(description),
      description: typeof text === "string" ? text : undefined,
      nullable: typeof nullable === "boolean" ? nullable : undefined,
      unique: typeof unique === "boolean" ? unique : undefined,
    },
  ];
}

function nestedFields(description: JsonObject): Json | undefined {
  const types = description["types"];
  if (!Array.isArray(types)) return undefined;
  const document: Json | undefined = types.find((one: Json) => isObject(one) && isObject(one["fields"]));
  return isObject(document) ? document["fields"] : undefined;
}

function declaredRelations(collection: string, value: Json | undefined): Relation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: Json) => {
    if (!isObject(one)) return [];
    const from = one["from"];
    const to = one["to"] ?? one["references"];
    const field = (isObject(from) ? from["field"] : undefined) ?? one["field"] ?? one["localField"] ?? from;
    const target = (isObject(to) ? to["collection"] : undefined) ?? one["collection"] ?? one["toCollection"] ?? one["target"] ?? to;
    const targetField = (isObject(to) ? to["field"] : undefined) ?? one["foreignField"] ?? one["toField"] ?? one["targetField"];
    const owner = (isObject(from) ? from["collection"] : undefined) ?? collection;
    if (typeof field !== "string" || typeof target !== "string" || typeof targetField !== "string" || typeof owner !== "string") return [];
    return [{ from: { collection: owner, field }, to: { collection: target, field: targetField } }];
  });
}

/** Names that are operators or paths of operators cannot be addressed safely and are left out. */
const addressable = (name: string): boolean => name !== "" && !name.split(".").some((part) => part.startsWith("$") || part === "");

/** Runs a pipeline through the `aggregate` tool. */
export async function runAggregate(
  tools: MongoTools,
  collection: string,
  pipeline: readonly JsonObject[],
  options?: CallOptions,
): Promise<ToolRows> {
  const database = tools.database === undefined ? {} : { database: tools.database };
  return resultRows(await tools.aggregate.execute({ ...database, collection, pipeline: [...pipeline] }, options));
}

/** Reads a document database through MCP tools shaped like the official MongoDB server's. */
export function mongoReader(tools: MongoTools): CatalogReader {
  const database = tools.database === undefined ? {} : { database: tools.database };
  const aggregate = (collection: string, pipeline: readonly JsonObject[], options?: CallOptions) =>
    runAggregate(tools, collection, pipeline, options);

  async function declared(name: string, description: string | undefined, options?: CallOptions): Promise<DeclaredCollection> {
    const schema = tools.collectionSchema
      ? resultValue(await tools.collectionSchema.execute({ ...database, collection: name }, options))
      : undefined;
    const outer = isObject(schema) ? schema : {};
    const listed = outer["fields"] ?? outer["schema"] ?? outer["properties"] ?? schema;
    let fields: DeclaredField[] = [];
    if (Array.isArray(listed)) {
      fields = listed.flatMap((one: Json) => (isObject(one) && typeof one["name"] === "string" ? declaredField(one["name"], one) : []));
    } else if (isObject(listed)) {
      fields = Object.entries(listed).flatMap(([field, one]) => declaredField(field, one));
    }
    if (fields.length === 0) fields = sampledFields((await aggregate(name, [{ $limit: 100 }], options)).rows);
    const text = outer["description"];
    return {
      name,
      description: description ?? (typeof text === "string" ? text : undefined),
      fields: fields.filter((field) => addressable(field.name)),
      relations: declaredRelations(name, outer["relations"]),
    };
  }

  return {
    async collections(options) {
      const names = resultNames(await tools.listCollections.execute(database, options));
      const result: DeclaredCollection[] = [];
      for (const { name, description } of names) {
        if (!name.startsWith("system.")) result.push(await declared(name, description, options));
      }
      return result;
    },
    async statistics(collection, fields, options) {
      const group: Record<string, Json> = { _id: null, count: { $sum: 1 } };
      fields.forEach((field, index) => {
        const path = `$${field.name}`;
        if (field.nullable === undefined) group[`p${index}`] = { $sum: { $cond: [missingExpression(field.name), 0, 1] } };
        // How dates are stored has to be looked up even where the source names the type.
        if (field.type === "unknown" || field.type === "date") group[`t${index}`] = { $addToSet: { $type: path } };
        if (field.type === "string" || field.type === "boolean" || field.type === "array") return;
        group[`a${index}`] = { $min: path };
        group[`z${index}`] = { $max: path };
      });
      const row = (await aggregate(collection, [{ $group: group }], options)).rows[0] ?? {};
      const bound = (value: Json | undefined) => (typeof value === "number" || typeof value === "string" ? value : undefined);
      return {
        count: Number(row["count"] ?? 0),
        fields: fields.map((_, index) => {
          const types = row[`t${index}`];
          return {
            present: Number(row[`p${index}`] ?? 0),
            min: bound(row[`a${index}`]),
            max: bound(row[`z${index}`]),
            types: Array.isArray(types) ? types.filter((one: Json) => typeof one === "string" && one !== "null" && one !== "missing") : [],
          };
        }),
      };
    },
    async groups(collection, { name, type }, { skip, limit }, options) {
      const { rows, complete } = await aggregate(
        collection,
        [
          ...(type === "array" || type === "unknown" ? [{ $unwind: `$${name}` }] : []),
          { $group: { _id: `$${name}`, n: { $sum: 1 } } },
          { $sort: { n: -1, _id: 1 } },
          { $skip: skip },
          { $limit: limit },
          { $project: { _id: 0, v: "$_id", n: 1 } },
        ],
        options,
      );
      // A server that does not say so may have cut the page shorter all the same; then only an empty page is the end.
      const last = rows.length === 0 || (complete === true && rows.length < limit);
      return { values: rows.map((row) => ({ value: row["v"], count: Number(row["n"] ?? 0) })), last };
    },
    async hasDuplicates(collection, field, options) {
      const pipeline = [{ $group: { _id: `$${field}`, n: { $sum: 1 } } }, { $match: { n: { $gt: 1 } } }, { $limit: 1 }];
      return (await aggregate(collection, pipeline, options)).rows.length > 0;
    },
    async contained(from, to, options) {
      const pipeline = [
        { $match: { [from.field]: { $ne: null } } },
        { $group: { _id: `$${from.field}` } },
        { $lookup: { from: to.collection, localField: "_id", foreignField: to.field, as: "partner" } },
        { $match: { partner: { $size: 0 } } },
        { $limit: 1 },
        { $project: { _id: 1 } },
      ];
      return (await aggregate(from.collection, pipeline, options)).rows.length === 0;
    },
    async probe(collection, field, phrase, options) {
      const escaped = phrase.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
      const pipeline = [
        { $match: { [field]: { $regex: `(^|[^\\p{L}\\p{N}])${escaped}([^\\p{L}\\p{N}]|$)`, $options: "iu" } } },
        { $group: { _id: `$${field}`, n: { $sum: 1 } } },
        { $limit: 20 },
      ];
      return (await aggregate(collection, pipeline, options)).rows.flatMap((row) => (typeof row["_id"] === "string" ? [row["_id"]] : []));
    },
  };
}

function typeOfValue(value: Json): Field["type"] {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return Array.isArray(value) ? "array" : "object";
}

function sampledFields(rows: readonly JsonObject[]): DeclaredField[] {
  const seen = new Map<string, Set<string>>();
  const visit = (prefix: string, row: JsonObject): void => {
    for (const [name, value] of Object.entries(row)) {
      if (value === null) continue;
      if (isObject(value)) {
        visit(`${prefix}${name}.`, value);
        continue;
      }
      const types = seen.get(prefix + name) ?? new Set();
      types.add(typeOfValue(value));
      seen.set(prefix + name, types);
    }
  };
  for (const row of rows) visit("", row);
  return [...seen].map(([name, types]) => ({ name, type: typeOfSeveral([...types]) }));
}
