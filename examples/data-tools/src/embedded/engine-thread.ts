import { parentPort, workerData } from "node:worker_threads";
import { DataToolsError, toPlainError } from "../errors.ts";
import { loadFolder } from "../load/folder.ts";
import { loadSampleData } from "../load/sample-data.ts";
import { createEngine, type EngineOperations } from "./engine.ts";
import type { EngineCall, EngineMessage, EngineStart } from "./worker-protocol.ts";

const { folder, skipBroken, fileBytes, cancelled } = workerData as EngineStart; // Set by the one place that starts this thread.
const cancelledId = new Int32Array(cancelled);
let runningId = 0;

function send(message: EngineMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(message);
}

function checkpoint(): void {
  if (Atomics.load(cancelledId, 0) === runningId) throw new DataToolsError("ABORTED", "The call was given up.");
}

function serve(engine: EngineOperations): void {
  parentPort?.on("message", ({ id, operation, argument }: EngineCall) => {
    runningId = id;
    try {
      const run = engine[operation] as (argument: unknown) => unknown; // The caller is typed; the pair cannot differ.
      send({ kind: "result", id, value: run(argument) });
    } catch (error) {
      send({ kind: "error", id, error: toPlainError(error) });
    }
  });
}

try {
  const data = folder === undefined ? loadSampleData(fileBytes) : loadFolder(folder, { skipBroken, fileBytes });
  serve(createEngine(data.tables, checkpoint));
  send({ kind: "ready", ready: { source: data.source, documents: data.documents, skipped: data.skipped } });
} catch (error) {
  send({ kind: "failed", error: toPlainError(error) });
}
