import assert from "node:assert/strict";
import type { VectorIndex, VectorMatch } from "../ports/vector-index.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";

const all = { atLeast: -1, limit: 1_000 };

/** A vector whose angle to the first axis is `degrees`, towards one of the other axes. */
function at({ dimensions }: VectorIndex, degrees: number, axis = 1): Float32Array {
  const vector = new Float32Array(dimensions);
  const angle = (degrees * Math.PI) / 180;
  vector[0] = Math.cos(angle);
  vector[axis] = Math.sin(angle);
  return vector;
}

/** Vectors of any direction, the same every time. */
function spread({ dimensions }: VectorIndex, count: number): readonly Float32Array[] {
  let state = 7;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  return Array.from({ length: count }, () => {
    const vector = Float32Array.from({ length: dimensions }, random);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

const likenessOf = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);

const keysOf = (matches: readonly VectorMatch[]): readonly string[] => matches.map(({ key }) => key);

async function finds(index: VectorIndex, shelf: string, degrees: number, ...keys: readonly string[]): Promise<void> {
  assert.deepEqual(keysOf(await index.search(shelf, at(index, degrees), { atLeast: 0.999, limit: 10 })).toSorted(), keys.toSorted());
}

/** The contract of `VectorIndex`, one case or more a clause; the index must have room for 400 vectors and at least 3 dimensions. */
export const vectorIndexConformance: readonly ConformanceCase<VectorIndex>[] = [
  {
    name: "`search` answers every key of the shelf that is at least `atLeast` alike, and its likeness (within 1e-4)",
    run: async (index) => {
      for (const degrees of [0, 20, 40, 60, 100, 180]) await index.add("s", `${degrees}`, at(index, degrees));
      const matches = await index.search("s", at(index, 10), { atLeast: 0.8, limit: 10 });
      assert.deepEqual(keysOf(matches).toSorted(), ["0", "20", "40"]);
      for (const { key, likeness } of matches)
        assert.ok(Math.abs(likeness - Math.cos(((Number(key) - 10) * Math.PI) / 180)) <= 1e-4, `${key} is said to be ${likeness} alike`);
      assert.equal((await index.search("s", at(index, 10), all)).length, 6, "what is far away, or opposite, when everything is asked for");
    },
  },
  {
    name: "`search` answers every key of the shelf that is at least `atLeast` alike, and its likeness (within 1e-4): among many",
    run: async (index) => {
      const vectors = spread(index, 400);
      for (const [key, vector] of vectors.entries()) await index.add("s", `${key}`, vector);
      for (const asked of vectors.slice(0, 20)) {
        const likenesses = vectors.map((vector) => likenessOf(asked, vector)).toSorted((a, b) => b - a);
        // Between two likenesses, so that rounding decides nothing.
        const places = [1, 3, 30, 150].filter((place) => (likenesses[place - 1] ?? 0) - (likenesses[place] ?? 0) > 1e-5);
        for (const place of places) {
          const atLeast = ((likenesses[place - 1] ?? 0) + (likenesses[place] ?? 0)) / 2;
          const found = (await index.search("s", asked, { atLeast, limit: 400 })).map(({ likeness }) => likeness);
          assert.equal(found.length, place, `matches at ${atLeast}`);
          for (const [rank, likeness] of found.entries()) assert.ok(Math.abs(likeness - (likenesses[rank] ?? 0)) <= 1e-4);
        }
      }
    },
  },
  {
    name: "Matches come the most alike first",
    run: async (index) => {
      for (const degrees of [50, 10, 40, 0, 30, 20]) await index.add("s", `${degrees}`, at(index, degrees));
      assert.deepEqual(keysOf(await index.search("s", at(index, 1), { atLeast: 0.5, limit: 10 })), ["0", "10", "20", "30", "40", "50"]);
    },
  },
  {
    name: "`search` answers no more than `limit` matches, those that are the most alike",
    run: async (index) => {
      for (const degrees of [50, 10, 40, 0, 30, 20]) await index.add("s", `${degrees}`, at(index, degrees));
      assert.deepEqual(keysOf(await index.search("s", at(index, 24), { atLeast: 0, limit: 1 })), ["20"]);
      assert.deepEqual(keysOf(await index.search("s", at(index, 24), { atLeast: 0, limit: 3 })), ["20", "30", "10"]);
      assert.equal((await index.search("s", at(index, 24), { atLeast: 0, limit: 100 })).length, 6);
    },
  },
  {
    name: "Nothing of another shelf is answered, whatever characters the names of shelves hold",
    run: async (index) => {
      for (const shelf of confusableKeys) await index.add(shelf, `of ${shelf}`, at(index, 0));
      for (const shelf of confusableKeys) assert.deepEqual(keysOf(await index.search(shelf, at(index, 0), all)), [`of ${shelf}`]);
    },
  },
  {
    name: "Nothing of another shelf is answered, whatever characters the names of shelves hold: the same key on two",
    run: async (index) => {
      await index.add("a", "k", at(index, 0));
      await index.add("b", "k", at(index, 90));
      await finds(index, "a", 0, "k");
      await finds(index, "a", 90);
      await finds(index, "b", 90, "k");
      assert.equal(await index.remove("a", "k"), true);
      await finds(index, "b", 90, "k");
    },
  },
  {
    name: "Keys are kept apart, whatever characters they hold",
    run: async (index) => {
      for (const key of confusableKeys) await index.add("s", key, at(index, 0));
      assert.deepEqual(keysOf(await index.search("s", at(index, 0), all)).toSorted(), confusableKeys.toSorted());
      for (const key of confusableKeys) assert.equal(await index.remove("s", key), true, JSON.stringify(key));
    },
  },
  {
    name: "A later `add` of a key to a shelf replaces its vector",
    run: async (index) => {
      await index.add("s", "k", at(index, 0));
      await index.add("s", "other", at(index, 45));
      await index.add("s", "k", at(index, 90));
      await finds(index, "s", 0);
      await finds(index, "s", 90, "k");
      await finds(index, "s", 45, "other");
      assert.equal((await index.search("s", at(index, 0), all)).length, 2);
    },
  },
  {
    name: "`remove` answers true when the shelf had the key, false otherwise; what was removed is found no more",
    run: async (index) => {
      assert.equal(await index.remove("s", "k"), false, "of a shelf that was never used");
      for (const degrees of [0, 30, 60, 90]) await index.add("s", `${degrees}`, at(index, degrees));
      assert.equal(await index.remove("s", "30"), true);
      assert.equal(await index.remove("s", "30"), false, "the second time");
      assert.equal(await index.remove("other", "60"), false, "of another shelf");
      await finds(index, "s", 30);
      for (const degrees of [0, 60, 90]) await finds(index, "s", degrees, `${degrees}`);
    },
  },
  {
    name: "`remove` answers true when the shelf had the key, false otherwise; what was removed is found no more: among many",
    run: async (index) => {
      const vectors = spread(index, 300);
      for (const [key, vector] of vectors.entries()) await index.add("s", `${key}`, vector);
      for (const key of vectors.keys()) if (key % 3 !== 0) assert.equal(await index.remove("s", `${key}`), true);
      for (const [key, vector] of vectors.slice(0, 30).entries()) {
        const found = keysOf(await index.search("s", vector, { atLeast: 0.99, limit: 300 }));
        assert.equal(found.includes(`${key}`), key % 3 === 0, `key ${key}`);
      }
      assert.equal((await index.search("s", at(index, 0), all)).length, 100);
      await index.add("s", "1", vectors[1]!);
      assert.equal((await index.search("s", at(index, 0), all)).length, 101, "and one of them added again");
    },
  },
  {
    name: "An unknown or empty shelf answers no matches",
    run: async (index) => {
      assert.deepEqual(await index.search("s", at(index, 0), all), []);
      await index.add("s", "k", at(index, 0));
      await index.remove("s", "k");
      assert.deepEqual(await index.search("s", at(index, 0), all), []);
    },
  },
  {
    name: "What the caller does to a vector afterwards does not change what is stored",
    run: async (index) => {
      const vector = at(index, 0);
      await index.add("s", "k", vector);
      vector.set(at(index, 90));
      await finds(index, "s", 0, "k");
      await finds(index, "s", 90);
    },
  },
  {
    name: "A vector of another size, of another length than 1 (within 1e-3), or with something that is not a finite number rejects with `CONFIG_INVALID` and changes nothing",
    run: async (index) => {
      await index.add("s", "k", at(index, 0));
      const right = at(index, 90);
      const misfits: readonly (readonly [what: string, vector: Float32Array])[] = [
        ["too short", right.slice(0, -1)],
        ["too long", Float32Array.from([...right, 0])],
        ["empty", new Float32Array(0)],
        ["zero", right.map(() => 0)],
        ["of length 2", right.map((value) => value * 2)],
        ["of length 0.98", right.map((value) => value * 0.98)],
        ["with a NaN", right.with(2, Number.NaN)],
        ["with Infinity", right.with(2, Infinity)],
      ];
      for (const [what, vector] of misfits) {
        await rejectsWithCode(index.add("s", "k", vector), "CONFIG_INVALID").catch((cause: unknown) => {
          throw new assert.AssertionError({ message: `adding a vector ${what}: ${String(cause)}` });
        });
        await rejectsWithCode(index.search("s", vector, all), "CONFIG_INVALID").catch((cause: unknown) => {
          throw new assert.AssertionError({ message: `searching by a vector ${what}: ${String(cause)}` });
        });
      }
      await finds(index, "s", 0, "k");
      assert.equal((await index.search("s", at(index, 0), all)).length, 1);
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async (index) => {
      await index.add("s", "k", at(index, 0));
      await rejectsWhenAborted((signal) => index.add("s", "other", at(index, 0), { signal }));
      await rejectsWhenAborted((signal) => index.remove("s", "k", { signal }));
      await rejectsWhenAborted((signal) => index.search("s", at(index, 0), { ...all, signal }));
      await finds(index, "s", 0, "k");
    },
  },
  { name: "`close` may be called twice", run: closesTwice },
];
