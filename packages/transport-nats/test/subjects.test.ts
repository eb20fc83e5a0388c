import { existsSync, readFileSync } from "node:fs";
import { confusableKeys } from "../../core/src/testing/expectations.ts";
import { array, assert as check, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { patternSubject, typeSubject, word } from "../src/subjects.ts";

const safe = /^[A-Za-z0-9_=-]+$/;
const corpus = process.env["KEY_INJECTION_CORPUS"];

/** Any UTF-16 units, halves of pairs among them. */
const text = array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units));

describe("a word of a subject", () => {
  it("is safe and its own for every text", () => {
    check(
      property(text, text, (a, b) => {
        expect(word(a)).toMatch(safe);
        expect(word(a) === word(b)).toBe(a === b);
      }),
    );
  });

  it("is its own for texts that are easily mixed up, among them half characters and long ones", () => {
    const texts = [
      "",
      "=",
      "==",
      "=0041",
      "\ud800",
      "\udc00",
      "\ufffd",
      "\r\n",
      "a\r\nPUB x 0\r\n",
      "x".repeat(120),
      "x".repeat(121),
      ...confusableKeys,
    ];
    expect(new Set(texts.map(word)).size).toBe(new Set(texts).size);
    for (const text of texts) expect(word(text)).toMatch(safe);
  });

  it("stays short", () => {
    expect(word("日".repeat(100_000)).length).toBeLessThan(130);
  });

  it.skipIf(corpus === undefined || !existsSync(corpus))(
    `is safe and its own for the corpus of injected keys${corpus === undefined ? " (skipped: KEY_INJECTION_CORPUS names no file)" : ""}`,
    () => {
      const lines = readFileSync(corpus ?? "", "utf8")
        .trim()
        .split("\n");
      const values = new Set(lines.map((line) => (JSON.parse(line) as { readonly value: string }).value));
      expect(values.size).toBeGreaterThan(10);
      const words = [...values].map(word);
      expect(new Set(words).size).toBe(values.size);
      for (const each of words) expect(each).toMatch(safe);
    },
  );
});

describe("the subject of a type", () => {
  it("keeps the words of a type apart from wildcards in it", () => {
    expect(typeSubject("p", "query.answered")).toBe("p.query.answered");
    expect(typeSubject("p", "query.*.>")).toBe("p.query.=002a.=003e");
    expect(typeSubject("p", "a..b.")).toBe("p.a.=.b.=");
    expect(() => typeSubject("p", "a.".repeat(2_000))).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }) as Error);
  });

  it("fits its pattern", () => {
    expect(patternSubject("p", "query.*")).toBe("p.query.*");
    expect(patternSubject("p", ">")).toBe("p.>");
    expect(patternSubject("p", "größe.>")).toBe(`p.${word("größe")}.>`);
  });

  it.each(["", "a..b", "a.>.b", "a*", "a b", ">x", "a.\r\nb"])("refuses %j as a pattern", (pattern) => {
    expect(() => patternSubject("p", pattern)).toThrowError(expect.objectContaining({ code: "CONFIG_INVALID" }) as Error);
  });
});
