import { randomUUID } from "node:crypto";
import type { EventBus, Json, QueryEvent, Subscription } from "@hydrogenai/core";

/** Takes what an answer tells as it comes. */
export interface Teller {
  readonly tell: (event: QueryEvent) => void;
  readonly close: () => void;
}

/** The text of answers under way, between instances: told only where somebody waits for it. What is lost on the way is in the whole answer. */
export interface LiveAnswers {
  /** For the instance that computes the answer under this key. */
  readonly lead: (key: string) => Teller;
  /** Calls back with the whole text so far whenever there is more of it, until the function it answers is called. */
  readonly follow: (key: string, onText: (text: string) => void) => () => void;
  readonly close: () => Promise<void>;
}

const awaited = "cache.answer.awaited";
const told = "cache.answer.told";
/** How often one who waits and hears nothing asks again. */
const askAgainMs = 500;
/** An answer longer than this is waited for as a whole. */
const maxTextChars = 200_000;

/** A piece of text and its place in the answer; a text that begins anew has another `version`. */
interface Told {
  readonly version: string;
  readonly at: number;
  readonly text: string;
}

interface Led {
  said: string;
  version: string;
  /** What has gone out already; nothing goes out before somebody asks. */
  sent: number | undefined;
  isSending: boolean;
}

interface Heard {
  readonly onText: (text: string) => void;
  version: string;
  text: string;
  /** All of it was asked for, and is not there yet. */
  isAsking: boolean;
}

export function liveAnswers(bus: EventBus): LiveAnswers {
  const source = `/cache/${randomUUID()}`;
  const leading = new Map<string, Led>();
  const following = new Map<string, Set<Heard>>();
  let subscription: Promise<Subscription> | undefined;
  let closed = false;

  async function publish(type: string, key: string, data: Json): Promise<void> {
    const time = new Date().toISOString();
    await bus.publish({
      specversion: "1.0",
      id: randomUUID(),
      source,
      type,
      subject: key,
      time,
      datacontenttype: "application/json",
      data,
    });
  }

  /** One message at a time: what is said meanwhile goes together in the next. */
  async function send(key: string, led: Led): Promise<void> {
    if (led.isSending) return;
    led.isSending = true;
    while (leading.get(key) === led && led.sent !== undefined && led.sent < led.said.length) {
      const { said, version, sent } = led;
      led.sent = said.length;
      // Whoever misses it asks for all of it again.
      await publish(told, key, { version, at: sent, text: said.slice(sent) }).catch(() => undefined);
    }
    led.isSending = false;
  }

  function ask(key: string, heard: Heard): void {
    if (closed || heard.isAsking) return;
    heard.isAsking = true;
    open()
      .then(() => publish(awaited, key, null))
      .catch(() => (heard.isAsking = false));
  }

  function hear(key: string, { version, at, text }: Told): void {
    for (const heard of following.get(key) ?? []) {
      if (at === 0) Object.assign(heard, { version, text, isAsking: false });
      else if (version === heard.version && at === heard.text.length) heard.text += text;
      else {
        // Something was lost: what was heard stands until all of it is told again.
        ask(key, heard);
        continue;
      }
      heard.onText(heard.text);
    }
  }

  function receive(type: string, key: string, data: Json): void {
    if (type === awaited) {
      const led = leading.get(key);
      if (led === undefined) return;
      led.sent = 0;
      void send(key, led);
    } else if (typeof data === "object" && data !== null) {
      const { version, at, text } = data as Partial<Record<string, unknown>>;
      if (typeof version === "string" && typeof at === "number" && typeof text === "string") hear(key, { version, at, text });
    }
  }

  function open(): Promise<Subscription> {
    subscription ??= bus.subscribe("cache.answer.*", ({ source: by, type, subject, data }) => {
      if (by !== source && subject !== undefined) receive(type, subject, data);
    });
    subscription.catch(() => (subscription = undefined));
    return subscription;
  }

  return {
    lead(key) {
      const led: Led = { said: "", version: randomUUID(), sent: undefined, isSending: false };
      if (!closed) {
        leading.set(key, led);
        open().catch(() => undefined);
      }
      return {
        tell(event) {
          if (event.type === "text-delta") led.said += event.text;
          else if (event.type === "text-reset") {
            Object.assign(led, { said: "", version: randomUUID() });
            if (led.sent !== undefined) led.sent = 0;
          } else return;
          if (led.said.length > maxTextChars) leading.delete(key);
          else if (led.sent !== undefined) void send(key, led);
        },
        close() {
          if (leading.get(key) === led) leading.delete(key);
        },
      };
    },
    follow(key, onText) {
      const heard: Heard = { onText, version: "", text: "", isAsking: false };
      const others = following.get(key) ?? new Set();
      following.set(key, others.add(heard));
      ask(key, heard);
      const asking = setInterval(() => {
        // The one who computes may not have listened yet.
        if (heard.isAsking) Object.assign(heard, { isAsking: false });
        if (heard.text === "") ask(key, heard);
      }, askAgainMs).unref();
      return () => {
        clearInterval(asking);
        others.delete(heard);
        if (others.size === 0 && following.get(key) === others) following.delete(key);
      };
    },
    async close() {
      closed = true;
      leading.clear();
      following.clear();
      await (await subscription?.catch(() => undefined))?.close();
    },
  };
}
