import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { OrchestratorEvent } from "@hydrogenai/core";
import { sampleEvent } from "@hydrogenai/core/testing";
import { connect } from "nats";
import { afterEach, describe, expect, inject, it } from "vitest";
import { natsProxy } from "../chaos/nats-proxy.ts";
import { natsServer } from "../chaos/nats-server.ts";
import { until } from "../chaos/tally.ts";
import { natsEventBus, type NatsEventBusOptions } from "../src/index.ts";

const servers = inject("natsUrl") ?? "";
const error = (code: string): object => expect.objectContaining({ code }) as object;

describe.skipIf(servers === "")("natsEventBus", () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  const later = <T>(value: T, cleanUp: (value: T) => unknown): T => {
    cleanUps.push(() => cleanUp(value));
    return value;
  };
  const bus = (options: Partial<NatsEventBusOptions> = {}) =>
    later(
      natsEventBus({
        ...(options.connection === undefined ? { servers } : {}),
        prefix: `bus-${randomUUID()}`,
        maxBytes: 1_000_000,
        ...options,
      }),
      (made) => made.close?.(),
    );

  describe("a group in two processes", () => {
    it("goes on in the other when its own leaves, in the order of each subject", async () => {
      const prefix = `bus-${randomUUID()}`;
      const [first, second] = [bus({ prefix }), bus({ prefix })];
      const seen: string[] = [];
      const note = (event: OrchestratorEvent): void => void seen.push(event.id);
      await first.subscribe(">", note, { group: "g" });
      await second.subscribe(">", note, { group: "g" });
      const events = Array.from({ length: 40 }, () => sampleEvent());
      for (const event of events.slice(0, 20)) await first.publish(event);
      await first.close?.();
      for (const event of events.slice(20)) await second.publish(event);
      expect(await until(() => seen.length >= 40, 8_000)).toBe(true);
      expect(seen).toEqual(events.map(({ id }) => id));
    });

    it("goes on in the other when its own falls silent, and what that had in hand comes first", async () => {
      const prefix = `bus-${randomUUID()}`;
      const proxy = later(await natsProxy(servers), (made) => made.close());
      const silent = bus({ prefix, servers: proxy.url, leaseMs: 600, closeTimeoutMs: 50 });
      const other = bus({ prefix, leaseMs: 600 });
      const [stuck, next] = [sampleEvent(), sampleEvent()];
      const taken = Promise.withResolvers<AbortSignal>();
      await silent.subscribe(
        ">",
        async (_, { signal }) => {
          taken.resolve(signal);
          await new Promise(() => {});
        },
        { group: "g" },
      );
      await other.publish(stuck);
      await taken.promise;
      await other.publish(next);
      const seen: string[] = [];
      await other.subscribe(">", (event, { attempt }) => void seen.push(`${event.id} ${attempt > 1}`), { group: "g" });
      await proxy.close();
      expect(await until(() => seen.length >= 2, 8_000)).toBe(true);
      expect(seen[0]).toBe(`${stuck.id} true`);
      expect(seen[1]?.startsWith(next.id)).toBe(true);
    });
  });

  it("does not hand an event out again while its handler runs longer than the server waits", async () => {
    const own = bus();
    const attempts: number[] = [];
    let done = false;
    await own.subscribe(
      ">",
      async (_, { attempt }) => {
        attempts.push(attempt);
        await sleep(2_500);
        done = true;
      },
      { group: "g" },
    );
    await own.publish(sampleEvent());
    expect(await until(() => done, 8_000)).toBe(true);
    expect(attempts).toEqual([1]);
  });

  it("goes on behind what a group handled when all its members left and came back", async () => {
    const prefix = `bus-${randomUUID()}`;
    const first = bus({ prefix });
    const events = Array.from({ length: 3 }, () => sampleEvent());
    const seen: string[] = [];
    const note = (event: OrchestratorEvent): void => void seen.push(event.id);
    await first.subscribe(">", note, { group: "g" });
    await first.publish(events[0] as OrchestratorEvent);
    expect(await until(() => seen.length === 1, 5_000)).toBe(true);
    await first.close?.();
    const second = bus({ prefix });
    await second.publish(events[1] as OrchestratorEvent);
    await second.subscribe(">", note, { group: "g" });
    await second.publish(events[2] as OrchestratorEvent);
    expect(await until(() => seen.length === 3, 5_000)).toBe(true);
    expect(seen).toEqual(events.map(({ id }) => id));
  });

  it("replays exactly what is stored, while new events come", async () => {
    const own = bus({ maxBytes: 5_000_000 });
    const events = Array.from({ length: 1_500 }, (_, index) => sampleEvent({ subject: `s-${index % 50}`, data: { index } }));
    await Promise.all(events.slice(0, 1_000).map((event) => own.publish(event)));
    const replayed: OrchestratorEvent[] = [];
    const fresh: OrchestratorEvent[] = [];
    await own.subscribe(">", (event, { replay }) => void (replay ? replayed : fresh).push(event), { replayFrom: { sequence: 1 } });
    await Promise.all(events.slice(1_000).map((event) => own.publish(event)));
    expect(await until(() => fresh.length === 500, 10_000)).toBe(true);
    expect(replayed).toEqual(events.slice(0, 1_000));
    expect(fresh).toEqual(events.slice(1_000));
  });

  describe("subscribers of one pattern", () => {
    it("are not held up by one that is slow, which misses nothing", async () => {
      const own = bus({ maxInFlight: 8, maxBytes: 5_000_000 });
      const gate = Promise.withResolvers<void>();
      const [slow, quick]: [string[], string[]] = [[], []];
      await own.subscribe(">", async ({ id }) => {
        await gate.promise;
        slow.push(id);
      });
      await own.subscribe(">", ({ id }) => void quick.push(id));
      const events = Array.from({ length: 300 }, () => sampleEvent());
      for (const event of events) await own.publish(event);
      expect(await until(() => quick.length === 300, 5_000)).toBe(true);
      expect(slow).toEqual([]);
      gate.resolve();
      expect(await until(() => slow.length === 300, 5_000)).toBe(true);
      expect(slow).toEqual(events.map(({ id }) => id));
    });

    it("come and go while events flow, each with all of its own", async () => {
      const own = bus({ maxBytes: 5_000_000 });
      const published: string[] = [];
      let flowing = true;
      const flow = (async () => {
        while (flowing) {
          const event = sampleEvent();
          await own.publish(event);
          published.push(event.id);
        }
      })();
      for (let round = 0; round < 30; round++) {
        const seen: string[] = [];
        const subscription = await own.subscribe(">", ({ id }) => void seen.push(id));
        const from = published.length;
        expect(await until(() => published.length > from + 5, 5_000)).toBe(true);
        const due = published.slice(from + 1, from + 5);
        expect(await until(() => due.every((id) => seen.includes(id)), 5_000)).toBe(true);
        expect(new Set(seen).size).toBe(seen.length);
        await subscription.close();
      }
      flowing = false;
      await flow;
    });
  });

  it("delivers new events to one that asks to replay from a sequence that lies ahead", async () => {
    const own = bus();
    await own.publish(sampleEvent());
    const seen: string[] = [];
    for (const group of [undefined, "g"])
      await own.subscribe(">", ({ id }) => void seen.push(id), { group, replayFrom: { sequence: 1_000 } });
    const event = sampleEvent();
    await own.publish(event);
    expect(await until(() => seen.length === 2, 5_000)).toBe(true);
    expect(seen).toEqual([event.id, event.id]);
  });

  it("leaves out what is no event, and says so", async () => {
    const prefix = `bus-${randomUUID()}`;
    const own = bus({ prefix });
    const seen: string[] = [];
    await own.subscribe(">", ({ id }) => void seen.push(id));
    await own.subscribe(">", ({ id }) => void seen.push(id), { group: "g" });
    const stranger = later(await connect({ servers }), (client) => client.close());
    for (const payload of ["", "{", "null", "[]", "7", '{"id":7,"type":"a"}', '{"id":"x","type":"a","subject":7}'])
      await stranger.jetstream().publish(`${prefix}.events.a`, payload);
    const event = sampleEvent();
    await own.publish(event);
    expect(await until(() => seen.length === 2, 5_000)).toBe(true);
    expect(seen).toEqual([event.id, event.id]);
    expect(own.health?.()).toEqual({ status: "up", detail: expect.stringContaining("14 messages") as string });
  });

  describe("refuses at once", () => {
    const wrong: Readonly<Record<string, NatsEventBusOptions>> = {
      "neither address nor connection": { servers: undefined },
      "no address": { servers: [] },
      "something that is no address": { servers: "nats://[" },
      "a prefix with a dot": { prefix: "a.b" },
      "an empty prefix": { prefix: "" },
      "no tries": { maxDeliver: 0 },
      "no time": { timeoutMs: 0 },
      "a deadline beyond the window of ids": { timeoutMs: 1e9 },
      "half an id": { inboxSize: 1.5 },
    };
    it.each(Object.keys(wrong))("%s", (what) => {
      expect(() => natsEventBus({ servers, ...wrong[what] })).toThrowError(error("CONFIG_INVALID"));
    });

    it("an event that is larger than the server takes", async () => {
      await expect(bus().publish(sampleEvent({ data: "x".repeat(2_000_000) }))).rejects.toEqual(error("CONFIG_INVALID"));
    });

    it("a pattern or a time that is none", async () => {
      await expect(bus().subscribe("a..b", () => {})).rejects.toEqual(error("CONFIG_INVALID"));
      await expect(bus().subscribe(">", () => {}, { replayFrom: { time: "yesterday" } })).rejects.toEqual(error("CONFIG_INVALID"));
    });

    it("a stream of another kind under its name, without touching it", async () => {
      const prefix = `bus-${randomUUID()}`;
      const operator = later(await connect({ servers }), (client) => client.close());
      const manager = await operator.jetstreamManager();
      await manager.streams.add({ name: `${prefix}_events`, subjects: [`${prefix}.other`] });
      await expect(bus({ prefix }).ready?.()).rejects.toEqual(error("CONFIG_INVALID"));
      expect((await manager.streams.info(`${prefix}_events`)).config.subjects).toEqual([`${prefix}.other`]);
    });
  });

  it("leaves the bounds of a stream as an operator set them", async () => {
    const prefix = `bus-${randomUUID()}`;
    const operator = later(await connect({ servers }), (client) => client.close());
    const manager = await operator.jetstreamManager();
    await manager.streams.add({ name: `${prefix}_events`, subjects: [`${prefix}.events.>`], max_bytes: 123_456 });
    const own = bus({ prefix });
    await own.publish(sampleEvent());
    expect((await manager.streams.info(`${prefix}_events`)).config.max_bytes).toBe(123_456);
  });

  it("uses a connection it was given, and leaves it open", async () => {
    const connection = later(await connect({ servers }), (client) => client.close());
    const own = bus({ connection });
    await own.publish(sampleEvent());
    await own.close?.();
    expect(connection.isClosed()).toBe(false);
    await expect(own.publish(sampleEvent())).rejects.toEqual(error("CLOSED"));
    await connection.flush();
  });

  it("says that a connection it was given is closed", async () => {
    const connection = await connect({ servers });
    const own = bus({ connection });
    await own.publish(sampleEvent());
    await connection.close();
    await expect(own.publish(sampleEvent(), { signal: AbortSignal.timeout(3_000) })).rejects.toEqual(error("STORE_UNAVAILABLE"));
    expect(own.health?.().status).toBe("down");
  });

  describe("with the server down", () => {
    it("starts, fails within the deadline, says so, and works once the server is there", async () => {
      const server = later(await natsServer(), (made) => made.stop());
      await server.kill();
      const own = bus({ servers: server.url, timeoutMs: 1_000 });
      expect(own.health?.().status).toBe("degraded");
      await expect(own.publish(sampleEvent())).rejects.toEqual(error("STORE_UNAVAILABLE"));
      await expect(own.ready?.()).rejects.toEqual(error("STORE_UNAVAILABLE"));
      await expect(own.subscribe(">", () => {})).rejects.toEqual(error("STORE_UNAVAILABLE"));
      await expect(own.deadEvents()).rejects.toEqual(error("STORE_UNAVAILABLE"));
      expect(own.health?.().status).toBe("down");
      await server.start();
      expect(
        await until(
          () =>
            own.publish(sampleEvent()).then(
              () => true,
              () => false,
            ),
          15_000,
        ),
      ).toBe(true);
      expect(own.health?.().status).toBe("up");
      await server.kill();
      expect(await until(() => own.health?.().status === "down", 1_000)).toBe(true);
    });

    it("ends a call at its signal, with the signal's reason", async () => {
      const own = bus({ servers: "nats://127.0.0.1:1" });
      const caller = new AbortController();
      const reason = new Error("the caller gave up");
      const calls = [
        own.publish(sampleEvent(), { signal: caller.signal }),
        own.subscribe(">", () => {}, { signal: caller.signal }),
        own.deadEvents({ signal: caller.signal }),
        own.ready?.({ signal: caller.signal }),
      ];
      caller.abort(reason);
      for (const call of calls) await expect(call).rejects.toBe(reason);
    });

    it("closes at once, and settles what is under way", async () => {
      const own = bus({ servers: "nats://127.0.0.1:1" });
      const call = own.publish(sampleEvent());
      await own.close?.();
      await expect(call).rejects.toEqual(error("CLOSED"));
    });

    it("never tells a password", async () => {
      const own = bus({ servers: "nats://user:s3cret@127.0.0.1:1", timeoutMs: 200 });
      const thrown = await own.publish(sampleEvent()).catch((caught: unknown) => caught);
      const { message, cause } = thrown as Error;
      expect(`${JSON.stringify(thrown)} ${message} ${String(cause)} ${own.health?.().detail}`).not.toContain("s3cret");
    });
  });
});
