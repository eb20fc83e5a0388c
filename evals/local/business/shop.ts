import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, mean, num, perGroup, str, sumOf, where } from "../rows.ts";
import { dayAfter, draws, pick } from "./draw.ts";

type Shop = Readonly<Record<"customers" | "products" | "orders" | "order_items", readonly Row[]>>;

/** A web shop whose orders have no total: money is quantity times price of their lines. */
export function readShop(): Shop {
  const draw = draws(11);
  const first = ["Maria", "Jonas", "Aiko", "Pedro", "Lena", "Omar", "Ines", "Viktor", "Noor", "Paul"];
  const last = ["Keller", "Santos", "Okafor", "Lindqvist"];
  const customers = Array.from({ length: 40 }, (_, index) => ({
    customer_id: index + 1,
    full_name: `${first[index % 10]} ${last[Math.floor(index / 10)]}`,
    city: pick(draw, ["Berlin", "Hamburg", "Paris", "Lyon", "Vienna"]),
    country: "",
    birth_date: dayAfter("1950-01-01", 17 + index * 397 + draw(300)),
    signup_date: dayAfter("2021-02-01", draw(700)),
  })).map((row) => ({
    ...row,
    country: ["Berlin", "Hamburg"].includes(row.city) ? "Germany" : row.city === "Vienna" ? "Austria" : "France",
  }));
  const kinds = ["bag", "shoes", "jacket", "belt"] as const;
  const products = Array.from({ length: 24 }, (_, index) => ({
    product_id: 100 + index,
    product_name: `${["Nova", "Terra", "Luna", "Astra", "Vento", "Onda"][index % 6]} ${kinds[Math.floor(index / 6)]}`,
    category: kinds[Math.floor(index / 6)]!,
    price: 15 + index * 7 + draw(6) + 0.5,
    stock: index % 7 === 3 ? 0 : 1 + draw(60),
  }));
  const orders = Array.from({ length: 220 }, (_, index) => ({
    order_id: 5000 + index,
    customer_id: 1 + draw(37),
    order_date: dayAfter("2023-01-01", draw(730)),
    status: pick(draw, ["delivered", "delivered", "delivered", "shipped", "cancelled"]),
  }));
  const order_items = orders
    .flatMap(({ order_id }) =>
      Array.from({ length: 1 + draw(4) }, () => {
        const product = products[draw(22)]!;
        return { order_id, product_id: product.product_id, quantity: 1 + draw(4), unit_price: product.price - draw(3) };
      }),
    )
    .map((row, index) => ({ item_id: index + 1, ...row }));
  return { customers, products, orders, order_items };
}

const worth = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + num(row, "quantity") * num(row, "unit_price"), 0);
const orderOf = (d: Shop, line: Row): Row => find(d.orders, "order_id", line["order_id"]);
const buyer = (d: Shop, order: Row): Row => find(d.customers, "customer_id", order["customer_id"]);
const productOf = (d: Shop, line: Row): Row => find(d.products, "product_id", line["product_id"]);
const linesIn = (d: Shop, year: string): readonly Row[] =>
  d.order_items.filter((line) => str(orderOf(d, line), "order_date").startsWith(year));
const of = (name: string, rows: readonly Row[]): readonly string[] => rows.map((row) => str(row, name));
const perOrder = (d: Shop, value: (rows: readonly Row[]) => number): number =>
  mean(perGroup(d.order_items, (line) => num(line, "order_id"), value).map(([, one]) => one));

export const shopQuestions: readonly Question<Shop>[] = [
  simple("How many customers do we have?", (d) => d.customers.length),
  simple("What is our cheapest product?", (d) =>
    str(
      best(d.products, (p) => -num(p, "price")),
      "product_name",
    ),
  ),
  simple("Which products are out of stock?", (d) => list(of("product_name", where(d.products, "stock", 0)))),
  simple("How many orders were cancelled?", (d) => where(d.orders, "status", "cancelled").length),
  simple("most expensive bag we sell", (d) =>
    str(
      best(where(d.products, "category", "bag"), (p) => num(p, "price")),
      "product_name",
    ),
  ),
  simple("how many orders did we get in March 2024", (d) => d.orders.filter((o) => str(o, "order_date").startsWith("2024-03")).length),
  simple("Who is our oldest customer?", (d) => {
    const oldest = [...d.customers].toSorted((a, b) => str(a, "birth_date").localeCompare(str(b, "birth_date")))[0]!;
    return str(oldest, "full_name");
  }),
  simple("average product price per category", (d) =>
    table(
      perGroup(
        d.products,
        (p) => str(p, "category"),
        (rows) => mean(rows.map((p) => num(p, "price"))),
      ),
    ),
  ),
  other("What is the average order value?", (d) => perOrder(d, worth)),
  other("What is our total revenue?", (d) => worth(d.order_items)),
  other("How much did we sell in Germany in 2024?", (d) =>
    worth(linesIn(d, "2024").filter((line) => buyer(d, orderOf(d, line))["country"] === "Germany")),
  ),
  other("Top 5 customers by revenue", (d) =>
    ranking(
      highest(
        perGroup(d.order_items, (line) => str(buyer(d, orderOf(d, line)), "full_name"), worth),
        5,
      ),
    ),
  ),
  other("revenue per category", (d) => table(perGroup(d.order_items, (line) => str(productOf(d, line), "category"), worth))),
  other(
    "What are the 3 best selling products?",
    (d) =>
      ranking(
        highest(
          perGroup(d.order_items, (line) => str(productOf(d, line), "product_name"), sumOf("quantity")),
          3,
        ),
      ),
    (d) =>
      ranking(
        highest(
          perGroup(d.order_items, (line) => str(productOf(d, line), "product_name"), worth),
          3,
        ),
      ),
  ),
  other(
    "How many items are in the average order?",
    (d) => perOrder(d, sumOf("quantity")),
    (d) => perOrder(d, count),
  ),
  other("Which products were never ordered?", (d) =>
    list(
      of(
        "product_name",
        d.products.filter((p) => where(d.order_items, "product_id", p["product_id"]).length === 0),
      ),
    ),
  ),
  other("Which customers have not placed an order?", (d) =>
    list(
      of(
        "full_name",
        d.customers.filter((c) => where(d.orders, "customer_id", c["customer_id"]).length === 0),
      ),
    ),
  ),
  other("How many orders came from customers in Paris?", (d) => d.orders.filter((o) => buyer(d, o)["city"] === "Paris").length),
  other("monthly revenue in 2024", (d) => {
    const months = perGroup(linesIn(d, "2024"), (line) => str(orderOf(d, line), "order_date").slice(0, 7), worth);
    return table(months.map(([month, sum]) => [[month, `${month}-01`, Number(String(month).slice(5))], sum]));
  }),
  other(
    "Which city brought in the most money?",
    (d) =>
      highest(
        perGroup(d.order_items, (line) => str(buyer(d, orderOf(d, line)), "city"), worth),
        1,
      )[0]![0],
  ),
];
