/** Every code the library throws, with what it means. A public contract: codes are added, never changed. */
export const errorCodes = {
  QUERY_REJECTED: "The query breaks a rule; `details.rule` names it.",
  QUERY_NOT_FOUND: "This process answered no query of this id lately.",
  SESSION_NOT_FOUND: "No session has this id for this caller; `createSession` makes one.",
  OVERLOADED: "Too much work at once; try again after `details.retryAfterMs`.",
  DEADLINE_EXCEEDED: "The call's deadline passed; what was done may be unknown.",
  ABORTED: "The reader left the stream before its end.",
  CLOSED: "The part was closed and takes no more calls.",
  PROVIDER_FAILED: "A model vendor failed; `kind`, `provider` and `model` say how and where.",
  STREAM_INCOMPLETE: "A model's answer ended before its end mark; `details.text` holds what came.",
  PROVIDERS_EXHAUSTED: "No configured model vendor answered; `details.retryAfterMs` when one will be back.",
  BUDGET_EXCEEDED: "The budget for this window is spent; `details.retryAfterMs` when it opens again.",
  RATE_LIMITED: "The caller's own limit is reached; try again after `details.retryAfterMs`.",
  TOOL_FAILED: "A tool reported a failure or could not be reached; `details.tool` names it.",
  TOOL_INPUT_INVALID: "The input does not fit the tool's schema; the tool did not run.",
  TOOL_NOT_FOUND: "No connected tool has this name.",
  TOOL_FORBIDDEN: "The caller's roles do not allow this tool.",
  TOOL_OUTCOME_UNKNOWN: "The connection broke while a tool that is not idempotent ran; it was not run again.",
  RUN_NOT_FOUND: "No queued run has this id for this caller.",
  RUN_CANCELLED: "The run was cancelled; what its steps say how to undo was undone.",
  RUN_INTERRUPTED: "A run stopped where going on by itself is not safe, and waits for somebody to look; `details.step` names the place.",
  NON_DETERMINISM: "A workflow asks for other steps than the journal of its run holds; `details.step` names the first.",
  LEASE_LOST: "Another worker took the run over; nothing more of this one is written.",
  HISTORY_FULL: "A run or a step's result is larger than its bound.",
  APPROVAL_REQUIRED: "The tool may run only once somebody approved it, which needs a queued run.",
  APPROVAL_INVALID: "The approval was forged, used, expired or is not for this; `details.rule` says which.",
  STEP_OUTPUT_INVALID: "A step of a workflow made something else than its definition allows; `details.step` names it.",
  ANSWER_REFUSED: "An output guard refused the answer; `details.guard` names it.",
  VERSION_CONFLICT: "Somebody else wrote first; read again and decide anew.",
  STORE_UNAVAILABLE: "The store or broker cannot be reached in time; a write's outcome may be unknown.",
  STORE_FULL: "The store or broker has no room; reads go on.",
  STATE_LOST: "The store came back empty or older than what it had acknowledged.",
  OUTBOX_FULL: "No bus tier is there and the outbox is at its bound; the event was not taken.",
  DATA_CORRUPT: "Stored bytes could not be read back.",
  CONFIG_INVALID: "An option or file is wrong; the message says which and where.",
  MISSING_DEPENDENCY: "An optional package is needed; the message says which to install.",
  INTERNAL: "A defect of the library; the cause says more.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptions {
  /** True when the same call may succeed later. @default false */
  readonly retryable?: boolean | undefined;
  /** Plain data for the caller; never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for("@hydrogenai/error");

/** The one error class. Recognise it with `isOrchestratorError`, which also works across copies of this package. */
export class OrchestratorError extends Error {
  override readonly name: string = "OrchestratorError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }

  /** What may leave the process: code, message, retryable, details. No stack, no cause. */
  toJSON(): { code: ErrorCode; message: string; retryable: boolean; details: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, retryable: this.retryable, details: this.details };
  }
}

/** How a vendor failed, decided in its adapter; the failover policy reads nothing else. */
export type ProviderFailure =
  | "rate-limit"
  | "quota"
  | "overloaded"
  | "server"
  | "network"
  | "timeout"
  | "malformed"
  | "incomplete"
  | "context-length"
  | "model-not-found"
  | "auth"
  | "content-filter"
  | "bad-request"
  | "unknown";

export interface ProviderErrorOptions extends ErrorOptions {
  readonly provider: string;
  readonly kind: ProviderFailure;
  readonly model?: string | undefined;
  readonly status?: number | undefined;
  /** As the vendor asked, when it made sense; milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A failure of one model vendor. */
export class ProviderError extends OrchestratorError {
  override readonly name = "ProviderError";
  readonly provider: string;
  readonly kind: ProviderFailure;
  readonly model: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;

  constructor(message: string, options: ProviderErrorOptions) {
    super(options.kind === "incomplete" ? "STREAM_INCOMPLETE" : "PROVIDER_FAILED", message, options);
    this.provider = options.provider;
    this.kind = options.kind;
    this.model = options.model;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
  }
}

/** True for an `OrchestratorError` of any copy of this package, of the given code if one is given. */
export function isOrchestratorError(error: unknown, code?: ErrorCode): error is OrchestratorError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || (error as OrchestratorError).code === code;
}

/** True for a `ProviderError` of any copy of this package. */
export function isProviderError(error: unknown): error is ProviderError {
  return isOrchestratorError(error) && error.name === "ProviderError";
}
