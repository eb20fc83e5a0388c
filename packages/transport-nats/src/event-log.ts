import { createHash } from "node:crypto";
import { type EventLog, OrchestratorError, type OrchestratorEvent, type ReadOptions } from "@hydrogenai/core";
import { checkCount, checkDuration, checkName } from "./checks.ts";
import { connect, type NatsOptions } from "./connection.ts";
import { jetStream, publisher } from "./jetstream.ts";
import { keptStream, type NoticesLoss } from "./kept-stream.ts";
import { logViews, parseRecord } from "./log-views.ts";
import { errorNumbers, hasNumber } from "./nats-errors.ts";
import { readStored } from "./read-stored.ts";
import { nanoseconds, stream as jetStreamStream } from "./streams.ts";
import type { SettleOptions } from "./settled.ts";
import { word } from "./subjects.ts";
import { turns } from "./turns.ts";

export interface NatsEventLogOptions extends NatsOptions {
  /** Bytes of all streams; beyond it an append is refused with `STORE_FULL`. @default 1073741824 (1 GiB) */
  readonly maxBytes?: number | undefined;
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
    max_bytes: checkCount("maxBytes", options.maxBytes ?? 1_024 * 1_024 * 1_024),
    duplicate_window: nanoseconds(checkDuration("dedupWindowMs", options.dedupWindowMs ?? 120_000, 100)),
    num_replicas: checkCount("replicas", options.replicas ?? 1),
  });
  const kept = keptStream(connection, store);
  const views = logViews({ connection, jet, name: store.name, onLoss: kept.lose });
  const out = publisher(connection, kept.doubt);
  const inTurn = turns();
  const subjectOf = (stream: string): string => `${prefix}.log.${word(stream)}`;

  const enter = async (call: SettleOptions): Promise<void> => {
    call.signal?.throwIfAborted();
    if (connection.closed()) throw new OrchestratorError("CLOSED", "the event log was closed");
    await kept.enter(call);
  };
  const callOf = (signal: AbortSignal | undefined): SettleOptions => ({ signal, deadline: performance.now() + connection.timeoutMs });

  interface Draft {
    readonly id: string;
    readonly json: string;
  }

  async function write(
    stream: string,
    drafts: readonly Draft[],
    expectedVersion: number | undefined,
    call: SettleOptions,
  ): Promise<number> {
    const subject = subjectOf(stream);
    let view = views.get(stream);
    let current = view !== undefined;
    for (;;) {
      await enter(call);
      if (view === undefined || !current) view = await views.refresh(stream, subject, call);
      const { ids, version, sequence } = view;
      const fresh = drafts.filter(({ id }, index) => !ids.has(id) && drafts.findIndex((each) => each.id === id) === index);
      if (fresh.length === 0 && drafts.length > 0) return version;
      if (expectedVersion !== undefined && expectedVersion !== version) {
        // What we know may be behind, but never ahead.
        if (current && expectedVersion > version) {
          current = false;
          continue;
        }
        throw new OrchestratorError(
          "VERSION_CONFLICT",
          `the stream ${JSON.stringify(stream)} is at version ${version}, not ${expectedVersion}`,
        );
      }
      if (fresh.length === 0) return version;
      const first = version + 1;
      const payload = `{"stream":${JSON.stringify(stream)},"first":${first},"events":[${fresh.map(({ json }) => json).join(",")}]}`;
      const messageId = createHash("sha256")
        .update(JSON.stringify([stream, first, ...fresh.map(({ id }) => id)]))
        .digest("hex");
      try {
        const ack = await out.publish({ subject, payload, messageId, expectedSequence: sequence, ...call });
        kept.saw(ack.sequence);
        const freshIds = fresh.map(({ id }) => id);
        if (!ack.duplicate) {
          views.append(view, ack.sequence, first, freshIds);
          return view.version;
        }
        // Ours, sent twice; or that of a process that had the same to say. Either way it is there.
        current = false;
      } catch (error) {
        if (!hasNumber(error, errorNumbers.wrongLastSequence)) throw error;
        current = false;
      }
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
