import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { array, assert as holds, asyncProperty, integer, nat, record } from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { eventSourced, type Fold } from "../../src/engine/event-sourcing.ts";
import { sessionHistory } from "../../src/engine/session-history.ts";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import type { OrchestratorEvent } from "../../src/ports/event.ts";
import type { Json } from "../../src/ports/json.ts";
import { sampleEvent } from "../../src/testing/index.ts";

type Account = { readonly balance: number; readonly history: readonly string[] };

const account: Fold<Account> = {
  name: "account",
  version: 1,
  initial: { balance: 0, history: [] },
  apply: ({ balance, history }, { type, data, version }) => {
    const { cents } = data as { cents: number };
    if (type !== "money.paid" && type !== "money.taken") return { balance, history };
    if (!Number.isFinite(cents)) throw new TypeError(`no amount: ${JSON.stringify(data)}`);
    return { balance: balance + (type === "money.paid" ? cents : -cents), history: [...history, `${version} ${type}`] };
  },
};

const paid = (cents: number, fields: Partial<OrchestratorEvent> = {}): OrchestratorEvent =>
  sampleEvent({ type: "money.paid", data: { cents }, ...fields });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("golden histories", () => {
  const folder = join(import.meta.dirname, "histories");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const folds: Record<string, Fold<Json>> = { [sessionHistory.name]: sessionHistory as unknown as Fold<Json> };

  it.each(files)("%s still makes its state", async (file) => {
    const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      readonly fold: string;
      readonly stream: string;
      readonly events: readonly OrchestratorEvent[];
      readonly state: Json;
    };
    const fold = folds[golden.fold];
    if (fold === undefined) throw new Error(`no fold is called ${golden.fold}`);
    const log = memoryEventLog();
    await log.append(golden.stream, golden.events);
    expect(await eventSourced(log, fold).load(golden.stream)).toEqual({ state: golden.state, version: golden.events.length });
  });
});

