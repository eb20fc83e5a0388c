import { memoryVectorIndex } from "../../../src/memory/vector-index.ts";
import type { VectorIndex, VectorMatch } from "../../../src/ports/vector-index.ts";
import { closesOnce, otherReason, wrongly } from "./wrong.ts";

const create = (): VectorIndex => memoryVectorIndex({ dimensions: 8 });
const wrong = wrongly<VectorIndex>(create);

type Matches = readonly VectorMatch[];

/** What `search` answers passes through this. */
const answered = ({ search }: VectorIndex, change: (matches: Matches) => Matches): Partial<VectorIndex> => ({
  search: async (...args) => change(await search(...args)),
});

/** Every name of a shelf, or every key, is changed on its way in. */
const renamed = (right: VectorIndex, change: (shelf: string, key: string) => readonly [string, string]): Partial<VectorIndex> => ({
  add: (shelf, key, vector, options) => right.add(...change(shelf, key), vector, options),
  search: (shelf, vector, options) => right.search(change(shelf, "")[0], vector, options),
  remove: (shelf, key, options) => right.remove(...change(shelf, key), options),
});

const unit = (vector: Float32Array): Float32Array => vector.map((value) => value / Math.hypot(...vector));

/** Bad vectors are taken for this one. */
const lenient = ({ add, search }: VectorIndex, mend: (vector: Float32Array) => Float32Array): Partial<VectorIndex> => ({
  add: (shelf, key, vector, options) => add(shelf, key, mend(vector), options),
  search: (shelf, vector, options) => search(shelf, mend(vector), options),
});

