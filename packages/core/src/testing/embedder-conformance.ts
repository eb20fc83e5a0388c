import assert from "node:assert/strict";
import type { Embedder } from "../ports/embedder.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, rejectsWhenAborted } from "./expectations.ts";

const texts: readonly string[] = [
  "How many movies did Steven Spielberg direct?",
  "average temperature in Zürich",
  "日本の首都はどこですか",
  "C++ or C?",
  "a\nb\tc \u0000 \u{1f680}",
  "a long text ".repeat(400),
];

/** The scalar product, which is the cosine of vectors of length 1. */
const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);

function assertSame(a: Float32Array | undefined, b: Float32Array | undefined, what: string): void {
  assert.ok(a !== undefined && b !== undefined && a.length === b.length, what);
  const apart = Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
  assert.ok(apart <= 1e-4, `${what}: the vectors are ${apart} apart`);
}

/** The contract of `Embedder`, one case or more a clause. */
export const embedderConformance: readonly ConformanceCase<Embedder>[] = [
  {
    name: "`embed` answers one vector a text, in the order of the texts",
    run: async (embedder) => {
      const together = await embedder.embed(texts);
      assert.equal(together.length, texts.length);
      for (const [index, text] of texts.entries()) {
        const [alone] = await embedder.embed([text]);
        assertSame(together[index], alone, `text ${index} alone and among others`);
      }
      const [first, second] = together;
      assert.ok(first !== undefined && second !== undefined && product(first, second) < 0.9999, "different texts have the same vector");
    },
  },
  {
    name: "`embed` answers one vector a text, in the order of the texts: of the same text as often as it is given",
    run: async (embedder) => {
      const [a = "", b = ""] = texts;
      const vectors = await embedder.embed([a, b, a]);
      assert.equal(vectors.length, 3);
      assertSame(vectors[0], vectors[2], "the same text, twice in one call");
    },
  },
  {
    name: "Every vector has `dimensions` finite numbers and length 1 (within 1e-3)",
    run: async (embedder) => {
      assert.ok(Number.isInteger(embedder.dimensions) && embedder.dimensions > 0, `${embedder.dimensions} dimensions`);
      for (const vector of await embedder.embed(texts)) {
        assert.ok(vector instanceof Float32Array, "a vector is no Float32Array");
        assert.equal(vector.length, embedder.dimensions);
        assert.ok(vector.every(Number.isFinite), "a vector holds something that is not a finite number");
        assert.ok(
          Math.abs(Math.sqrt(product(vector, vector)) - 1) <= 1e-3,
          `the length of a vector is ${Math.sqrt(product(vector, vector))}`,
        );
      }
    },
  },
  {
    name: "The same text gives the same vector (within 1e-4)",
    run: async (embedder) => {
      const first = await embedder.embed(texts);
      await embedder.embed(["something else in between"]);
      const second = await embedder.embed(texts);
      for (const index of texts.keys()) assertSame(first[index], second[index], `text ${index}, asked for twice`);
    },
  },
  {
    name: "The same text gives the same vector (within 1e-4): also when a caller changed the one it got",
    run: async (embedder) => {
      const [text = ""] = texts;
      const [before] = await embedder.embed([text]);
      const kept = before?.slice();
      before?.fill(0);
      const [after] = await embedder.embed([text]);
      assertSame(kept, after, "the text, asked for again");
    },
  },
  {
    name: "No texts give no vectors",
    run: async (embedder) => {
      assert.deepEqual(await embedder.embed([]), []);
    },
  },
  {
    name: "An empty text still gives a vector",
    run: async (embedder) => {
      const vectors = await embedder.embed(["", texts[0] ?? "", "   "]);
      assert.equal(vectors.length, 3);
      for (const vector of vectors) {
        assert.equal(vector.length, embedder.dimensions);
        assert.ok(vector.every(Number.isFinite), "the vector of an empty text holds something that is not a finite number");
        assert.ok(Math.abs(Math.sqrt(product(vector, vector)) - 1) <= 1e-3, "the length of a vector is not 1");
      }
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async (embedder) => {
      await rejectsWhenAborted((signal) => embedder.embed(texts, { signal }));
      await rejectsWhenAborted((signal) => embedder.embed([], { signal }));
    },
  },
  { name: "`close` may be called twice", run: closesTwice },
];
