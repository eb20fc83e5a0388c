import { setTimeout as sleep } from "node:timers/promises";
import { isOrchestratorError } from "@hydrogenai/core";
import { natsEventBus, natsEventLog, natsWorkQueue } from "../src/index.ts";
import { natsServer } from "./nats-server.ts";
import { collect, numberedEvent, quietMs, tally, until } from "./tally.ts";

export interface PausesOptions {
  readonly rounds: number;
  /** Milliseconds a pause lasts. */
  readonly pauseMs: number;
  /** Deadline of every call, in milliseconds. */
  readonly timeoutMs: number;
}

export interface PausesFigures {
  readonly calls: number;
  /** Longest time a call took beyond its deadline, in milliseconds. */
  readonly overDeadlineMs: number;
  /** Calls that failed with anything but `STORE_UNAVAILABLE`. */
  readonly otherErrors: readonly string[];
  readonly acked: number;
  readonly lost: number;
  readonly doubled: number;
}

/** Stops the server's process for a while, again and again, under calls of every kind. */
export async function pausedServer({ rounds, pauseMs, timeoutMs }: PausesOptions): Promise<PausesFigures> {
  const server = await natsServer();
  const options = { servers: server.url, timeoutMs };
  const [bus, log, queue] = [natsEventBus(options), natsEventLog(options), natsWorkQueue(options)];
  const seen = tally();
  const otherErrors: string[] = [];
  let calls = 0;
  let overDeadlineMs = 0;
  let ended = false;

  async function timed(call: () => Promise<unknown>): Promise<boolean> {
    const askedAt = performance.now();
    calls++;
    try {
      await call();
      return true;
    } catch (error) {
      if (!isOrchestratorError(error, "STORE_UNAVAILABLE")) otherErrors.push(String(error));
      return false;
    } finally {
      overDeadlineMs = Math.max(overDeadlineMs, Math.round(performance.now() - askedAt - timeoutMs));
    }
  }

  try {
    await bus.subscribe(">", seen.effect, { group: "workers" });
    const callers: readonly ((index: number) => Promise<void>)[] = [
      async (index) => {
        const event = numberedEvent(index, "paused");
        if (await timed(() => bus.publish(event))) seen.acked.add(event.id);
      },
      async (index) => void (await timed(() => log.append("stream", [numberedEvent(index, "logged")]))),
      async (index) => void (await timed(() => queue.enqueue(index, { id: `job-${index}` }))),
      async () => void (await timed(() => collect(log.read("stream")))),
      async () => void (await timed(() => bus.deadEvents())),
      async () => void (await timed(async () => (await bus.subscribe("never.*", () => {})).close())),
    ];
    const load = callers.map(async (call) => {
      for (let index = 0; !ended; index++) {
        await call(index);
        await sleep(2);
      }
    });
    for (let round = 0; round < rounds; round++) {
      await sleep(200);
      server.pause();
      await sleep(pauseMs);
      server.resume();
    }
    ended = true;
    await Promise.all(load);
    await until(() => seen.lost() === 0, 10_000);
    await sleep(quietMs);
    return { calls, overDeadlineMs, otherErrors, acked: seen.acked.size, lost: seen.lost(), doubled: seen.doubled() };
  } finally {
    server.resume();
    await Promise.all([bus.close?.(), log.close?.(), queue.close?.()]);
    await server.stop();
  }
}
