import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import type { JsonDocument } from "../src/backend.ts";
import { withDefaults } from "../src/limits.ts";
import { connectMongo } from "../src/mongo/connect-mongo.ts";
import { mongoBackend } from "../src/mongo/mongo-backend.ts";
import type { DriverCursor, DriverDatabase, DriverIndex } from "../src/mongo/mongo-database.ts";

const { signal } = new AbortController();
const id = new BSON.ObjectId("5f0000000000000000000001");
const cap = { rows: 2, bytes: 10_000 };

/** What a database was asked, and a few documents to answer with. */
function fakeDatabase(collections: Record<string, { documents: JsonDocument[]; indexes?: DriverIndex[] }>) {
  const asked: { method: string; collection?: string; argument: unknown; options?: unknown }[] = [];
  const cursor = (documents: JsonDocument[]): DriverCursor => ({
    async *[Symbol.asyncIterator]() {
      yield* documents;
    },
    close: async () => void asked.push({ method: "close", argument: undefined }),
    explain: async (verbosity) => ({ verbosity }),
  });
  const database: DriverDatabase = {
    collectionNames: async () => [...Object.keys(collections), "system.views"],
    command: async (argument, options) => {
      asked.push({ method: "command", argument, options });
      return { ok: 1, dataSize: BSON.Long.fromNumber(7) };
    },
    collection(name) {
      const { documents = [], indexes = [] } = collections[name] ?? {};
      return {
        find(argument, options) {
          asked.push({ method: "find", collection: name, argument, options });
          return cursor(documents.slice(0, options.limit));
        },
        aggregate(argument, options) {
          asked.push({ method: "aggregate", collection: name, argument, options });
          return cursor(documents);
        },
        async countDocuments(argument, options) {
          asked.push({ method: "count", collection: name, argument, options });
          const wanted = (Object.values(argument)[0] as { $in?: unknown[] } | undefined)?.$in;
          const field = Object.keys(argument)[0] ?? "";
          return wanted === undefined
            ? documents.length
            : documents.filter((document) => wanted.some((value) => String(value) === String(document[field]))).length;
        },
        indexes: async () => indexes,
        async createIndex(argument, options) {
          asked.push({ method: "createIndex", collection: name, argument, options });
          return "made";
        },
      };
    },
  };
  const backend = mongoBackend({
    database,
    source: "fake",
    limits: withDefaults({ timeMs: 777 }),
    fromExtendedJson: (value) => BSON.EJSON.deserialize(value),
    close: async () => undefined,
  });
  return { backend, asked, last: (method: string) => asked.findLast((call) => call.method === method) };
}

const films = [
  {
    _id: id,
    title: "Up",
    at: new Date("2009-05-29"),
    gross: BSON.Long.fromString("9007199254740993"),
    price: BSON.Decimal128.fromString("1.5"),
    director_id: 1,
    tags: ["a"],
  },
  {
    _id: new BSON.ObjectId("5f0000000000000000000002"),
    title: "Alien",
    at: new Date("1979-05-25T00:00:00Z"),
    gross: BSON.Long.fromNumber(5),
    price: null,
    director_id: 2,
    tags: [],
  },
  { _id: new BSON.ObjectId("5f0000000000000000000003"), title: "Heat", at: null, director_id: 1, tags: [] },
];
const directors = { documents: [{ _id: 1 }, { _id: 2 }] };

