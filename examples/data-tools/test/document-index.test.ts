import { describe, expect, it } from "vitest";
import { createDocumentIndex } from "../src/search/document-index.ts";
import { hashEmbedder, type Embedder } from "../src/search/embedder.ts";
import { splitPassages } from "../src/search/passages.ts";

const { signal } = new AbortController();

describe("passages", () => {
  it("cover the text in order, at most 900 characters each, with their places", () => {
    const text = Array.from({ length: 60 }, (_, n) => `Sentence number ${n} says something of its own.${n % 7 === 6 ? "\n\n" : " "}`).join(
      "",
    );
    const passages = splitPassages(`\n\n${text}`);
    expect(passages.length).toBeGreaterThan(2);
    for (const { text: piece, start, end } of passages) {
      expect(piece.length).toBeLessThanOrEqual(900);
      expect(`\n\n${text}`.slice(start, end)).toBe(piece);
    }
    expect(passages.map(({ text: piece }) => piece.replaceAll(/\s/g, "")).join("")).toBe(text.replaceAll(/\s/g, ""));
  });

  it("cut a text without any break, and find none in white space", () => {
    expect(splitPassages("x".repeat(2_000)).map(({ start, end }) => [start, end])).toEqual([
      [0, 900],
      [900, 1_800],
      [1_800, 2_000],
    ]);
    expect(splitPassages(" \n ")).toEqual([]);
  });
});

describe("the hash embedder", () => {
  const similarity = async (one: string, other: string) => {
    const [a = [], b = []] = await hashEmbedder().embed([one, other], signal);
    return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  };

  it("finds texts alike that share words, stems or all but a letter, and only those", async () => {
    expect(await similarity("flight delays", "flight delays")).toBeCloseTo(1);
    expect(await similarity("flights were delayed", "the delayed flight")).toBeGreaterThan(0.6);
    expect(await similarity("earthquake", "eartquake")).toBeGreaterThan(0.3);
    expect(await similarity("film", "movie")).toBeLessThan(0.2);
    expect(await similarity("the of and", "anything")).toBe(0);
  });
});

describe("the document index", () => {
  it("asks the embedder it is given, and finds by its vectors alone", async () => {
    const meanings: Embedder = {
      name: "meanings",
      dimensions: 2,
      embed: async (texts) => texts.map((text) => (/film|movie/.test(text) ? [1, 0] : [0, 1])),
    };
    const index = createDocumentIndex(meanings);
    await index.add({ id: "a", title: "cinema", text: "all about movies" }, signal);
    await index.add({ id: "b", title: "zoo", text: "all about otters" }, signal);
    expect((await index.search("film", 5, signal)).map(({ document }) => document)).toEqual(["a"]);
  });

  it("replaces a document with the same id and forgets a removed one", async () => {
    const index = createDocumentIndex(hashEmbedder());
    await index.add({ id: "a", title: "one", text: "otters ".repeat(400) }, signal);
    await index.add({ id: "a", title: "two", text: "zebras" }, signal);
    expect(index.list()).toEqual([{ id: "a", title: "two", passages: 1 }]);
    expect(await index.search("otters", 5, signal)).toEqual([]);
    expect(await index.search("zebra", 5, signal)).toMatchObject([{ id: "a#1", title: "two" }]);
    expect(await index.remove("a")).toBe(true);
    expect(await index.remove("a")).toBe(false);
    expect(await index.search("zebra", 5, signal)).toEqual([]);
  });

  it("gives up with its signal", async () => {
    const index = createDocumentIndex(hashEmbedder());
    await expect(index.search("x", 5, AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
    await expect(index.add({ id: "a", title: "t", text: "x" }, AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
    expect(index.list()).toEqual([]);
  });
});
