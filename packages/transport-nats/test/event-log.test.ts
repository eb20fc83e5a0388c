import { randomUUID } from "node:crypto";
import { sampleEvent } from "@hydrogenai/core/testing";
import { connect } from "nats";
import { afterEach, describe, expect, inject, it } from "vitest";
import { natsServer } from "../chaos/nats-server.ts";
import { collect, until } from "../chaos/tally.ts";
import { natsEventLog, type NatsEventLogOptions } from "../src/index.ts";

const servers = inject("natsUrl") ?? "";
const error = (code: string): object => expect.objectContaining({ code }) as object;

describe.skipIf(servers === "")("natsEventLog", () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  const log = (options: Partial<NatsEventLogOptions> = {}) => {
    const made = natsEventLog({ servers, prefix: `log-${randomUUID()}`, ...options });
    cleanUps.push(() => made.close?.());
    return made;
  };

  it("sees what another process appended: versions, ids and conflicts", async () => {
    const prefix = `log-${randomUUID()}`;
    const [one, other] = [log({ prefix }), log({ prefix })];
    const events = Array.from({ length: 6 }, () => sampleEvent());
    expect(await one.append("s", events.slice(0, 2), { expectedVersion: 0 })).toBe(2);
    expect(await other.append("s", events.slice(0, 3))).toBe(3);
    await expect(one.append("s", events.slice(3, 4), { expectedVersion: 2 })).rejects.toEqual(error("VERSION_CONFLICT"));
    expect(await one.append("s", events.slice(3, 6), { expectedVersion: 3 })).toBe(6);
    expect(await other.append("s", events.slice(0, 6), { expectedVersion: 1 })).toBe(6);
    expect((await collect(other.read("s"))).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it("reads a long stream page by page, from any version, and ends where the stream ended when it began", async () => {
    const own = log();
    const events = Array.from({ length: 700 }, () => sampleEvent({ data: null }));
    for (let at = 0; at < 700; at += 2) await own.append("s", events.slice(at, at + 2));
    const read: number[] = [];
    for await (const { version } of own.read("s", { from: 100 })) {
      read.push(version);
      if (version % 100 === 0) await own.append("s", [sampleEvent()]);
    }
    expect(read).toEqual(Array.from({ length: 601 }, (_, index) => index + 100));
  });

  it("refuses more than it has room for, and goes on reading", async () => {
    const own = log({ maxAppends: 20 });
    const events = Array.from({ length: 20 }, () => sampleEvent());
    for (const event of events) await own.append("s", [event]);
    for (const stream of ["s", "t"]) await expect(own.append(stream, [sampleEvent()])).rejects.toEqual(error("STORE_FULL"));
    expect(await own.append("s", events)).toBe(20);
    expect((await collect(own.read("s"))).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it("refuses a stream that would drop what is old", async () => {
    const prefix = `log-${randomUUID()}`;
    const operator = await connect({ servers });
    const manager = await operator.jetstreamManager();
    await manager.streams.add({ name: `${prefix}_log`, subjects: [`${prefix}.log.*`], max_msgs: 1_000 });
    await operator.close();
    await expect(log({ prefix }).append("s", [sampleEvent()])).rejects.toEqual(error("CONFIG_INVALID"));
  });

  it("says which stream is corrupt, and leaves the others alone", async () => {
    const prefix = `log-${randomUUID()}`;
    const own = log({ prefix });
    await own.append("good", [sampleEvent()]);
    const stranger = await connect({ servers });
    for (const [index, payload] of ["{", "null", '{"first":7,"events":[{"id":"x"}]}'].entries())
      await stranger.jetstream().publish(`${prefix}.log.bad${index}`, payload);
    await stranger.close();
    for (const stream of ["bad0", "bad1", "bad2"]) {
      await expect(collect(own.read(stream))).rejects.toEqual(error("DATA_CORRUPT"));
      await expect(own.append(stream, [sampleEvent()])).rejects.toEqual(error("DATA_CORRUPT"));
    }
    expect(await collect(own.read("good"))).toHaveLength(1);
  });

  describe("after a loss", () => {
    it("never takes a lost stream for a new one, until the loss is accepted", async () => {
      const server = await natsServer();
      cleanUps.push(() => server.stop());
      const own = log({ servers: server.url });
      await own.append("session", [sampleEvent()]);
      await server.kill();
      server.wipe();
      await server.start();
      expect(await until(() => own.health?.().detail?.startsWith("STATE_LOST") === true, 5_000)).toBe(true);
      await expect(own.append("session", [sampleEvent()])).rejects.toEqual(error("STATE_LOST"));
      await expect(collect(own.read("session"))).rejects.toEqual(error("STATE_LOST"));
      own.acceptLoss();
      expect(await collect(own.read("session"))).toEqual([]);
      expect(await own.append("session", [sampleEvent()], { expectedVersion: 0 })).toBe(1);
      expect(own.health?.().status).toBe("up");
    });

    it("notices that a subject was purged under what it saw", async () => {
      const prefix = `log-${randomUUID()}`;
      const own = log({ prefix });
      await own.append("s", [sampleEvent()]);
      const operator = await connect({ servers });
      await (await operator.jetstreamManager()).streams.purge(`${prefix}_log`, { filter: `${prefix}.log.s` });
      await operator.close();
      await expect(own.append("s", [sampleEvent()])).rejects.toEqual(error("STATE_LOST"));
    });

    it("is untroubled by a restart that lost nothing", async () => {
      const server = await natsServer();
      cleanUps.push(() => server.stop());
      const own = log({ servers: server.url });
      await own.append("s", [sampleEvent()]);
      await server.kill();
      await server.start();
      expect(await own.append("s", [sampleEvent()], { expectedVersion: 1 })).toBe(2);
      expect(own.health?.().status).toBe("up");
    });
  });
});
