import type { Embedder } from "../../../src/ports/embedder.ts";
import { letterEmbedder } from "../subjects.ts";
import { closesOnce, wrongly } from "./wrong.ts";

const wrong = wrongly<Embedder>(() => letterEmbedder());

type Vectors = readonly Float32Array[];

/** What `embed` answers passes through this. */
const answered = (
  right: Embedder,
  change: (vectors: Vectors, texts: readonly string[]) => Vectors | Promise<Vectors>,
): Partial<Embedder> => ({
  embed: async (texts, options) => change(await right.embed(texts, options), texts),
});

const asked = (right: Embedder, change: (texts: readonly string[]) => readonly string[]): Partial<Embedder> => ({
  embed: (texts, options) => right.embed(change(texts), options),
});

const unit = (vector: Float32Array): Float32Array => vector.map((value) => value / Math.hypot(...vector));

export const wrongEmbedders = [
  wrong(1, "answers in the reverse order", (right) => answered(right, (vectors) => vectors.toReversed())),
  wrong(1, "loses the last text", (right) => answered(right, (vectors) => vectors.slice(0, -1))),
  wrong(1, "answers for the first text only", (right) => answered(right, (vectors) => vectors.slice(0, 1))),
  wrong(1, "answers one vector for all", (right) => answered(right, (vectors) => vectors.map(() => vectors[0] ?? new Float32Array(32)))),
  wrong(1, "drops a text that comes twice", (right) => asked(right, (texts) => [...new Set(texts)])),
  wrong(1, "sorts the texts", (right) => asked(right, (texts) => texts.toSorted())),
  wrong(1, "mixes the texts of one call", (right) =>
    answered(right, (vectors) =>
      vectors.map((vector, index) => unit(vector.map((value, at) => value + (vectors[(index + 1) % vectors.length]?.[at] ?? 0)))),
    ),
  ),
  wrong(2, "does not normalise", (right) => answered(right, (vectors) => vectors.map((vector) => vector.map((value) => value * 3)))),
  wrong(2, "normalises by the sum", (right) =>
    answered(right, (vectors) => vectors.map((vector) => vector.map((value) => value / vector.reduce((sum, each) => sum + each, 0)))),
  ),
  wrong(2, "says another number of dimensions", () => ({ dimensions: 384 })),
  wrong(2, "answers vectors of different sizes", (right) =>
    answered(right, (vectors) => vectors.map((vector, index) => unit(vector.slice(0, 31 - index)))),
  ),
  wrong(2, "lets a NaN through", (right) => answered(right, (vectors) => vectors.map((vector) => vector.with(3, Number.NaN)))),
  wrong(2, "answers plain arrays", (right) =>
    answered(right, (vectors) => vectors.map((vector) => [...vector] as unknown as Float32Array)),
  ),
  wrong(2, "answers 64-bit numbers", (right) =>
    answered(right, (vectors) => vectors.map((vector) => Float64Array.from(vector) as unknown as Float32Array)),
  ),
  wrong(3, "adds noise", (right) =>
    answered(right, (vectors) => vectors.map((vector) => unit(vector.map((value) => value + Math.random() / 10)))),
  ),
  wrong(3, "depends on what was asked before", (right) => {
    let calls = 0;
    return answered(right, (vectors) => {
      calls++;
      return vectors.map((vector) => unit(vector.with(0, (vector[0] ?? 0) + calls)));
    });
  }),
  wrong(3, "shares the vectors it remembers", (right) => {
    const known = new Map<string, Float32Array>();
    return answered(right, (vectors, texts) =>
      vectors.map((vector, index) => {
        const text = texts[index] ?? "";
        const before = known.get(text) ?? vector;
        known.set(text, before);
        return before;
      }),
    );
  }),
  wrong(4, "answers a vector for no texts", (right) =>
    answered(right, (vectors) => (vectors.length === 0 ? [new Float32Array(32)] : vectors)),
  ),
  wrong(4, "rejects no texts", (right) =>
    asked(right, (texts) => {
      if (texts.length === 0) throw new RangeError("there is nothing to embed");
      return texts;
    }),
  ),
  wrong(5, "drops empty texts", (right) => asked(right, (texts) => texts.filter((text) => text.trim() !== ""))),
  wrong(5, "answers zeros for an empty text", (right) =>
    answered(right, (vectors, texts) => vectors.map((vector, index) => (texts[index] === "" ? new Float32Array(32) : vector))),
  ),
  wrong(5, "divides by zero for an empty text", (right) =>
    answered(right, (vectors, texts) => vectors.map((vector, index) => (texts[index] === "" ? vector.map(() => Number.NaN) : vector))),
  ),
  wrong(5, "rejects an empty text", (right) =>
    asked(right, (texts) => {
      if (texts.includes("")) throw new RangeError("a text is empty");
      return texts;
    }),
  ),
  wrong(6, "ignores the signal", ({ embed }) => ({ embed: (texts) => embed(texts) })),
  wrong(6, "ignores the signal when there are no texts", ({ embed }) => ({
    embed: async (texts, options) => (texts.length === 0 ? [] : embed(texts, options)),
  })),
  wrong(6, "rejects with a reason of its own", ({ embed }) => ({
    embed: (texts, options) => (options?.signal?.aborted ? Promise.reject(new Error("aborted")) : embed(texts)),
  })),
  wrong(7, "fails to close twice", closesOnce),
];