export const wrongVectorIndexes = [
  wrong(1, "answers the nearest only", (right) => answered(right, (matches) => matches.slice(0, 1))),
  wrong(1, "answers distances", (right) =>
    answered(right, (matches) => matches.map(({ key, likeness }) => ({ key, likeness: 1 - likeness }))),
  ),
  wrong(1, "rounds likenesses to bytes", (right) =>
    answered(right, (matches) => matches.map(({ key, likeness }) => ({ key, likeness: Math.round(likeness * 127) / 127 }))),
  ),
  wrong(1, "ignores `atLeast`", ({ search }) => ({
    search: (shelf, vector, options) => search(shelf, vector, { ...options, atLeast: -1 }),
  })),
  wrong(1, "leaves out what is not clearly alike", ({ search }) => ({
    search: (shelf, vector, options) => search(shelf, vector, { ...options, atLeast: options.atLeast + 0.05 }),
  })),
  wrong(1, "looks at half of the vectors", (right) => answered(right, (matches) => matches.filter(({ key }) => key.length % 2 === 1))),
  wrong(1, "answers nothing that is opposite", (right) => answered(right, (matches) => matches.filter(({ likeness }) => likeness >= 0))),
  wrong(1, "compares the first half of the numbers", ({ add, search }) => {
    const half = (vector: Float32Array): Float32Array => unit(vector.map((value, at) => (at < 2 ? value : value * 0.5)));
    return {
      add: (shelf, key, vector) => add(shelf, key, half(vector)),
      search: (shelf, vector, options) => search(shelf, half(vector), options),
    };
  }),
  wrong(2, "answers the least alike first", (right) => answered(right, (matches) => matches.toReversed())),
  wrong(2, "answers in the order of keys", (right) =>
    answered(right, (matches) => matches.toSorted((a, b) => (a.key < b.key ? -1 : 1)).toReversed()),
  ),
  wrong(3, "ignores `limit`", ({ search }) => ({
    search: (shelf, vector, options) => search(shelf, vector, { ...options, limit: 1_000 }),
  })),
  wrong(3, "answers the first it finds", ({ search }) => ({
    search: async (shelf, vector, options) =>
      (await search(shelf, vector, { ...options, limit: 1_000 }))
        .toSorted((a, b) => Number(a.key) - Number(b.key))
        .slice(0, options.limit)
        .toSorted((a, b) => b.likeness - a.likeness),
  })),
  wrong(3, "answers one too many", ({ search }) => ({
    search: (shelf, vector, options) => search(shelf, vector, { ...options, limit: options.limit + 1 }),
  })),
  wrong(4, "has one shelf", (right) => renamed(right, (shelf, key) => ["", `${shelf} ${key}`])),
  wrong(4, "folds the case of shelves", (right) => renamed(right, (shelf, key) => [shelf.toLowerCase(), key])),
  wrong(4, "trims the names of shelves", (right) => renamed(right, (shelf, key) => [shelf.trim(), key])),
  wrong(4, "cuts the names of shelves", (right) => renamed(right, (shelf, key) => [shelf.slice(0, 100), key])),
  wrong(4, "normalises the names of shelves", (right) => renamed(right, (shelf, key) => [shelf.normalize(), key])),
  wrong(5, "folds the case of keys", (right) => renamed(right, (shelf, key) => [shelf, key.toLowerCase()])),
  wrong(5, "trims keys", (right) => renamed(right, (shelf, key) => [shelf, key.trim()])),
  wrong(5, "ends keys at a NUL", (right) => renamed(right, (shelf, key) => [shelf, key.split("\0")[0] ?? ""])),
  wrong(6, "keeps the first vector", ({ add }) => {
    const known = new Set<string>();
    return {
      add: async (shelf, key, vector, options) => {
        const name = JSON.stringify([shelf, key]);
        if (known.has(name)) return;
        known.add(name);
        await add(shelf, key, vector, options);
      },
    };
  }),
  wrong(6, "keeps both vectors", ({ add, search, remove }) => {
    let copies = 0;
    return {
      add: (shelf, key, vector, options) => add(shelf, `${copies++} ${key}`, vector, options),
      search: async (shelf, vector, options) =>
        (await search(shelf, vector, options)).map(({ key, likeness }) => ({ key: key.slice(key.indexOf(" ") + 1), likeness })),
      remove,
    };
  }),
  wrong(7, "always says true", ({ remove }) => ({ remove: async (...args) => (await remove(...args)) || true })),
  wrong(7, "says nothing", ({ remove }) => ({ remove: async (...args) => (await remove(...args), undefined as unknown as boolean) })),
  wrong(7, "does not remove", ({ search }) => {
    const right = create();
    return {
      search: (...args) => right.search(...args),
      add: right.add,
      remove: async (...args) => (await search(args[0], new Float32Array([1, 0, 0, 0, 0, 0, 0, 0]), { atLeast: -1, limit: 1 })).length > 0,
    };
  }),
  wrong(7, "empties the shelf", ({ search, remove }) => ({
    remove: async (shelf, key, options) => {
      const removed = await remove(shelf, key, options);
      const rest = await search(shelf, new Float32Array([1, 0, 0, 0, 0, 0, 0, 0]), { atLeast: -1, limit: 1_000 });
      for (const each of rest) await remove(shelf, each.key);
      return removed;
    },
  })),
  wrong(8, "rejects an unknown shelf", ({ search }) => ({
    search: async (...args) => {
      const found = await search(...args);
      if (found.length === 0) throw new RangeError("there is no such shelf");
      return found;
    },
  })),
  wrong(8, "answers undefined for an unknown shelf", ({ search }) => ({
    search: async (...args) => {
      const found = await search(...args);
      return found.length === 0 ? (undefined as unknown as Matches) : found;
    },
  })),
  wrong(9, "keeps the caller's vector", ({ add }) => {
    const kept = new Map<string, readonly [string, Float32Array]>();
    const right = create();
    return {
      add: async (shelf, key, vector, options) => {
        await add(shelf, key, vector, options);
        kept.set(key, [shelf, vector]);
      },
      search: async (...args) => {
        for (const [key, [shelf, vector]] of kept) await right.add(shelf, key, vector);
        return right.search(...args);
      },
      remove: async (shelf, key, options) => {
        kept.delete(key);
        return right.remove(shelf, key, options);
      },
    };
  }),
  wrong(10, "normalises what has not length 1", (right) =>
    lenient(right, (vector) => {
      const length = Math.hypot(...vector);
      return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : vector;
    }),
  ),
  wrong(10, "cuts and fills vectors", (right) => lenient(right, (vector) => Float32Array.from({ length: 8 }, (_, at) => vector[at] ?? 0))),
  wrong(10, "takes a NaN for 0", (right) => lenient(right, (vector) => vector.map((value) => (Number.isFinite(value) ? value : 0)))),
  wrong(10, "forgets the vector before it refuses the new one", ({ add, remove }) => ({
    add: async (shelf, key, vector, options) => {
      options?.signal?.throwIfAborted();
      await remove(shelf, key);
      await add(shelf, key, vector, options);
    },
  })),
  wrong(10, "refuses with a bare error", ({ add }) => ({
    add: async (...args) => {
      await add(...args).catch(() => {
        throw new RangeError("a bad vector");
      });
    },
  })),
  wrong(11, "ignores the signal of `search`", ({ search }) => ({
    search: (shelf, vector, { atLeast, limit }) => search(shelf, vector, { atLeast, limit }),
  })),
  wrong(11, "ignores the signal of `add`", ({ add }) => ({ add: (shelf, key, vector) => add(shelf, key, vector) })),
  wrong(11, "ignores the signal of `remove`", ({ remove }) => ({ remove: (shelf, key) => remove(shelf, key) })),
  wrong(11, "rejects with a reason of its own", ({ search }) => ({
    search: async (shelf, vector, { signal, ...options }) => (signal?.aborted ? otherReason() : search(shelf, vector, options)),
  })),
  wrong(12, "fails to close twice", closesOnce),
];
