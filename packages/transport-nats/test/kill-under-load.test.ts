import { describe, expect, it } from "vitest";
import { killUnderLoad } from "../chaos/kill-under-load.ts";
import { hasNatsServer } from "../chaos/nats-server.ts";
import { natsEventBus } from "../src/index.ts";

// Each fault also meets an adapter, or a use of it, that is wrong on purpose: a test that cannot see the harm proves nothing.
describe.skipIf(!hasNatsServer())("a nats-server killed under load", { concurrent: true, timeout: 60_000 }, () => {
  const load = { events: 3_000, publishers: 20, kills: 2 };

  it("loses nothing that was acknowledged, has no effect twice and keeps the order of each subject", async () => {
    const figures = await killUnderLoad(load);
    expect(figures).toMatchObject({ acked: 3_000, refused: 0, lost: 0, doubled: 0, disordered: 0 });
    expect(figures.acceptedAfterMs).toHaveLength(2);
  });

  it("would show what a publisher loses that does not wait for the server", async () => {
    const figures = await killUnderLoad({
      ...load,
      patienceMs: 100,
      publish: async (bus, event) => {
        bus.publish(event, { signal: AbortSignal.timeout(20) }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    expect(figures.lost).toBeGreaterThan(0);
  });

  it("would show effects twice, were handled events forgotten", async () => {
    const figures = await killUnderLoad({ ...load, makeBus: (servers) => natsEventBus({ servers, inboxSize: 1 }) });
    expect(figures.doubled).toBeGreaterThan(0);
  });
});
