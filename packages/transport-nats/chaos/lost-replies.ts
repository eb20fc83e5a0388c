import { type EventLog, isOrchestratorError, type OrchestratorEvent } from "@hydrogenai/core";
import { connect } from "nats";
import { natsEventBus, natsEventLog, natsWorkQueue } from "../src/index.ts";
import { type Frame, natsProxy } from "./nats-proxy.ts";
import { natsServer } from "./nats-server.ts";
import { collect, numberedEvent, tally, until } from "./tally.ts";

export interface LostRepliesFigures {
  /** Replies of the server in one undisturbed run, each of which was lost in turn, with the connection. */
  readonly cuts: number;
  /** Runs in which something was applied twice or not at all, with what. */
  readonly wrong: readonly string[];
  /** Calls that were not settled by their deadline. */
  readonly unsettled: number;
}

export interface LostRepliesOptions {
  /** Every so many replies one is lost. @default 1 */
  readonly step?: number;
  /** Which replies count. @default every message */
  readonly counts?: (frame: Frame) => boolean;
  /** Runs at once, each with a connection, streams and a lost reply of its own. @default 8 */
  readonly atOnce?: number;
  /** Publishes to the subject of the bus. @default by the bus itself */
  readonly publish?: (servers: string, event: OrchestratorEvent, prefix: string) => Promise<void>;
}

const timeoutMs = 3_000;
const events = Array.from({ length: 3 }, (_, index) => numberedEvent(index, "one"));
const poison = numberedEvent(9, "poison");

async function readAll(log: EventLog): Promise<readonly string[]> {
  return (await collect(log.read("stream"))).map((event) => `${event.version}:${event.id}`);
}

/** Does one of everything the adapters write, with the n-th reply of the server lost together with the connection, for every n. */
export async function lostReplies({
  step = 1,
  atOnce = 8,
  counts = () => true,
  publish,
}: LostRepliesOptions = {}): Promise<LostRepliesFigures> {
  const server = await natsServer();
  const wrong: string[] = [];
  let unsettled = 0;
  let cuts = 0;

  async function run(cutAt: number): Promise<boolean> {
    const prefix = `cut${cutAt}`;
    const proxy = await natsProxy(server.url);
    const options = { servers: proxy.url, prefix, timeoutMs, retryDelayMs: 5, maxDeliver: 2 };
    const [bus, log, queue] = [natsEventBus({ ...options, maxBytes: 1_000_000 }), natsEventLog(options), natsWorkQueue(options)];
    const seen = tally();
    const jobs = new Map<string, number>();
    let replies = 0;
    proxy.decide = (frame) => (frame.kind.endsWith("MSG") && counts(frame) && ++replies === cutAt ? "cut" : "pass");
    // As a caller does: what is not known to be done is asked for again.
    const call = async <T>(name: string, action: () => Promise<T>): Promise<T | undefined> => {
      for (let attempt = 1; attempt <= 3; attempt++) {
        const askedAt = performance.now();
        try {
          return await action();
        } catch (error) {
          if (!isOrchestratorError(error, "STORE_UNAVAILABLE")) wrong.push(`cut ${cutAt}: ${name}: ${String(error)}`);
        } finally {
          if (performance.now() - askedAt > timeoutMs + 500) unsettled++;
        }
      }
      return undefined;
    };
    const say = (event: OrchestratorEvent): Promise<unknown> =>
      publish === undefined ? bus.publish(event) : publish(proxy.url, event, prefix);
    await call("subscribe", () =>
      bus.subscribe(
        ">",
        (event) => {
          if (event.id === poison.id) throw new Error("poison");
          seen.effect(event);
        },
        { group: "workers" },
      ),
    );
    await call("consume", () => queue.consume(async ({ id }) => void jobs.set(id, (jobs.get(id) ?? 0) + 1)));
    for (const [index, event] of events.entries()) {
      await call("publish", () => say(event));
      await call("append", () => log.append("stream", [event], { expectedVersion: index }));
      await call("enqueue", () => queue.enqueue(index, { id: `job-${index}` }));
    }
    await call("publish poison", () => say(poison));
    await until(() => seen.effects.size === events.length && jobs.size === events.length, 10_000);
    await until(async () => ((await call("deadEvents", () => bus.deadEvents())) ?? []).length === 1, 5_000);
    const isCut = replies >= cutAt;
    proxy.decide = () => "pass";

    const expect = (what: string, found: unknown, expected: unknown): void => {
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`cut ${cutAt}: ${what}: ${JSON.stringify(found)}`);
    };
    expect(
      "log",
      await readAll(log),
      events.map(({ id }, index) => `${index + 1}:${id}`),
    );
    expect("effects", [...seen.effects.values()], [1, 1, 1]);
    expect("jobs", [...jobs.values()], [1, 1, 1]);
    expect(
      "dead",
      (await bus.deadEvents()).map(({ event, attempts }) => [event.id, attempts]),
      [[poison.id, 2]],
    );
    const observer = await connect({ servers: server.url });
    const manager = await observer.jetstreamManager();
    expect("stored", (await manager.streams.info(`${prefix}_events`)).state.messages, events.length + 1);
    // A queue that is done is empty.
    const left = async (): Promise<number> => (await manager.streams.info(`${prefix}_queue_jobs`)).state.messages;
    await until(async () => (await left()) === 0, 3_000);
    expect("queue", await left(), 0);
    await Promise.all([bus.close?.(), log.close?.(), queue.close?.()]);
    await observer.close();
    await proxy.close();
    return isCut;
  }

  try {
    for (let round = 0, isCut = true; isCut; round++) {
      const runs = await Promise.all(Array.from({ length: atOnce }, (_, index) => run(1 + (round * atOnce + index) * step)));
      cuts += runs.filter((each) => each).length;
      isCut = runs.every((each) => each);
    }
    return { cuts, wrong, unsettled };
  } finally {
    await server.stop();
  }
}
