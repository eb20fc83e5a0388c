import assert from "node:assert/strict";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";
import { eventually } from "./waiting.ts";

/** So slow that nothing comes back while a test runs. */
const three = { limit: 3, windowMs: 3_600_000 };

/** The contract of `RateLimiter`, one case or more a clause. */
export const rateLimiterConformance: readonly ConformanceCase<RateLimiter>[] = [
  {
    name: "`take` allows a burst of the whole limit and refuses the next, saying when",
    run: async (limiter) => {
      assert.deepEqual(await limiter.take("k", three), { allowed: true, remaining: 2, retryAfterMs: 0 });
      assert.deepEqual(await limiter.take("k", { ...three, cost: 2 }), { allowed: true, remaining: 0, retryAfterMs: 0 });
      const { allowed, retryAfterMs } = await limiter.take("k", three);
      assert.equal(allowed, false);
      assert.ok(retryAfterMs > 0 && retryAfterMs <= three.windowMs / 3, `${retryAfterMs} ms until a third of the window is over`);
    },
  },
  {
    name: "Units come back evenly",
    run: async (limiter, limitMs) => {
      const quick = { limit: 2, windowMs: 100 };
      await limiter.take("k", { ...quick, cost: 2 });
      const again = async (): Promise<boolean> => (await limiter.take("k", { ...quick, cost: 2 })).allowed;
      await eventually(again, limitMs, "both units are back");
    },
  },
  {
    name: "A refused call takes nothing",
    run: async (limiter) => {
      await limiter.take("k", { ...three, cost: 2 });
      assert.equal((await limiter.take("k", { ...three, cost: 2 })).allowed, false);
      assert.equal((await limiter.take("k", three)).allowed, true);
    },
  },
  {
    name: "Calls at once never get more than the limit together",
    run: async (limiter) => {
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => limiter.take("k", { ...three, limit: 25 })));
      assert.equal(verdicts.filter(({ allowed }) => allowed).length, 25);
    },
  },
  {
    name: "A cost below 0 gives units back, never beyond the limit",
    run: async (limiter) => {
      await limiter.take("k", { ...three, cost: 3 });
      assert.equal((await limiter.take("k", { ...three, cost: -2 })).remaining, 2);
      assert.equal((await limiter.take("k", { ...three, cost: -50 })).remaining, 3);
    },
  },
  {
    name: "A forced call is always allowed, and later ones wait for what it took too much",
    run: async (limiter) => {
      assert.equal((await limiter.take("k", { ...three, cost: 7, force: true })).allowed, true);
      const { allowed, retryAfterMs } = await limiter.take("k", three);
      assert.equal(allowed, false);
      assert.ok(retryAfterMs > three.windowMs, `${retryAfterMs} ms, and one window is not enough`);
    },
  },
  {
    name: "Keys are kept apart, whatever characters they hold",
    run: async (limiter) => {
      for (const key of confusableKeys) assert.equal((await limiter.take(key, three)).remaining, 2, `the limit of ${JSON.stringify(key)}`);
    },
  },
  {
    name: "Limits and costs that make no sense are refused",
    run: async (limiter) => {
      await rejectsWithCode(limiter.take("k", { limit: 0, windowMs: 1_000 }), "CONFIG_INVALID");
      await rejectsWithCode(limiter.take("k", { limit: 1, windowMs: 0 }), "CONFIG_INVALID");
      await rejectsWithCode(limiter.take("k", { ...three, cost: 4 }), "CONFIG_INVALID");
      await rejectsWithCode(limiter.take("k", { ...three, cost: Number.NaN }), "CONFIG_INVALID");
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: (limiter) => rejectsWhenAborted((signal) => limiter.take("k", three, { signal })),
  },
  { name: "`close` may be called twice", run: closesTwice },
];
