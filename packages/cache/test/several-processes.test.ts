import { describe, expect, inject, it } from "vitest";
import { herd, takeover } from "../chaos/herd.ts";

// What `npm run chaos:cache` tries at full size. The set-up of all tests says when there is no redis-server.
describe.skipIf(inject("redisUrl") === undefined)("processes on one Redis", () => {
  it("compute the answer to one question once for all of them", { timeout: 60_000 }, async () => {
    const [found] = await herd({ processes: 2, callers: 40, modelMs: 200, streams: false, rounds: 1 });
    expect(found).toMatchObject({ modelCalls: 1, failed: 0, texts: 1 });
  });

  it("go on when the one that computes is killed", { timeout: 60_000 }, async () => {
    expect(await takeover(500, 100)).toMatchObject({ modelCalls: 1, failed: 0 });
  });
});
