import { z } from "zod";
import { assertDatabase, collection, database, jsonObject } from "./arguments.ts";
import { defineTool, type Tool } from "./define-tool.ts";

/** The version this server gives itself. */
export const version = "0.1.0";

const serverStatus = defineTool({
  name: "server-status",
  description: "The state of this server: where its data comes from, what was left out of it, limits and use",
  effect: "reads",
  input: z.strictObject({}),
  output: z.object({
    status: z.enum(["ok", "degraded"]),
    version: z.string(),
    backend: z.enum(["embedded", "mongodb"]),
    source: z.string(),
    database: z.string(),
    readOnly: z.boolean(),
    uptimeMs: z.number(),
    calls: z.number(),
    failures: z.number(),
    documents: z.number(),
    skipped: z.array(z.object({ file: z.string(), line: z.number().optional(), message: z.string() })),
    limits: z.record(z.string(), z.number()),
  }),
  async run(_, { backend, documents, database, readOnly, usage, limits }) {
    const state = backend.status();
    const structured = {
      status: state.skipped.length === 0 ? ("ok" as const) : ("degraded" as const),
      version,
      ...state,
      database,
      readOnly,
      uptimeMs: Math.round(performance.now() - usage.startedAt),
      calls: usage.calls,
      failures: usage.failures,
      documents: documents.list().length,
      limits: { ...limits },
    };
    return { summary: `The server is ${structured.status}.`, data: JSON.stringify(structured), structured };
  },
});

const dbStats = defineTool({
  name: "db-stats",
  description: "Statistics about the database: collections, documents and indexes",
  effect: "reads",
  input: z.strictObject({ database }),
  output: z.object({ stats: jsonObject }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const stats = { db: services.database, ...(await services.backend.stats(signal)) };
    return { summary: "Statistics of the database:", data: JSON.stringify(stats), structured: { stats } };
  },
});

const clearCache = defineTool({
  name: "clear-cache",
  description: "Clear this server's own caches; data files are read again. Nothing stored is lost.",
  effect: "refreshes",
  input: z.strictObject({}),
  output: z.object({ cleared: z.array(z.string()) }),
  async run(_, { backend, reloadDocuments }, signal) {
    const cleared = await backend.clearCache(signal);
    await reloadDocuments(signal);
    return { summary: `Cleared: ${cleared.join(", ")}.`, structured: { cleared } };
  },
});

const createIndex = defineTool({
  name: "create-index",
  description: "Create an index for a collection, unless it exists",
  effect: "creates",
  input: z.strictObject({
    database,
    collection,
    keys: z
      .record(z.string().min(1), z.union([z.literal(1), z.literal(-1)]))
      .refine((keys) => Object.keys(keys).length > 0, "at least one field")
      .describe("The fields to index, 1 for ascending and -1 for descending"),
    name: z.string().min(1).max(100).optional().describe("The name of the index"),
  }),
  output: z.object({ indexName: z.string() }),
  async run(given, services, signal) {
    assertDatabase(given.database, services);
    const { collection, keys, name } = given;
    const indexName = await services.backend.createIndex({ collection, keys, ...(name === undefined ? {} : { name }) }, signal);
    return { summary: "The index is there.", data: JSON.stringify({ indexName }), structured: { indexName } };
  },
});

/** Tools about the server itself. */
export const systemTools: readonly Tool[] = [serverStatus, dbStats, clearCache, createIndex];
