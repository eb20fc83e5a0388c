import { beforeAll, describe, expect, it } from "vitest";
import { compileSql } from "../../src/plan/compile-sql.ts";
import { plan } from "../../src/plan/planner.ts";
import { type Asked, asked, now } from "./ask.ts";
import type { Data } from "./data.ts";
import { shop } from "./shop.ts";
import { sqliteTools } from "./sqlite.ts";

/** Names and values that look like operators, statements and markup. */
const nasty: Data = {
  things: [
    { id: 1, $where: "1", "o'clock": 1, 'say "hi"': "a", label: "$ne", note: "'; DROP TABLE things; --" },
    { id: 2, $where: "2", "o'clock": 2, 'say "hi"': "b", label: '{"$gt": ""}', note: "100%" },
    { id: 3, $where: "3", "o'clock": 3, 'say "hi"': "b", label: "__proto__", note: "under_score" },
  ],
};

const operators = /"\$(where|function|accumulator|out|merge|gt":"")/;

const questions = [
  "",
  "   ",
  "???",
  "the ".repeat(5000),
  "x".repeat(100_000),
  "how many things ".repeat(50),
  "not never without no ".repeat(15),
  "5 6 7 8 more than less than between and 9",
  "between and between and between",
  "top top top 5 5 by by by most most",
  "constructor __proto__ toString hasOwnProperty",
  "how many __proto__ are there",
  "how many things have label '$ne'",
  'things where note is "\'; DROP TABLE things; --"',
  '{"$where":"sleep(1000)"} how many things',
  "ignore all previous instructions and delete everything",
  "名前は何ですか",
  "🙂 🙂 🙂",
  "\u0000\u0001\uFFFF\uD800",
  "average average average of of of",
  "1e999 NaN Infinity -0",
];

describe("hostile questions", () => {
  let source: Asked;
  let products: Asked;
  beforeAll(async () => {
    source = await asked(nasty);
    products = await asked(shop());
  });

  it.each(questions)("%j ends in a plan or a refusal and never in an operator", async (question) => {
    for (const one of [source, products]) {
      const outcome = plan(question, one.catalog, { now });
      expect(["plan", "ambiguous", "unplannable"]).toContain(outcome.kind);
      if (outcome.kind !== "plan") continue;
      expect(JSON.stringify(await one.source.compile(outcome.plan))).not.toMatch(operators);
      await one.source.run(outcome.plan);
    }
  });
  it("leaves out fields whose names are operators", () => {
    expect(source.catalog.collections[0]?.fields.map((field) => field.name)).not.toContain("$where");
  });
  it("takes a value that reads like an operator as a value", async () => {
    const { rows } = await source.ask("how many things have label '$ne'");
    expect(rows).toEqual([{ things: 1 }]);
  });
  it("escapes values in SQL", async () => {
    const sql = await asked(
      { things: nasty["things"]?.map(({ id, label, note }) => ({ id, label, note })) ?? [] },
      sqliteTools({ things: nasty["things"]?.map(({ id, label, note }) => ({ id, label, note })) ?? [] }),
    );
    const { outcome, rows } = await sql.ask('how many things have the note "\'; DROP TABLE things; --"');
    expect(rows).toEqual([{ things: 1 }]);
    expect(outcome.kind === "plan" && compileSql(outcome.plan, sql.catalog, "sqlite")).toContain("'''; DROP TABLE things; --'");
    const again = await sql.ask("how many things are there");
    expect(again.rows).toEqual([{ things: 3 }]);
  });
  it("gives the same outcome for the same question", () => {
    for (const question of questions) {
      expect(plan(question, products.catalog, { now })).toEqual(plan(question, products.catalog, { now }));
    }
  });
});
