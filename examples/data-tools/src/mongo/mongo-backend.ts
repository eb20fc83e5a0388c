import type {
  AggregateRequest,
  Backend,
  Cap,
  ExplainRequest,
  FilterRequest,
  FindRequest,
  IndexRequest,
  JsonDocument,
  Rows,
} from "../backend.ts";
import { rowCollector } from "../cap-rows.ts";
import { DataToolsError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { assertCommandAllowed } from "../policy/operator-policy.ts";
import { describeCollection, type MongoDescription } from "./describe-collection.ts";
import type { DriverCollection, DriverCursor, DriverDatabase, DriverOptions } from "./mongo-database.ts";
import { plainJson } from "./plain-json.ts";
import { withTypedDates } from "./typed-dates.ts";

export interface MongoBackendOptions {
  database: DriverDatabase;
  /** Where the data is, without credentials. */
  source: string;
  limits: Limits;
  /** Turns `{ "$oid": "…" }` and the like into the driver's values. */
  fromExtendedJson: (value: JsonDocument) => JsonDocument;
  close: () => Promise<void>;
}

/**
 * The tools over a MongoDB database. Every call carries the time limit to the server and is given up with its signal. At most one document more
 * than the cap is asked for. ISO texts compared with stored dates are sent as dates.
 */
export function mongoBackend({ database, source, limits, fromExtendedJson, close }: MongoBackendOptions): Backend {
  const descriptions = new Map<string, MongoDescription>();

  const options = (signal: AbortSignal): DriverOptions => ({ signal, maxTimeMS: limits.timeMs });

  const names = async (signal: AbortSignal) => (await database.collectionNames(signal)).filter((name) => !name.startsWith("system."));

  async function described(name: string, signal: AbortSignal): Promise<MongoDescription> {
    const known = descriptions.get(name);
    if (known !== undefined) return known;
    const all = await names(signal);
    if (!all.includes(name)) {
      throw new DataToolsError("UNKNOWN_COLLECTION", `There is no collection "${name}". The collections are: ${all.join(", ")}.`, {
        details: { collection: name },
      });
    }
    const fresh = await describeCollection(database, name, all, options(signal));
    descriptions.set(name, fresh);
    return fresh;
  }

  async function typedFilter({ collection, filter }: FilterRequest, signal: AbortSignal): Promise<JsonDocument> {
    const { dateFields } = await described(collection, signal);
    return withTypedDates(fromExtendedJson(filter), dateFields);
  }

  /** Dates are typed in the leading `$match` stages, where fields still are what is stored. */
  async function typedPipeline(collection: string, pipeline: JsonDocument[], signal: AbortSignal): Promise<JsonDocument[]> {
    const { dateFields } = await described(collection, signal);
    const firstOther = pipeline.findIndex((stage) => stage["$match"] === undefined);
    const leading = firstOther === -1 ? pipeline.length : firstOther;
    return pipeline.map((stage, index) => {
      const typed = fromExtendedJson(stage);
      return index < leading ? { $match: withTypedDates(typed["$match"] as JsonDocument, dateFields) } : typed; // The policy let only an object through as $match.
    });
  }

  const use = async <T>(collection: string, work: (collection: DriverCollection) => Promise<T>) =>
    translated(() => work(database.collection(collection)));

  const command = (request: JsonDocument, signal: AbortSignal) => {
    assertCommandAllowed(request);
    return translated(() => database.command(request, options(signal)));
  };

  return {
    listCollections: (signal) =>
      translated(async () => {
        const all = await names(signal);
        const counts = await Promise.all(all.map((name) => database.collection(name).countDocuments({}, options(signal))));
        return all.map((name, index) => ({ name, count: counts[index] ?? 0 }));
      }),
    describe: (collection, signal) => translated(async () => (await described(collection, signal)).schema),
    count: (request: FilterRequest, signal) =>
      use(request.collection, async (collection) => collection.countDocuments(await typedFilter(request, signal), options(signal))),
    find: (request: FindRequest, signal) =>
      use(request.collection, async (collection) => {
        const filter = await typedFilter(request, signal);
        const { projection, sort, skip, limit, cap } = request;
        const cursor = collection.find(filter, {
          ...options(signal),
          ...(projection === undefined ? {} : { projection: fromExtendedJson(projection) }),
          ...(sort === undefined ? {} : { sort }),
          ...(skip === undefined ? {} : { skip }),
          limit: Math.min(limit ?? Infinity, cap.rows + 1),
        });
        const rows = await collect(cursor, cap);
        return { ...rows, total: await collection.countDocuments(filter, options(signal)) };
      }),
    aggregate: ({ collection: name, pipeline, cap }: AggregateRequest, signal) =>
      use(name, async (collection) => {
        const typed = await typedPipeline(name, pipeline, signal);
        return collect(collection.aggregate([...typed, { $limit: cap.rows + 1 }], options(signal)), cap);
      }),
    explain: (request: ExplainRequest, signal) =>
      use(request.collection, async (collection) => {
        if (request.method === "aggregate") {
          return collection
            .aggregate(await typedPipeline(request.collection, request.pipeline, signal), options(signal))
            .explain("executionStats");
        }
        const query = await typedFilter(request, signal);
        if (request.method === "count")
          return command({ explain: { count: request.collection, query }, verbosity: "executionStats" }, signal);
        const { sort, limit } = request;
        return collection
          .find(query, { ...options(signal), ...(sort === undefined ? {} : { sort }), ...(limit === undefined ? {} : { limit }) })
          .explain("executionStats");
      }).then((plan) => plainJson(plan) as JsonDocument),
    createIndex: ({ collection: name, keys, name: indexName }: IndexRequest, signal) =>
      use(name, async (collection) => {
        await described(name, signal);
        descriptions.delete(name);
        return collection.createIndex(keys, indexName === undefined ? {} : { name: indexName });
      }),
    stats: async (signal) => plainJson(await command({ dbStats: 1 }, signal)) as JsonDocument,
    async clearCache() {
      descriptions.clear();
      return ["schemas"];
    },
    status: () => ({ backend: "mongodb", source, skipped: [] }),
    close,
  };
}

async function collect(cursor: DriverCursor, cap: Cap): Promise<Rows> {
  const collector = rowCollector(cap);
  try {
    for await (const document of cursor) if (!collector.add(plainJson(document))) break;
    return collector.rows();
  } finally {
    await cursor.close();
  }
}

/** The driver's errors as ours; the messages are kept, what looks like credentials is not. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataToolsError || !(error instanceof Error)) throw error;
    const message = error.message.replaceAll(/\/\/[^\s/@]*@/g, "//");
    const isUnreachable = error.name === "MongoServerSelectionError" || error.name.startsWith("MongoNetwork");
    if (isUnreachable) throw new DataToolsError("BACKEND_UNAVAILABLE", `MongoDB cannot be reached: ${message}`, { cause: error });
    throw new DataToolsError("QUERY_FAILED", message, { cause: error });
  }
}
