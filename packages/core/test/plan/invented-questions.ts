import type { Case, Row } from "./ask.ts";
import type { Data } from "./data.ts";
import { by, mean, meanPer, middle, num, per, ranked, str } from "./tally.ts";

const rows = (data: Data, name: string): readonly Row[] => data[name] ?? [];
const full = (d: Data) => {
  const doctors = by(rows(d, "doctors"), "_id");
  return (visit: Row) => doctors.get(visit["doctor_id"])?.["full_name"];
};
const department = (d: Data) => {
  const departments = by(rows(d, "departments"), "_id");
  return (doctor: Row | undefined) => departments.get(doctor?.["dept_id"])?.["name"];
};

/** Questions over a hospital. */
export const clinicQuestions: readonly Case<Data>[] = [
  { question: "salary of doctor 104", expect: (d) => rows(d, "doctors").find((one) => one["_id"] === 104)?.["salary"] },
  {
    question: "which doctors were hired in 2012",
    expect: (d) => rows(d, "doctors").flatMap((one) => (str(one, "hired_on").startsWith("2012") ? [[one["full_name"]]] : [])),
  },
  { question: "How many patients are there?", expect: (d) => rows(d, "patients").length },
  { question: "How many active doctors do we have?", expect: (d) => rows(d, "doctors").filter((one) => one["is_active"]).length },
  {
    question: "How many people work in Cardiology?",
    expect: (d) => rows(d, "doctors").filter((one) => department(d)(one) === "Cardiology").length,
  },
  {
    question: "how many of the people in Porto are insured?",
    expect: (d) => rows(d, "patients").filter((one) => one["city"] === "Porto" && one["insured"]).length,
  },
  {
    question: "list inactive doctors",
    expect: (d) =>
      rows(d, "doctors")
        .filter((one) => !one["is_active"])
        .map((one) => [one["full_name"]]),
  },
  { question: "average salary of doctors per department", expect: (d) => meanPer(rows(d, "doctors"), department(d), "salary") },
  {
    question: "visits per doctor in 2023",
    expect: (d) => [
      ...per(
        rows(d, "visits").filter((v) => str(v, "visit_date").startsWith("2023")),
        full(d),
      ),
    ],
  },
  { question: "total cost of visits by diagnosis", expect: (d) => [...per(rows(d, "visits"), "diagnosis", (v) => num(v, "cost"))] },
  {
    question: "which patients never had a visit",
    expect: (d) =>
      rows(d, "patients")
        .filter((p) => !rows(d, "visits").some((v) => v["patient_id"] === p["_id"]))
        .map((p) => [p["last_name"]]),
  },
  {
    question: "how many female patients live in Porto",
    expect: (d) => rows(d, "patients").filter((p) => p["gender"] === "F" && p["city"] === "Porto").length,
  },
  {
    question: "the oldest patient",
    expect: (d) => rows(d, "patients").toSorted((a, b) => str(a, "birth_date").localeCompare(str(b, "birth_date")))[0]?.["last_name"],
  },
  {
    question: "the youngest patient",
    expect: (d) => rows(d, "patients").toSorted((a, b) => str(b, "birth_date").localeCompare(str(a, "birth_date")))[0]?.["last_name"],
  },
  {
    question: "top 5 doctors by number of visits",
    ordered: true,
    expect: (d) =>
      ranked(per(rows(d, "visits"), full(d)))
        .slice(0, 5)
        .map(([, count]) => [count]),
  },
  { question: "average cost per visit", expect: (d) => mean(rows(d, "visits").map((v) => v["cost"])) },
  {
    question: "average visit cost for asthma",
    expect: (d) =>
      mean(
        rows(d, "visits")
          .filter((v) => v["diagnosis"] === "asthma")
          .map((v) => v["cost"]),
      ),
  },
  {
    question: "number of visits by month in 2022",
    expect: (d) => [
      ...per(
        rows(d, "visits").filter((v) => str(v, "visit_date").startsWith("2022")),
        (v) => str(v, "visit_date").slice(0, 7),
      ),
    ],
  },
  {
    question: "highest paid doctor",
    expect: (d) => rows(d, "doctors").toSorted((a, b) => num(b, "salary") - num(a, "salary"))[0]?.["full_name"],
  },
  {
    question: "doctors hired before 2012",
    expect: (d) =>
      rows(d, "doctors")
        .filter((one) => str(one, "hired_on") < "2012")
        .map((one) => [one["full_name"]]),
  },
  {
    question: "patients without a phone",
    expect: (d) =>
      rows(d, "patients")
        .filter((p) => p["phone"] === null)
        .map((p) => [p["last_name"]]),
  },
  {
    question: "how many insured patients are there per city",
    expect: (d) => [
      ...per(
        rows(d, "patients").filter((p) => p["insured"]),
        "city",
      ),
    ],
  },
  {
    question: "what percentage of visits need a follow up",
    expect: (d) => (100 * rows(d, "visits").filter((v) => v["follow_up"]).length) / rows(d, "visits").length,
  },
  {
    question: "How many doctors work in the North building?",
    expect: (d) => rows(d, "doctors").filter((one) => num(one, "dept_id") <= 3).length,
  },
  { question: "departments without doctors", expect: () => [["Radiology"]] },
  {
    question: "how many visits were there in March 2023",
    expect: (d) => rows(d, "visits").filter((v) => str(v, "visit_date").startsWith("2023-03")).length,
  },
  {
    question: "visits costing more than 400",
    expect: (d) =>
      rows(d, "visits")
        .filter((v) => num(v, "cost") > 400)
        .map((v) => [v["_id"]]),
  },
  { question: "most common diagnosis", expect: (d) => ranked(per(rows(d, "visits"), "diagnosis"))[0]?.[0] },
  {
    question: "patients older than 70",
    expect: (d) =>
      rows(d, "patients")
        .filter((p) => str(p, "birth_date") < "1955-06-15")
        .map((p) => [p["last_name"]]),
  },
  {
    question: "What is the salary of Eva Haddad?",
    expect: (d) => rows(d, "doctors").find((one) => one["full_name"] === "Eva Haddad")?.["salary"],
  },
  { question: "average number of visits per patient", expect: (d) => rows(d, "visits").length / per(rows(d, "visits"), "patient_id").size },
  {
    question: "median visit cost per diagnosis",
    expect: (d) =>
      [...per(rows(d, "visits"), "diagnosis").keys()].map((name) => [
        name,
        middle(
          rows(d, "visits")
            .filter((v) => v["diagnosis"] === name)
            .map((v) => v["cost"]),
        ),
      ]),
  },
  {
    question: "patients with more than 10 visits",
    expect: (d) => ranked(per(rows(d, "visits"), "patient_id")).filter(([, count]) => count > 10),
  },
  {
    question: "doctors earning above average",
    expect: (d) =>
      rows(d, "doctors")
        .filter((one) => num(one, "salary") > mean(rows(d, "doctors").map((other) => other["salary"])))
        .map((one) => [one["full_name"]]),
  },
  { question: "how many different diagnoses are there", expect: () => 5 },
  {
    question: "which city has the most uninsured patients",
    expect: (d) =>
      ranked(
        per(
          rows(d, "patients").filter((p) => !p["insured"]),
          "city",
        ),
      )[0]?.[1],
  },
];

