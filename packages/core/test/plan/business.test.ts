import { beforeAll, describe, expect, it } from "vitest";
import { type Asked, asked, type Case, isRight } from "./ask.ts";
import { clinic } from "./clinic.ts";
import type { Data } from "./data.ts";
import { shop } from "./shop.ts";
import { sqliteTools } from "./sqlite.ts";

type Row = Readonly<Record<string, unknown>>;

/** A workshop that sells from its shelves: money on lines, and bills that are paid on a day, or not yet. */
function workshop(): Data {
  return {
    clients: [
      { client_id: 1, name: "Rhea Stone", town: "Bern" },
      { client_id: 2, name: "Ivo Marsh", town: "Basel" },
    ],
    tools: [
      { tool_id: 1, tool_name: "Big hammer", kind: "hammer", price: 40 },
      { tool_id: 2, tool_name: "Small hammer", kind: "hammer", price: 12 },
      { tool_id: 3, tool_name: "Band saw", kind: "saw", price: 90 },
    ],
    purchases: [
      { purchase_id: 1, client_id: 1, purchased_on: "2024-01-05" },
      { purchase_id: 2, client_id: 2, purchased_on: "2024-02-06" },
      { purchase_id: 3, client_id: 2, purchased_on: "2023-03-07" },
    ],
    purchase_lines: [
      { line_id: 1, purchase_id: 1, tool_id: 1, quantity: 2, unit_price: 38 },
      { line_id: 2, purchase_id: 1, tool_id: 2, quantity: 1, unit_price: 12 },
      { line_id: 3, purchase_id: 2, tool_id: 3, quantity: 1, unit_price: 90 },
      { line_id: 4, purchase_id: 3, tool_id: 2, quantity: 5, unit_price: 11 },
    ],
    bills: [
      { bill_id: 1, client_id: 1, amount: 88, paid_on: "2024-02-01" },
      { bill_id: 2, client_id: 2, amount: 90, paid_on: null },
      { bill_id: 3, client_id: 2, amount: 55, paid_on: null },
    ],
  };
}

const rows = (data: Data, name: string): readonly Row[] => data[name] ?? [];
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const numbers = (list: readonly Row[], field: string): number[] => list.map((row) => Number(row[field]));

/** What each line of the shop comes to, with the order and the country it belongs to. */
function lines(data: Data): { order: unknown; at: string; country: unknown; worth: number }[] {
  const prices = new Map(rows(data, "products").map((row) => [row["sku"], Number(row["price"])]));
  const orders = new Map(rows(data, "orders").map((row) => [row["orderNo"], row]));
  const countries = new Map(rows(data, "customers").map((row) => [row["id"], row["country"]]));
  return rows(data, "order_items").map((line) => {
    const order = orders.get(line["orderNo"]);
    const worth = Number(line["qty"]) * (prices.get(line["sku"]) ?? 0);
    return { order: line["orderNo"], at: String(order?.["orderedAt"]), country: countries.get(order?.["customer_id"]), worth };
  });
}

const perOrder = (data: Data): number[] =>
  [...Map.groupBy(lines(data), ({ order }) => order).values()].map((list) => total(list.map(({ worth }) => worth)));
const mean = (values: readonly number[]): number => total(values) / values.length;

const shopQuestions: readonly Case<Data>[] = [
  { question: "what is the average order value", expect: (d) => mean(perOrder(d)) },
  { question: "maximum order value", expect: (d) => Math.max(...perOrder(d)) },
  { question: "total order value", expect: (d) => total(perOrder(d)) },
  { question: "how much did we sell", expect: (d) => total(perOrder(d)) },
  {
    question: "How much did we sell in Italy in 2023?",
    expect: (d) => total(lines(d).flatMap((one) => (one.country === "Italy" && one.at.startsWith("2023") ? [one.worth] : []))),
  },
  {
    question: "how many Trail Stoves did we sell",
    expect: (d) => {
      const named = new Set(rows(d, "products").flatMap((one) => (one["productName"] === "Trail Stove" ? [one["sku"]] : [])));
      const sold = rows(d, "order_items").filter((one) => named.has(one["sku"]));
      return total(numbers(sold, "qty"));
    },
  },
  { question: "average order value per country", expect: () => undefined, refuse: true },
];

const workshopQuestions: readonly Case<Data>[] = [
  { question: "average purchase value", expect: () => mean([88, 90, 55]) },
  { question: "How much did we sell in 2024?", expect: () => 178 },
  { question: "How much did Ivo Marsh buy?", expect: () => 145 },
  { question: "how many hammers did we sell", expect: () => 8 },
  { question: "most expensive hammer we sell", expect: () => "Big hammer" },
  { question: "how many bills are unpaid", expect: () => 2 },
  { question: "What is the total amount of unpaid bills?", expect: () => 145 },
  { question: "total amount of bills", expect: (d) => total(numbers(rows(d, "bills"), "amount")) },
  { question: "how many bills are unsent", expect: () => undefined, refuse: true },
];

const clinicQuestions: readonly Case<Data>[] = [
  { question: "how many patients are uninsured", expect: (d) => rows(d, "patients").filter((one) => one["insured"] === false).length },
  { question: "total cost of visits", expect: (d) => total(numbers(rows(d, "visits"), "cost")) },
];

describe.for([
  ["a shop whose prices are on its products", shop(), shopQuestions],
  ["a workshop whose prices are on its lines", workshop(), workshopQuestions],
  ["a clinic", clinic(), clinicQuestions],
] as const)("business questions about %s", ([, data, questions]) => {
  let collections: Asked;
  let tables: Asked;
  beforeAll(async () => {
    collections = await asked(data);
    tables = await asked(data, sqliteTools(data));
  });

  it.for(questions)("$question", async ({ question, expect: answer, refuse }) => {
    for (const { ask } of [collections, tables]) {
      const { outcome, rows: found } = await ask(question);
      if (refuse === true) expect(outcome).not.toHaveProperty("plan");
      else expect({ outcome, found, isRight: isRight(found, answer(data)) }).toHaveProperty("isRight", true);
    }
  });
});
