import type { CollectionSchema, FieldSchema, JsonDocument, Relation } from "../backend.ts";
import { discoverFields } from "../schema/discover-fields.ts";
import { isKeyLike, namesMatch } from "../schema/discover-relations.ts";
import type { DriverDatabase, DriverOptions } from "./mongo-database.ts";
import { plainJson } from "./plain-json.ts";

const sampleSize = 1_000;
const checkedValues = 200;
const minContained = 0.95;

/** A schema with the fields that are stored as dates. */
export interface MongoDescription {
  schema: CollectionSchema;
  dateFields: ReadonlySet<string>;
}

/**
 * Describes a collection from a sample of 1,000 documents. `unique` comes from its indexes. A relation is reported where a field is named for
 * another collection and at least 95 % of up to 200 of its sampled values are found in that collection's key.
 */
export async function describeCollection(
  database: DriverDatabase,
  name: string,
  others: readonly string[],
  options: DriverOptions,
): Promise<MongoDescription> {
  const collection = database.collection(name);
  const sample: JsonDocument[] = [];
  for await (const document of collection.aggregate([{ $sample: { size: sampleSize } }], options)) sample.push(document);
  const count = await collection.countDocuments({}, options);
  const unique = await uniqueFields(database, name);
  const fields = discoverFields(sample.map((document) => plainJson(document) as JsonDocument)).map((field) => ({
    ...field,
    unique: unique.has(field.name),
  }));
  const relations = await findRelations(database, { name, fields, sample, others: others.filter((other) => other !== name) }, options);
  return {
    schema: { collection: name, count, sampled: sample.length, fields, relations },
    dateFields: new Set(
      fields
        .map((field) => field.name)
        .filter((field) => sample.some((document) => valuesAt(document, field).some((value) => value instanceof Date))),
    ),
  };
}

async function uniqueFields(database: DriverDatabase, name: string): Promise<Set<string>> {
  const indexes = await database.collection(name).indexes();
  const single = indexes
    .filter(({ key, unique }) => unique === true && Object.keys(key).length === 1)
    .flatMap(({ key }) => Object.keys(key));
  return new Set(["_id", ...single]);
}

interface Described {
  name: string;
  fields: readonly FieldSchema[];
  sample: readonly JsonDocument[];
  others: readonly string[];
}

async function findRelations(database: DriverDatabase, { fields, sample, others }: Described, options: DriverOptions): Promise<Relation[]> {
  const relations: Relation[] = [];
  for (const field of fields.filter((each) => each.name !== "_id" && isKeyLike(each))) {
    const values = [...new Set(sample.flatMap((document) => valuesAt(document, field.name)))]
      .filter((value) => value !== null && value !== undefined)
      .slice(0, checkedValues);
    for (const other of others) {
      const targets = await matchingTargets(database, field, other);
      const target = targets[0];
      if (target === undefined || values.length === 0) continue;
      const found = await database.collection(other).countDocuments({ [target]: { $in: values } }, options);
      if (found < values.length * minContained) continue;
      relations.push({ field: field.name, collection: other, target, declared: false });
      break;
    }
  }
  return relations;
}

async function matchingTargets(database: DriverDatabase, field: FieldSchema, other: string): Promise<string[]> {
  if (!namesMatch(field, { collection: other, field: "_id" })) return [];
  const unique = [...(await uniqueFields(database, other))].filter((target) => namesMatch(field, { collection: other, field: target }));
  // A key of the application's own, where there is one, is what other collections hold.
  return unique.toSorted((one, another) => Number(one === "_id") - Number(another === "_id"));
}

function valuesAt(document: JsonDocument, path: string): unknown[] {
  return path
    .split(".")
    .reduce<unknown[]>(
      (at, key) => at.flatMap((part) => (typeof part === "object" && part !== null ? [(part as JsonDocument)[key]].flat() : [])),
      [document],
    );
}
