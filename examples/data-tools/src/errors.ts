/**
 * What went wrong, as a stable word:
 * - `BAD_ARGUMENT` the call's arguments make no sense; `UNKNOWN_DATABASE`, `UNKNOWN_COLLECTION`, `UNKNOWN_DOCUMENT` name something that is not there
 * - `OPERATOR_REFUSED` the query holds an operator, stage or pattern that is not on the read list
 * - `QUERY_FAILED` the query engine could not run the query; `TIMEOUT` it ran longer than allowed; `ABORTED` the caller gave up; `BUSY` too many calls wait
 * - `BROKEN_FILE` a data file cannot be read; `TOO_LARGE` a file or document is over its limit
 * - `BACKEND_UNAVAILABLE` the database or the engine is not there
 */
export type DataToolsErrorCode =
  | "BAD_ARGUMENT"
  | "UNKNOWN_DATABASE"
  | "UNKNOWN_COLLECTION"
  | "UNKNOWN_DOCUMENT"
  | "OPERATOR_REFUSED"
  | "QUERY_FAILED"
  | "TIMEOUT"
  | "ABORTED"
  | "BUSY"
  | "BROKEN_FILE"
  | "TOO_LARGE"
  | "BACKEND_UNAVAILABLE";

/** Every error this server raises on purpose. `details` is plain JSON: `path` of a refused operator, `file` and `line` of a broken file. */
export class DataToolsError extends Error {
  override readonly name = "DataToolsError";
  readonly code: DataToolsErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: DataToolsErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A DataToolsError as plain JSON, for the wire and for crossing a thread. */
export interface PlainError {
  code: DataToolsErrorCode;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

/** Turns anything thrown into plain JSON; an error that is not ours becomes `QUERY_FAILED` with its message, never its stack. */
export function toPlainError(error: unknown): PlainError {
  if (error instanceof DataToolsError) return { code: error.code, message: error.message, details: error.details };
  return { code: "QUERY_FAILED", message: error instanceof Error ? error.message : String(error), details: {} };
}

/** The opposite of {@link toPlainError}. */
export function fromPlainError(plain: PlainError): DataToolsError {
  return new DataToolsError(plain.code, plain.message, { details: { ...plain.details } });
}
