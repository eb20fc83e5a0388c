import { z } from "zod";
import type { CollectionSchema } from "../backend.ts";
import { mongoShape } from "../schema/mongo-shape.ts";
import { assertDatabase, collection, database, jsonObject } from "./arguments.ts";
import { defineTool, type Tool } from "./define-tool.ts";

const summarySchema = z.object({ name: z.string(), description: z.string().optional(), count: z.number().optional() });
const fieldSchema = z.object({
  name: z.string(),
  types: z.array(z.enum(["string", "number", "integer", "boolean", "date", "array", "object", "null"])),
  description: z.string().optional(),
  nullable: z.boolean(),
  unique: z.boolean(),
});
const relationSchema = z.object({ field: z.string(), collection: z.string(), target: z.string(), declared: z.boolean() });

const listCollections = defineTool({
  name: "list-collections",
  description: "List all collections, with what is known about each and how many documents it holds",
  effect: "reads",
  input: z.strictObject({ database }),
  output: z.object({ collections: z.array(summarySchema), totalCount: z.number() }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const collections = await services.backend.listCollections(signal);
    return {
      summary: `Found ${collections.length} collections in the database.`,
      data: JSON.stringify({ database: services.database, collections }),
      structured: { collections, totalCount: collections.length },
    };
  },
});

const collectionSchema = defineTool({
  name: "collection-schema",
  description: "Describe the schema of a collection: its fields and their types, and the fields that name documents of other collections",
  effect: "reads",
  input: z.strictObject({ database, collection }),
  output: z.object({
    collection: z.string(),
    description: z.string().optional(),
    count: z.number(),
    sampled: z.number().describe("How many documents the schema was read from"),
    fields: z.array(fieldSchema),
    relations: z.array(relationSchema),
    schema: jsonObject.describe("The fields in MongoDB's simplified form"),
    fieldsCount: z.number(),
  }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const described = await services.backend.describe(given.collection, signal);
    const schema = { ...mongoShape(described.fields) };
    const fieldsCount = Object.keys(schema).length;
    return {
      summary: `Found ${fieldsCount} fields in the schema. ${schemaOrigin(described)}`,
      data: JSON.stringify({ database: services.database, collection: described.collection, schema, relations: described.relations }),
      structured: { ...described, schema, fieldsCount },
    };
  },
});

/** The tools that say what there is. */
export const schemaTools: readonly Tool[] = [listCollections, collectionSchema];

function schemaOrigin({ sampled, count }: CollectionSchema): string {
  return sampled < count
    ? `It is inferred from a sample of ${sampled} of ${count} documents and may not be complete.`
    : `It was read from all ${count} documents.`;
}
