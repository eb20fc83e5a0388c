import assert from "node:assert/strict";
import type { BudgetStore } from "../ports/budget-store.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";
import { eventually } from "./waiting.ts";

/** A window that does not end while a test runs. */
const ages = 3_600_000_000;
const ten = { limit: 10, windowMs: ages };

const left = async (store: BudgetStore, expected: number): Promise<void> => {
  const { remaining } = await store.reserve("k", "how much is left", 0, ten);
  assert.equal(remaining, expected, "what is left");
};

/** The contract of `BudgetStore`, one case or more a clause. */
export const budgetStoreConformance: readonly ConformanceCase<BudgetStore>[] = [
  {
    name: "`reserve` grants an amount that fits and answers what is left",
    run: async (store) => {
      assert.deepEqual(await store.reserve("k", "a", 4, ten), { granted: true, remaining: 6, held: 0, retryAfterMs: 0 });
      assert.deepEqual(await store.reserve("k", "b", 6, ten), { granted: true, remaining: 0, held: 4, retryAfterMs: 0 });
    },
  },
  {
    name: "`reserve` refuses what does not fit and changes nothing",
    run: async (store) => {
      await store.reserve("k", "a", 4, ten);
      const { retryAfterMs, ...refused } = await store.reserve("k", "b", 7, ten);
      assert.deepEqual(refused, { granted: false, remaining: 6, held: 4 });
      assert.ok(retryAfterMs > 0 && retryAfterMs <= ages, `${retryAfterMs} ms to the next window`);
      assert.equal(await store.commit("k", "b", 1), false, "a refused id holds nothing");
      await left(store, 6);
    },
  },
  {
    name: "Of many calls at once no more is granted than the limit, and none refused that fits",
    run: async (store) => {
      const limit = 1_000;
      const amounts = Array.from({ length: 100 }, (_, call) => 5 + ((call * 37) % 31));
      const answers = await Promise.all(
        amounts.map(async (amount, call) => ({
          amount,
          ...(await store.reserve("many", `call-${call}`, amount, { limit, windowMs: ages })),
        })),
      );
      const granted = answers.reduce((sum, each) => sum + (each.granted ? each.amount : 0), 0);
      assert.ok(granted <= limit, `${granted} of ${limit} granted`);
      const wrong = answers.filter((each) => !each.granted && each.amount <= limit - granted);
      assert.deepEqual(wrong, [], "refused though it fits");
    },
  },
  {
    name: "`reserve` with an id that holds something reserves what is missing, and may be repeated",
    run: async (store) => {
      await store.reserve("k", "a", 4, ten);
      assert.equal((await store.reserve("k", "a", 4, ten)).remaining, 6);
      assert.equal((await store.reserve("k", "a", 9, ten)).remaining, 1);
      assert.equal((await store.reserve("k", "a", 11, ten)).granted, false);
      await left(store, 1);
    },
  },
  {
    name: "`commit` ends a reservation with what was spent, less or more",
    run: async (store) => {
      await store.reserve("k", "a", 4, ten);
      await store.reserve("k", "b", 4, ten);
      assert.equal(await store.commit("k", "a", 1), true);
      await left(store, 5);
      assert.equal(await store.commit("k", "b", 12), true);
      const { granted, remaining } = await store.reserve("k", "c", 0, ten);
      assert.deepEqual({ granted, remaining }, { granted: false, remaining: -3 });
    },
  },
  {
    name: "`refund` ends a reservation with nothing spent",
    run: async (store) => {
      await store.reserve("k", "a", 4, ten);
      assert.equal(await store.refund("k", "a"), true);
      await left(store, 10);
    },
  },
  {
    name: "`commit` and `refund` of an id that holds nothing answer false",
    run: async (store) => {
      assert.equal(await store.commit("k", "never", 3), false);
      assert.equal(await store.refund("k", "never"), false);
      await store.reserve("k", "a", 4, ten);
      await store.commit("k", "a", 4);
      await store.reserve("k", "b", 1, ten);
      await store.refund("k", "b");
      assert.equal(await store.commit("k", "a", 4), false);
      await left(store, 6);
    },
  },
  {
    name: "What nobody settles is given back after its `holdMs`, and a late `commit` counts in full",
    run: async (store, limitMs) => {
      await store.reserve("k", "forgotten", 10, ten, { holdMs: 20 });
      const mayAgain = async (): Promise<boolean> => (await store.reserve("k", "next", 8, ten)).granted;
      await eventually(mayAgain, limitMs, "the reservation is given back");
      assert.equal(await store.commit("k", "forgotten", 1), true);
      await left(store, 1);
    },
  },
  {
    name: "A new window begins with nothing spent, and what is held goes on being held",
    run: async (store, limitMs) => {
      const short = { limit: 10, windowMs: 200 };
      await store.reserve("w", "held", 3, short);
      const full = async (id: string): Promise<boolean> => {
        const { granted, remaining } = await store.reserve("w", id, 7, short);
        if (granted) await store.commit("w", id, 7);
        return granted && remaining === 0;
      };
      await eventually(() => full("first"), limitMs, "seven beside the held three");
      await eventually(() => full("second"), limitMs, "the next window");
    },
  },
  {
    name: "Keys are kept apart, whatever characters they hold",
    run: async (store) => {
      for (const key of confusableKeys) {
        const { granted, remaining } = await store.reserve(key, "a", 4, ten);
        assert.deepEqual({ granted, remaining }, { granted: true, remaining: 6 }, `the budget of ${JSON.stringify(key)}`);
      }
    },
  },
  {
    name: "Amounts and limits that are no numbers of 0 or more are refused",
    run: async (store) => {
      for (const bad of [-1, Number.NaN, Infinity]) {
        await rejectsWithCode(store.reserve("k", "a", bad, ten), "CONFIG_INVALID");
        await rejectsWithCode(store.commit("k", "a", bad), "CONFIG_INVALID");
      }
      await rejectsWithCode(store.reserve("k", "a", 1, { limit: -1, windowMs: 1_000 }), "CONFIG_INVALID");
      await rejectsWithCode(store.reserve("k", "a", 1, { limit: 1, windowMs: 0 }), "CONFIG_INVALID");
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: (store) => rejectsWhenAborted((signal) => store.reserve("k", "a", 1, ten, { signal })),
  },
  { name: "`close` may be called twice", run: closesTwice },
];
