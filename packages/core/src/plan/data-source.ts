import { OrchestratorError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { JsonObject } from "../ports/json.ts";
import type { Tool } from "../ports/tool-source.ts";
import { type Synonyms, withAliases } from "./aliases.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogReader } from "./catalog-reader.ts";
import { compileMongo } from "./compile-mongo.ts";
import { compileSql } from "./compile-sql.ts";
import { loadCatalog } from "./load-catalog.ts";
import { mongoReader, type MongoTools, runAggregate } from "./mongo-reader.ts";
import type { QueryPlan } from "./query-plan.ts";
import type { SqlDialect } from "./sql-conditions.ts";
import { runSql, sqlDialect, sqlReader } from "./sql-reader.ts";
import { resultRows, type ToolRows } from "./tool-results.ts";
import { validatePlan } from "./validate.ts";

/** How the tools are found and how much is read through them. */
export interface DataSourceOptions {
  /** Names of tools that differ from the usual ones: `{ aggregate: "run-aggregation", execute_sql: "query" }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Sent as `database` where the tools ask for one. @default the only one `list-databases` names, else "test" */
  readonly database?: string | undefined;
  /** Distinct values read of one field. @default 5000 */
  readonly maxValues?: number | undefined;
  /** What else collections and fields are called: `{ employee: ["staff"], "invoice.Total": ["revenue", "turnover"] }`. @default {} */
  readonly synonyms?: Synonyms | undefined;
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
  readonly compile: (plan: QueryPlan, options?: CallOptions) => Promise<JsonObject>;
  /** Runs a plan. Rejects with `TOOL_FAILED` from the tool, or `INTERNAL` for a plan that does not fit the data. */
  readonly run: (plan: QueryPlan, options?: CallOptions) => Promise<ToolRows>;
  /** Values of a text field that equal or hold the phrase; for fields with more values than the catalog keeps. */
  readonly probe: CatalogReader["probe"];
}

/** One way to read and query: made on first use, since a SQL dialect has to be asked for. */
interface Form {
  readonly reader: CatalogReader;
  readonly compile: (plan: QueryPlan, catalog: Catalog) => JsonObject;
  readonly execute: (plan: QueryPlan, catalog: Catalog, options?: CallOptions) => Promise<ToolRows>;
}

/** Finds the tools that make up a data source, or undefined when there are none. Documents win over SQL when both are there. */
export function dataSource(tools: readonly Tool[], options: DataSourceOptions = {}): DataSource | undefined {
  const named = (name: string): Tool | undefined => tools.find((tool) => tool.name === (options.names?.[name] ?? name));
  const aggregate = named("aggregate");
  const listCollections = named("list-collections");
  if (aggregate && listCollections) {
    const listDatabases = named("list-databases");
    const collectionSchema = named("collection-schema");
    return source("mongo", aggregate.name, options, async () => {
      const database = options.database ?? (requiresDatabase(aggregate) ? await onlyDatabase(listDatabases) : undefined);
      return mongoForm({ aggregate, listCollections, collectionSchema, database });
    });
  }
  const executeSql = named("execute_sql");
  if (executeSql) return source("sql", executeSql.name, options, async () => sqlForm(executeSql, await sqlDialect(executeSql)));
  return undefined;
}

function requiresDatabase(tool: Tool): boolean {
  const required = tool.inputSchema["required"];
  return Array.isArray(required) && required.includes("database");
}

const systemDatabases: ReadonlySet<string> = new Set(["admin", "config", "local"]);

async function onlyDatabase(listDatabases: Tool | undefined): Promise<string> {
  if (!listDatabases) return "test";
  const { rows } = resultRows(await listDatabases.execute({}));
  const names = rows.flatMap((row) => (typeof row["name"] === "string" && !systemDatabases.has(row["name"]) ? [row["name"]] : []));
  const [first, ...others] = names;
  if (first !== undefined && others.length === 0) return first;
  throw new OrchestratorError("CONFIG_INVALID", `name the database to use, one of: ${names.join(", ")}`);
}

/** Conditions are joined by and: in one order, so that two wordings of a question run the same query, whose result may be remembered. */
function inOneOrder(plan: QueryPlan): QueryPlan {
  if (plan.where.length < 2) return plan;
  const ordered = plan.where.map((condition) => ({ condition, key: JSON.stringify(condition) }));
  return { ...plan, where: ordered.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ condition }) => condition) };
}

