import { OrchestratorError } from "@hydrogenai/core";

export const unavailable = (what: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("STORE_UNAVAILABLE", `Redis: ${what}`, { retryable: true, cause });

/** True for an answer of the server, as opposed to a failure of the connection. */
export const isReplyError = (error: unknown): boolean => error instanceof Error && error.name === "ReplyError";

/** True when ioredis refused a command because its socket is gone, so that nothing was sent. */
export const isUnsent = (error: unknown): boolean => error instanceof Error && error.message.startsWith("Stream isn't writeable");

/** True for what ioredis says of a connection that ended for whatever reason. */
export const isClosed = (error: unknown): boolean => error instanceof Error && error.message === "Connection is closed.";

/** True for an answer that speaks of the server or of our rights, and not of this command. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof Error &&
  isReplyError(error) &&
  /\b(?:READONLY|NOPERM|NOAUTH|OOM|MISCONF|BUSY|LOADING|MASTERDOWN|CLUSTERDOWN)\b/.test(error.message);

/** True when the server has not run the script because it does not hold it. */
export const isNoScript = (error: unknown): boolean =>
  error instanceof Error && isReplyError(error) && error.message.startsWith("NOSCRIPT");

/** True when the consumer group, or its stream, is not there any more. */
export const isNoGroup = (error: unknown): boolean => error instanceof Error && error.message.includes("NOGROUP");

/** What a failed command means to a caller. The messages of Redis name commands and limits, never credentials. */
export function asOrchestratorError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OrchestratorError) return error;
  if (!isReplyError(error)) return unavailable(error.message, error);
  const word = /\b(OOM|MISCONF|WRONGTYPE|NOAUTH|WRONGPASS|NOPERM)\b/.exec(error.message)?.[1];
  if (word === "OOM" || word === "MISCONF")
    return new OrchestratorError("STORE_FULL", `Redis takes no writes: ${error.message}`, { retryable: true, cause: error });
  if (word === "WRONGTYPE")
    return new OrchestratorError("DATA_CORRUPT", `Redis holds something else under this key: ${error.message}`, { cause: error });
  if (word !== undefined) return new OrchestratorError("STORE_UNAVAILABLE", `Redis refused us: ${error.message}`, { cause: error });
  // LOADING, READONLY, CLUSTERDOWN, MASTERDOWN, TRYAGAIN, BUSY and the like pass.
  return unavailable(error.message, error);
}
