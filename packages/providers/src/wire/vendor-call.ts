import { type CallOptions, ProviderError, type Usage, isProviderError } from "@hydrogenai/core";
import { type CallScope, callScope } from "./call-scope.ts";
import type { CheckedLimits } from "./limits.ts";
import { isObject, readText, textOf } from "./read-json.ts";
import { TooLarge, eventReader, tooLarge } from "./server-sent-events.ts";
import { type Callee, type VendorComplaint, complaintError, vendorError } from "./vendor-error.ts";

/** Sends a request through an official SDK and answers the raw reply; rejects with the SDK's errors. */
export type Send = (body: object, signal: AbortSignal) => Promise<Response>;

/** The body as what it is: a stream of bytes, in Node as in `fetch`. */
const bytesOf = (reply: Response): AsyncIterable<Uint8Array> => reply.body as unknown as AsyncIterable<Uint8Array>;

/** Milliseconds a vendor may take after it said how the answer ended to send the rest, such as the usage. */
const endedGraceMs = 500;
/** Milliseconds a vendor may take after its end mark to end the reply. */
const closedGraceMs = 100;
/** Characters an event may have beside what it says: an answer of ten thousand words is ten thousand events with the same names in each. */
const envelopeChars = 512;

/** What the SDKs' status errors have in common. */
interface StatusError {
  readonly status: number;
  readonly error?: unknown;
  readonly headers?: Pick<Headers, "get"> | undefined;
}

const isStatusError = (error: unknown): error is StatusError =>
  error instanceof Error && "status" in error && typeof error.status === "number";

/** The error object vendors send, as it stands or one level down. */
export function complaintIn(body: unknown): VendorComplaint {
  const outer = isObject(body) && isObject(body["error"]) ? body["error"] : body;
  if (!isObject(outer)) return { message: textOf(outer) };
  const { code, type, message, innererror: inner } = outer;
  // Azure says there what the code leaves open.
  const innerCode = isObject(inner) ? textOf(inner["code"]) : undefined;
  return { code: typeof code === "number" ? String(code) : textOf(code), type: innerCode ?? textOf(type), message: textOf(message) };
}

/** Whatever went wrong on the way, as the error this library throws. */
function asVendorError(error: unknown, callee: Callee, begun: boolean): Error {
  if (isProviderError(error)) return error;
  if (error instanceof TooLarge) return vendorError(callee, "malformed", error.message);
  if (isStatusError(error)) return complaintError(callee, { ...complaintIn(error.error), status: error.status, headers: error.headers });
  if (error instanceof SyntaxError) return vendorError(callee, "malformed", "the reply is not JSON");
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? `${cause.code} ` : "";
  if (code.startsWith("Z_") || code.startsWith("ERR__ERROR_FORMAT"))
    return vendorError(callee, "malformed", "the reply cannot be decompressed");
  if ((cause instanceof Error && cause.name === "HTTPParserError") || code.startsWith("UND_ERR_HEADERS_OVERFLOW"))
    return vendorError(callee, "malformed", "the reply is no HTTP that can be read");
  const what = `${code}${cause instanceof Error ? cause.message : String(cause)}`;
  return vendorError(callee, begun ? "incomplete" : "network", begun ? `the answer broke off: ${what}` : what, {}, cause);
}

/** Refuses a reply of another kind than asked for, without reading it: a page of HTML is a failure, not an answer. */
function checkType(reply: Response, expected: string, callee: Callee): void {
  const type = reply.headers.get("content-type") ?? "no content type";
  if (type.toLowerCase().startsWith(expected)) return;
  throw vendorError(callee, "malformed", `the reply is ${type.slice(0, 60)} instead of ${expected}`, {
    headers: reply.headers,
    status: reply.status,
  });
}

/** What one call needs beside its request. */
export interface VendorCall {
  /** The SDK's client; the time to load it is not the vendor's. */
  readonly connect: () => Promise<Send>;
  readonly body: object;
  readonly callee: Callee;
  readonly limits: CheckedLimits;
  readonly options: CallOptions | undefined;
}

function begin({ callee, limits, options }: VendorCall): CallScope {
  options?.signal?.throwIfAborted();
  return callScope(options?.signal, limits, (what): ProviderError => vendorError(callee, "timeout", what));
}

/** Asks for a whole reply and answers what `read` makes of its JSON. */
export async function callForJson<T>(call: VendorCall, read: (json: unknown, headers: Headers) => T): Promise<T> {
  const { connect, body, callee, limits } = call;
  const send = await connect();
  const scope = begin(call);
  let reply: Response | undefined;
  try {
    reply = await send(body, scope.signal);
    checkType(reply, "application/json", callee);
    const text = await readText(bytesOf(reply), limits.maxReplyBytes, scope.progress);
    return read(JSON.parse(text), reply.headers);
  } catch (error) {
    discard(reply);
    throw failureOf(error, call, scope, reply !== undefined);
  } finally {
    scope.end();
  }
}

