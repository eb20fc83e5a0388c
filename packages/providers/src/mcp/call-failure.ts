import { OrchestratorError } from "@hydrogenai/core";
import { readLostAnswer } from "./lost-answer.ts";
import type { Sdk } from "./sdk.ts";

/**
 * What became of a call that brought no result.
 * `answered`: the server said no, and the connection is good. `unsent`: the tool certainly did not run, and a new connection is needed.
 * `broken`: the connection broke; the tool may or may not have run.
 */
export type CallFailure =
  | { readonly kind: "answered"; readonly error: OrchestratorError }
  | { readonly kind: "unsent" | "broken"; readonly reason: string };

/** There was no connection, or the last bytes of the request were refused. */
const notSent = new Set(["ECONNREFUSED", "EPIPE", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "UND_ERR_CONNECT_TIMEOUT"]);

const longestReason = 500;
const invalidParams = -32_602;

/** The error and its causes, outermost first. */
function chain(error: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let each = error; each instanceof Error && found.length < 8 && !found.includes(each); each = each.cause) found.push(each);
  return found;
}

const codeOf = (error: Error): string | undefined => ("code" in error && typeof error.code === "string" ? error.code : undefined);

/** One line for people: what happened and, for a socket, its code. */
export function reasonOf(error: unknown): string {
  const errors = chain(error);
  const innermost = errors.at(-1);
  if (innermost === undefined) return String(error).slice(0, longestReason);
  const code = codeOf(innermost);
  const outer = errors[0] === innermost ? "" : `${errors[0]?.message}: `;
  const text = innermost.message === "" ? (code ?? innermost.name) : innermost.message;
  return `${outer}${text}`.slice(0, longestReason);
}

/** True when the request cannot have reached the server as a whole. */
export function isUnsent(error: unknown): boolean {
  return chain(error).some((each) => {
    if (each instanceof AggregateError && each.errors.length > 0) return each.errors.every(isUnsent);
    const wasConnecting = "syscall" in each && (each.syscall === "connect" || each.syscall === "getaddrinfo");
    return wasConnecting || notSent.has(codeOf(each) ?? "") || /^Not (connected|sent)\b/.test(each.message);
  });
}

/** The HTTP status a server answered with in place of a message. */
export function statusOf(sdk: Sdk, error: unknown): number | undefined {
  return chain(error).find((each) => each instanceof sdk.SdkHttpError)?.status;
}

/** A server that was restarted does not know the session any more: 404 by the protocol, 400 with words by the reference servers. */
function isUnknownSession(status: number, message: string): boolean {
  return status === 404 || (status === 400 && /session|initiali[sz]|protocol.version/i.test(message));
}

/** Sorts what `callTool` rejected with. What is not known for certain counts as `broken`. */
export function callFailure(sdk: Sdk, error: unknown, tool: string): CallFailure {
  const answered = (code: "TOOL_FAILED" | "TOOL_INPUT_INVALID", what: string, retryable = false): CallFailure => ({
    kind: "answered",
    error: new OrchestratorError(code, `the tool ${tool} ${what}`, { retryable, details: { tool }, cause: error }),
  });
  const reason = reasonOf(error);
  if (isUnsent(error)) return { kind: "unsent", reason };
  if (error instanceof sdk.ProtocolError) {
    const lost = readLostAnswer(error.data);
    if (lost?.kind === "cut") return { kind: "broken", reason: lost.reason };
    if (lost?.kind === "too-large") return answered("TOOL_FAILED", "failed: its answer is larger than allowed");
    if (error.code === invalidParams) return answered("TOOL_INPUT_INVALID", `was given input it does not take: ${reason}`);
    return answered("TOOL_FAILED", `failed: ${reason}`);
  }
  const status = statusOf(sdk, error);
  if (status !== undefined && isUnknownSession(status, reason)) return { kind: "unsent", reason };
  if (status !== undefined && status < 500)
    return answered("TOOL_FAILED", `could not be called: ${reason} (HTTP ${status})`, status === 429);
  const isUnreadable =
    error instanceof sdk.SdkError &&
    (error.code === sdk.SdkErrorCode.InvalidResult || error.code === sdk.SdkErrorCode.UnsupportedResultType);
  if (isUnreadable) return answered("TOOL_FAILED", `answered with what cannot be read: ${reason}`);
  return { kind: "broken", reason };
}
