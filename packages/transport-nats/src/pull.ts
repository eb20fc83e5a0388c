import type { NatsMessage } from "./client.ts";
import { type Connection, newInbox } from "./connection.ts";
import { nanoseconds } from "./streams.ts";
import { backoff, pauses } from "./pauses.ts";

/** A stored message, as a consumer hands it over. */
export interface Pulled {
  readonly data: Uint8Array;
  /** Position in the stream. */
  readonly sequence: number;
  /** 1 for the first time this consumer handed it over. */
  readonly deliveries: number;
  /** Where answers to it go. */
  readonly reply: string;
  /** Says `+ACK`, `-NAK` or `+WPI` (work in progress) to the server; nothing comes back. */
  readonly answer: (text: string) => void;
}

/** What pulls from one consumer of one stream. */
export interface PullSource {
  /** Makes sure that the consumer is there and answers its name; called at the start and whenever it fell silent or the connection broke. */
  readonly attach: (signal: AbortSignal) => Promise<string>;
  /** How many more messages may be handed over now. */
  readonly room: () => number;
  readonly onMessage: (message: Pulled) => void;
  /** True where the server keeps no track of what arrived, so that a gap means: attach anew. */
  readonly unacknowledged: boolean;
  /** Nothing came for a while: answers true when something should have. */
  readonly isStuck?: ((consumer: string) => Promise<boolean>) | undefined;
}

export interface Pull {
  /** There is room again. */
  readonly wake: () => void;
  /** Attaches anew. */
  readonly reset: () => void;
  /** Resolves when nothing will be handed over any more. */
  readonly stop: () => Promise<void>;
}

const heartbeatMs = 500;
/** Silence after which the consumer is taken for gone, in milliseconds. */
const silenceMs = 1_500;
/** How long one request for messages stands, in milliseconds. */
const standsMs = 4_000;
const maxBatch = 1_000;

type Round = "done" | "attach";

interface Position {
  readonly sequence: number;
  readonly deliveries: number;
  readonly order: number;
}

/** What the reply subject of a message says: `$JS.ACK[.domain.account].stream.consumer.deliveries.sequence.order.time.pending[.token]`. */
export function positionOf(reply: string): Position | undefined {
  const parts = reply.split(".");
  if (parts[0] !== "$JS" || parts[1] !== "ACK") return undefined;
  const at = parts.length === 9 ? 4 : 6;
  const [deliveries, sequence, order] = [Number(parts[at]), Number(parts[at + 1]), Number(parts[at + 2])];
  return Number.isSafeInteger(sequence) ? { deliveries, sequence, order } : undefined;
}

/** Pulls messages as fast as there is room, and attaches anew whenever the consumer, its stream or the connection is gone. */
export function pull(connection: Connection, stream: string, source: PullSource): Pull {
  const waits = pauses();
  const stopping = new AbortController();
  let roomMade = Promise.withResolvers<void>();
  /** Ends the round under way. */
  let endRound: (how: Round) => void = () => {};
  let inbox = newInbox();
  let heardAt = 0;
  let left = 0;
  let received = 0;
  /** How many messages the consumer handed over in all, for an unacknowledged one. */
  let lastOrder = 0;
  let quietRounds = 0;

  function onMessage(from: string, message: NatsMessage): void {
    // What an earlier round asked for and came late is told apart by its inbox.
    if (from !== inbox) return;
    heardAt = performance.now();
    const { headers } = message;
    if (message.reply === undefined || message.reply === "" || headers?.code) {
      if (headers?.code === 100) {
        if (source.unacknowledged && Number(headers.get("Nats-Last-Consumer")) > lastOrder) endRound("attach");
      } else endRound(headers?.code === 404 || headers?.code === 408 ? "done" : "attach");
      return;
    }
    const position = positionOf(message.reply);
    if (position === undefined) return;
    if (source.unacknowledged && position.order !== lastOrder + 1) return endRound("attach");
    lastOrder = position.order;
    received++;
    const reply = message.reply;
    source.onMessage({ data: message.data, ...position, reply, answer: (text) => connection.send(reply, text) });
    if (--left === 0) endRound("done");
  }

  /** Asks once for messages and resolves when the request has ended. */
  async function round(consumer: string, batch: number): Promise<Round> {
    const { promise, resolve } = Promise.withResolvers<Round>();
    endRound = resolve;
    left = batch;
    received = 0;
    heardAt = performance.now();
    const request = { batch, expires: nanoseconds(standsMs), idle_heartbeat: nanoseconds(heartbeatMs) };
    connection.send(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), inbox);
    const watch = setInterval(() => {
      if (performance.now() - heardAt > silenceMs) resolve("attach");
    }, heartbeatMs);
    try {
      return await promise;
    } finally {
      clearInterval(watch);
    }
  }

  async function pullAll(consumer: string): Promise<void> {
    const own = (inbox = newInbox());
    lastOrder = 0;
    const listening = connection.listen(own, (message) => onMessage(own, message));
    try {
      while (!waits.ended() && connection.connected()) {
        const room = Math.min(source.room(), maxBatch);
        if (room <= 0) {
          await roomMade.promise;
          roomMade = Promise.withResolvers();
          continue;
        }
        if ((await round(consumer, room)) === "attach") return;
        quietRounds = received > 0 ? 0 : quietRounds + 1;
        if (quietRounds >= 2 && (await source.isStuck?.(consumer)) === true) return;
      }
    } finally {
      // What the server counts as handed over is not to get lost.
      if (waits.ended() && !source.unacknowledged) await listening.drain();
      else listening.stop();
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      try {
        await connection.usable(performance.now() + connection.timeoutMs, stopping.signal);
        const consumer = await source.attach(stopping.signal);
        failures = 0;
        await pullAll(consumer);
      } catch {
        // The connection's health says why.
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  const stopWatching = connection.onChange((connected) => {
    if (!connected) {
      endRound("attach");
      roomMade.resolve();
    }
  });
  const running = run();

  return {
    wake: () => roomMade.resolve(),
    reset: () => {
      endRound("attach");
      roomMade.resolve();
    },
    stop: async () => {
      stopWatching();
      waits.end();
      stopping.abort();
      endRound("done");
      roomMade.resolve();
      await running;
    },
  };
}
