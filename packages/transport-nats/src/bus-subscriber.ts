import { randomUUID } from "node:crypto";
import type { EventHandler, Subscription } from "@hydrogenai/core";
import type { BusParts } from "./bus-parts.ts";
import type { Start } from "./consumers.ts";
import { type Follower, follower } from "./follower.ts";
import type { ApiOptions } from "./jetstream.ts";
import { type Due, lanes } from "./lanes.ts";
import { backoff, pauses } from "./pauses.ts";
import type { Pulled } from "./pull.ts";
import { recentIds } from "./recent-ids.ts";
import { parseEvent } from "./stored-event.ts";
import type { StreamInfo } from "./streams.ts";
import type { Tails } from "./tails.ts";

export interface BusSubscriberOptions {
  readonly tails: Tails;
  readonly filter: string;
  readonly handler: EventHandler;
  /** The stream when the subscription began: what it held then is replay. */
  readonly began: StreamInfo;
  /** @default behind what it held then */
  readonly replayFrom: Start | undefined;
  readonly call: ApiOptions;
}

/**
 * One subscriber without a group. It follows the end of the stream together with the others of its pattern; one that replays,
 * or that is slower than the stream, reads at its own pace, so a slow one needs no queue and holds nobody up.
 */
export async function busSubscriber(parts: BusParts, options: BusSubscriberOptions): Promise<Subscription> {
  const { dead, rules, onUnreadable } = parts;
  const { tails, filter, handler, began, replayFrom, call } = options;
  const self = randomUUID();
  const handled = recentIds(rules.inboxSize);
  const inHand = new Set<string>();
  const waits = pauses();
  let replayTo = replayFrom === undefined ? 0 : began.state.last_seq;
  /** New events that wait until the replayed ones are through; undefined from then on. */
  let afterReplay: Due[] | undefined = replayFrom === undefined ? undefined : [];
  let own: Follower | undefined;

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
    onRoom: () => own?.wake(),
  });
  const room = (): number => rules.maxInFlight - ordered.held() - (afterReplay?.length ?? 0);
  const onReplaced = (): void => {
    replayTo = 0;
  };

  function release(): void {
    const due = afterReplay ?? [];
    afterReplay = undefined;
    for (const next of due) ordered.offer(next);
  }

  function take({ data, sequence }: Pulled): void {
    const event = parseEvent(data);
    if (event === undefined) return onUnreadable();
    if (handled.has(event.id) || inHand.has(event.id)) return;
    inHand.add(event.id);
    const due: Due = { event, sequence, replay: sequence <= replayTo, attempt: 1 };
    if (due.replay || afterReplay === undefined) return ordered.offer(due);
    if (afterReplay.push(due) === 1) void ordered.idle().then(release);
  }

  const readAlone = (start: Start, stream: StreamInfo, readCall: ApiOptions): Promise<Follower> =>
    follower(parts, { filter, began: stream, start, room, onMessage: take, onReplaced }, readCall);

  async function goOnAlone(behind: number): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      try {
        const alone = await readAlone({ sequence: behind + 1 }, began, {});
        own = alone;
        if (waits.ended()) await alone.stop();
        return;
      } catch {
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  let leaveTail: (() => Promise<void>) | undefined;
  const member = ordered.join(handler);
  try {
    if (replayFrom === undefined) {
      const onLeftBehind = (sequence: number): void => void goOnAlone(sequence);
      leaveTail = await tails.join(filter, began, { take, isFull: () => room() <= 0, onLeftBehind, onReplaced }, call);
    } else own = await readAlone(replayFrom, began, call);
  } catch (error) {
    await member.close();
    throw error;
  }

  const close = async (): Promise<void> => {
    waits.end();
    await Promise.all([leaveTail?.(), own?.stop(), member.close()]);
  };
  return { close, [Symbol.asyncDispose]: close };
}
