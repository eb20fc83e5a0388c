import assert from "node:assert/strict";
import { isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, outcomeOf, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";
import { eventually } from "./waiting.ts";

const holds = async (store: StateStore, key: string, value: Json, version: number): Promise<void> =>
  assert.deepEqual(await store.get(key), { value, version }, `the entry of ${JSON.stringify(key)}`);

const absent = async (store: StateStore, key: string): Promise<void> =>
  assert.equal(await store.get(key), undefined, `the entry of ${JSON.stringify(key)}`);

const gone = (store: StateStore, key: string, limitMs: number): Promise<void> =>
  eventually(async () => (await store.get(key)) === undefined, limitMs, `${JSON.stringify(key)} is gone after its time`);

/** Resolves once a value set now with this time to live is gone, so that everything set before with less must be gone too. */
async function passTime(store: StateStore, ttlMs: number, limitMs: number): Promise<void> {
  await store.set("witness", 1, { ttlMs });
  await gone(store, "witness", limitMs);
}

const values: readonly Json[] = [
  null,
  false,
  0,
  -1.5e-7,
  9_007_199_254_740_991,
  "",
  "grüße \u0000 \u2028 \u{1f600}",
  "null",
  [],
  {},
  [[], {}, null, [1, [2, [3]]]],
  { a: { b: { c: [{ d: null }] } }, "": 1, "a.b": 2, $set: 3, constructor: "x" },
  JSON.parse('{"__proto__":{"polluted":true}}') as Json,
];

/** Of the calls exactly one must succeed, and the others be told that somebody else wrote first. */
async function exactlyOneWrites(calls: readonly Promise<number>[], version: number): Promise<number> {
  const outcomes = await Promise.all(calls.map(outcomeOf));
  const winners = outcomes.flatMap((outcome, index) => ("value" in outcome ? [index] : []));
  assert.equal(winners.length, 1, `${winners.length} of ${calls.length} writes over one version succeeded`);
  for (const outcome of outcomes) {
    if ("value" in outcome) assert.equal(outcome.value, version);
    else assert.ok(isOrchestratorError(outcome.error, "VERSION_CONFLICT"), `a loser got ${String(outcome.error)}`);
  }
  return winners[0] ?? -1;
}

/** The contract of `StateStore`, one case or more a clause. */
export const stateStoreConformance: readonly ConformanceCase<StateStore>[] = [
  {
    name: "`get` answers `undefined` for a key that was never set",
    run: async (store) => {
      await absent(store, "never");
      await store.set("other", 1);
      await absent(store, "never");
    },
  },
  {
    name: "`get` answers the JSON value that `set` was given",
    run: async (store) => {
      const inTurn = [values, values.toReversed()] as const;
      for (const [turn, all] of inTurn.entries()) {
        await Promise.all(all.map((value, index) => store.set(`key ${index}`, value)));
        await Promise.all(all.map((value, index) => holds(store, `key ${index}`, value, turn + 1)));
      }
    },
  },
  {
    name: "`get` answers the JSON value that `set` was given: and nothing of an earlier one",
    run: async (store) => {
      await store.set("key", { a: 1, b: { c: 1 }, list: [1, 2] });
      await store.set("key", { b: { d: 2 }, list: [3] });
      await holds(store, "key", { b: { d: 2 }, list: [3] }, 2);
    },
  },
  {
    name: "`set` answers the new version, one above the last",
    run: async (store) => {
      for (const version of [1, 2, 3]) {
        assert.equal(await store.set("key", `value ${version}`), version);
        await holds(store, "key", `value ${version}`, version);
      }
      assert.equal(await store.set("other", 1), 1);
    },
  },
  {
    name: "`set` with the current `ifVersion` writes",
    run: async (store) => {
      assert.equal(await store.set("key", "a"), 1);
      assert.equal(await store.set("key", "b", { ifVersion: 1 }), 2);
      assert.equal(await store.set("key", "c", { ifVersion: 2 }), 3);
      await holds(store, "key", "c", 3);
    },
  },
  {
    name: "`set` with another `ifVersion` rejects with `VERSION_CONFLICT` and changes nothing",
    run: async (store) => {
      await store.set("key", "a");
      await store.set("key", "b");
      for (const ifVersion of [1, 3, 99])
        await rejectsWithCode(store.set("key", "wrong", { ifVersion, ttlMs: 60_000 }), "VERSION_CONFLICT");
      await holds(store, "key", "b", 2);
      await rejectsWithCode(store.set("absent", "wrong", { ifVersion: 1 }), "VERSION_CONFLICT");
      await absent(store, "absent");
    },
  },
  {
    name: "`set` with another `ifVersion` rejects with `VERSION_CONFLICT` and changes nothing: not the time to live either",
    run: async (store, limitMs) => {
      await store.set("key", "a");
      await rejectsWithCode(store.set("key", "wrong", { ifVersion: 7, ttlMs: 5 }), "VERSION_CONFLICT");
      await passTime(store, 20, limitMs);
      await holds(store, "key", "a", 1);
    },
  },
  {
    name: "`set` with `ifVersion` 0 writes only when the key is absent",
    run: async (store) => {
      assert.equal(await store.set("key", "a", { ifVersion: 0 }), 1);
      await rejectsWithCode(store.set("key", "b", { ifVersion: 0 }), "VERSION_CONFLICT");
      await holds(store, "key", "a", 1);
      await store.delete("key");
      await store.set("key", "c", { ifVersion: 0 });
      assert.equal((await store.get("key"))?.value, "c");
    },
  },
  {
    name: "`set` with `ifVersion` 0 writes only when the key is absent: an expired one is",
    run: async (store, limitMs) => {
      await store.set("key", "a", { ttlMs: 20 });
      await gone(store, "key", limitMs);
      await store.set("key", "b", { ifVersion: 0 });
      assert.equal((await store.get("key"))?.value, "b");
    },
  },
  {
    name: "Of many `set` calls at once with the same `ifVersion`, exactly one succeeds",
    run: async (store) => {
      const write = (ifVersion: number) => Array.from({ length: 20 }, (_, index) => store.set("key", index, { ifVersion }));
      const first = await exactlyOneWrites(write(0), 1);
      await holds(store, "key", first, 1);
      const second = await exactlyOneWrites(write(1), 2);
      await holds(store, "key", second, 2);
    },
  },
  {
    name: "A value is gone once its `ttlMs` is over",
    run: async (store, limitMs) => {
      await store.set("soon", "x", { ttlMs: 20.5 });
      await store.set("later", "x", { ttlMs: 60_000 });
      await store.set("shortened", "x");
      await store.set("shortened", "y", { ttlMs: 20 });
      await gone(store, "soon", limitMs);
      await gone(store, "shortened", limitMs);
      await holds(store, "later", "x", 1);
      assert.equal(await store.delete("soon"), false);
    },
  },
  {
    name: "`delete` answers true when there was a value, false otherwise",
    run: async (store) => {
      assert.equal(await store.delete("key"), false);
      await store.set("key", null);
      await store.set("other", 1);
      assert.equal(await store.delete("key"), true);
      await absent(store, "key");
      await holds(store, "other", 1, 1);
      assert.equal(await store.delete("key"), false);
    },
  },
  {
    name: "Keys are kept apart byte for byte, whatever characters they hold",
    run: async (store) => {
      const each = (check: (key: string, index: number) => Promise<void>): Promise<unknown> => Promise.all(confusableKeys.map(check));
      await each(async (key, index) => assert.equal(await store.set(key, index), 1, JSON.stringify(key)));
      await each((key, index) => holds(store, key, index, 1));
      await each(async (key, index) => {
        if (index % 2 === 0) assert.equal(await store.delete(key), true, JSON.stringify(key));
      });
      await each((key, index) => (index % 2 === 0 ? absent(store, key) : holds(store, key, index, 1)));
    },
  },
  {
    name: "What the caller does to a value afterwards does not change the stored one",
    run: async (store) => {
      const value = { list: [1, 2], inner: { a: 1 } };
      const setting = store.set("key", value);
      value.inner.a = 99;
      await setting;
      value.list.push(3);
      await holds(store, "key", { list: [1, 2], inner: { a: 1 } }, 1);
      // Reflect answers false instead of throwing where a store hands out frozen values.
      const found = (await store.get("key"))?.value as typeof value;
      Reflect.set(found.inner, "a", 99);
      Reflect.set(found.list, 0, 99);
      Reflect.set(found, "more", 99);
      await holds(store, "key", { list: [1, 2], inner: { a: 1 } }, 1);
    },
  },
  {
    name: "A write without `ttlMs` keeps the value for good",
    run: async (store, limitMs) => {
      await store.set("key", 1);
      await store.set("kept", 1, { ttlMs: 20 });
      await store.set("kept", 2);
      await store.set("longer", 1, { ttlMs: 20 });
      await store.set("longer", 2, { ttlMs: 60_000 });
      await passTime(store, 25, limitMs);
      await holds(store, "key", 1, 1);
      for (const key of ["kept", "longer"]) assert.equal((await store.get(key))?.value, 2, key);
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async (store) => {
      await store.set("key", "x");
      await rejectsWhenAborted((signal) => store.get("key", { signal }));
      await rejectsWhenAborted((signal) => store.set("key", "y", { signal }));
      await rejectsWhenAborted((signal) => store.delete("key", { signal }));
      await holds(store, "key", "x", 1);
    },
  },
  { name: "`close` may be called twice", run: closesTwice },
];
