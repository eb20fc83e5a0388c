import { beforeAll, describe, expect, it } from "vitest";
import { type Asked, asked, type Case, isRight, type Row } from "./ask.ts";
import { clinic } from "./clinic.ts";
import type { Data } from "./data.ts";
import { shop } from "./shop.ts";
import { sqliteTools } from "./sqlite.ts";
import { by, num, per, ranked, str } from "./tally.ts";

const rows = (data: Data, name: string): readonly Row[] => data[name] ?? [];
const doctorOf = (d: Data) => {
  const doctors = by(rows(d, "doctors"), "_id");
  return (visit: Row) => doctors.get(visit["doctor_id"]);
};
const departmentOf = (d: Data) => {
  const departments = by(rows(d, "departments"), "_id");
  return (doctor: Row | undefined) => departments.get(doctor?.["dept_id"])?.["name"];
};
const visitsIn = (d: Data, year: number): readonly Row[] => rows(d, "visits").filter((v) => str(v, "visit_date").startsWith(String(year)));
const cost = (list: readonly Row[]): number => list.reduce((sum, row) => sum + num(row, "cost"), 0);
const change = (d: Data, of: (list: readonly Row[]) => number, from: number, to: number): number =>
  of(visitsIn(d, to)) - of(visitsIn(d, from));

/** The row with the largest value of each group. */
const bestOf = (list: readonly Row[], key: (row: Row) => unknown, field: string): Row[] => {
  const groups = Map.groupBy(list, key);
  groups.delete(undefined);
  return [...groups.values()].map((group) => group.reduce((best, row) => (num(row, field) > num(best, field) ? row : best)));
};

const yearly = (d: Data) =>
  [2021, 2022, 2023, 2024].map((year) => ({
    year,
    count: visitsIn(d, year).length,
    change: year === 2021 ? null : visitsIn(d, year).length - visitsIn(d, year - 1).length,
  }));

const aboveMean = (counts: ReadonlyMap<unknown, number>): [unknown, number][] => {
  const mean = [...counts.values()].reduce((a, b) => a + b) / counts.size;
  return [...counts].filter(([, count]) => count > mean);
};

const clinicQuestions: readonly Case<Data>[] = [
  { question: "how did the total cost of visits change from 2022 to 2023", expect: (d) => [[change(d, cost, 2022, 2023)]] },
  {
    question: "by how much did the number of visits grow between 2021 and 2022",
    expect: (d) => [[change(d, (v) => v.length, 2021, 2022)]],
  },
  {
    question: "by what percentage did the number of visits change from 2021 to 2022",
    expect: (d) => [[(100 * change(d, (v) => v.length, 2021, 2022)) / visitsIn(d, 2021).length]],
  },
  { question: "growth of the number of visits per year", expect: (d) => yearly(d).map((one) => [one.year, one.count, one.change]) },
  {
    question: "which year had the biggest increase in visits",
    expect: (d) => yearly(d).reduce((best, one) => ((one.change ?? 0) > (best.change ?? 0) ? one : best)).year,
  },
  {
    question: "the most expensive visit of each doctor",
    expect: (d) => bestOf(rows(d, "visits"), doctorOf(d), "cost").map((visit) => [doctorOf(d)(visit)?.["full_name"], visit["_id"]]),
  },
  {
    question: "the highest paid doctor of each department",
    expect: (d) => bestOf(rows(d, "doctors"), departmentOf(d), "salary").map((doctor) => [doctor["full_name"], departmentOf(d)(doctor)]),
  },
  {
    question: "which doctor has the most visits in each department",
    expect: (d) => {
      const doctors = [...per(rows(d, "visits"), doctorOf(d))].map(([doctor, count]) => ({ ...(doctor as Row), count }));
      return bestOf(doctors, departmentOf(d), "count").map((doctor) => [doctor["full_name"], doctor["count"]]);
    },
  },
  {
    question: "patients with more visits than average",
    expect: (d) => aboveMean(per(rows(d, "visits"), "patient_id")).map(([, count]) => [count]),
  },
  {
    question: "doctors whose total visit cost is above the average",
    expect: (d) =>
      aboveMean(
        per(
          rows(d, "visits"),
          (v) => doctorOf(d)(v)?.["full_name"],
          (v) => num(v, "cost"),
        ),
      ),
  },
  {
    question: "what percentage of visit costs came from Cardiology",
    expect: (d) =>
      (100 * cost(rows(d, "visits").filter((v) => departmentOf(d)(doctorOf(d)(v)) === "Cardiology"))) / cost(rows(d, "visits")),
  },
  {
    question: "what percentage of visits in 2023 were for flu",
    expect: (d) => (100 * visitsIn(d, 2023).filter((v) => v["diagnosis"] === "flu").length) / visitsIn(d, 2023).length,
  },
  {
    question: "how many more visits were for flu than for migraine",
    expect: (d) => {
      const of = (diagnosis: string) => rows(d, "visits").filter((v) => v["diagnosis"] === diagnosis).length;
      return [[of("flu") - of("migraine")]];
    },
  },
  {
    question: "average cost of flu and asthma visits",
    expect: (d) =>
      ["flu", "asthma"].map((diagnosis) => {
        const list = rows(d, "visits").filter((v) => v["diagnosis"] === diagnosis);
        return [diagnosis, cost(list) / list.length];
      }),
  },
  {
    question: "how many visits were there in the second half of 2022",
    expect: (d) => visitsIn(d, 2022).filter((v) => str(v, "visit_date") >= "2022-07").length,
  },
  {
    question: "on which day of the week were the fewest visits",
    expect: (d) =>
      ranked(per(rows(d, "visits"), (v) => new Date(str(v, "visit_date")).toLocaleString("en", { weekday: "long", timeZone: "UTC" }))).at(
        -1,
      )?.[0],
  },
  // A value cannot be two things at once, and who has seen nobody else is no condition.
  { question: "what is the ratio of flu to migraine visits", refuse: true, expect: () => undefined },
  { question: "which doctors only treat flu", refuse: true, expect: () => undefined },
  // What changed, and since when, has to be said.
  { question: "growth of visits", refuse: true, expect: () => undefined },
];

