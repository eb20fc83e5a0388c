import { describe, expect, it } from "vitest";
import { asksNothing, asksWhy, readSaid } from "../../src/conversation/said.ts";
import type { Catalog } from "../../src/plan/catalog.ts";

const catalog: Catalog = {
  version: "1",
  relations: [],
  collections: ["customers", "orders"].map((name) => ({ name, count: 1, fields: [] })),
};

describe("what is said", () => {
  it.each(["thanks", "Thank you very much!", "yes", "ok, continue", "no, thanks", "Great!", "hello", "go on", ""])(
    "%j asks nothing",
    (text) => {
      expect(asksNothing(text)).toBe(true);
    },
  );

  it.each([
    "yes, and in Germany?",
    "thanks, how many orders?",
    "ok sort by price",
    "no, only the last year",
    "hello world records",
    "top 10",
  ])("%j asks something", (text) => {
    expect(asksNothing(text)).toBe(false);
  });

  it.each(["why?", "Why is that?", "how come", "but why"])("%j asks why", (text) => {
    expect(asksWhy(text)).toBe(true);
  });

  it.each([
    ["How many customers are in Germany?", "none"],
    ["And how many orders are there?", "none"],
    ["Which customers have orders above their average?", "none"],
    ["total of orders by month", "none"],
    ["and in Germany?", "continues"],
    ["what about 2023", "continues"],
    ["sort by price", "continues"],
    ["top 10 instead", "continues"],
    ["Germany?", "continues"],
    ["how many of them are active?", "refers"],
    ["what is their average age?", "refers"],
    ["how many?", "refers"],
    ["why?", "refers"],
  ] as const)("%j is tied: %s", (text, tie) => {
    expect(readSaid(text, catalog).tie).toBe(tie);
  });

  it("takes the words away that only tie it", () => {
    expect(readSaid("ok, and what about in Germany instead?", catalog).content).toBe("in Germany");
    expect(readSaid("the same but per country please", catalog).content).toBe("per country");
  });

  it("reads a long text as a question by itself, fast", () => {
    const long = `and ${"its ".repeat(50_000)}`;
    const began = process.cpuUsage().user;
    expect(readSaid(long, catalog).tie).toBe("none");
    expect(asksNothing(long)).toBe(false);
    expect(asksWhy(long)).toBe(false);
    expect(process.cpuUsage(undefined).user - began).toBeLessThan(500_000);
  });
});
