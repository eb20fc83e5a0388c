import { type LoggedEvent, OrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { type ApiOptions, type JetStream, unless } from "./jetstream.ts";
import { errorNumbers } from "./nats-errors.ts";
import { readStored } from "./read-stored.ts";

/** The events of one append, as they stand in one message. */
export interface LogRecord {
  /** Version of the first. */
  readonly first: number;
  readonly events: readonly LoggedEvent[];
}

/** What this process knows of one stream of events. */
export interface LogView {
  readonly stream: string;
  /** Of the last message; 0 for none. */
  sequence: number;
  version: number;
  /** When it was last known to be all there is, in terms of `performance.now()`. */
  currentAt: number;
  readonly ids: Set<string>;
  /** Where each message is, and the version of its first event. */
  readonly records: { readonly first: number; readonly sequence: number }[];
}

const decoder = new TextDecoder();

/** Throws `DATA_CORRUPT` unless the message continues the stream. */
export function parseRecord(data: Uint8Array, stream: string, next: number | undefined): LogRecord {
  const corrupt = (why: string, cause?: unknown): OrchestratorError =>
    new OrchestratorError("DATA_CORRUPT", `the stream ${JSON.stringify(stream)} ${why}`, { cause });
  let record: Partial<LogRecord> | null;
  try {
    record = JSON.parse(decoder.decode(data)) as Partial<LogRecord> | null;
  } catch (cause) {
    throw corrupt("holds something that is not JSON", cause);
  }
  const { first, events } = record ?? {};
  if (typeof first !== "number" || !Array.isArray(events) || events.length === 0) throw corrupt("holds something that is no record");
  if (next !== undefined && first !== next) throw corrupt(`has version ${first} where ${next} was due`);
  return { first, events };
}

interface StoredRecord {
  readonly seq: number;
  /** In base64. */
  readonly data?: string;
}

/** Ids known of all streams together; the streams used longest ago are forgotten beyond it, and read again when needed. */
const maxIds = 200_000;

/** Views of streams, brought up to date on demand. */
export interface LogViews {
  /** As it was last seen; the caller must not use it while another call for the stream is under way. */
  readonly get: (stream: string) => LogView | undefined;
  /** Brings it up to date; throws where the server holds less than was seen. */
  readonly refresh: (stream: string, subject: string, options: ApiOptions) => Promise<LogView>;
  /** Adds what was appended by a call that began then; answers the version. */
  readonly append: (view: LogView, sequence: number, first: number, ids: readonly string[], at: number) => number;
  readonly clear: () => void;
}

export interface LogViewsOptions {
  readonly connection: Connection;
  readonly jet: JetStream;
  /** Name of the JetStream stream. */
  readonly name: string;
  /** What to throw where the server holds less than was seen. */
  readonly onLoss: () => Error;
}

export function logViews({ connection, jet, name, onLoss }: LogViewsOptions): LogViews {
  const views = new Map<string, LogView>();
  let held = 0;

  function append(view: LogView, sequence: number, first: number, ids: readonly string[], at: number): number {
    for (const id of ids) view.ids.add(id);
    view.records.push({ first, sequence });
    view.sequence = sequence;
    view.version = first + ids.length - 1;
    view.currentAt = at;
    if (views.get(view.stream) === view) held += ids.length;
    return view.version;
  }

  function use(stream: string): LogView {
    const view = views.get(stream) ?? { stream, sequence: 0, version: 0, currentAt: 0, ids: new Set<string>(), records: [] };
    // A Map keeps the order of insertion: the first is the one used longest ago.
    views.delete(stream);
    views.set(stream, view);
    for (const [oldest, { ids }] of views) {
      if (held <= maxIds || oldest === stream) break;
      views.delete(oldest);
      held -= ids.size;
    }
    return view;
  }

  function add(view: LogView, stream: string, data: Uint8Array, sequence: number): void {
    const { first, events } = parseRecord(data, stream, view.version + 1);
    const ids = events.map((event) => event.id);
    append(view, sequence, first, ids, view.currentAt);
  }

  async function catchUp(stream: string, subject: string, view: LogView, last: StoredRecord, options: ApiOptions): Promise<void> {
    const data = Buffer.from(last.data ?? "", "base64");
    if (parseRecord(data, stream, undefined).first === view.version + 1) return add(view, stream, data, last.seq);
    for await (const message of readStored(connection, jet, name, subject, view.sequence + 1, options))
      add(view, stream, message.data, message.sequence);
  }

  return {
    get: (stream) => (views.has(stream) ? use(stream) : undefined),
    refresh: async (stream, subject, options) => {
      const view = use(stream);
      const askedAt = performance.now();
      const call = jet.call<{ readonly message: StoredRecord }>(`STREAM.MSG.GET.${name}`, { last_by_subj: subject }, options);
      const last = await unless(call, errorNumbers.messageNotFound);
      if ((last?.message.seq ?? 0) < view.sequence) throw onLoss();
      if (last !== undefined && last.message.seq !== view.sequence) await catchUp(stream, subject, view, last.message, options);
      view.currentAt = askedAt;
      return view;
    },
    append,
    clear: () => {
      views.clear();
      held = 0;
    },
  };
}
