import type { BusParts } from "./bus-parts.ts";
import { type ConsumerInfo, consumerInfo, createDurable, deleteConsumer, type Start } from "./consumers.ts";
import type { ApiOptions } from "./jetstream.ts";
import type { StreamInfo } from "./streams.ts";

export interface GroupConsumerOptions {
  /** Of the consumer: one word. */
  readonly name: string;
  readonly filter: string;
  /** The stream when the subscription began. */
  readonly began: StreamInfo;
  /** Where the group begins when it is new. @default behind what the stream held then */
  readonly replayFrom: Start | undefined;
}

/**
 * Milliseconds after which the server hands out again what it has not heard of. Who serves the group is settled by the lease,
 * and one that comes again while it is in hand is known, so this may be short: it is what recovery waits for.
 */
export const ackWaitMs = 1_500;

/** The durable consumer of a group: made when it is missing, made anew where it left off when it is gone. */
export interface GroupConsumer {
  /** Makes sure of it. `undone` is asked where to go on when it is gone; `onGone` says that what it handed out is nobody's any more. */
  readonly stand: (call: ApiOptions, undone: () => number | undefined, onGone: (streamToo: boolean) => void) => Promise<ConsumerInfo>;
  readonly info: () => Promise<ConsumerInfo | undefined>;
  /** True when it has had something to hand out since the last look and did not; it is deleted then. */
  readonly isStuck: () => Promise<boolean>;
  /** Whether an event of this sequence was there before the group was. */
  readonly isReplay: (sequence: number) => boolean;
  /** What it hands out at most before it hears of any; more than we take, for what it hands out again. */
  readonly maxPending: number;
}

/** What a consumer says about itself, for whoever serves the group next. */
interface Description {
  /** What is stored up to here is replay. */
  readonly replayTo: number;
  /** Where it began. */
  readonly from: number;
}

function described({ config }: ConsumerInfo): Description {
  try {
    const { replayTo = 0, from = 1 } = JSON.parse(config.description ?? "") as Partial<Description>;
    return { replayTo, from };
  } catch {
    // An operator wrote something else there.
    return { replayTo: 0, from: 1 };
  }
}

/** The lowest sequence it has not heard an end of. */
export const firstOpen = (info: ConsumerInfo): number => Math.max(info.ack_floor.stream_seq + 1, described(info).from);

export function groupConsumer({ jet, events, rules }: BusParts, options: GroupConsumerOptions): GroupConsumer {
  const { name, filter, began, replayFrom } = options;
  const maxPending = 2 * rules.maxInFlight;
  let created = began.created;
  let replayTo = replayFrom === undefined ? 0 : began.state.last_seq;
  let stuckAt: number | undefined;

  function create(start: Start | undefined, call: ApiOptions): Promise<ConsumerInfo> {
    const from = start !== undefined && "sequence" in start ? start.sequence : 1;
    const description = JSON.stringify({ replayTo, from } satisfies Description);
    const settings = {
      stream: events.name,
      name,
      filter,
      description,
      ackWaitMs,
      maxAckPending: maxPending,
      forgetAfterMs: rules.maxAgeMs,
    };
    return createDurable(jet, settings, start, call);
  }

  const info = (call?: ApiOptions): Promise<ConsumerInfo | undefined> => consumerInfo(jet, events.name, name, call);

  return {
    maxPending,
    info,
    stand: async (call, undone, onGone) => {
      const now = await events.look(call);
      if (now.created !== created) {
        // Another stream under the same name: everything in it is new.
        created = now.created;
        replayTo = 0;
        onGone(true);
        return await create(undefined, call);
      }
      const found = await info(call);
      if (found !== undefined) {
        replayTo = described(found).replayTo;
        return found;
      }
      const next = undone();
      onGone(false);
      const start = next === undefined ? (replayFrom ?? { sequence: began.state.last_seq + 1 }) : { sequence: next };
      // A sequence that lies ahead is one of another stream: new events are to come all the same.
      return await create("sequence" in start ? { sequence: Math.min(start.sequence, now.state.last_seq + 1) } : start, call);
    },
    isStuck: async () => {
      const found = await info();
      if (found === undefined) return true;
      const hasMore = found.num_pending > 0 && found.num_ack_pending < maxPending;
      const isStuck = hasMore && found.delivered.stream_seq === stuckAt;
      stuckAt = hasMore ? found.delivered.stream_seq : undefined;
      if (isStuck) await deleteConsumer(jet, events.name, name);
      return isStuck;
    },
    isReplay: (sequence) => sequence <= replayTo,
  };
}
