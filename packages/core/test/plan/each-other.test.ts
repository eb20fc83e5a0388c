import { beforeAll, describe, expect, it } from "vitest";
import { type Asked, asked, type Case, isRight, type Row } from "./ask.ts";
import { clinic } from "./clinic.ts";
import type { Data } from "./data.ts";
import { shop } from "./shop.ts";
import { sqliteTools } from "./sqlite.ts";
import { num } from "./tally.ts";

const rows = (data: Data, name: string): readonly Row[] => data[name] ?? [];
const having = (data: Data, name: string, field: string, value: unknown): readonly Row[] =>
  rows(data, name).filter((row) => row[field] === value);
const mean = (list: readonly Row[], field: string): number => list.reduce((sum, row) => sum + num(row, field), 0) / list.length;

const clinicQuestions: readonly Case<Data>[] = [
  { question: "how many doctors are no longer active", expect: (d) => having(d, "doctors", "is_active", false).length },
  {
    question: "number of insured and uninsured patients",
    expect: (d) => [true, false].map((insured) => [having(d, "patients", "insured", insured).length]),
  },
  {
    question: "does Lisbon or Porto have more patients",
    expect: (d) => ["Lisbon", "Porto"].map((city) => [city, having(d, "patients", "city", city).length]),
  },
  {
    question: "which diagnoses have at least 80 entries",
    expect: (d) =>
      [...Map.groupBy(rows(d, "visits"), (visit) => visit["diagnosis"])].flatMap(([name, list]) => (list.length >= 80 ? [[name]] : [])),
  },
  {
    question: "which building has the highest floors in total",
    expect: () => "North",
  },
  {
    question: "is the average cost of flu or asthma visits higher",
    expect: (d) => ["flu", "asthma"].map((name) => [name, mean(having(d, "visits", "diagnosis", name), "cost")]),
  },
];

const shopQuestions: readonly Case<Data>[] = [
  {
    question: "how many products are no longer discontinued",
    expect: (d) => having(d, "products", "discontinued", false).length,
  },
  {
    question: "does Germany or Italy have more customers",
    expect: (d) => ["Germany", "Italy"].map((country) => [country, having(d, "customers", "country", country).length]),
  },
  {
    question: "how much does the Pro Lamp weigh",
    expect: (d) => having(d, "products", "productName", "Pro Lamp").map((one) => [one["weightKg"]]),
  },
  {
    question: "products with more units in stock than price",
    expect: (d) => rows(d, "products").flatMap((one) => (num(one, "unitsInStock") > num(one, "price") ? [[one["productName"]]] : [])),
  },
  {
    question: "average number of units in stock per category",
    expect: (d) =>
      [...Map.groupBy(rows(d, "products"), (one) => one["category"])].map(([name, list]) => [name, mean(list, "unitsInStock")]),
  },
  {
    question: "what is the average number of units in stock of camping products",
    expect: (d) => mean(having(d, "products", "category", "Camping"), "unitsInStock"),
  },
  {
    question: "top 3 camping products by number of units in stock",
    expect: (d) =>
      having(d, "products", "category", "Camping")
        .toSorted((a, b) => num(b, "unitsInStock") - num(a, "unitsInStock"))
        .slice(0, 3)
        .map((one) => [one["productName"]]),
  },
  { question: "in which categories is no product discontinued", refuse: true, expect: () => undefined },
];

for (const form of ["documents", "SQL"] as const) {
  for (const { name, data, questions } of [
    { name: "a clinic", data: clinic(), questions: clinicQuestions },
    { name: "a shop", data: shop(), questions: shopQuestions },
  ]) {
    describe(`one beside the other in ${name} as ${form}`, () => {
      let source: Asked;
      beforeAll(async () => {
        source = await asked(data, form === "SQL" ? sqliteTools(data) : undefined);
      });
      it.each(questions.map((one) => [one.question, one] as const))("%s", async (question, one) => {
        const { outcome, rows: found } = await source.ask(question);
        expect(outcome.kind === "plan" ? "plan" : outcome.reason).toEqual(one.refuse ? expect.not.stringMatching(/^plan$/) : "plan");
        if (!one.refuse) expect({ isRight: isRight(found, one.expect(data), one.ordered), found }).toEqual({ isRight: true, found });
      });
    });
  }
}
