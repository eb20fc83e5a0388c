import { describe, expect, it } from "vitest";
import { dataSource } from "../../src/plan/data-source.ts";
import { resultRows } from "../../src/plan/tool-results.ts";
import { planQuestion } from "../../src/plan/plan-question.ts";
import type { Tool } from "../../src/ports/tool-source.ts";
import { clinic } from "./clinic.ts";
import { mongoTools } from "./data.ts";
import { shop } from "./shop.ts";

const renamed = (tools: readonly Tool[], names: Readonly<Record<string, string>>): Tool[] =>
  tools.map((tool) => ({ ...tool, name: names[tool.name] ?? tool.name }));

describe("a data source", () => {
  it("is found by the names of its tools, and not without them", () => {
    expect(dataSource(mongoTools(shop()))?.form).toBe("mongo");
    expect(dataSource(mongoTools(shop()).slice(0, 1))).toBeUndefined();
    expect(dataSource([])).toBeUndefined();
  });
  it("is found by other names when they are mapped", async () => {
    const names = { aggregate: "run-pipeline", "list-collections": "tables", "collection-schema": "describe" };
    const source = dataSource(renamed(mongoTools(shop()), names), { names });
    const catalog = await source?.catalog();
    expect(catalog?.collections.map((one) => one.name)).toContain("order_items");
  });
  it("discovers keys and relations by names and values", async () => {
    const catalog = await dataSource(mongoTools(clinic()))?.catalog();
    expect(catalog?.relations.map(({ from, to }) => `${from.collection}.${from.field} > ${to.collection}.${to.field}`).toSorted()).toEqual([
      "doctors.dept_id > departments._id",
      "visits.doctor_id > doctors._id",
      "visits.patient_id > patients._id",
    ]);
  });
  it("sends the one database where the tools ask for it", async () => {
    const seen: unknown[] = [];
    const tools = mongoTools(shop()).map((tool): Tool => ({
      ...tool,
      inputSchema: { type: "object", required: ["database"] },
      execute: (input, options) => {
        seen.push((input as { database?: string }).database);
        return tool.execute(input, options);
      },
    }));
    await dataSource(tools, { database: "sales" })?.catalog();
    expect(new Set(seen)).toEqual(new Set(["sales"]));
  });
  it("reads the catalog once for callers at the same time, and again after a refresh", async () => {
    let listings = 0;
    const tools = mongoTools(shop()).map((tool): Tool => ({
      ...tool,
      execute: (input, options) => {
        if (tool.name === "list-collections") listings++;
        return tool.execute(input, options);
      },
    }));
    const source = dataSource(tools);
    const [first, second] = await Promise.all([source?.catalog(), source?.catalog()]);
    expect(first).toBe(second);
    expect(listings).toBe(1);
    source?.refresh();
    expect((await source?.catalog())?.version).toBe(first?.version);
    expect(listings).toBe(2);
  });
  it("tries again after a reading that failed", async () => {
    let fails = true;
    const tools = mongoTools(shop()).map((tool): Tool => ({
      ...tool,
      execute: (input, options) => (fails ? Promise.reject(new Error("down")) : tool.execute(input, options)),
    }));
    const source = dataSource(tools);
    await expect(source?.catalog()).rejects.toThrow("down");
    fails = false;
    expect((await source?.catalog())?.collections).toHaveLength(5);
  });
  it("reads all values through a server that cuts its pages", async () => {
    const catalog = await dataSource(mongoTools(shop(), {}, 7))?.catalog();
    const names = catalog?.collections.find((one) => one.name === "products")?.fields.find((field) => field.name === "productName");
    expect(names?.values?.counts.size).toBe(40);
    expect(names?.values?.complete).toBe(true);
  });
  it("looks a name up that the catalog left out", async () => {
    const source = dataSource(mongoTools(clinic()), { maxValues: 5 });
    if (!source) throw new Error("no source");
    const outcome = await planQuestion(source, "What is the salary of Finn Reyes?");
    expect(outcome.kind).toBe("plan");
    if (outcome.kind === "plan") expect((await source.run(outcome.plan)).rows).toHaveLength(1);
  });
  it("passes an abort on", async () => {
    const tools = mongoTools(shop()).map((tool): Tool => ({
      ...tool,
      execute: (input, options) =>
        options?.signal?.aborted ? Promise.reject(options.signal.reason as Error) : tool.execute(input, options),
    }));
    const reason = new Error("enough");
    await expect(dataSource(tools)?.catalog({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("rows in the result of a SQL tool", () => {
  it("are found where the tool answers statement by statement", () => {
    const answer = { success: true, data: { statements: [{ sql: "SELECT 1", rows: [{ n: 3503 }], count: 1 }], source_id: "default" } };
    expect(resultRows(answer).rows).toEqual([{ n: 3503 }]);
    expect(resultRows({ content: [{ type: "text", text: JSON.stringify(answer) }] }).rows).toEqual([{ n: 3503 }]);
  });
});
