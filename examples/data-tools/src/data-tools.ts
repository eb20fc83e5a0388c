import { InMemoryTransport, McpServer, type Transport } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { openBackend, type OpenBackend } from "./open-backend.ts";
import { withDefaults, type Limits } from "./limits.ts";
import { createDocumentIndex } from "./search/document-index.ts";
import { hashEmbedder, type Embedder } from "./search/embedder.ts";
import { listenHttp, type HttpListener, type ListenOptions } from "./serve-http.ts";
import type { ToolHost } from "./tools/define-tool.ts";
import { documentTools } from "./tools/document-tools.ts";
import { queryTools } from "./tools/query-tools.ts";
import { schemaTools } from "./tools/schema-tools.ts";
import type { Services } from "./tools/services.ts";
import { systemTools, version } from "./tools/system-tools.ts";

/** What to serve and how. Everything may be left out. */
export interface DataToolsOptions {
  /** A folder of JSON, NDJSON, CSV or TSV files. @default the sample data of `vega-datasets` */
  dataDir?: string | undefined;
  /** A MongoDB connection string; its database is served instead of files, and `dataDir` only brings documents. */
  mongoUri?: string | undefined;
  /** Whether the tools that write are left out. @default true */
  readOnly?: boolean | undefined;
  /** Leave out files that cannot be read, and report them in `server-status`, instead of refusing to start. @default false */
  skipBroken?: boolean | undefined;
  /** The name the tools accept as `database`. @default "data", or the database of `mongoUri` */
  database?: string | undefined;
  limits?: Partial<Limits> | undefined;
  /** Turns texts into vectors for the document search. @default hashEmbedder() */
  embedder?: Embedder | undefined;
}

/** A server of data tools. Starts reading its data at once; calls wait until it is read. */
export interface DataTools {
  /** Resolves when the data is read; rejects with the DataToolsError of the first file that cannot be read. */
  ready(): Promise<void>;
  /** The client's end of a connection inside this process, with no socket and no process between. Each call makes a new one. */
  connect(): Transport;
  /** Serves this process's standard input and output; resolves when the client is gone. Nothing else may write to standard output. */
  serveStdio(): Promise<void>;
  /** Serves Streamable HTTP on a loopback address. */
  listen(options?: ListenOptions): Promise<HttpListener>;
  /** Ends all connections and the engine. Safe to call twice. */
  close(): Promise<void>;
}

/** Creates the server. Bad options throw `BAD_ARGUMENT` here; unreadable data is reported by `ready()` and by every call. */
export function createDataTools(options: DataToolsOptions = {}): DataTools {
  const { readOnly = true, embedder = hashEmbedder() } = options;
  const limits = withDefaults(options.limits);
  const usage = { startedAt: performance.now(), calls: 0, failures: 0 };
  const closers = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;

  const opening = openBackend({ ...options, limits });
  const services = opening.then((opened) => startServices(opened));
  // Whoever calls a tool or ready() hears of a failure; nobody has to.
  services.catch(() => undefined);

  async function startServices(opened: OpenBackend): Promise<Services> {
    const documents = createDocumentIndex(embedder);
    const started: Services = {
      backend: opened.backend,
      documents,
      async reloadDocuments(signal) {
        for (const document of opened.documents()) await documents.add(document, signal);
      },
      database: options.database ?? opened.database,
      readOnly,
      limits,
      policy: { extendedJson: opened.backend.status().backend === "mongodb" },
      usage,
    };
    await started.reloadDocuments(new AbortController().signal);
    return started;
  }

  const host: ToolHost = { timeMs: limits.timeMs, usage, services: () => services };
  const tools = [...schemaTools, ...queryTools, ...documentTools, ...systemTools].filter((tool) => !readOnly || !tool.writes);

  function createServer(): McpServer {
    const server = new McpServer({ name: "data-tools", version });
    for (const tool of tools) tool.register(server, host);
    return server;
  }

  return {
    ready: async () => void (await services),
    connect() {
      const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
      const connection = serveStdio(createServer, { transport: serverSide });
      const close = () => connection.close();
      closers.add(close);
      // A client that comes and goes must not leave anything behind.
      const ended = serverSide.onclose;
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a transport has this one place
      serverSide.onclose = () => {
        closers.delete(close);
        ended?.();
      };
      return clientSide;
    },
    serveStdio() {
      const ended = Promise.withResolvers<void>();
      const connection = serveStdio(createServer);
      process.stdin.once("end", () => ended.resolve());
      closers.add(async () => {
        await connection.close();
        ended.resolve();
      });
      return ended.promise;
    },
    async listen(given) {
      const listener = await listenHttp(createServer, given);
      closers.add(() => listener.close());
      return listener;
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled([...closers].map((close) => close()));
        const opened = await opening.catch(() => undefined);
        await opened?.backend.close();
      })();
      return closing;
    },
  };
}
