import { describe, expect, it } from "vitest";
import { type DataSource, dataSource } from "../../src/plan/data-source.ts";
import type { QueryPlan } from "../../src/plan/query-plan.ts";
import { type Data, mongoTools } from "./data.ts";
import { sqliteTools } from "./sqlite.ts";

const rows: Data = {
  sales: [
    { id: 1, shop: "North", day: "2022-03-01", amount: 10, pieces: 1, note: "", weight: "1,200", checked: "2022-03-05" },
    { id: 2, shop: "North", day: "2023-03-01", amount: 30, pieces: 2, note: "late", weight: "N/A", checked: "" },
    { id: 3, shop: "North", day: "2023-05-01", amount: 5, pieces: 4, note: null, weight: "7.5", checked: "2023-05-02" },
    { id: 4, shop: "South", day: "2022-01-01", amount: 20, pieces: 1, note: "x", weight: "", checked: "2021-01-01" },
    { id: 5, shop: "South", day: "2024-01-01", amount: 0, pieces: 1, note: "", weight: "3", checked: "2024-02-01" },
    { id: 6, shop: "East", day: "2024-01-02", amount: 1, pieces: 9, note: "y", weight: "40", checked: "2024-01-03" },
  ],
};

const blank: QueryPlan = {
  from: "sales",
  joins: [],
  where: [],
  groupBy: [],
  measures: [],
  having: [],
  select: [],
  distinct: false,
  orderBy: [],
};
const amount = { field: "amount" };
const shop = { as: "shop", field: { field: "shop" } };
const year = { as: "year", field: { field: "day" }, bucket: "year" } as const;
const total = { as: "total", fn: "sum", of: amount } as const;

const source = (form: "documents" | "SQL"): DataSource => {
  const made = dataSource(form === "documents" ? mongoTools(rows) : sqliteTools(rows));
  if (!made) throw new Error("no tools");
  return made;
};

