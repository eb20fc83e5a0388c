import { beforeAll, describe, expect, it } from "vitest";
import { isSamePlan } from "../../src/plan/changes.ts";
import { planSchema } from "../../src/plan/plan-schema.ts";
import { validatePlan } from "../../src/plan/validate.ts";
import type { Condition, QueryPlan } from "../../src/plan/query-plan.ts";
import { schemaProblem } from "../../src/schema-problem.ts";
import { type Asked, asked } from "./ask.ts";
import { clinic } from "./clinic.ts";

const base: QueryPlan = {
  from: "visits",
  joins: [],
  where: [],
  groupBy: [],
  measures: [{ as: "visits", fn: "count" }],
  having: [],
  select: [],
  distinct: false,
  orderBy: [],
};

describe("validatePlan", () => {
  let source: Asked;
  beforeAll(async () => {
    source = await asked(clinic());
  });
  const problems = (change: Partial<QueryPlan>): readonly string[] => validatePlan({ ...base, ...change }, source.catalog);
  const where = (condition: Condition): readonly string[] => problems({ where: [condition] });

  it("accepts a sound plan", () => {
    expect(problems({})).toEqual([]);
  });
  it("refuses collections, fields and joins that do not exist", () => {
    expect(problems({ from: "secrets" })).not.toEqual([]);
    expect(where({ kind: "compare", field: { field: "nothing" }, op: "=", value: 1 })).not.toEqual([]);
    expect(where({ kind: "compare", field: { field: "cost", via: "elsewhere" }, op: "=", value: 1 })).not.toEqual([]);
    expect(problems({ joins: [{ as: "d", field: "cost", to: "doctors", toField: "salary" }] })).not.toEqual([]);
  });
  it("refuses texts that no pattern may be made of", () => {
    const longText = (length: number): Condition => ({
      kind: "text",
      field: { field: "diagnosis" },
      match: "contains",
      text: "/".repeat(length),
    });
    expect(where(longText(200))).toEqual([]);
    expect(where(longText(201))).toEqual(["a text to look for has at most 200 characters"]);
  });
  it("refuses literals of the wrong kind, and objects that could be operators", () => {
    expect(where({ kind: "compare", field: { field: "cost" }, op: "=", value: "12" })).not.toEqual([]);
    expect(where({ kind: "compare", field: { field: "diagnosis" }, op: "=", value: { $ne: null } as never })).not.toEqual([]);
    expect(where({ kind: "in", field: { field: "cost" }, values: [Number.NaN] })).not.toEqual([]);
  });
  it("refuses comparisons, measures and directions that do not exist", () => {
    expect(where({ kind: "compare", field: { field: "cost" }, op: "$where" as never, value: 1 })).not.toEqual([]);
    expect(problems({ measures: [{ as: "x", fn: "$function" as never }] })).not.toEqual([]);
    expect(problems({ orderBy: [{ column: "visits", direction: "sideways" as never }] })).not.toEqual([]);
  });
  it("refuses sums of what is no number and dates of what is no date", () => {
    expect(problems({ measures: [{ as: "x", fn: "sum", of: { field: "diagnosis" } }] })).not.toEqual([]);
    expect(where({ kind: "dates", field: { field: "cost" }, from: "2023-01-01" })).not.toEqual([]);
    expect(where({ kind: "dates", field: { field: "visit_date" }, from: "2023'; DROP TABLE visits" })).not.toEqual([]);
  });
  it("refuses column names that are paths or operators", () => {
    expect(problems({ measures: [{ as: "$out", fn: "count" }] })).not.toEqual([]);
    expect(problems({ measures: [{ as: "a.b", fn: "count" }] })).not.toEqual([]);
  });
  it("is what a data source asks before it runs a plan", async () => {
    await expect(source.source.run({ ...base, from: "secrets" })).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("refuses differences, rankings within groups and averages of what is not there", () => {
    const measures = [{ as: "visits", fn: "count" }] as const;
    expect(problems({ measures, differences: [{ as: "d", of: "visits", unit: "absolute" }] })).not.toEqual([]);
    expect(problems({ measures, differences: [{ as: "d", of: "visits", from: "cost", unit: "percent" }] })).not.toEqual([]);
    expect(problems({ per: ["visits"], limit: 1 })).not.toEqual([]);
    expect(problems({ having: [{ measure: "visits", op: ">", value: "median" as "average" }] })).not.toEqual([]);
    expect(problems({ having: [{ measure: "visits", op: ">", value: "average" }] })).toEqual([]);
  });
});

describe("the schema of plans by a model", () => {
  it("lets a model say all that a plan can say", async () => {
    const plan: QueryPlan = {
      ...base,
      where: [{ kind: "fields", field: { field: "a" }, op: "=", other: { field: "b" } }],
      groupBy: [{ as: "year", field: { field: "day" }, bucket: "year" }],
      having: [{ measure: "visits", op: ">", value: "average" }],
      differences: [{ as: "change", of: "visits", from: "visits", unit: "percent" }],
      select: [{ as: "month", field: { field: "day" }, bucket: "month" }],
      orderBy: [{ column: "visits", direction: "desc" }],
      per: ["year"],
      limit: 1,
      offset: 1,
    };
    expect(await schemaProblem(planSchema(), { plan })).toBeUndefined();
  });
});

describe("isSamePlan", () => {
  it("tells apart plans that pass over rows, rank within groups or compare", () => {
    const ranked: QueryPlan = {
      ...base,
      groupBy: [{ as: "k", field: { field: "day" } }],
      limit: 1,
      orderBy: [{ column: "visits", direction: "desc" }],
    };
    expect(isSamePlan(ranked, { ...ranked, offset: 0 })).toBe(true);
    expect(isSamePlan(ranked, { ...ranked, offset: 1 })).toBe(false);
    expect(isSamePlan(ranked, { ...ranked, per: ["k"] })).toBe(false);
    expect(isSamePlan(ranked, { ...ranked, differences: [{ as: "d", of: "visits", unit: "absolute" }] })).toBe(false);
  });
});
