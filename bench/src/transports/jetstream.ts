import { natsEventBus } from "@hydrogenai/transport-nats";
import { connect } from "nats";
import { startNats } from "../../../test/services.ts";
import { nextEvent, ratios, type Target } from "./rates.ts";

export async function jetstreamFigures(): Promise<readonly Target[]> {
  const server = await startNats();
  if (server === undefined) return [];
  const connection = await connect({ servers: server.url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: "raw", subjects: ["raw.>"] });
  const stream = connection.jetstream();
  const bus = natsEventBus({ servers: server.url });
  const encoder = new TextEncoder();
  try {
    console.log("\nJetStream on disk, an event of 500 bytes, acknowledged");
    const works = {
      "plain client, with a message id": () => {
        const event = nextEvent();
        return stream.publish(`raw.${event.subject}`, encoder.encode(JSON.stringify(event)), { msgID: event.id });
      },
      "natsEventBus.publish": () => bus.publish(nextEvent()),
    };
    await ratios(works, 1, 1_000);
    const busy = await ratios(works, 64, 8_000);
    return [{ name: "natsEventBus.publish / plain client, 64 in flight", ratio: busy.get("natsEventBus.publish") ?? 0, atLeast: 0.9 }];
  } finally {
    await bus.close?.();
    await connection.close();
    server.stop();
  }
}
