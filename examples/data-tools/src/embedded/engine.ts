import { Aggregator } from "mingo/aggregator";
import { ProcessingMode } from "mingo/core";
import { Query } from "mingo/query";
import type { Options } from "mingo/types";
import type {
  AggregateRequest,
  CollectionSchema,
  CollectionSummary,
  ExplainRequest,
  FilterRequest,
  FindRequest,
  IndexRequest,
  JsonDocument,
  Relation,
  Rows,
} from "../backend.ts";
import { rowCollector } from "../cap-rows.ts";
import { DataToolsError } from "../errors.ts";
import type { Table } from "../load/table.ts";
import { discoverFields } from "../schema/discover-fields.ts";
import { discoverRelations } from "../schema/discover-relations.ts";
import { equalityIndex, type EqualityIndex } from "./equality-index.ts";
import { mongoOperators } from "./mongo-semantics.ts";

/** What the engine can be asked. Every answer can cross a thread. */
export interface EngineOperations {
  listCollections(): CollectionSummary[];
  describe(collection: string): CollectionSchema;
  count(request: FilterRequest): number;
  find(request: FindRequest): Rows;
  aggregate(request: AggregateRequest): Rows;
  explain(request: ExplainRequest): JsonDocument;
  createIndex(request: IndexRequest): string;
  stats(): JsonDocument;
}

/**
 * Runs MongoDB-style queries over tables in memory, in the calling thread. `checkpoint` is called for every document read and may throw to
 * end a query. Documents are frozen: no query changes them.
 */