describe("the MongoDB mapping (against a stand-in for the driver: no server was at hand)", () => {
  it("describes a collection from a sample, its indexes and what other collections hold", async () => {
    const { backend, last } = fakeDatabase({
      films: {
        documents: films,
        indexes: [
          { key: { title: 1 }, unique: true },
          { key: { a: 1, b: 1 }, unique: true },
        ],
      },
      directors,
    });
    const schema = await backend.describe("films", signal);
    expect(last("aggregate")).toMatchObject({ argument: [{ $sample: { size: 1_000 } }], options: { maxTimeMS: 777, signal } });
    expect(schema).toMatchObject({ collection: "films", count: 3, sampled: 3 });
    expect(schema.fields).toEqual([
      { name: "_id", types: ["string"], nullable: false, unique: true },
      { name: "title", types: ["string"], nullable: false, unique: true },
      { name: "at", types: ["date", "null"], nullable: true, unique: false },
      { name: "gross", types: ["string", "integer"], nullable: true, unique: false },
      { name: "price", types: ["number", "null"], nullable: true, unique: false },
      { name: "director_id", types: ["integer"], nullable: false, unique: false },
      { name: "tags", types: ["array"], nullable: false, unique: false },
    ]);
    expect(schema.relations).toEqual([{ field: "director_id", collection: "directors", target: "_id", declared: false }]);
    await expect(backend.describe("nope", signal)).rejects.toMatchObject({ code: "UNKNOWN_COLLECTION" });
    expect((await backend.listCollections(signal)).map(({ name }) => name)).toEqual(["films", "directors"]);
  });

  it("asks for one document more than the cap, types dates and ids, and returns plain JSON", async () => {
    const { backend, last, asked } = fakeDatabase({ films: { documents: films } });
    const filter = { _id: { $ne: { $oid: "5f0000000000000000000009" } }, $or: [{ at: { $gte: "2000-01-01" } }, { title: "2000-01-01" }] };
    const rows = await backend.find({ collection: "films", filter, sort: { at: -1 }, projection: { title: 1 }, cap }, signal);
    expect(JSON.parse(rows.json)).toEqual([
      { _id: String(id), title: "Up", at: "2009-05-29T00:00:00.000Z", gross: "9007199254740993", price: 1.5, director_id: 1, tags: ["a"] },
      { _id: "5f0000000000000000000002", title: "Alien", at: "1979-05-25T00:00:00.000Z", gross: 5, price: null, director_id: 2, tags: [] },
    ]);
    expect(rows).toMatchObject({ count: 2, total: 3, cappedBy: ["rows"] });
    expect(last("find")).toMatchObject({
      argument: {
        _id: { $ne: new BSON.ObjectId("5f0000000000000000000009") },
        $or: [{ at: { $gte: new Date("2000-01-01") } }, { title: "2000-01-01" }],
      },
      options: { limit: 3, sort: { at: -1 }, projection: { title: 1 }, maxTimeMS: 777, signal },
    });
    expect(asked.some(({ method }) => method === "close")).toBe(true);
    expect(await backend.find({ collection: "films", filter: {}, limit: 2, cap }, signal)).toMatchObject({ count: 2, cappedBy: [] });
  });

  it("ends every pipeline with a limit and types dates only where fields are still the stored ones", async () => {
    const { backend, last } = fakeDatabase({ films: { documents: films } });
    const match = { $match: { at: "2000-01-01" } };
    const rows = await backend.aggregate({ collection: "films", pipeline: [match, { $group: { _id: "$at" } }, match], cap }, signal);
    expect(rows).toMatchObject({ count: 2, cappedBy: ["rows"] });
    expect(last("aggregate")?.argument).toEqual([
      { $match: { at: new Date("2000-01-01") } },
      { $group: { _id: "$at" } },
      match,
      { $limit: 3 },
    ]);
  });

  it("counts, explains, reads statistics and makes indexes", async () => {
    const { backend, last } = fakeDatabase({ films: { documents: films } });
    expect(await backend.count({ collection: "films", filter: {} }, signal)).toBe(3);
    expect(await backend.explain({ collection: "films", method: "find", filter: {} }, signal)).toEqual({ verbosity: "executionStats" });
    await backend.explain({ collection: "films", method: "count", filter: { title: "Up" } }, signal);
    expect(last("command")?.argument).toEqual({ explain: { count: "films", query: { title: "Up" } }, verbosity: "executionStats" });
    expect(await backend.stats(signal)).toEqual({ ok: 1, dataSize: 7 });
    expect(await backend.createIndex({ collection: "films", keys: { title: 1 } }, signal)).toBe("made");
    expect(await backend.clearCache(signal)).toEqual(["schemas"]);
  });

  it("reports the driver's errors without credentials", async () => {
    const { backend } = fakeDatabase({ films: { documents: films } });
    const broken = mongoBackend({
      source: "x",
      limits: withDefaults(),
      fromExtendedJson: (value: JsonDocument) => value,
      close: async () => undefined,
      database: {
        collectionNames: () =>
          Promise.reject(Object.assign(new Error("connect mongodb://ann:s3cret@db failed"), { name: "MongoServerSelectionError" })),
        command: () => Promise.reject(new Error("boom")),
        collection: () => {
          throw new Error("unused");
        },
      },
    });
    const error: unknown = await broken.listCollections(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(String(error)).not.toContain("s3cret");
    await expect(broken.stats(signal)).rejects.toMatchObject({ code: "QUERY_FAILED" });
    await backend.close();
  });
});

describe("a connection string", () => {
  it("that is not one is refused without being repeated", () => {
    expect(() => connectMongo("mongodb://ann:s3cret@", withDefaults())).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.not.stringContaining("s3cret") as string }) as Error,
    );
  });

  it("to a server that is not there fails calls in time, naming the server but not the password", async () => {
    const { backend, database } = connectMongo("mongodb://ann:s3cret@127.0.0.1:9/shop?serverSelectionTimeoutMS=200", withDefaults());
    expect(database).toBe("shop");
    expect(JSON.stringify(backend.status())).not.toContain("s3cret");
    const error: unknown = await backend.listCollections(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(String(error)).not.toContain("s3cret");
    await backend.close();
  });
});
