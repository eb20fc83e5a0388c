import assert from "node:assert/strict";
import type { CacheStore } from "../ports/cache-store.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, rejectsWhenAborted } from "./expectations.ts";
import { eventually } from "./waiting.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Content only: an adapter may answer any kind of `Uint8Array`. */
async function holds(store: CacheStore, key: string, expected: Uint8Array | undefined): Promise<void> {
  const found = await store.get(key);
  assert.deepEqual(found && [...found], expected && [...expected], `the value of ${JSON.stringify(key)}`);
}

const gone = (store: CacheStore, key: string, limitMs: number): Promise<void> =>
  eventually(async () => (await store.get(key)) === undefined, limitMs, `${JSON.stringify(key)} is gone after its time`);

/** Resolves once a value set now with this time to live is gone, so that everything set before with less must be gone too. */
async function passTime(store: CacheStore, ttlMs: number, limitMs: number): Promise<void> {
  await store.set("witness", bytes("w"), { ttlMs });
  await gone(store, "witness", limitMs);
}

/** The contract of `CacheStore`, one case or more a clause. */
export const cacheStoreConformance: readonly ConformanceCase<CacheStore>[] = [
  {
    name: "`get` answers `undefined` for a key that was never set",
    run: async (store) => {
      await holds(store, "never", undefined);
      await store.set("other", bytes("x"));
      await holds(store, "never", undefined);
    },
  },
  {
    name: "`get` answers the bytes that `set` was given, unchanged",
    run: async (store) => {
      const all = Uint8Array.from({ length: 256 }, (_, index) => index);
      await store.set("all", all);
      await store.set("text", bytes("grüße"), { ttlMs: 60_000 });
      await holds(store, "all", all);
      await holds(store, "text", bytes("grüße"));
      await holds(store, "all", all);
    },
  },
  {
    name: "`get` answers the bytes that `set` was given, unchanged: a view into a larger buffer",
    run: async (store) => {
      const whole = bytes("before|value|after");
      await store.set("view", whole.subarray(7, 12));
      await holds(store, "view", bytes("value"));
    },
  },
  {
    name: "`get` answers the bytes that `set` was given, unchanged: a large value",
    run: async (store) => {
      const large = new Uint8Array(300_000);
      for (let index = 0; index < large.length; index++) large[index] = index * 31 + (index >> 8);
      await store.set("large", large);
      const found = await store.get("large");
      assert.ok(found !== undefined && Buffer.compare(found, large) === 0, "a value of 300,000 bytes came back changed");
    },
  },
  {
    name: "A later `set` replaces the value and its time to live",
    run: async (store, limitMs) => {
      await store.set("kept", bytes("1"), { ttlMs: 20 });
      await store.set("kept", bytes("2"));
      await store.set("longer", bytes("1"), { ttlMs: 20 });
      await store.set("longer", bytes("2"), { ttlMs: 60_000 });
      await holds(store, "kept", bytes("2"));
      await passTime(store, 25, limitMs);
      await holds(store, "kept", bytes("2"));
      await holds(store, "longer", bytes("2"));
    },
  },
  {
    name: "A later `set` replaces the value and its time to live: with a shorter one",
    run: async (store, limitMs) => {
      await store.set("for good", bytes("1"));
      await store.set("for good", bytes("2"), { ttlMs: 20 });
      await store.set("long", bytes("1"), { ttlMs: 60_000 });
      await store.set("long", bytes("2"), { ttlMs: 20 });
      await gone(store, "for good", limitMs);
      await gone(store, "long", limitMs);
    },
  },
  {
    name: "A value is gone once its `ttlMs` is over",
    run: async (store, limitMs) => {
      await store.set("soon", bytes("x"), { ttlMs: 20 });
      await store.set("later", bytes("x"), { ttlMs: 60_000 });
      await gone(store, "soon", limitMs);
      await holds(store, "later", bytes("x"));
    },
  },
  {
    name: "A value is gone once its `ttlMs` is over: a fraction of a millisecond counts",
    run: async (store, limitMs) => {
      await store.set("soon", bytes("x"), { ttlMs: 20.5 });
      await store.add("sooner", bytes("x"), { ttlMs: 0.5 });
      await gone(store, "soon", limitMs);
      await gone(store, "sooner", limitMs);
    },
  },
  {
    name: "A value is gone once its `ttlMs` is over: reading it does not prolong it",
    run: async (store, limitMs) => {
      await store.set("read", bytes("x"), { ttlMs: 100 });
      // `gone` reads every few milliseconds.
      await gone(store, "read", limitMs);
    },
  },
  {
    name: "A value without `ttlMs` stays",
    run: async (store, limitMs) => {
      await store.set("set", bytes("x"));
      await store.add("added", bytes("y"));
      await passTime(store, 20, limitMs);
      await holds(store, "set", bytes("x"));
      await holds(store, "added", bytes("y"));
    },
  },
  {
    name: "`add` writes and answers true only when the key is absent",
    run: async (store) => {
      assert.equal(await store.add("key", bytes("first")), true);
      await holds(store, "key", bytes("first"));
      assert.equal(await store.add("key", bytes("second")), false);
      await holds(store, "key", bytes("first"));
      await store.set("set", bytes("first"));
      assert.equal(await store.add("set", bytes("second"), { ttlMs: 60_000 }), false);
      await holds(store, "set", bytes("first"));
    },
  },
  {
    name: "`add` writes and answers true only when the key is absent: a refused one leaves the time to live alone",
    run: async (store, limitMs) => {
      await store.set("good", bytes("x"));
      assert.equal(await store.add("good", bytes("y"), { ttlMs: 5 }), false);
      await store.set("soon", bytes("x"), { ttlMs: 150 });
      assert.equal(await store.add("soon", bytes("y"), { ttlMs: 60_000 }), false);
      await gone(store, "soon", limitMs);
      await holds(store, "good", bytes("x"));
    },
  },
  {
    name: "Of many `add` calls at once for one key, exactly one answers true",
    run: async (store) => {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => store.add("lease", bytes(`${index}`), { ttlMs: 60_000 })));
      assert.equal(answers.filter(Boolean).length, 1);
      await holds(store, "lease", bytes(`${answers.indexOf(true)}`));
    },
  },
  {
    name: "`add` succeeds again once the earlier value expired or was deleted: deleted",
    run: async (store) => {
      await store.add("lease", bytes("1"), { ttlMs: 60_000 });
      await store.delete("lease");
      assert.equal(await store.add("lease", bytes("2")), true);
      await holds(store, "lease", bytes("2"));
    },
  },
  {
    name: "`add` succeeds again once the earlier value expired or was deleted: expired",
    run: async (store, limitMs) => {
      assert.equal(await store.add("lease", bytes("1"), { ttlMs: 20 }), true);
      await store.set("set", bytes("1"), { ttlMs: 20 });
      await eventually(() => store.add("lease", bytes("2")), limitMs, "`add` answers true after the time of the earlier `add`");
      await eventually(() => store.add("set", bytes("2")), limitMs, "`add` answers true after the time of the earlier `set`");
      await holds(store, "lease", bytes("2"));
      await holds(store, "set", bytes("2"));
    },
  },
  {
    name: "`delete` answers true when there was a value, false otherwise",
    run: async (store) => {
      assert.equal(await store.delete("key"), false);
      await store.set("key", bytes("x"));
      await store.set("other", bytes("y"));
      assert.equal(await store.delete("key"), true);
      await holds(store, "key", undefined);
      await holds(store, "other", bytes("y"));
      assert.equal(await store.delete("key"), false);
    },
  },
  {
    name: "`delete` answers true when there was a value, false otherwise: an expired value is none",
    run: async (store, limitMs) => {
      await store.set("key", bytes("x"), { ttlMs: 20 });
      await passTime(store, 25, limitMs);
      assert.equal(await store.delete("key"), false);
    },
  },
  {
    name: "Keys are kept apart byte for byte, whatever characters they hold",
    run: async (store) => {
      const each = (check: (key: string, index: number) => Promise<void>): Promise<unknown> => Promise.all(confusableKeys.map(check));
      await each((key, index) => store.set(key, bytes(`${index}`)));
      await each((key, index) => holds(store, key, bytes(`${index}`)));
      await each(async (key, index) => {
        assert.equal(await store.add(key, bytes("again")), false, `\`add\` of ${JSON.stringify(key)}`);
        if (index % 2 === 0) assert.equal(await store.delete(key), true, `\`delete\` of ${JSON.stringify(key)}`);
      });
      await each((key, index) => holds(store, key, index % 2 === 0 ? undefined : bytes(`${index}`)));
    },
  },
  {
    name: "What the caller does to a buffer afterwards does not change the stored value",
    run: async (store) => {
      const value = bytes("value");
      const added = Buffer.from("added");
      await store.set("key", value);
      await store.add("added", added);
      value.fill(0);
      added.fill(0);
      await holds(store, "key", bytes("value"));
      await holds(store, "added", bytes("added"));
      const found = await store.get("key");
      found?.fill(0);
      await holds(store, "key", bytes("value"));
    },
  },
  {
    name: "What the caller does to a buffer afterwards does not change the stored value: not even before the call resolves",
    run: async (store) => {
      const value = bytes("value");
      const setting = store.set("key", value);
      value.fill(0);
      await setting;
      await holds(store, "key", bytes("value"));
    },
  },
  {
    name: "An empty value is a value",
    run: async (store) => {
      await store.set("empty", new Uint8Array(0));
      await holds(store, "empty", new Uint8Array(0));
      assert.equal(await store.add("empty", bytes("x")), false);
      assert.equal(await store.delete("empty"), true);
      assert.equal(await store.add("empty", new Uint8Array(0)), true);
      await holds(store, "empty", new Uint8Array(0));
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async (store) => {
      await store.set("key", bytes("x"));
      await rejectsWhenAborted((signal) => store.get("key", { signal }));
      await rejectsWhenAborted((signal) => store.set("key", bytes("y"), { signal }));
      await rejectsWhenAborted((signal) => store.add("new", bytes("y"), { signal }));
      await rejectsWhenAborted((signal) => store.delete("key", { signal }));
    },
  },
  {
    name: "An aborted call rejects with the signal's reason: and does nothing when it was aborted before",
    run: async (store) => {
      const signal = AbortSignal.abort();
      await store.set("key", bytes("x"));
      await Promise.allSettled([store.set("key", bytes("y"), { signal }), store.add("new", bytes("y"), { signal })]);
      await Promise.allSettled([store.delete("key", { signal })]);
      await holds(store, "key", bytes("x"));
      await holds(store, "new", undefined);
    },
  },
  { name: "`close` may be called twice", run: closesTwice },
];
