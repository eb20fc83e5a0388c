import { OrchestratorError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { JsonObject } from "../ports/json.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogReader } from "./catalog-reader.ts";
import { compileMongo } from "./compile-mongo.ts";
import { loadCatalog } from "./load-catalog.ts";
import { mongoReader, type MongoTools, runAggregate } from "./mongo-reader.ts";
import type { QueryPlan } from "./query-plan.ts";
import type { ToolRows } from "./tool-results.ts";
import { validatePlan } from "./validate.ts";

/** What the tools of a document database may be called elsewhere. */
export interface DataSourceOptions {
  /** Names of tools that differ from the official MongoDB server's: `{ aggregate: "run-aggregation" }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Sent as `database` where the tools ask for one. */
  readonly database?: string | undefined;
  /** Distinct values read of one field. @default 5000 */
  readonly maxValues?: number | undefined;
  /** How long a catalog is used before it is read again, in milliseconds. @default 300000 */
  readonly catalogTtlMs?: number | undefined;
}

/** Connected data that plans can be made for and run on. */
export interface DataSource {
  readonly form: "mongo" | "sql";
  /** The tool that runs plans. */
  readonly tool: string;
  /** The catalog, read once and kept; callers at the same time share one reading. A failed reading is tried again by the next call. */
  readonly catalog: (options?: CallOptions) => Promise<Catalog>;
  /** Forgets the catalog, so that the next call reads it anew. */
  readonly refresh: () => void;
  /** The query a plan becomes: the input of `tool`. */
  readonly compile: (plan: QueryPlan, catalog: Catalog) => JsonObject;
  /** Runs a validated plan. Rejects with `TOOL_FAILED` from the tool, or `INTERNAL` for a plan that is not sound. */
  readonly run: (plan: QueryPlan, options?: CallOptions) => Promise<ToolRows>;
  /** Values of a text field that equal or hold the phrase; for fields with more values than the catalog keeps. */
  readonly probe: CatalogReader["probe"];
}

function requiresDatabase(tool: Tool): boolean {
  const required = tool.inputSchema["required"];
  return Array.isArray(required) && required.includes("database");
}

/** Finds the tools that make up a data source, or undefined when there are none. */
export function dataSource(tools: readonly Tool[], options: DataSourceOptions = {}): DataSource | undefined {
  const named = (name: string): Tool | undefined => tools.find((tool) => tool.name === (options.names?.[name] ?? name));
  const aggregate = named("aggregate");
  const listCollections = named("list-collections");
  if (!aggregate || !listCollections) return undefined;
  const database = requiresDatabase(aggregate) || options.database !== undefined ? (options.database ?? "test") : undefined;
  const mongo: MongoTools = { aggregate, listCollections, collectionSchema: named("collection-schema"), database };
  const compile = (plan: QueryPlan, catalog: Catalog): JsonObject => {
    const { collection, pipeline } = compileMongo(plan, catalog);
    return { ...(database === undefined ? {} : { database }), collection, pipeline: [...pipeline] };
  };
  return withCatalog(mongoReader(mongo), options, {
    form: "mongo",
    tool: aggregate.name,
    compile,
    execute: async (plan, catalog, call) => {
      const query = compileMongo(plan, catalog);
      return runAggregate(mongo, query.collection, query.pipeline, call);
    },
  });
}

interface Form {
  readonly form: DataSource["form"];
  readonly tool: string;
  readonly compile: DataSource["compile"];
  readonly execute: (plan: QueryPlan, catalog: Catalog, options?: CallOptions) => Promise<ToolRows>;
}

function withCatalog(reader: CatalogReader, options: DataSourceOptions, { form, tool, compile, execute }: Form): DataSource {
  const ttlMs = options.catalogTtlMs ?? 300_000;
  let current: { readonly promise: Promise<Catalog>; readonly until: number } | undefined;
  const catalog = (call?: CallOptions): Promise<Catalog> => {
    if (current && performance.now() < current.until) return current.promise;
    const promise = loadCatalog(reader, { maxValues: options.maxValues, signal: call?.signal });
    const entry = { promise, until: performance.now() + ttlMs };
    current = entry;
    promise.catch(() => {
      if (current === entry) current = undefined;
    });
    return promise;
  };
  return {
    form,
    tool,
    catalog,
    refresh: () => {
      current = undefined;
    },
    compile,
    run: async (plan, call) => {
      const known = await catalog(call);
      const problems = validatePlan(plan, known);
      if (problems.length > 0) throw new OrchestratorError("INTERNAL", `the plan is not sound: ${problems[0] ?? ""}`);
      return execute(plan, known, call);
    },
    probe: reader.probe,
  };
}