describe.each(["documents", "SQL"] as const)("plans as %s", (form) => {
  const run = async (plan: Partial<QueryPlan>) => (await source(form).run({ ...blank, ...plan })).rows;

  it("compares each period with the one before it, within the other keys", async () => {
    const plan: Partial<QueryPlan> = {
      groupBy: [shop, year],
      measures: [total],
      differences: [
        { as: "change", of: "total", unit: "absolute" },
        { as: "percent", of: "total", unit: "percent" },
      ],
      orderBy: [
        { column: "shop", direction: "asc" },
        { column: "year", direction: "asc" },
      ],
    };
    expect(await run(plan)).toEqual([
      { shop: "East", year: 2024, total: 1, change: null, percent: null },
      { shop: "North", year: 2022, total: 10, change: null, percent: null },
      { shop: "North", year: 2023, total: 35, change: 25, percent: 250 },
      { shop: "South", year: 2022, total: 20, change: null, percent: null },
      { shop: "South", year: 2024, total: 0, change: -20, percent: -100 },
    ]);
  });

  it("compares two measures of the same rows, each with rows of its own; nothing is no base of a percentage", async () => {
    const of = (value: string) => ({ ...total, as: value, where: [{ kind: "compare", field: shop.field, op: "=", value }] }) as const;
    const plan: Partial<QueryPlan> = {
      measures: [of("North"), of("South"), of("West")],
      differences: [
        { as: "difference", of: "North", from: "South", unit: "absolute" },
        { as: "percent", of: "North", from: "South", unit: "percent" },
        { as: "none", of: "North", from: "West", unit: "percent" },
      ],
    };
    expect(await run(plan)).toEqual([{ North: 45, South: 20, West: 0, difference: 25, percent: 125, none: null }]);
  });

  it("narrows each measure alone", async () => {
    const where = [{ kind: "compare", field: amount, op: ">", value: 5 }] as const;
    const plan: Partial<QueryPlan> = {
      measures: [
        { as: "rows", fn: "count" },
        { as: "big", fn: "count", where },
        { as: "shops", fn: "countDistinct", of: shop.field, where },
        { as: "mean", fn: "avg", of: amount, where },
        { as: "least", fn: "min", of: amount, where },
      ],
    };
    expect(await run(plan)).toEqual([{ rows: 6, big: 3, shops: 2, mean: 20, least: 10 }]);
  });

  it("takes shares of a sum, of all of it and of each group", async () => {
    const share = { as: "percent", fn: "share", of: amount } as const;
    const where = [{ kind: "compare", field: shop.field, op: "=", value: "North" }] as const;
    const [whole] = await run({ measures: [{ ...share, where }] });
    expect(whole?.["percent"]).toBeCloseTo((100 * 45) / 66);
    const groups = await run({ groupBy: [shop], measures: [share], orderBy: [{ column: "percent", direction: "desc" }] });
    expect(groups.map((row) => row["shop"])).toEqual(["North", "South", "East"]);
    expect(groups.map((row) => Number(row["percent"])).reduce((a, b) => a + b)).toBeCloseTo(100);
  });

  it("ranks rows within each value of a column, which may be a unit of time", async () => {
    const best: Partial<QueryPlan> = {
      select: [
        { as: "id", field: { field: "id" } },
        { as: "shop", field: shop.field },
      ],
      per: ["shop"],
      orderBy: [{ field: amount, direction: "desc" }],
      limit: 1,
    };
    expect(await run(best)).toEqual([
      { id: 6, shop: "East" },
      { id: 2, shop: "North" },
      { id: 4, shop: "South" },
    ]);
    expect(await run({ ...best, offset: 1 })).toEqual([
      { id: 1, shop: "North" },
      { id: 5, shop: "South" },
    ]);
    const yearly = await run({ ...best, select: [{ as: "id", field: { field: "id" } }, { ...year }], per: ["year"] });
    expect(yearly).toEqual([
      { id: 4, year: 2022 },
      { id: 2, year: 2023 },
      { id: 6, year: 2024 },
    ]);
  });

  it("ranks groups within a key", async () => {
    const plan: Partial<QueryPlan> = {
      groupBy: [shop, year],
      measures: [total],
      per: ["year"],
      orderBy: [{ column: "total", direction: "desc" }],
      limit: 1,
    };
    expect(await run(plan)).toEqual([
      { shop: "South", year: 2022, total: 20 },
      { shop: "North", year: 2023, total: 35 },
      { shop: "East", year: 2024, total: 1 },
    ]);
  });

  it("keeps groups above the average of all groups", async () => {
    const plan: Partial<QueryPlan> = {
      groupBy: [shop],
      measures: [total],
      having: [{ measure: "total", op: "<", value: "average" }],
      orderBy: [{ column: "shop", direction: "asc" }],
    };
    expect(await run(plan)).toEqual([
      { shop: "East", total: 1 },
      { shop: "South", total: 20 },
    ]);
  });

  it("reads numbers written as text, and leaves out what stands for an unknown one", async () => {
    const weight = { field: "weight" };
    const known = await source(form).catalog();
    expect(known.collections[0]?.fields.find((field) => field.name === "weight")).toMatchObject({
      type: "number",
      storage: "number-text",
      nullable: true,
      min: 3,
      max: 1200,
    });
    const [measured] = await run({
      measures: [
        { as: "sum", fn: "sum", of: weight },
        { as: "mean", fn: "avg", of: weight },
      ],
    });
    expect(measured).toEqual({ sum: 1250.5, mean: 312.625 });
    const listing: Partial<QueryPlan> = { select: [{ as: "id", field: { field: "id" } }], orderBy: [{ field: weight, direction: "asc" }] };
    const over = await run({ ...listing, where: [{ kind: "compare", field: weight, op: ">", value: 7 }] });
    expect(over.map((row) => row["id"])).toEqual([3, 6, 1]);
    const missing = await run({
      ...listing,
      where: [{ kind: "missing", field: weight }],
      orderBy: [{ field: { field: "id" }, direction: "asc" }],
    });
    expect(missing.map((row) => row["id"])).toEqual([2, 4]);
    const above = await run({ ...listing, where: [{ kind: "versus", field: weight, op: ">", fn: "avg" }] });
    expect(above.map((row) => row["id"])).toEqual([1]);
  });

  it("takes empty text for nothing, also among dates", async () => {
    const count = async (where: QueryPlan["where"]) => (await run({ measures: [{ as: "n", fn: "count" }], where }))[0]?.["n"];
    const note = { field: "note" };
    expect(await count([{ kind: "missing", field: note }])).toBe(3);
    expect(await count([{ kind: "missing", field: note, negated: true }])).toBe(3);
    expect(await count([{ kind: "dates", field: { field: "checked" }, to: "2023-01-01" }])).toBe(2);
    expect(await count([{ kind: "dates", field: { field: "checked" }, from: "2023-01-01" }])).toBe(3);
  });
});
