import { randomUUID } from "node:crypto";
import type { EventBus, Subscription } from "@hydrogenai/core";

/** A question that some instance stored. */
export interface Filed {
  readonly shelf: string;
  readonly key: string;
  readonly text: string;
}

/** Tells other instances of the questions stored here and hears of theirs. What is lost on the way costs hits and nothing else. */
export interface SharedIndex {
  readonly open: () => void;
  /** Does not wait for the bus; what it cannot take at once is left unsaid. */
  readonly tell: (filed: Filed) => void;
  readonly close: () => Promise<void>;
}

const type = "cache.question.stored";
const maxTextChars = 2_000;
const maxTelling = 100;

export function sharedIndex(bus: EventBus, onFiled: (filed: Filed) => void): SharedIndex {
  const source = `/cache/${randomUUID()}`;
  let subscription: Promise<Subscription> | undefined;
  let closed = false;
  let telling = 0;

  function receive(data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    const { shelf, key, text } = data as Partial<Filed>;
    if (typeof shelf === "string" && typeof key === "string" && typeof text === "string" && text.length <= maxTextChars)
      onFiled({ shelf, key, text });
  }

  return {
    open() {
      if (subscription !== undefined || closed) return;
      subscription = bus.subscribe(type, (event) => {
        if (event.source !== source) receive(event.data);
      });
      subscription.catch(() => {
        subscription = undefined;
      });
    },
    tell({ shelf, key, text }) {
      if (closed || telling >= maxTelling) return;
      telling++;
      const event = {
        specversion: "1.0" as const,
        id: randomUUID(),
        source,
        type,
        subject: shelf,
        time: new Date().toISOString(),
        datacontenttype: "application/json" as const,
        data: { shelf, key, text },
      };
      bus
        .publish(event)
        .catch(() => undefined)
        .finally(() => telling--);
    },
    async close() {
      closed = true;
      await (await subscription?.catch(() => undefined))?.close();
    },
  };
}
