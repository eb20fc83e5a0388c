import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isOrchestratorError, OrchestratorError } from "../../src/errors.ts";
import { memoryEventBus } from "../../src/memory/event-bus.ts";
import type { EventBus, EventHandler } from "../../src/ports/event-bus.ts";
import type { OrchestratorEvent } from "../../src/ports/event.ts";
import { fallbackBus, type FallbackBusOptions } from "../../src/resilience/fallback-bus.ts";
import { eventBusConformance, runConformance, sampleEvent } from "../../src/testing/index.ts";

describe("fallbackBus keeps the bus contract", () => {
  const quick = () => memoryEventBus({ retryDelayMs: 5 });
  runConformance(eventBusConformance, it, { create: () => fallbackBus(quick(), quick(), quick()) });
});

/** A broker outside this process, as far as its clients can tell: it keeps what it took, and delivers only while it is up. */
interface Broker {
  readonly bus: EventBus;
  /** `loses-replies` takes an event and then fails the call. */
  state: "up" | "down" | "hangs" | "loses-replies" | "full";
}

function broker(name: string): Broker {
  const kept = memoryEventBus({ retryDelayMs: 5, dedupWindow: 100_000, maxPending: 100_000, history: 100_000 });
  const away = (): OrchestratorError => new OrchestratorError("STORE_UNAVAILABLE", `${name} is away`, { retryable: true });
  const until = async (state: () => boolean): Promise<void> => {
    while (!state()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const check = async (): Promise<void> => {
    if (own.state === "down") throw away();
    if (own.state === "hangs") await until(() => own.state !== "hangs");
  };
  const own: Broker = {
    state: "up",
    bus: {
      ...kept,
      name,
      publish: async (event) => {
        await check();
        // Publishes under way together arrive in any order, as over several connections.
        for (let turns = event.id.charCodeAt(0) % 3; turns > 0; turns--) await new Promise(setImmediate);
        if (own.state === "full") throw new OrchestratorError("STORE_FULL", `${name} is full`, { retryable: true });
        await kept.publish(event);
        if (own.state === "loses-replies") throw away();
        return { tier: name, durable: true };
      },
      subscribe: async (pattern, handler, options) => {
        await check();
        const whenUp: EventHandler = async (event, delivery) => {
          await until(() => own.state !== "down" && own.state !== "hangs");
          await handler(event, delivery);
        };
        return kept.subscribe(pattern, whenUp, options);
      },
      ready: check,
      health: () => (own.state === "down" ? { status: "down", detail: `${name} is away` } : { status: "up" }),
    },
  };
  return own;
}

function chain(options: FallbackBusOptions = {}) {
  const first = broker("first");
  const second = broker("second");
  const bus = fallbackBus(first.bus, second.bus, memoryEventBus(), { stepDownMs: 50, probeMs: 20, ...options });
  onTestFinished(() => bus.close?.());
  return { first, second, bus };
}

const tierOf = async (bus: EventBus): Promise<string> => (await bus.publish(sampleEvent())).tier;
const detail = (bus: EventBus): string => `${bus.health?.().status}: ${bus.health?.().detail}`;

async function recorder(bus: EventBus, options: Parameters<EventBus["subscribe"]>[2] = {}) {
  const received: OrchestratorEvent[] = [];
  await bus.subscribe(">", (event) => void received.push(event), options);
  return received;
}

describe("fallbackBus", () => {
  it("goes to the next bus when one fails, says which serves, and comes back by itself", async () => {
    const { first, second, bus } = chain();
    expect(await bus.publish(sampleEvent())).toEqual({ tier: "first", durable: true });
    expect(detail(bus)).toBe("up: first serves");
    first.state = "down";
    expect(await bus.publish(sampleEvent())).toEqual({ tier: "second", durable: true });
    expect(detail(bus)).toMatch(/^degraded: second serves.*1 events wait for first/);
    second.state = "down";
    expect(await bus.publish(sampleEvent())).toEqual({ tier: "memory", durable: false });
    expect(detail(bus)).toMatch(/^degraded: memory serves/);
    second.state = "up";
    await vi.waitFor(async () => expect(await tierOf(bus)).toBe("second"), 10_000);
    first.state = "up";
    await vi.waitFor(async () => expect(await tierOf(bus)).toBe("first"), 10_000);
    expect(detail(bus)).toBe("up: first serves");
  });

  it("goes on when a bus hangs, without leaving a publisher behind", async () => {
    const { first, bus } = chain();
    first.state = "hangs";
    const receipts = await Promise.all([bus.publish(sampleEvent()), bus.publish(sampleEvent({ subject: "other" }))]);
    expect(receipts.map(({ tier }) => tier)).toEqual(["second", "second"]);
  });

  it("steps down with nothing published, once the serving bus says it is down", async () => {
    const { first, bus } = chain();
    await bus.publish(sampleEvent());
    first.state = "down";
    await vi.waitFor(() => expect(detail(bus)).toMatch(/second serves/), 10_000);
  });

  it("hands an event over once though its bus took it and failed the call", async () => {
    const { first, bus } = chain();
    const received = await recorder(bus);
    first.state = "loses-replies";
    const events = [sampleEvent(), sampleEvent()];
    for (const event of events) await bus.publish(event);
    first.state = "up";
    await vi.waitFor(async () => expect(await tierOf(bus)).toBe("first"), 10_000);
    await vi.waitFor(() => expect(received.map(({ id }) => id).slice(0, 2)).toEqual(events.map(({ id }) => id)), 10_000);
    expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);
  });

  it("gives the returning bus everything it missed, in order", async () => {
    const { first, second, bus } = chain();
    const onFirst = await recorder(first.bus);
    const events = Array.from({ length: 60 }, (_, index) => sampleEvent({ subject: `s${index % 3}`, data: index }));
    for (const [index, event] of events.entries()) {
      if (index === 10) first.state = "down";
      if (index === 30) second.state = "down";
      await bus.publish(event);
    }
    first.state = "up";
    await vi.waitFor(() => expect(onFirst).toHaveLength(60), 10_000);
    for (const subject of ["s0", "s1", "s2"]) {
      const order = onFirst.filter((event) => event.subject === subject).map(({ data }) => data as number);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it("refuses with OUTBOX_FULL beyond the bound, and loses none of the others", async () => {
    const { first, second, bus } = chain({ maxOutbox: 25 });
    const onFirst = await recorder(first.bus);
    first.state = "down";
    second.state = "down";
    const events = Array.from({ length: 40 }, () => sampleEvent());
    const outcomes = await Promise.allSettled(events.map((event) => bus.publish(event)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused).toHaveLength(15);
    expect(refused.every((error) => isOrchestratorError(error, "OUTBOX_FULL"))).toBe(true);
    first.state = "up";
    await vi.waitFor(() => expect(onFirst.map(({ id }) => id)).toEqual(events.slice(0, 25).map(({ id }) => id)), 10_000);
    await expect(bus.publish(sampleEvent())).resolves.toMatchObject({ tier: "first" });
  });

  it("keeps taking events beyond the bound while a bus serves that keeps them, and says how many the other misses", async () => {
    const { first, bus } = chain({ maxOutbox: 25 });
    first.state = "down";
    for (let count = 0; count < 40; count++) expect((await bus.publish(sampleEvent())).tier).toBe("second");
    expect(detail(bus)).toMatch(/25 events wait for first, 15 left out/);
  });

  it("tells the publisher when there is no bus at all, and works again when there is", async () => {
    const only = broker("only");
    const bus = fallbackBus(only.bus, { stepDownMs: 50, probeMs: 20 });
    onTestFinished(() => bus.close?.());
    for (const state of ["down", "hangs", "full"] as const) {
      only.state = state;
      await expect(bus.publish(sampleEvent())).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    }
    only.state = "up";
    expect(await tierOf(bus)).toBe("only");
  });

  it("passes on what a bus refuses for good, and stays with that bus", async () => {
    const picky: EventBus = {
      ...memoryEventBus(),
      name: "picky",
      publish: async (event) => {
        if (event.type === "bad") throw new OrchestratorError("CONFIG_INVALID", "no such type");
        return { tier: "picky", durable: true };
      },
    };
    const bus = fallbackBus(picky, memoryEventBus());
    onTestFinished(() => bus.close?.());
    await expect(bus.publish(sampleEvent({ type: "bad" }))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(await tierOf(bus)).toBe("picky");
  });

  it("subscribes with every broker down, and gets what came when they are back", async () => {
    const { first, second, bus } = chain();
    first.state = "down";
    second.state = "hangs";
    const received = await recorder(bus);
    const own = sampleEvent();
    await bus.publish(own);
    await vi.waitFor(() => expect(received.map(({ id }) => id)).toEqual([own.id]), 10_000);
    // Another process publishes the moment the broker is back, before our subscription is.
    const others = sampleEvent({ subject: "theirs" });
    first.state = "up";
    await first.bus.publish(others);
    await vi.waitFor(() => expect(received.map(({ id }) => id)).toContain(others.id), 10_000);
  });

  it("hands an event to one member of a group in this process, whatever bus brings it", async () => {
    const { first, bus } = chain();
    const members = [await recorder(bus, { group: "g" }), await recorder(bus, { group: "g" })];
    first.state = "loses-replies";
    const events = Array.from({ length: 10 }, (_, index) => sampleEvent({ subject: `s${index}` }));
    await Promise.all(events.map((event) => bus.publish(event)));
    first.state = "up";
    await vi.waitFor(async () => expect(await tierOf(bus)).toBe("first"), 10_000);
    await vi.waitFor(() => {
      const ids = members.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(events.map(({ id }) => id)));
    }, 10_000);
  });

  it("takes no calls after close, and closes its buses", async () => {
    const inner = memoryEventBus();
    const bus = fallbackBus(inner);
    await bus.close?.();
    await bus.close?.();
    await expect(bus.publish(sampleEvent())).rejects.toMatchObject({ code: "CLOSED" });
    expect(inner.health?.().status).toBe("down");
  });

  it("loses nothing, doubles nothing and keeps each subject's order through brokers that come and go at random", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = mulberry(seed);
      const { first, second, bus } = chain({ stepDownMs: 30, probeMs: 10 });
      const received = await recorder(bus);
      const states = ["up", "up", "down", "hangs", "loses-replies"] as const;
      const published: OrchestratorEvent[] = [];
      for (let round = 0; round < 60; round++) {
        first.state = states[Math.floor(random() * states.length)] ?? "up";
        second.state = states[Math.floor(random() * states.length)] ?? "up";
        const events = Array.from({ length: 20 }, (_, index) => sampleEvent({ subject: `s${index % 7}`, data: published.length + index }));
        published.push(...events);
        await Promise.all(events.map((event) => bus.publish(event)));
      }
      first.state = "up";
      second.state = "up";
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(published.length), { timeout: 5_000 });
      expect(new Set(received.map(({ id }) => id)).size, `seed ${seed}: doubled`).toBe(received.length);
      expect(received, `seed ${seed}: lost`).toHaveLength(published.length);
      for (let subject = 0; subject < 7; subject++) {
        const order = received.filter((event) => event.subject === `s${subject}`).map(({ data }) => data as number);
        expect(order, `seed ${seed}: order of s${subject}`).toEqual(order.toSorted((a, b) => a - b));
      }
      await bus.close?.();
    }
  });
});

/** Pseudo-random numbers from 0 to 1, the same for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
