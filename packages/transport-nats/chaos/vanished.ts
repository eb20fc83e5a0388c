import type { OrchestratorEvent } from "@hydrogenai/core";
import { connect, type JetStreamManager } from "nats";
import { natsEventBus } from "../src/index.ts";
import { natsServer } from "./nats-server.ts";
import { collect, numberedEvent, until } from "./tally.ts";

export interface VanishedFigures {
  /** From the fault to the first event both the group and the lone subscriber got, in milliseconds; one a round. */
  readonly recoveredAfterMs: Readonly<Record<"restart" | "consumer" | "stream" | "wiped", readonly number[]>>;
  /** Events published after a fault that did not arrive within ten seconds. */
  readonly missing: number;
}

async function managing(servers: string, act: (manager: JetStreamManager) => Promise<void>): Promise<void> {
  const operator = await connect({ servers });
  await act(await operator.jetstreamManager());
  await operator.close();
}

/** Takes away the server, its consumers, its stream, and all it stored, and waits until events arrive again. */
export async function vanished(rounds: number): Promise<VanishedFigures> {
  const server = await natsServer();
  const bus = natsEventBus({ servers: server.url });
  const [ofGroup, ofLone] = [new Set<string>(), new Set<string>()];
  const recoveredAfterMs = { restart: [] as number[], consumer: [] as number[], stream: [] as number[], wiped: [] as number[] };
  let missing = 0;
  let index = 0;
  const faults: Readonly<Record<keyof typeof recoveredAfterMs, () => Promise<void>>> = {
    restart: async () => {
      await server.kill();
      await server.start();
    },
    consumer: () =>
      managing(server.url, async (manager) => {
        const names = (await collect(manager.consumers.list("hydrogenai_events"))).map(({ name }) => name);
        // The server may stumble over its own files while it deletes; the consumer is gone all the same.
        for (const name of names) await manager.consumers.delete("hydrogenai_events", name).catch(() => {});
      }),
    stream: () => managing(server.url, async (manager) => void (await manager.streams.delete("hydrogenai_events"))),
    wiped: async () => {
      await server.kill();
      server.wipe();
      await server.start();
    },
  };
  const note = (set: Set<string>) => (event: OrchestratorEvent) => void set.add(event.id);
  try {
    await bus.subscribe(">", note(ofGroup), { group: "workers" });
    await bus.subscribe(">", note(ofLone));
    for (let round = 0; round < rounds; round++) {
      for (const fault of Object.keys(faults) as (keyof typeof faults)[]) {
        const before = numberedEvent(index++, "before");
        await bus.publish(before);
        await until(() => ofGroup.has(before.id) && ofLone.has(before.id), 10_000);
        const at = performance.now();
        await faults[fault]();
        const after = numberedEvent(index++, "after");
        await bus.publish(after);
        if (!(await until(() => ofGroup.has(after.id) && ofLone.has(after.id), 10_000))) missing++;
        recoveredAfterMs[fault].push(Math.round(performance.now() - at));
      }
    }
    return { recoveredAfterMs, missing };
  } finally {
    await bus.close?.();
    await server.stop();
  }
}
