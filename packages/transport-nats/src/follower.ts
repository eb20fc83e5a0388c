import type { BusParts } from "./bus-parts.ts";
import { type ConsumerInfo, createReader, type Start } from "./consumers.ts";
import type { ApiOptions } from "./jetstream.ts";
import { pull, type Pulled } from "./pull.ts";
import type { StreamInfo } from "./streams.ts";

export interface FollowerOptions {
  readonly filter: string;
  /** The stream when `start` was chosen. */
  readonly began: StreamInfo;
  readonly start: Start;
  /** How many more messages may be handed over now. */
  readonly room: () => number;
  readonly onMessage: (message: Pulled) => void;
  /** The stream is another one now; everything in it is new. */
  readonly onReplaced: () => void;
}

/** A reader's position in the stream of events. */
export interface Follower {
  /** Sequence of the last message seen, or passed over. */
  readonly position: () => number;
  /** There is room again. */
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Follows the stream from a position that lives with this process. It reads through a consumer of which the server keeps no
 * state, and makes another from its position whenever something is amiss. Resolves once the first one stands.
 */
export async function follower({ connection, jet, events }: BusParts, options: FollowerOptions, call: ApiOptions): Promise<Follower> {
  const { filter, began, start, room, onMessage, onReplaced } = options;
  let created = began.created;
  let position = "sequence" in start ? start.sequence - 1 : undefined;

  async function attach(attachCall: ApiOptions): Promise<string> {
    const now = await events.look(attachCall);
    if (now.created !== created) {
      created = now.created;
      position = 0;
      onReplaced();
      // Nothing stands there: a sequence of another stream, or of this one before it was restored from an older copy.
    } else if (position !== undefined && position > now.state.last_seq) position = now.state.last_seq;
    const reader = await createReader(jet, events.name, filter, position === undefined ? start : { sequence: position + 1 }, attachCall);
    position ??= reader.delivered.stream_seq;
    return reader.name;
  }

  let first: string | undefined = await attach(call);
  const puller = pull(connection, events.name, {
    unacknowledged: true,
    attach: async (signal) => {
      const reader = first ?? (await attach({ signal }));
      first = undefined;
      return reader;
    },
    room,
    onMessage: (message) => {
      position = message.sequence;
      onMessage(message);
    },
    isStuck: async (reader) => (await jet.call<ConsumerInfo>(`CONSUMER.INFO.${events.name}.${reader}`)).num_pending > 0,
  });
  return { position: () => position ?? 0, wake: puller.wake, stop: puller.stop };
}
