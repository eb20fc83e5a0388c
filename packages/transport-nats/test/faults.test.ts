import { describe, expect, it } from "vitest";
import { logWriters } from "../chaos/log-writers.ts";
import { hasNatsServer } from "../chaos/nats-server.ts";
import { pausedServer } from "../chaos/pauses.ts";
import { poisonAmongOthers } from "../chaos/poison.ts";
import { vanished } from "../chaos/vanished.ts";

describe.skipIf(!hasNatsServer())("a nats-server with faults", { concurrent: true, timeout: 60_000 }, () => {
  it("paused: every call is settled by its deadline, and what was acknowledged arrives once", async () => {
    const figures = await pausedServer({ rounds: 1, pauseMs: 1_500, timeoutMs: 600 });
    expect(figures).toMatchObject({ otherErrors: [], lost: 0, doubled: 0 });
    // A call that waits for the server takes the pause, which is 900 ms more than its deadline.
    expect(figures.overDeadlineMs).toBeLessThan(700);
    expect(figures.acked).toBeGreaterThan(0);
  });

  it("restarted, wiped, without its stream or its consumers: events arrive again by themselves", async () => {
    const { missing, recoveredAfterMs } = await vanished(1);
    expect(missing).toBe(0);
    for (const times of Object.values(recoveredAfterMs)) expect(Math.max(...times)).toBeLessThan(5_000);
  });

  it("with 64 writers on one stream of the log: nothing lost, no gap, nothing twice", async () => {
    const figures = await logWriters({ writers: 64, connections: 4, appends: 400 });
    expect(figures).toMatchObject({ appended: 400, lost: 0, gaps: 0, twice: 0 });
    expect(figures.conflicts).toBeGreaterThan(0);
  });

  it("with poison and slow events on some keys: dead ones are exact, the order of a key holds", async () => {
    const figures = await poisonAmongOthers({ events: 600, keys: 100, perSecond: 600, poisonEvery: 60, slowEvery: 60, slowMs: 300 });
    expect(figures).toMatchObject({ dead: 10, poison: 10, handled: 590, disordered: 0 });
  });
});
