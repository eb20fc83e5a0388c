import { setTimeout as sleep } from "node:timers/promises";
import type { EventBus, OrchestratorEvent } from "@hydrogenai/core";
import { connect } from "nats";
import { natsEventBus } from "../src/index.ts";
import { natsProxy } from "./nats-proxy.ts";
import { natsServer } from "./nats-server.ts";
import { numberedEvent, tally, until } from "./tally.ts";

export interface EatenAcksOptions {
  readonly events: number;
  readonly publishers: number;
  /** Share of the answers to publishes that never arrive, 0 to 1. */
  readonly share: number;
  /** How an event is published, through the proxy. @default by the bus */
  readonly publish?: (bus: EventBus, event: OrchestratorEvent, servers: string) => Promise<void>;
}

export interface EatenAcksFigures {
  readonly acked: number;
  readonly eaten: number;
  /** Messages the server holds beyond one an event, as the server counts. */
  readonly storedTwice: number;
  readonly lost: number;
  readonly doubled: number;
}

/** Publishes through a proxy that loses some of the acknowledgements, and asks the server what it holds. */
export async function eatenAcks(options: EatenAcksOptions): Promise<EatenAcksFigures> {
  const { events, publishers, share } = options;
  const publish = options.publish ?? (async (bus, event) => void (await bus.publish(event)));
  const server = await natsServer();
  const proxy = await natsProxy(server.url);
  const [publishing, consuming] = [natsEventBus({ servers: proxy.url }), natsEventBus({ servers: server.url })];
  const seen = tally();
  let acks = 0;
  let eaten = 0;
  try {
    await consuming.subscribe(">", seen.effect, { group: "workers" });
    await publishing.ready?.();
    // Every so many acknowledgements one is lost: the same ones in each run.
    proxy.decide = ({ payload }) => {
      if (!payload.startsWith('{"stream":')) return "pass";
      acks++;
      if (Math.floor(acks * share) === Math.floor((acks - 1) * share)) return "pass";
      eaten++;
      return "drop";
    };
    const publisher = async (number: number): Promise<void> => {
      for (let index = 0; index < events / publishers; index++) {
        const event = numberedEvent(index, `publisher-${number}`);
        await publish(publishing, event, proxy.url);
        seen.acked.add(event.id);
      }
    };
    await Promise.all(Array.from({ length: publishers }, (_, number) => publisher(number)));
    await until(() => seen.lost() === 0, 10_000);
    await sleep(100);
    const observer = await connect({ servers: server.url });
    const { state } = await (await observer.jetstreamManager()).streams.info("hydrogenai_events");
    await observer.close();
    return { acked: seen.acked.size, eaten, storedTwice: state.messages - seen.acked.size, lost: seen.lost(), doubled: seen.doubled() };
  } finally {
    await Promise.all([publishing.close?.(), consuming.close?.()]);
    await proxy.close();
    await server.stop();
  }
}