const categoryOf = (d: Data) => {
  const products = by(rows(d, "products"), "sku");
  return (item: Row) => products.get(item["sku"])?.["category"];
};
const priceOf = (d: Data) => {
  const products = by(rows(d, "products"), "sku");
  return (item: Row) => num(products.get(item["sku"]), "price") * num(item, "qty");
};

/** Questions over a web shop. */
export const shopQuestions: readonly Case<Data>[] = [
  {
    question: "How much is the Trail Stove?",
    expect: (d) => rows(d, "products").find((one) => one["productName"] === "Trail Stove")?.["price"],
  },
  {
    question: "best selling products",
    expect: (d) => {
      const names = by(rows(d, "products"), "sku");
      return ranked(
        per(
          rows(d, "order_items"),
          (one) => names.get(one["sku"])?.["productName"],
          (one) => num(one, "qty"),
        ),
      ).slice(0, 10);
    },
  },
  { question: "What is the status of order 7003?", expect: (d) => rows(d, "orders").find((one) => one["orderNo"] === 7003)?.["status"] },
  {
    question: "Tell me about order 7004",
    expect: (d) => [Object.values(rows(d, "orders").find((one) => one["orderNo"] === 7004) ?? {}).filter((value) => value !== null)],
  },
  { question: "email of customer 12", expect: (d) => rows(d, "customers").find((one) => one["id"] === 12)?.["email"] },
  {
    question: "How many orders were shipped in January 2025?",
    expect: (d) => rows(d, "orders").filter((one) => str(one, "shippedAt").startsWith("2025-01")).length,
  },
  {
    question: "How many products are out of stock?",
    expect: (d) => rows(d, "products").filter((one) => num(one, "unitsInStock") === 0).length,
  },
  {
    question: "how many products do we have in stock",
    expect: (d) => rows(d, "products").filter((one) => num(one, "unitsInStock") > 0).length,
  },
  {
    question: "list products that are not in stock",
    expect: (d) =>
      rows(d, "products")
        .filter((one) => num(one, "unitsInStock") === 0)
        .map((one) => [one["productName"]]),
  },
  { question: "How many products are discontinued?", expect: (d) => rows(d, "products").filter((p) => p["discontinued"]).length },
  {
    question: "products that cost more than 200",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => num(p, "price") > 200)
        .map((p) => [p["productName"]]),
  },
  {
    question: "cheapest product in the Lighting category",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => p["category"] === "Lighting")
        .toSorted((a, b) => num(a, "price") - num(b, "price"))[0]?.["productName"],
  },
  { question: "total quantity sold per category", expect: (d) => [...per(rows(d, "order_items"), categoryOf(d), (i) => num(i, "qty"))] },
  {
    question: "top 3 products by revenue",
    ordered: true,
    expect: (d) =>
      ranked(per(rows(d, "order_items"), "sku", priceOf(d)))
        .slice(0, 3)
        .map(([, total]) => [total]),
  },
  {
    question: "customers who never ordered anything",
    expect: (d) =>
      rows(d, "customers")
        .filter((c) => !rows(d, "orders").some((o) => o["customer_id"] === c["id"]))
        .map((c) => [c["id"]]),
  },
  {
    question: "how many orders were placed in 2023",
    expect: (d) => rows(d, "orders").filter((o) => str(o, "orderedAt").startsWith("2023")).length,
  },
  { question: "number of pending orders", expect: (d) => rows(d, "orders").filter((o) => o["status"] === "pending").length },
  {
    question: "which supplier provides the most products",
    expect: (d) =>
      rows(d, "suppliers").find((s) => s["supplierId"] === ranked(per(rows(d, "products"), "supplierId"))[0]?.[0])?.["companyName"],
  },
  {
    question: "products from Alpine Goods",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => p["supplierId"] === "S1")
        .map((p) => [p["productName"]]),
  },
  {
    question: "products never ordered",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => !rows(d, "order_items").some((i) => i["sku"] === p["sku"]))
        .map((p) => [p["productName"]]),
  },
  { question: "suppliers without products", expect: () => [["Ember Supply"]] },
  {
    question: "orders per customer country",
    expect: (d) => [...per(rows(d, "orders"), (o) => by(rows(d, "customers"), "id").get(o["customer_id"])?.["country"])],
  },
  {
    question: "total units in stock by supplier",
    expect: (d) => [...per(rows(d, "products"), "supplierId", (p) => num(p, "unitsInStock"))].map(([, total]) => [total]),
  },
  {
    question: "how many cancelled or returned orders are there",
    expect: (d) => rows(d, "orders").filter((o) => ["cancelled", "returned"].includes(str(o, "status"))).length,
  },
  {
    question: "average price per category, highest first",
    ordered: true,
    expect: (d) => meanPer(rows(d, "products"), "category", "price").toSorted((a, b) => b[1] - a[1]),
  },
  {
    question: "products weighing more than 3 kg",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => num(p, "weightKg") > 3)
        .map((p) => [p["productName"]]),
  },
  {
    question: "how many customers joined before 2021",
    expect: (d) => rows(d, "customers").filter((c) => str(c, "joined") < "2021").length,
  },
  {
    question: "list the emails of German customers",
    expect: (d) =>
      rows(d, "customers")
        .filter((c) => c["country"] === "Germany")
        .map((c) => [c["email"]]),
  },
  { question: "orders by status", expect: (d) => [...per(rows(d, "orders"), "status")] },
  { question: "product with the largest stock", expect: (d) => Math.max(...rows(d, "products").map((p) => num(p, "unitsInStock"))) },
  {
    question: "How many customers have more than 5 orders?",
    expect: (d) => [...per(rows(d, "orders"), "customer_id").values()].filter((count) => count > 5).length,
  },
  {
    question: "which categories have an average price over 150",
    expect: (d) => meanPer(rows(d, "products"), "category", "price").filter(([, price]) => price > 150),
  },
  {
    question: "how many products does Baltic Trade supply",
    expect: (d) => rows(d, "products").filter((p) => p["supplierId"] === "S2").length,
  },
  { question: "what is the price of SKU-105", expect: (d) => rows(d, "products").find((p) => p["sku"] === "SKU-105")?.["price"] },
  {
    question: "What is the second most expensive product?",
    expect: (d) => ranked(new Map(rows(d, "products").map((p) => [p["productName"], num(p, "price")]))).slice(1, 2),
  },
  {
    question: "second most common status of orders",
    expect: (d) => ranked(per(rows(d, "orders"), "status")).slice(1, 2),
  },
  {
    question: "products whose units in stock are higher than the price",
    expect: (d) =>
      rows(d, "products")
        .filter((p) => num(p, "unitsInStock") > num(p, "price"))
        .map((p) => [p["productName"]]),
  },
  {
    question: "How many customers are not from Germany, Italy or Sweden?",
    expect: (d) => rows(d, "customers").filter((c) => !["Germany", "Italy", "Sweden"].includes(str(c, "country"))).length,
  },
  {
    question: "how many orders where shipped at is missing",
    expect: (d) => rows(d, "orders").filter((o) => o["shippedAt"] === null).length,
  },
  {
    question: "Which customers have both shipped and returned orders?",
    expect: (d) => {
      const with_ = (status: string) => new Set(rows(d, "orders").flatMap((o) => (o["status"] === status ? [o["customer_id"]] : [])));
      return rows(d, "customers").flatMap((c) => (with_("shipped").has(c["id"]) && with_("returned").has(c["id"]) ? [[c["name"]]] : []));
    },
  },
  { question: "which unicorns ordered the most", refuse: true, expect: () => undefined },
];
