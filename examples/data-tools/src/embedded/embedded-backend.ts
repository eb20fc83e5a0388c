import type { Backend } from "../backend.ts";
import { DataToolsError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { SourceDocument } from "../load/table.ts";
import type { EngineOperations } from "./engine.ts";
import { settleOnAbort } from "../settle-on-abort.ts";
import { startEngineWorker, type EngineWorker } from "./engine-worker.ts";

/** A backend that also brings the documents found beside the data. */
export interface EmbeddedBackend extends Backend {
  /** What was found at the last reading. */
  documents(): readonly SourceDocument[];
}

export interface EmbeddedOptions {
  folder?: string;
  skipBroken: boolean;
  limits: Limits;
}

type Operation = keyof EngineOperations;

/**
 * Data in memory behind a thread: a slow query never blocks the caller, and one that does not end is ended. Calls run one at a time, in order.
 * After a thread had to be ended the data is read again by the next call; indexes are then gone.
 */
export async function embeddedBackend({ folder, skipBroken, limits }: EmbeddedOptions): Promise<EmbeddedBackend> {
  const start = () =>
    startEngineWorker({ ...(folder === undefined ? {} : { folder }), skipBroken, fileBytes: limits.fileBytes, memoryMb: limits.memoryMb });
  let worker: EngineWorker = await start();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let isClosed = false;

  async function inTurn<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (isClosed) throw new DataToolsError("BACKEND_UNAVAILABLE", "The server is closed.");
    if (waiting >= limits.waitingCalls)
      throw new DataToolsError("BUSY", `More than ${limits.waitingCalls} calls are waiting; try again later.`);
    waiting += 1;
    const run = last.then(async () => {
      signal.throwIfAborted();
      return task();
    });
    last = run.catch(() => undefined);
    try {
      // A caller that gives up while it waits need not wait for its turn to come.
      return await settleOnAbort(run, signal);
    } finally {
      waiting -= 1;
    }
  }

  const call = <O extends Operation>(operation: O, argument: Parameters<EngineOperations[O]>[0], signal: AbortSignal) =>
    inTurn(signal, async () => {
      if (!worker.alive && !isClosed) worker = await start();
      return worker.call(operation, argument, signal);
    });

  return {
    listCollections: (signal) => call("listCollections", undefined, signal),
    describe: (collection, signal) => call("describe", collection, signal),
    count: (request, signal) => call("count", request, signal),
    find: (request, signal) => call("find", request, signal),
    aggregate: (request, signal) => call("aggregate", request, signal),
    explain: (request, signal) => call("explain", request, signal),
    createIndex: (request, signal) => call("createIndex", request, signal),
    stats: (signal) => call("stats", undefined, signal),
    clearCache: (signal) =>
      inTurn(signal, async () => {
        const fresh = await start();
        const old = worker;
        worker = fresh;
        await old.close();
        return ["parsed data", "schemas", "indexes"];
      }),
    status: () => ({ backend: "embedded", source: worker.ready.source, skipped: worker.ready.skipped }),
    documents: () => worker.ready.documents,
    async close() {
      isClosed = true;
      await worker.close();
    },
  };
}