/** Reads the events of one streamed reply. */
export interface StreamReader<Event> {
  /** What to pass on for a reply that begins. */
  readonly start: (headers: Headers) => Event;
  /** What to pass on for the data of an event, undefined for one that is no progress; throws what the vendor reports in it. */
  readonly read: (data: string, id: string | undefined) => readonly Event[] | undefined;
  /** Characters the answer has so far: its text, its reasoning and the arguments of its tool calls. */
  readonly said: () => number;
  /** Tokens the answer took so far, as far as the vendor said. */
  readonly used: () => Usage | undefined;
  /** `open` until the vendor said how it ended, `ended` from there, `closed` after its end mark. */
  readonly state: () => "open" | "ended" | "closed";
  /** What to pass on at the end; throws when it is not a whole answer. */
  readonly end: () => readonly Event[];
}

/**
 * Asks for a streamed reply and passes on what the reader makes of it; `prepare` is called when the first event is asked for. An answer that
 * stops without its end mark throws `STREAM_INCOMPLETE`. One generator and no more: each further one would cost as much as the event itself.
 */
export async function* callForEvents<Event>(
  prepare: () => VendorCall,
  readerFor: (callee: Callee) => StreamReader<Event>,
): AsyncGenerator<Event, void, void> {
  const call = prepare();
  const { connect, body, callee, limits, options } = call;
  const reader = readerFor(callee);
  const send = await connect();
  const scope = begin(call);
  let reply: Response | undefined;
  try {
    reply = await send(body, scope.signal);
    checkType(reply, "text/event-stream", callee);
    yield reader.start(reply.headers);
    const events = eventReader();
    let state = reader.state();
    let said = 0;
    let countedBytes = 0;
    try {
      for await (const bytes of bytesOf(reply)) {
        scope.waits(false);
        countedBytes += bytes.length;
        let progress = false;
        for (const { data, id, chars } of events.push(bytes)) {
          const read = reader.read(data, id);
          if (read === undefined) continue;
          const saidBefore = said;
          said = reader.said();
          countedBytes -= Math.min(envelopeChars, chars - (said - saidBefore));
          if (!progress) scope.progress();
          progress = true;
          for (const event of read) yield event;
          if (state === (state = reader.state())) continue;
          // Left alone until the vendor closes the reply, the connection can serve the next call.
          scope.complete(state === "closed" ? closedGraceMs : endedGraceMs);
        }
        if (countedBytes > limits.maxReplyBytes) throw tooLarge(limits.maxReplyBytes);
        scope.waits(true);
        scope.signal.throwIfAborted();
      }
    } catch (error) {
      // A cut or silence after the end of an answer takes nothing away from it; what the vendor itself says there does.
      if (reader.state() === "open" || (isProviderError(error) && error !== scope.reason())) throw error;
    }
    options?.signal?.throwIfAborted();
    if (reader.state() === "open")
      throw vendorError(callee, "incomplete", "the answer stopped without its end mark", { headers: reply.headers });
    for (const event of reader.end()) yield event;
  } catch (error) {
    throw withUsage(failureOf(error, call, scope, reply !== undefined), reader.used());
  } finally {
    scope.end();
    discard(reply);
  }
}

/** A failed answer costs what came of it: the failure says so in its details. */
function withUsage(failure: unknown, usage: Usage | undefined): unknown {
  if (usage === undefined || !isProviderError(failure)) return failure;
  const { message, provider, model, kind, retryable, status, retryAfterMs, requestId, cause, details } = failure;
  return new ProviderError(message, {
    provider,
    model,
    kind,
    retryable,
    status,
    retryAfterMs,
    requestId,
    cause,
    details: { ...details, usage },
  });
}

/** The caller's own reason first, then what the reply was found guilty of, then the time that was up. */
function failureOf(error: unknown, { callee, options }: VendorCall, scope: CallScope, begun: boolean): unknown {
  if (options?.signal?.aborted) return options.signal.reason;
  if (isProviderError(error)) return error;
  return scope.reason() ?? asVendorError(error, callee, begun);
}

/** Closes the connection of a reply that will not be read. */
function discard(reply: Response | undefined): void {
  const body: unknown = reply?.body;
  if (isObject(body) && typeof body["destroy"] === "function") {
    // The stream has nobody left to tell about errors.
    if (typeof body["on"] === "function") Reflect.apply(body["on"], body, ["error", () => {}]);
    Reflect.apply(body["destroy"], body, []);
  }
}
