import { type EventLog, OrchestratorError, type OrchestratorEvent, type ReadOptions } from "@hydrogenai/core";
import { checkCount, checkDuration, checkName } from "./checks.ts";
import { connect, type NatsOptions } from "./connection.ts";
import { jetStream, publisher } from "./jetstream.ts";
import { keptStream, type NoticesLoss } from "./kept-stream.ts";
import { type LogView, logViews, parseRecord } from "./log-views.ts";
import { errorNumbers, hasNumber } from "./nats-errors.ts";
import { readStored } from "./read-stored.ts";
import { nanoseconds, stream as jetStreamStream } from "./streams.ts";
import type { SettleOptions } from "./settled.ts";
import { nameOf, word } from "./subjects.ts";
import { turns } from "./turns.ts";

export interface NatsEventLogOptions extends NatsOptions {
  /** Appends kept, of all streams; beyond it an append is refused with `STORE_FULL`. @default 1000000 */
  readonly maxAppends?: number | undefined;
  /** Milliseconds within which the server drops a second message of the same append. @default 120000 */
  readonly dedupWindowMs?: number | undefined;
}

/**
 * Event streams in one JetStream stream, `PREFIX_log`, with one subject a stream and one message an append, so that the events
 * of an append stand or fall together. The server compares the expected sequence; ids are compared with what the stream holds,
 * which a process reads once and then follows. Nothing expires: an operator purges subjects, whole.
 */
export function natsEventLog(options: NatsEventLogOptions): EventLog & NoticesLoss {
  const prefix = checkName("prefix", options.prefix ?? "hydrogenai");
  const connection = connect(options);
  const jet = jetStream(connection);
  const store = jetStreamStream(connection, jet, {
    name: `${prefix}_log`,
    subjects: [`${prefix}.log.*`],
    retention: "limits",
    discard: "new",
    max_msgs: checkCount("maxAppends", options.maxAppends ?? 1_000_000),
    duplicate_window: nanoseconds(checkDuration("dedupWindowMs", options.dedupWindowMs ?? 120_000, 100)),
    num_replicas: checkCount("replicas", options.replicas ?? 1),
  });
  const kept = keptStream(connection, store);
  const views = logViews({ connection, jet, name: store.name, onLoss: kept.lose });
  const out = publisher(connection, kept.doubt);
  const inTurn = turns();
  const subjectOf = (stream: string): string => `${prefix}.log.${word(stream)}`;

  interface Call extends SettleOptions {
    readonly began: number;
  }

  const enter = async (call: SettleOptions): Promise<void> => {
    call.signal?.throwIfAborted();
    if (connection.closed()) throw new OrchestratorError("CLOSED", "the event log was closed");
    await kept.enter(call);
  };
  const callOf = (signal: AbortSignal | undefined): Call => {
    const began = performance.now();
    return { signal, began, deadline: began + connection.timeoutMs };
  };

  interface Draft {
    readonly id: string;
    readonly json: string;
  }

  async function write(stream: string, drafts: readonly Draft[], expectedVersion: number | undefined, call: Call): Promise<number> {
    const subject = subjectOf(stream);
    const refresh = (): Promise<LogView> => views.refresh(stream, subject, call);
    let view = views.get(stream);
    for (;;) {
      await enter(call);
      view ??= await refresh();
      const { ids, version, sequence } = view;
      const fresh = new Map(drafts.filter(({ id }) => !ids.has(id)).map(({ id, json }) => [id, json]));
      if (fresh.size === 0 && drafts.length > 0) return version;
      const fits = expectedVersion === undefined || expectedVersion === version;
      if (!fits || fresh.size === 0) {
        // What we know may be behind: of the version, and of events that are there by now.
        if (view.currentAt < call.began) {
          view = await refresh();
          continue;
        }
        if (fits) return version;
        const message = `the stream ${JSON.stringify(stream)} is at version ${version}, not ${expectedVersion}`;
        throw new OrchestratorError("VERSION_CONFLICT", message);
      }
      const first = version + 1;
      const payload = `{"stream":${JSON.stringify(stream)},"first":${first},"events":[${[...fresh.values()].join(",")}]}`;
      const messageId = nameOf(stream, String(first), ...fresh.keys());
      const askedAt = performance.now();
      try {
        const ack = await out.publish({ subject, payload, messageId, expectedSequence: sequence, ...call });
        kept.saw(ack.sequence);
        if (!ack.duplicate) return views.append(view, ack.sequence, first, [...fresh.keys()], askedAt);
        // Ours, sent twice; or that of a process that had the same to say. Either way it is there.
      } catch (error) {
        if (!hasNumber(error, errorNumbers.wrongLastSequence)) throw error;
      }
      view = await refresh();
    }
  }

  return {
    name: "nats",
    append: async (stream, events, { expectedVersion, signal } = {}) => {
      const call = callOf(signal);
      // At once: what the caller does to the events later is none of ours.
      const drafts = events.map((event): Draft => ({ id: event.id, json: JSON.stringify(event) }));
      await enter(call);
      return await inTurn(stream, call, () => write(stream, drafts, expectedVersion, call));
    },
    read: async function* (stream, { from = 1, signal }: ReadOptions = {}) {
      const call = callOf(signal);
      await enter(call);
      const start = views.get(stream)?.records.findLast((record) => record.first <= from);
      let next = start?.first ?? 1;
      for await (const { data } of readStored(connection, jet, store.name, subjectOf(stream), start?.sequence ?? 1, call)) {
        const { events } = parseRecord(data, stream, next);
        for (const event of events as readonly OrchestratorEvent[]) {
          signal?.throwIfAborted();
          if (next >= from) yield { ...event, stream, version: next };
          next++;
        }
      }
    },
    acceptLoss: () => {
      kept.acceptLoss();
      views.clear();
    },
    ready: async (callOptions) => {
      const call = callOf(callOptions?.signal);
      await connection.usable(call.deadline, call.signal);
      await kept.enter(call);
    },
    health: kept.health,
    close: async () => {
      if (connection.closed()) return;
      for (const part of [out, kept, jet]) part.close();
      await connection.close();
    },
  };
}
