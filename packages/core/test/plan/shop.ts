import { type Data, random } from "./data.ts";

/** A web shop with mixed naming: camelCase, abbreviations, text keys, missing dates. */
export function shop(): Data {
  const next = random(99);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const day = (year: number): string =>
    `${year}-${String(1 + next(12)).padStart(2, "0")}-${String(1 + next(28)).padStart(2, "0")}T${String(next(24)).padStart(2, "0")}:00:00Z`;
  const suppliers = ["Alpine Goods", "Baltic Trade", "Cape Imports", "Delta Works", "Ember Supply"].map((companyName, index) => ({
    supplierId: `S${index + 1}`,
    companyName,
    country: ["Austria", "Latvia", "South Africa", "Egypt", "Canada"][index] as string,
  }));
  const kinds = ["Tent", "Stove", "Lamp", "Rope", "Boots", "Jacket", "Backpack", "Compass"];
  const products = Array.from({ length: 40 }, (_, index) => ({
    sku: `SKU-${100 + index}`,
    productName: `${["Basic", "Trail", "Summit", "Pro", "Ultra"][index % 5]} ${kinds[index % 8]}`,
    category: ["Camping", "Cooking", "Lighting", "Climbing", "Footwear", "Clothing", "Packs", "Navigation"][index % 8] as string,
    supplierId: `S${1 + (index % 4)}`,
    price: 9.5 + next(300) + (index % 2) * 0.49,
    weightKg: (1 + next(40)) / 10,
    discontinued: next(6) === 0,
    unitsInStock: next(80),
  }));
  const customers = Array.from({ length: 30 }, (_, index) => ({
    id: index + 1,
    name: `${["Anna", "Bruno", "Chiara", "David", "Elif", "Frank"][index % 6]} ${["Lund", "Rossi", "Weber", "Nagy", "Kaya"][index % 5]}`,
    email: `user${index + 1}@example.org`,
    country: pick(["Germany", "Italy", "Turkey", "Sweden"]),
    joined: day(2019 + next(4)),
    newsletter: next(2) === 0,
  }));
  const orders = Array.from({ length: 150 }, (_, index) => ({
    orderNo: 7000 + index,
    customer_id: 1 + next(26),
    status: pick(["shipped", "pending", "cancelled", "returned"]),
    orderedAt: day(2022 + next(3)),
    shippedAt: next(3) === 0 ? null : day(2025),
  }));
  const order_items = orders.flatMap((order) =>
    Array.from({ length: 1 + next(4) }, () => ({
      orderNo: order.orderNo,
      sku: `SKU-${100 + next(36)}`,
      qty: 1 + next(5),
      discountPct: next(3) * 5,
    })),
  );
  return { suppliers, products, customers, orders, order_items };
}
