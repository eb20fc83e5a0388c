import { Worker } from "node:worker_threads";
import { DataToolsError, fromPlainError } from "../errors.ts";
import type { EngineOperations } from "./engine.ts";
import type { EngineCall, EngineMessage, EngineReady, EngineStart } from "./worker-protocol.ts";

/** How long a call that was given up may go on before its thread is ended. */
const graceMs = 250;

export interface EngineWorkerOptions extends Omit<EngineStart, "cancelled"> {
  memoryMb: number;
}

type Operation = keyof EngineOperations;

/** A started engine in a thread of its own. Calls run one after the other; the caller keeps the order. */
export interface EngineWorker {
  ready: EngineReady;
  /** False once the thread ended; every further call fails. */
  readonly alive: boolean;
  /** Rejects with `signal.reason` when the signal aborts. A query that does not stop by itself then ends the thread. */
  call<O extends Operation>(
    operation: O,
    argument: Parameters<EngineOperations[O]>[0],
    signal: AbortSignal,
  ): Promise<ReturnType<EngineOperations[O]>>;
  close(): Promise<void>;
}

/** Starts the thread and waits until the data is read; rejects with the error of the first file that cannot be read. */
export async function startEngineWorker({ memoryMb, ...start }: EngineWorkerOptions): Promise<EngineWorker> {
  const cancelled = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const cancelledId = new Int32Array(cancelled);
  const workerData: EngineStart = { ...start, cancelled };
  const worker = new Worker(new URL("./engine-thread.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const started = Promise.withResolvers<EngineReady>();
  let lastId = 0;
  let alive = true;

  const end = (error: DataToolsError) => {
    alive = false;
    started.reject(error);
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on("message", (message: EngineMessage) => {
    if (message.kind === "ready") return started.resolve(message.ready);
    if (message.kind === "failed") return started.reject(fromPlainError(message.error));
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === "result") waiting?.resolve(message.value);
    else waiting?.reject(fromPlainError(message.error));
  });
  worker.on("error", (error: Error & { code?: string }) => {
    const outOfMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    end(
      new DataToolsError(
        "QUERY_FAILED",
        outOfMemory ? `The query needed more than ${memoryMb} MiB of memory.` : `The engine stopped: ${error.message}`,
      ),
    );
  });
  worker.on("exit", () => end(new DataToolsError("BACKEND_UNAVAILABLE", "The engine was stopped.")));

  const ready = await started.promise.catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  // The thread alone must not keep a finished program running.
  worker.unref();

  return {
    ready,
    get alive() {
      return alive;
    },
    async call(operation, argument, signal) {
      signal.throwIfAborted();
      if (!alive) throw new DataToolsError("BACKEND_UNAVAILABLE", "The engine was stopped.");
      const id = (lastId = (lastId % 0x7fffffff) + 1);
      const answer = Promise.withResolvers<unknown>();
      pending.set(id, answer);
      let grace: NodeJS.Timeout | undefined;
      const giveUp = () => {
        Atomics.store(cancelledId, 0, id);
        grace = setTimeout(() => void worker.terminate(), graceMs);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      worker.ref();
      try {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ id, operation, argument } satisfies EngineCall);
        return (await answer.promise) as ReturnType<EngineOperations[typeof operation]>; // The engine answers what it was asked.
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        clearTimeout(grace);
        signal.removeEventListener("abort", giveUp);
        worker.unref();
      }
    },
    async close() {
      await worker.terminate();
    },
  };
}