function mongoForm(tools: MongoTools): Form {
  const database = tools.database === undefined ? {} : { database: tools.database };
  return {
    reader: mongoReader(tools),
    compile: (plan, catalog) => {
      const { collection, pipeline } = compileMongo(inOneOrder(plan), catalog);
      return { ...database, collection, pipeline: [...pipeline] };
    },
    execute: (plan, catalog, options) => {
      const { collection, pipeline } = compileMongo(inOneOrder(plan), catalog);
      return runAggregate(tools, collection, pipeline, options);
    },
  };
}

function sqlForm(tool: Tool, dialect: SqlDialect): Form {
  return {
    reader: sqlReader(tool, dialect),
    compile: (plan, catalog) => ({ sql: compileSql(inOneOrder(plan), catalog, dialect) }),
    execute: (plan, catalog, options) => runSql(tool, compileSql(inOneOrder(plan), catalog, dialect), options),
  };
}

/** Settles like the promise, or rejects with the signal's reason; the work goes on for whoever else waits for it. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

interface Kept<T> {
  readonly get: (options?: CallOptions) => Promise<T>;
  readonly forget: () => void;
}

/**
 * Makes something once for all who ask, and keeps it. What is older than `ttlMs` is still given while it is made anew; a failure is
 * forgotten, so that the next call tries again.
 */
function kept<T>(make: () => Promise<T>, ttlMs: number): Kept<T> {
  let current: { readonly promise: Promise<T>; until: number } | undefined;

  function renew(old?: typeof current): NonNullable<typeof current> {
    const entry = { promise: make(), until: Number.POSITIVE_INFINITY };
    entry.promise.then(
      () => {
        entry.until = performance.now() + ttlMs;
        if (old !== undefined && current === old) current = entry;
      },
      () => {
        if (current === entry) current = undefined;
        if (old !== undefined) old.until = performance.now() + ttlMs;
      },
    );
    return entry;
  }

  return {
    get(options) {
      current ??= renew();
      if (performance.now() >= current.until) {
        current.until = Number.POSITIVE_INFINITY;
        renew(current);
      }
      return unlessAborted(current.promise, options?.signal);
    },
    forget() {
      current = undefined;
    },
  };
}

function source(form: DataSource["form"], tool: string, options: DataSourceOptions, connect: () => Promise<Form>): DataSource {
  const connected = kept(connect, Number.POSITIVE_INFINITY);
  const catalog = kept(async () => {
    const { reader } = await connected.get();
    return withAliases(await loadCatalog(reader, { maxValues: options.maxValues }), options.synonyms ?? {});
  }, options.catalogTtlMs ?? 300_000);
  const ready = async (plan: QueryPlan, call?: CallOptions): Promise<{ form: Form; known: Catalog }> => {
    const known = await catalog.get(call);
    const problems = validatePlan(plan, known);
    if (problems.length > 0) throw new OrchestratorError("INTERNAL", `the plan does not fit the data: ${problems[0] ?? ""}`);
    return { form: await connected.get(call), known };
  };
  return {
    form,
    tool,
    catalog: catalog.get,
    refresh: catalog.forget,
    compile: async (plan, call) => {
      const made = await ready(plan, call);
      return made.form.compile(plan, made.known);
    },
    run: async (plan, call) => {
      const made = await ready(plan, call);
      return made.form.execute(plan, made.known, call);
    },
    probe: async (collection, field, phrase, call) => (await connected.get(call)).reader.probe(collection, field, phrase, call),
  };
}
