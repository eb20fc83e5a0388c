import { OrchestratorError } from "@hydrogenai/core";

/** How a server says no to a call of the JetStream API or to a publish. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Numbers JetStream gives its errors. */
export const errorNumbers = {
  consumerNotFound: 10014,
  streamNotFound: 10059,
  messageNotFound: 10037,
  streamExists: 10058,
  consumerExists: 10148,
  deliverPolicyFixed: 10012,
  wrongLastSequence: 10071,
  /** "maximum messages per subject exceeded", "maximum bytes exceeded", or a failure of the server's disk: the description says which. */
  storeFailed: 10077,
  insufficientResources: 10023,
  storageExceeded: 10047,
  memoryExceeded: 10028,
} as const;

const fullNumbers: readonly (number | undefined)[] = [
  errorNumbers.insufficientResources,
  errorNumbers.storageExceeded,
  errorNumbers.memoryExceeded,
];

/** A refusal as an error; `details.number` is JetStream's own. */
export function refused(what: string, error: ApiError): OrchestratorError {
  const message = `NATS refused ${what}: ${error.description ?? error.code}`;
  const details = { number: error.err_code, description: error.description };
  const isFull =
    fullNumbers.includes(error.err_code) ||
    (error.err_code === errorNumbers.storeFailed && error.description?.startsWith("maximum") === true);
  if (isFull) return new OrchestratorError("STORE_FULL", message, { retryable: true, details });
  return new OrchestratorError("STORE_UNAVAILABLE", message, { retryable: error.code === 503, details });
}

export const unavailable = (what: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("STORE_UNAVAILABLE", `NATS: ${what}`, { retryable: true, cause });

/** True for a refusal with this number. */
export const hasNumber = (error: unknown, ...numbers: readonly number[]): boolean =>
  error instanceof OrchestratorError && numbers.some((number) => error.details["number"] === number);
