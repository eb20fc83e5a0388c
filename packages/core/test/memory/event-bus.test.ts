import { describe, expect, it, vi } from "vitest";
import { memoryEventBus } from "../../src/memory/event-bus.ts";
import type { EventBus, SubscribeOptions } from "../../src/ports/event-bus.ts";
import { sampleEvent, virtualClock } from "../../src/testing/index.ts";

async function publish(bus: EventBus, count: number, subject?: string): Promise<readonly string[]> {
  const events = Array.from({ length: count }, () => sampleEvent(subject === undefined ? {} : { subject }));
  for (const event of events) await bus.publish(event);
  return events.map((event) => event.id);
}

async function collect(bus: EventBus, options: SubscribeOptions = {}): Promise<readonly string[]> {
  const ids: string[] = [];
  await bus.subscribe(">", (event) => void ids.push(event.id), options);
  return ids;
}

describe("memoryEventBus", () => {
  it("keeps the newest events for a replay, as many as it was told", async () => {
    const bus = memoryEventBus({ history: 3 });
    const ids = await publish(bus, 5);
    const replayed = await collect(bus, { replayFrom: { sequence: 0 } });
    const fresh = await publish(bus, 1);
    await vi.waitFor(() => expect(replayed).toEqual([...ids.slice(-3), ...fresh]), 10_000);
  });

  it("keeps no history when it was told so", async () => {
    const bus = memoryEventBus({ history: 0 });
    await publish(bus, 2);
    const replayed = await collect(bus, { replayFrom: { sequence: 0 } });
    const fresh = await publish(bus, 1);
    await vi.waitFor(() => expect(replayed).toEqual(fresh), 10_000);
  });

  it("holds new events of every subject back until the replay is through", async () => {
    const bus = memoryEventBus();
    const old = [...(await publish(bus, 3, "a")), ...(await publish(bus, 1, "b"))];
    const order: string[] = [];
    await bus.subscribe(
      ">",
      async (event) => {
        await new Promise(setImmediate);
        order.push(event.id);
      },
      { replayFrom: { sequence: 0 } },
    );
    const [fresh] = await publish(bus, 1, "b");
    await vi.waitFor(() => expect(order).toHaveLength(5), 10_000);
    expect(order.at(-1)).toBe(fresh);
    expect(order.slice(0, -1).toSorted()).toEqual(old.toSorted());
  });

  it("remembers the newest ids, at least as many as it was told and at most twice as many", async () => {
    const bus = memoryEventBus({ dedupWindow: 2 });
    const ids = await collect(bus);
    const events = Array.from({ length: 5 }, () => sampleEvent());
    const told = events.map(({ id }) => id);
    for (const event of [...events, events[4]!, events[3]!, events[0]!]) await bus.publish(event);
    await vi.waitFor(() => expect(ids).toEqual([...told, told[0]]), 10_000);
  });

  it("makes what a slow subscriber has no room for dead for it, and for nobody else", async () => {
    const bus = memoryEventBus({ maxPending: 2 });
    const gate = Promise.withResolvers<void>();
    const slow: string[] = [];
    await bus.subscribe(">", async (event) => {
      slow.push(event.id);
      await gate.promise;
    });
    const quick = await collect(bus);
    const ids = [...(await publish(bus, 2)), ...(await publish(bus, 1))];
    await vi.waitFor(() => expect(quick).toEqual(ids), 10_000);
    expect(await bus.deadEvents()).toMatchObject([
      { event: { id: ids[2] }, attempts: 0, cause: "2 events already wait for this subscriber" },
    ]);
    gate.resolve();
    await vi.waitFor(() => expect(slow).toEqual(ids.slice(0, 2)), 10_000);
    const more = await publish(bus, 1);
    await vi.waitFor(() => expect(slow).toEqual([...ids.slice(0, 2), ...more]), 10_000);
  });

  it("keeps the newest dead events, as many as it was told", async () => {
    const bus = memoryEventBus({ maxDead: 2, maxDeliver: 1 });
    await bus.subscribe(">", () => {
      throw new Error("no");
    });
    const ids = await publish(bus, 4);
    await vi.waitFor(async () => expect((await bus.deadEvents()).map((dead) => dead.event.id)).toEqual(ids.slice(-2)), 10_000);
  });

  it("waits twice as long before each further try", async () => {
    const clock = virtualClock();
    const bus = memoryEventBus({ clock, retryDelayMs: 100, maxDeliver: 4 });
    const triedAt: number[] = [];
    await bus.subscribe(">", () => {
      triedAt.push(clock.now());
      throw new Error("no");
    });
    await publish(bus, 1);
    await clock.advance(10_000);
    expect(triedAt).toEqual([0, 100, 300, 700]);
    expect(await bus.deadEvents()).toMatchObject([{ attempts: 4, cause: "no" }]);
    expect(clock.pending()).toBe(0);
  });

  it("ends a group with its last member", async () => {
    const bus = memoryEventBus();
    const ids: string[] = [];
    const join = () => bus.subscribe(">", (event) => void ids.push(event.id), { group: "g" });
    const first = await join();
    await first.close();
    await publish(bus, 1);
    await join();
    const later = await publish(bus, 1);
    await vi.waitFor(() => expect(ids).toEqual(later), 10_000);
  });

  it("leaves no timer when it closes between two tries", async () => {
    const clock = virtualClock();
    const bus = memoryEventBus({ clock });
    let calls = 0;
    await bus.subscribe(">", () => {
      calls++;
      throw new Error("no");
    });
    await publish(bus, 3);
    await vi.waitFor(() => expect(clock.pending()).toBe(1), 10_000);
    await bus.close?.();
    expect(clock.pending()).toBe(0);
    await clock.advance(60_000);
    expect(calls).toBe(1);
  });

  it("waits for a handler no longer than it was told, and then tells it to stop", async () => {
    const clock = virtualClock();
    const bus = memoryEventBus({ clock, closeTimeoutMs: 1_000 });
    const signals: AbortSignal[] = [];
    const subscription = await bus.subscribe(">", (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await publish(bus, 1);
    await vi.waitFor(() => expect(signals).toHaveLength(1), 10_000);
    let closed = false;
    const closing = subscription.close().then(() => (closed = true));
    await clock.advance(999);
    expect([closed, signals[0]?.aborted]).toEqual([false, false]);
    await clock.advance(1);
    await closing;
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it("a handler may close its own subscription", async () => {
    const clock = virtualClock();
    const bus = memoryEventBus({ clock });
    let calls = 0;
    const subscription = await bus.subscribe(">", async () => {
      calls++;
      await subscription.close();
    });
    await publish(bus, 3);
    await vi.waitFor(() => expect(calls).toBe(1), 10_000);
    await clock.advance(5_000);
    expect([calls, clock.pending()]).toEqual([1, 0]);
  });

  it("hands every subscriber the same event, which nobody can change", async () => {
    const bus = memoryEventBus();
    const frozen: boolean[] = [];
    await bus.subscribe(">", (event) => void frozen.push(Object.isFrozen(event), Object.isFrozen(event.data)));
    await publish(bus, 1);
    await vi.waitFor(() => expect(frozen).toEqual([true, true]), 10_000);
  });

  it.each(["", ".", "query.", ".answered", "a..b", ">.b", "query*", "a.>b", "a b"])("refuses the pattern %j", async (pattern) => {
    await expect(memoryEventBus().subscribe(pattern, () => {})).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("refuses a time that is none", async () => {
    const replayFrom = { time: "yesterday" };
    await expect(memoryEventBus().subscribe(">", () => {}, { replayFrom })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it.each([{ history: -1 }, { maxDeliver: 0 }, { retryDelayMs: 0 }, { dedupWindow: 0.5 }, { maxPending: Number.NaN }, { maxDead: 0 }])(
    "refuses %o",
    (options) => {
      expect(() => memoryEventBus(options)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    },
  );

  it("takes no calls after close", async () => {
    const bus = memoryEventBus();
    await bus.close?.();
    await expect(bus.publish(sampleEvent())).rejects.toMatchObject({ code: "CLOSED" });
    await expect(bus.subscribe(">", () => {})).rejects.toMatchObject({ code: "CLOSED" });
  });
});
