import type { SkippedFile } from "../backend.ts";
import type { PlainError } from "../errors.ts";
import type { SourceDocument } from "../load/table.ts";
import type { EngineOperations } from "./engine.ts";

/** What the engine's thread is started with. */
export interface EngineStart {
  /** The folder to read; the sample data when absent. */
  folder?: string;
  skipBroken: boolean;
  fileBytes: number;
  /** The engine looks here for the id of a call to give up. */
  cancelled: SharedArrayBuffer;
}

/** What the thread says once the data is read. */
export interface EngineReady {
  source: string;
  documents: SourceDocument[];
  skipped: SkippedFile[];
}

/** One call of an engine operation; answered in order, one at a time. */
export interface EngineCall {
  id: number;
  operation: keyof EngineOperations;
  argument: unknown;
}

export type EngineMessage =
  | { kind: "ready"; ready: EngineReady }
  | { kind: "failed"; error: PlainError }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number; error: PlainError };
