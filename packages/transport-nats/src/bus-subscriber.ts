import { randomUUID } from "node:crypto";
import type { EventHandler, Subscription } from "@hydrogenai/core";
import type { ApiOptions } from "./jetstream.ts";
import type { BusParts } from "./bus-parts.ts";
import { type ConsumerInfo, createReader, type Start } from "./consumers.ts";
import { type Due, lanes } from "./lanes.ts";
import { pull, type Pulled } from "./pull.ts";
import { recentIds } from "./recent-ids.ts";
import { parseEvent } from "./stored-event.ts";
import type { StreamInfo } from "./streams.ts";

export interface BusSubscriberOptions {
  readonly filter: string;
  readonly handler: EventHandler;
  /** The stream when the subscription began: what it held then is replay. */
  readonly began: StreamInfo;
  /** @default behind what it held then */
  readonly replayFrom: Start | undefined;
  readonly call: ApiOptions;
}

/**
 * One subscriber without a group: a position in the stream that lives with this process. It reads through a consumer of which
 * the server keeps no state, and makes another from its position whenever something is amiss. Resolves once the first one stands.
 */
export async function busSubscriber(parts: BusParts, options: BusSubscriberOptions): Promise<Subscription> {
  const { connection, jet, events, dead, rules, onUnreadable } = parts;
  const { filter, handler, began, replayFrom, call } = options;
  const self = randomUUID();
  const handled = recentIds(rules.inboxSize);
  const inHand = new Set<string>();
  let created = began.created;
  let replayTo = began.state.last_seq;
  /** Sequence of the last message seen. */
  let position = replayFrom === undefined ? replayTo : undefined;
  /** New events that wait until the replayed ones are through; undefined from then on. */
  let afterReplay: Due[] | undefined = replayFrom === undefined ? undefined : [];

  function end({ event }: Due): void {
    handled.add(event.id);
    inHand.delete(event.id);
  }

  const ordered = lanes({
    ...rules,
    onDone: end,
    onDead: async (due, attempts, cause) => {
      await dead.bury(`${self}.${due.event.id}`, { event: due.event, attempts, cause });
      end(due);
    },
    onRoom: () => puller.wake(),
  });

  async function attach(attachCall: ApiOptions): Promise<string> {
    const now = await events.look(attachCall);
    if (now.created !== created) {
      // Another stream under the same name: everything in it is new.
      created = now.created;
      position = 0;
      replayTo = 0;
    } else if (position !== undefined && position > now.state.last_seq) position = now.state.last_seq;
    const from = position === undefined ? (replayFrom ?? { sequence: 1 }) : { sequence: position + 1 };
    const reader = await createReader(jet, events.name, filter, from, attachCall);
    position ??= reader.delivered.stream_seq;
    return reader.name;
  }

  function release(): void {
    const due = afterReplay ?? [];
    afterReplay = undefined;
    for (const next of due) ordered.offer(next);
  }

  function take({ data, sequence }: Pulled): void {
    position = sequence;
    const event = parseEvent(data);
    if (event === undefined) return onUnreadable();
    if (handled.has(event.id) || inHand.has(event.id)) return;
    inHand.add(event.id);
    const due: Due = { event, sequence, replay: sequence <= replayTo, attempt: 1 };
    if (due.replay || afterReplay === undefined) return ordered.offer(due);
    if (afterReplay.push(due) === 1) void ordered.idle().then(release);
  }

  let first: string | undefined = await attach(call);
  const member = ordered.join(handler);
  const puller = pull(connection, events.name, {
    unacknowledged: true,
    attach: async (signal) => {
      const reader = first ?? (await attach({ signal }));
      first = undefined;
      return reader;
    },
    room: () => rules.maxInFlight - ordered.held() - (afterReplay?.length ?? 0),
    onMessage: take,
    isStuck: async (reader) => (await jet.call<ConsumerInfo>(`CONSUMER.INFO.${events.name}.${reader}`)).num_pending > 0,
  });

  const close = async (): Promise<void> => {
    await Promise.all([puller.stop(), member.close()]);
  };
  return { close, [Symbol.asyncDispose]: close };
}
