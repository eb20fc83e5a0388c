import type { OrchestratorEvent } from "@hydrogenai/core";
import { connect } from "nats";
import { describe, expect, it } from "vitest";
import { eatenAcks } from "../chaos/eaten-acks.ts";
import { lostReplies } from "../chaos/lost-replies.ts";
import { hasNatsServer } from "../chaos/nats-server.ts";

/** What a careless publisher does: no message id, and again when no answer comes. */
async function publishWithoutId(servers: string, event: OrchestratorEvent, prefix: string): Promise<void> {
  const client = await connect({ servers, reconnectTimeWait: 20, reconnectJitter: 0 });
  try {
    const subject = `${prefix}.events.${event.type}`;
    const once = (): Promise<unknown> => client.jetstream().publish(subject, JSON.stringify(event), { timeout: 500 });
    await once().catch(() => once().catch(once));
  } finally {
    await client.close();
  }
}

// Each fault also meets an adapter, or a use of it, that is wrong on purpose: a test that cannot see the harm proves nothing.
describe.skipIf(!hasNatsServer())("a nats-server", { concurrent: true, timeout: 60_000 }, () => {
  describe("whose acknowledgements get lost", () => {
    it("holds each event once", async () => {
      const figures = await eatenAcks({ events: 400, publishers: 40, share: 0.05 });
      expect(figures).toMatchObject({ acked: 400, storedTwice: 0, lost: 0, doubled: 0 });
      expect(figures.eaten).toBeGreaterThan(19);
    });

    it("would show what a publisher without message ids stores twice", async () => {
      const publish = (_: unknown, event: OrchestratorEvent, servers: string): Promise<void> =>
        publishWithoutId(servers, event, "hydrogenai");
      const figures = await eatenAcks({ events: 60, publishers: 6, share: 0.1, publish });
      expect(figures.storedTwice).toBeGreaterThan(0);
    });
  });

  describe("that is cut off before a reply", () => {
    it("has done everything once, whichever reply it was, and every call is settled", async () => {
      const figures = await lostReplies({ step: 6, atOnce: 10 });
      expect(figures.wrong).toEqual([]);
      expect(figures.unsettled).toBe(0);
      expect(figures.cuts).toBeGreaterThan(5);
    });

    it("would show a publisher without message ids", async () => {
      const figures = await lostReplies({
        step: 2,
        atOnce: 3,
        counts: ({ payload }) => /^{"stream":"cut\d+_events"/.test(payload),
        publish: (servers, event, prefix) => publishWithoutId(servers, event, prefix),
      });
      expect(figures.wrong.join()).toMatch(/stored/);
    });
  });
});