export function createEngine(tables: readonly Table[], checkpoint: () => void): EngineOperations {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const indexes = new Map<string, EqualityIndex[]>();
  for (const { rows } of tables) for (const row of rows) Object.freeze(row);
  const options: Options = {
    idKey: "_id",
    processingMode: ProcessingMode.CLONE_OFF,
    useStrictMode: true,
    scriptEnabled: false,
    failOnError: true,
    collectionResolver: (name) => tableNamed(name).rows,
    context: mongoOperators(),
  };
  let described: Map<string, CollectionSchema> | undefined;

  function tableNamed(name: string): Table {
    const table = byName.get(name);
    if (table !== undefined) return table;
    throw new DataToolsError(
      "UNKNOWN_COLLECTION",
      `There is no collection "${name}". The collections are: ${[...byName.keys()].join(", ")}.`,
      {
        details: { collection: name },
      },
    );
  }

  function* watched(rows: Iterable<JsonDocument>): Generator<JsonDocument> {
    for (const row of rows) {
      checkpoint();
      yield row;
    }
  }

  function candidates(collection: string, filter: JsonDocument): { rows: readonly JsonDocument[]; index?: EqualityIndex } {
    for (const index of indexes.get(collection) ?? []) {
      const rows = index.candidates(filter);
      if (rows !== undefined) return { rows, index };
    }
    return { rows: tableNamed(collection).rows };
  }

  function matching(collection: string, filter: JsonDocument): JsonDocument[] {
    const { rows } = candidates(collection, filter);
    const query = new Query(filter, options);
    const found: JsonDocument[] = [];
    for (const row of watched(rows)) if (query.test(row)) found.push(row);
    return found;
  }

  function source(collection: string, pipeline: readonly JsonDocument[]): readonly JsonDocument[] {
    const first = pipeline[0]?.["$match"];
    return candidates(collection, (first ?? {}) as JsonDocument).rows; // The policy let only an object through as $match.
  }

  const schemas = () => {
    if (described !== undefined) return described;
    const fields = tables.map((table) => ({ ...table, fields: discoverFields(table.rows, table.fieldDescriptions) }));
    const relations = discoverRelations(fields);
    described = new Map(fields.map((table) => [table.name, toSchema(table, relations.get(table.name) ?? [])]));
    return described;
  };

  const engine: EngineOperations = {
    listCollections: () =>
      tables.map(({ name, description, rows }) => ({ name, ...(description === undefined ? {} : { description }), count: rows.length })),
    describe(collection) {
      tableNamed(collection);
      return schemas().get(collection) as CollectionSchema; // Every table has one.
    },
    count: ({ collection, filter }) =>
      Object.keys(filter).length === 0 ? tableNamed(collection).rows.length : matching(collection, filter).length,
    find({ collection, filter, projection, sort, skip, limit, cap }) {
      const found = matching(collection, filter);
      const pipeline: JsonDocument[] = [
        ...(sort === undefined || Object.keys(sort).length === 0 ? [] : [{ $sort: sort }]),
        ...(skip === undefined || skip === 0 ? [] : [{ $skip: skip }]),
        ...(limit === undefined ? [] : [{ $limit: limit }]),
        ...(projection === undefined || Object.keys(projection).length === 0 ? [] : [{ $project: projection }]),
      ];
      const collector = rowCollector(cap);
      for (const document of new Aggregator(pipeline, options).stream(watched(found))) if (!collector.add(document)) break;
      return collector.rows(found.length);
    },
    aggregate({ collection, pipeline, cap }) {
      const collector = rowCollector(cap);
      let total = 0;
      for (const document of new Aggregator(pipeline, options).stream(watched(source(collection, pipeline)))) {
        collector.add(document);
        total += 1;
      }
      return collector.rows(total);
    },
    explain(request) {
      const filter = request.method === "aggregate" ? ((request.pipeline[0]?.["$match"] ?? {}) as JsonDocument) : request.filter;
      const { rows, index } = candidates(request.collection, filter);
      const startedAt = performance.now();
      const returned = runForExplain(engine, request);
      const scan =
        index === undefined
          ? { stage: "COLLSCAN" }
          : { stage: "FETCH", inputStage: { stage: "IXSCAN", indexName: index.name, keyPattern: { [index.field]: 1 } } };
      return {
        engine: "embedded",
        queryPlanner: { namespace: request.collection, parsedQuery: filter, winningPlan: scan },
        executionStats: {
          nReturned: returned,
          totalDocsExamined: rows.length,
          executionTimeMillis: Math.round((performance.now() - startedAt) * 1000) / 1000,
        },
      };
    },
    createIndex({ collection, keys, name }) {
      const table = tableNamed(collection);
      const [field, ...more] = Object.keys(keys);
      if (field === undefined || more.length > 0 || field.includes("."))
        throw new DataToolsError("BAD_ARGUMENT", "The embedded engine indexes one top-level field at a time.");
      const indexName = name ?? `${field}_${keys[field]}`;
      const existing = indexes.get(collection) ?? [];
      if (existing.some((index) => index.field === field)) return existing.find((index) => index.field === field)?.name ?? indexName;
      if (
        !schemas()
          .get(collection)
          ?.fields.some((known) => known.name === field)
      )
        throw new DataToolsError("BAD_ARGUMENT", `"${collection}" has no field "${field}".`);
      const index = equalityIndex(indexName, field, table.rows);
      if (index === undefined)
        throw new DataToolsError("BAD_ARGUMENT", `"${field}" holds arrays or objects, which the embedded engine does not index.`);
      indexes.set(collection, [...existing, index]);
      return indexName;
    },
    stats: () => ({
      collections: tables.length,
      objects: tables.reduce((sum, { rows }) => sum + rows.length, 0),
      indexes: [...indexes.values()].reduce((sum, list) => sum + list.length, 0),
      perCollection: tables.map(({ name, rows, file }) => ({
        name,
        count: rows.length,
        file,
        indexes: (indexes.get(name) ?? []).map((index) => index.name),
      })),
    }),
  };
  return engine;
}

function toSchema(table: Table & { fields: CollectionSchema["fields"] }, relations: Relation[]): CollectionSchema {
  const { name, description, rows, fields } = table;
  return {
    collection: name,
    ...(description === undefined ? {} : { description }),
    count: rows.length,
    sampled: rows.length,
    fields,
    relations,
  };
}

function runForExplain(engine: EngineOperations, request: ExplainRequest): number {
  const cap = { rows: 1, bytes: Number.MAX_SAFE_INTEGER };
  const { collection } = request;
  if (request.method === "aggregate") return engine.aggregate({ collection, pipeline: request.pipeline, cap }).total ?? 0;
  const count = engine.count({ collection, filter: request.filter });
  return request.method === "find" && request.limit !== undefined ? Math.min(count, request.limit) : count;
}
