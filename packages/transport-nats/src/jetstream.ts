import { type CallOptions, OrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { type ApiError, hasNumber, refused, unavailable } from "./nats-errors.ts";
import { requests, type RequestsOptions } from "./requests.ts";

export interface ApiOptions extends CallOptions {
  /** In terms of `performance.now()`. @default `timeoutMs` from now */
  readonly deadline?: number | undefined;
}

export interface PublishRequest extends ApiOptions {
  readonly subject: string;
  readonly payload: string;
  /** The server drops a second message of this id within the stream's duplicate window; one word. */
  readonly messageId: string;
  /** The message is refused unless the last one of its subject has this sequence; 0 means none. */
  readonly expectedSequence?: number | undefined;
}

export interface PublishAck {
  readonly sequence: number;
  /** True when the stream already held a message of this id. */
  readonly duplicate: boolean;
  /** True when it was sent more than once, so that a duplicate may be our own first try. */
  readonly repeated: boolean;
}

/** Calls of the JetStream API, repeated until answered: only for calls that do not act twice. */
export interface JetStream {
  readonly call: <T>(name: string, body?: unknown, options?: ApiOptions) => Promise<T>;
  /** Says something about a message and resolves when the server has heard it. */
  readonly tell: (reply: string, text: string, deadline: number) => Promise<void>;
  readonly close: () => void;
}

/** Publishes with acknowledgement, many under way at once, stored in the order they were asked for. */
export interface Publisher {
  readonly publish: (request: PublishRequest) => Promise<PublishAck>;
  /** How long the oldest one has waited, in milliseconds. */
  readonly oldestMs: () => number;
  readonly close: () => void;
}

const decoder = new TextDecoder();

/** What the server answered, parsed. Anything that is not JSON did not come from JetStream. */
function parse(data: Uint8Array, what: string): { readonly error?: ApiError } {
  try {
    return JSON.parse(decoder.decode(data)) as { readonly error?: ApiError };
  } catch (cause) {
    throw unavailable(`an answer to ${what} that is not JSON`, cause);
  }
}

export function jetStream(connection: Connection): JetStream {
  const exchange = requests(connection, { ordered: false });
  return {
    call: async <T>(name: string, body?: unknown, options: ApiOptions = {}): Promise<T> => {
      const { data } = await exchange.ask({
        ...options,
        subject: `$JS.API.${name}`,
        payload: body === undefined ? "" : JSON.stringify(body),
      });
      const answer = parse(data, name);
      if (answer.error !== undefined) throw refused(name, answer.error);
      // The caller knows what this call answers.
      return answer as T;
    },
    tell: async (subject, payload, deadline) => void (await exchange.ask({ subject, payload, deadline })),
    close: exchange.close,
  };
}

/** Room for what stands around a payload and counts as payload: headers. */
const headerBytes = 512;

export function publisher(connection: Connection, onNobody: RequestsOptions["onNobody"]): Publisher {
  const exchange = requests(connection, { ordered: true, onNobody });
  return {
    publish: async ({ subject, payload, messageId, expectedSequence, signal, deadline }) => {
      const most = connection.maxPayload() - headerBytes;
      if (payload.length * 3 > most && Buffer.byteLength(payload) > most)
        throw new OrchestratorError("CONFIG_INVALID", `a message of ${Buffer.byteLength(payload)} bytes; the server takes ${most}`);
      const headers =
        expectedSequence === undefined
          ? { "Nats-Msg-Id": messageId }
          : { "Nats-Msg-Id": messageId, "Nats-Expected-Last-Subject-Sequence": String(expectedSequence) };
      const { data, repeated } = await exchange.ask({ subject, payload, headers, signal, deadline });
      const answer = parse(data, "a publish") as { readonly error?: ApiError; readonly seq: number; readonly duplicate?: boolean };
      if (answer.error !== undefined) throw refused("a publish", answer.error);
      return { sequence: answer.seq, duplicate: answer.duplicate === true, repeated };
    },
    oldestMs: exchange.oldestMs,
    close: exchange.close,
  };
}

/** Answers undefined where the call is refused with one of these numbers. */
export async function unless<T>(call: Promise<T>, ...numbers: readonly number[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (hasNumber(error, ...numbers)) return undefined;
    throw error;
  }
}
