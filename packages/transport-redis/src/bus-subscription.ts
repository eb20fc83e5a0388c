import type { EventHandler, Subscription } from "@hydrogenai/core";
import type { BusStream } from "./bus-stream.ts";
import type { BusTail } from "./bus-tail.ts";
import { orderedDelivery, type OrderedDeliveryOptions } from "./ordered-delivery.ts";
import { backoff, pauses } from "./pauses.ts";

export interface BusSubscriptionOptions {
  readonly handler: EventHandler;
  readonly matches: (type: string) => boolean;
  /** The last sequence stored before the subscription began. */
  readonly liveFrom: number;
  /** The sequence behind which it begins; below `liveFrom` for a replay. */
  readonly start: number;
  readonly stream: BusStream;
  readonly tail: BusTail;
  readonly delivery: Pick<OrderedDeliveryOptions, "maxDeliver" | "retryDelayMs" | "concurrency" | "closeTimeoutMs" | "onDead">;
}

/** One subscriber without a group: a position in the stream that lives with this process. It reads at its own pace, so a slow one needs no queue. */
export function busSubscription({ handler, matches, liveFrom, start, stream, tail, delivery }: BusSubscriptionOptions): Subscription {
  const waits = pauses();
  const ordered = orderedDelivery({ ...delivery, onDone: () => {} });
  const member = ordered.join(handler, async () => {});
  let position = start;

  async function follow(): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      const seen = tail.count();
      try {
        const entries = tail.after(position) ?? (await stream.after(position));
        failures = 0;
        if (entries.length === 0) await tail.moreThan(seen, 60_000);
        else await pass(entries);
      } catch {
        // The connection's health says why; the position stays, so nothing is missed.
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  async function pass(entries: Awaited<ReturnType<BusStream["after"]>>): Promise<void> {
    for (const { sequence, event } of entries) {
      // New events wait until the replayed ones are through.
      if (position <= liveFrom && sequence > liveFrom && start < liveFrom) await ordered.idle();
      await ordered.room();
      if (waits.ended()) return;
      position = sequence;
      if (matches(event.type)) ordered.offer({ sequence, event, replay: sequence <= liveFrom, attempt: 1 });
    }
  }

  void follow();

  const close = (): Promise<void> => {
    waits.end();
    return member.close();
  };
  return { close, [Symbol.asyncDispose]: close };
}