describe("eventSourced", () => {
  it("makes the same state from a snapshot and the rest as from every event, byte for byte", async () => {
    const amounts = array(record({ cents: integer(), taken: nat(1) }), { maxLength: 40 });
    await holds(
      asyncProperty(amounts, amounts, nat(9), async (first, second, every) => {
        const log = memoryEventLog();
        const snapshots = memoryStateStore();
        const events = (list: typeof first) => list.map(({ cents, taken }) => paid(cents, taken === 1 ? { type: "money.taken" } : {}));
        const withSnapshots = eventSourced(log, account, { snapshots, snapshotEvery: every + 1 });
        await log.append("a", events(first));
        await withSnapshots.load("a");
        await log.append("a", events(second));
        const whole = await eventSourced(log, account).load("a");
        expect(JSON.stringify(await withSnapshots.load("a"))).toBe(JSON.stringify(whole));
        expect(JSON.stringify(await withSnapshots.load("a"))).toBe(JSON.stringify(whole));
      }),
      { numRuns: 100 },
    );
  });

  it("reads on from the snapshot, and not from the beginning", async () => {
    const log = memoryEventLog();
    const read = vi.spyOn(log, "read");
    const accounts = eventSourced(log, account, { snapshots: memoryStateStore(), snapshotEvery: 10 });
    await log.append(
      "a",
      Array.from({ length: 25 }, () => paid(1)),
    );
    await accounts.load("a");
    expect((await accounts.load("a")).state.balance).toBe(25);
    expect(read.mock.calls.at(-1)?.[1]?.from).toBe(25);
  });

  it("does not use a snapshot of another stream's life, of another version of the fold, or one it cannot read", async () => {
    const snapshots = memoryStateStore();
    const before = memoryEventLog();
    await before.append("a", [paid(1), paid(2), paid(3)]);
    await eventSourced(before, account, { snapshots, snapshotEvery: 1 }).load("a");
    // The log began anew: shorter, as long, and longer than the snapshot.
    for (const count of [1, 3, 5]) {
      const anew = memoryEventLog();
      await anew.append(
        "a",
        Array.from({ length: count }, () => paid(10)),
      );
      expect((await eventSourced(anew, account, { snapshots, snapshotEvery: 100 }).load("a")).state.balance).toBe(10 * count);
    }
    const twice: Fold<Account> = { ...account, version: 2, apply: (state, event) => account.apply(account.apply(state, event), event) };
    expect((await eventSourced(before, twice, { snapshots }).load("a")).state.balance).toBe(12);
    await snapshots.close?.();
    expect((await eventSourced(before, account, { snapshots }).load("a")).state.balance).toBe(6);
  });

  it("brings old events into today's shape, over several steps", async () => {
    const log = memoryEventLog();
    await log.append("a", [
      sampleEvent({ type: "payment", data: { euros: 2 } }),
      sampleEvent({ type: "payment.received", data: { euros: 3 } }),
      paid(50),
    ]);
    const upcasting: Fold<Account> = {
      ...account,
      upcast: {
        payment: (event) => ({ ...event, type: "payment.received" }),
        "payment.received": (event) => ({ ...event, type: "money.paid", data: { cents: (event.data as { euros: number }).euros * 100 } }),
      },
    };
    const accounts = eventSourced(log, upcasting);
    expect((await accounts.load("a")).state.balance).toBe(550);
    expect((await all(accounts.replay("a"))).map(({ event }) => event.type)).toEqual(["money.paid", "money.paid", "money.paid"]);
    const circling = eventSourced(log, {
      ...account,
      upcast: { payment: (e) => ({ ...e, type: "x" }), x: (e) => ({ ...e, type: "payment" }) },
    });
    await expect(circling.load("a")).rejects.toMatchObject({ code: "DATA_CORRUPT" });
  });

  it("names the event that cannot be folded, and leaves other streams alone", async () => {
    const log = memoryEventLog();
    await log.append("bad", [paid(1), sampleEvent({ type: "money.paid", data: { cents: "much" } }), paid(2)]);
    await log.append("good", [paid(5)]);
    const accounts = eventSourced(log, account);
    await expect(accounts.load("bad")).rejects.toMatchObject({ code: "DATA_CORRUPT", details: { stream: "bad", version: 2 } });
    expect((await accounts.load("good")).state.balance).toBe(5);
  });

  it("decides on the newest state when others write at the same time, and causes each effect once", async () => {
    const log = memoryEventLog();
    const effects: number[] = [];
    const fold: Fold<Account> = { ...account, effect: ({ version }) => void effects.push(version) };
    await eventSourced(log, fold).decide("a", () => [paid(100)]);
    await Promise.all(
      Array.from({ length: 6 }, () =>
        eventSourced(log, fold).decide("a", ({ balance }) => (balance >= 30 ? [paid(30, { type: "money.taken" })] : [])),
      ),
    );
    const { state, version } = await eventSourced(log, fold).load("a");
    expect(state.balance).toBe(10);
    expect(effects.toSorted((a, b) => a - b)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  });

  it("does not cause an effect again for an event the stream held already", async () => {
    const effect = vi.fn();
    const accounts = eventSourced(memoryEventLog(), { ...account, effect });
    const event = paid(1);
    await accounts.decide("a", () => [event]);
    expect((await accounts.decide("a", () => [event])).state.balance).toBe(1);
    expect(effect).toHaveBeenCalledOnce();
  });

  it("replays from a version or a time, with the state each event made, and causes nothing unless asked", async () => {
    const log = memoryEventLog();
    const effect = vi.fn();
    const accounts = eventSourced(log, { ...account, effect });
    const times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"];
    await log.append(
      "a",
      times.map((time) => paid(1, { time })),
    );
    const balances = async (options: Parameters<typeof accounts.replay>[1]) =>
      (await all(accounts.replay("a", options))).map(({ event, state }) => [event.version, state.balance]);
    const last = [
      [2, 2],
      [3, 3],
    ];
    expect(await balances({})).toEqual([[1, 1], ...last]);
    expect(await balances({ from: { version: 2 } })).toEqual(last);
    expect(await balances({ from: { time: "2026-01-01T12:00:00Z" } })).toEqual(last);
    expect(effect).not.toHaveBeenCalled();
    await balances({ from: { version: 2 }, effects: true });
    expect(effect.mock.calls.map(([event]) => (event as { version: number }).version)).toEqual([2, 3]);
    await expect(balances({ from: { time: "yesterday" } })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("gives up with the signal's reason", async () => {
    const accounts = eventSourced(memoryEventLog(), account, { snapshots: memoryStateStore() });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(accounts.load("a", { signal })).rejects.toThrow("enough");
    await expect(accounts.decide("a", () => [paid(1)], { signal })).rejects.toThrow("enough");
  });

  it("refuses options that make no sense", () => {
    for (const snapshotEvery of [0, -1, 1.5])
      expect(() => eventSourced(memoryEventLog(), account, { snapshotEvery })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});