const shopQuestions: readonly Case<Data>[] = [
  {
    question: "the most expensive product of each category",
    expect: (d) => bestOf(rows(d, "products"), (p) => p["category"], "price").map((p) => [p["category"], p["productName"], p["price"]]),
  },
  {
    question: "top 2 products by price in each category",
    expect: (d) =>
      [...Map.groupBy(rows(d, "products"), (p) => p["category"]).values()].flatMap((group) =>
        group
          .toSorted((a, b) => num(b, "price") - num(a, "price"))
          .slice(0, 2)
          .map((p) => [p["category"], p["productName"], p["price"]]),
      ),
  },
  {
    question: "what share of orders was cancelled",
    expect: (d) => (100 * rows(d, "orders").filter((o) => o["status"] === "cancelled").length) / rows(d, "orders").length,
  },
  {
    question: "products whose name contains tent",
    expect: (d) => rows(d, "products").flatMap((p) => (str(p, "productName").includes("Tent") ? [[p["productName"]]] : [])),
  },
  {
    question: "customers whose email ends with example.org",
    expect: (d) => rows(d, "customers").flatMap((c) => (str(c, "email").endsWith("example.org") ? [[c["email"]]] : [])),
  },
  {
    question: "orders that are not cancelled, returned or pending",
    expect: (d) => rows(d, "orders").flatMap((o) => (o["status"] === "shipped" ? [[o["orderNo"]]] : [])),
  },
  {
    question: "which category has the highest share of stock",
    expect: (d) => ranked(per(rows(d, "products"), "category", (p) => num(p, "unitsInStock")))[0]?.[0],
  },
];

const sets = [
  { name: "a clinic", data: clinic(), questions: clinicQuestions },
  { name: "a shop", data: shop(), questions: shopQuestions },
] as const;

for (const form of ["documents", "SQL"] as const) {
  for (const { name, data, questions } of sets) {
    describe(`comparisons over ${name} as ${form}`, () => {
      let source: Asked;
      beforeAll(async () => {
        source = await asked(data, form === "SQL" ? sqliteTools(data) : undefined);
      });
      it.each(questions.map((one) => [one.question, one] as const))("%s", async (question, one) => {
        const { outcome, rows: found } = await source.ask(question);
        if (one.refuse) {
          expect(outcome.kind).not.toBe("plan");
          return;
        }
        expect(outcome.kind === "plan" ? "plan" : outcome.reason).toBe("plan");
        const wanted = one.expect(data);
        expect(isRight(found, wanted), `${JSON.stringify(found.slice(0, 3))} instead of ${JSON.stringify(wanted).slice(0, 300)}`).toBe(
          true,
        );
      });
    });
  }
}
