import type { BusParts } from "./bus-parts.ts";
import { type Follower, follower } from "./follower.ts";
import type { ApiOptions } from "./jetstream.ts";
import type { Pulled } from "./pull.ts";
import { settled } from "./settled.ts";
import type { StreamInfo } from "./streams.ts";

/** One who follows the end of the stream together with others. */
export interface TailMember {
  readonly take: (message: Pulled) => void;
  readonly isFull: () => boolean;
  /** It was full, and is out: it has to go on by itself from behind this sequence. */
  readonly onLeftBehind: (sequence: number) => void;
  readonly onReplaced: () => void;
}

/** New events, read from the server once for all subscribers of a pattern in this process. */
export interface Tails {
  /** From the end of the stream as it `began`, or later. Answers how to leave. */
  readonly join: (filter: string, began: StreamInfo, member: TailMember, call: ApiOptions) => Promise<() => Promise<void>>;
}

interface Tail {
  readonly members: Map<TailMember, { since: number }>;
  readonly reading: Promise<Follower>;
}

/** Messages asked for at once; nobody waits for the slow, so there is always room. */
const atOnce = 1_000;

export function tails(parts: BusParts): Tails {
  const byFilter = new Map<string, Tail>();

  function open(filter: string, began: StreamInfo, call: ApiOptions): Tail {
    const members: Tail["members"] = new Map();
    const onMessage = (message: Pulled): void => {
      for (const [member, { since }] of members) {
        if (message.sequence <= since) continue;
        if (!member.isFull()) {
          member.take(message);
          continue;
        }
        members.delete(member);
        member.onLeftBehind(message.sequence - 1);
      }
    };
    const onReplaced = (): void => {
      for (const [member, position] of members) {
        position.since = 0;
        member.onReplaced();
      }
    };
    const start = { sequence: began.state.last_seq + 1 };
    // The first one's deadline, but nobody's signal: others may wait for it too.
    const reading = follower(parts, { filter, began, start, room: () => atOnce, onMessage, onReplaced }, { deadline: call.deadline });
    const tail: Tail = { members, reading };
    byFilter.set(filter, tail);
    reading.catch(() => byFilter.get(filter) === tail && byFilter.delete(filter));
    return tail;
  }

  return {
    join: async (filter, began, member, call) => {
      const tail = byFilter.get(filter) ?? open(filter, began, call);
      const own = { since: began.state.last_seq };
      tail.members.set(member, own);
      const leave = async (): Promise<void> => {
        tail.members.delete(member);
        if (tail.members.size > 0 || byFilter.get(filter) !== tail) return;
        byFilter.delete(filter);
        await (await tail.reading).stop();
      };
      try {
        await settled(tail.reading, { signal: call.signal, deadline: call.deadline ?? performance.now() + parts.connection.timeoutMs });
        return leave;
      } catch (error) {
        leave().catch(() => {});
        throw error;
      }
    },
  };
}
