import type { CacheScope } from "@hydrogenai/core";

/** Two questions of which the second must not be given the answer to the first. */
export interface MustMiss {
  readonly kind: string;
  readonly a: { readonly text: string; readonly scope: CacheScope };
  readonly b: { readonly text: string; readonly scope: CacheScope };
}

/** Numbers below 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const things =
  "parcels boats drivers invoices lectures museums patients rooms sensors tickets vineyards wagons recipes lawyers bridges".split(" ");
const columns = "weight colour price owner capacity status rating surname altitude deposit".split(" ");
const lowerValues = "red blue steel cotton french dutch dentist sailor asphalt marble".split(" ");
const names = "Lisbon Oslo Quito Hanoi Accra Mbeki Ortega Novak Tanaka Haddad".split(" ");
const codes = "XK12 XK21 R2D2 B737 A320 v1.2 v1.3 C++ C# F#".split(" ");

interface Question {
  readonly verb: string;
  readonly aggregate: string;
  readonly column: string;
  readonly thing: string;
  readonly value: string;
  readonly not: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly comparison: string;
  readonly number: number;
  readonly unit: string;
  readonly code: string;
  readonly quoted: string;
  readonly time: string;
  readonly year: number;
  readonly order: string;
  readonly limit: number;
  readonly shape: number;
}

const aggregates = ["the average", "the total", "the highest", "the lowest", "the median", "the number of distinct values of", "the"];
const comparisons = ["more than", "less than", "at least", "at most", "exactly"];
const units = ["kg", "lb", "km", "miles", "hours", "days", "euros", "dollars"];
const times = ["last week", "next week", "yesterday", "today", "in March", "in May", "before noon", "after noon"];

/** One question; `shape` decides which of its parts are said. */
function say(q: Question): string {
  const shapes = [
    `${q.verb} ${q.aggregate} ${q.column} of ${q.value} ${q.thing} that ${q.not} belong to ${q.name}`,
    `${q.verb} ${q.aggregate} ${q.column} of ${q.thing} with ${q.comparison} ${q.number} ${q.unit}`,
    `${q.verb} the top ${q.limit} ${q.thing} by ${q.column} in ${q.order} order since ${q.year}`,
    `how many ${q.thing} went from ${q.from} to ${q.to} ${q.time}`,
    `${q.verb} ${q.thing} whose ${q.column} is "${q.quoted}" and whose model is ${q.code}`,
    `for each ${q.column}, ${q.verb} ${q.aggregate} price of ${q.value} ${q.thing} seen ${q.time}`,
  ];
  return shapes[q.shape]!.replaceAll(/\s+/g, " ");
}

export function mustMiss(seed: number, pairs: number): readonly MustMiss[] {
  const random = randomFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const other = <Item>(items: readonly Item[], item: Item): Item => pick(items.filter((each) => each !== item));
  const verbs = ["show me", "list", "what is", "give me", "find", "please tell me"];

  const base = (): Question => {
    const from = pick(names);
    return {
      verb: pick(verbs),
      aggregate: pick(aggregates),
      column: pick(columns),
      thing: pick(things),
      value: pick(lowerValues),
      not: "",
      name: pick(names),
      from,
      to: other(names, from),
      comparison: pick(comparisons),
      number: Math.floor(random() * 5_000),
      unit: pick(units),
      code: pick(codes),
      quoted: pick([...names, ...lowerValues]),
      time: pick(times),
      year: 1990 + Math.floor(random() * 36),
      order: pick(["ascending", "descending"]),
      limit: 2 + Math.floor(random() * 40),
      shape: Math.floor(random() * 6),
    };
  };

  /** By shape, the parts that change what is asked. */
  const changes: readonly (readonly (readonly [string, (q: Question) => Partial<Question>])[])[] = [
    [
      ["aggregate", (q) => ({ aggregate: other(aggregates, q.aggregate) })],
      ["column", (q) => ({ column: other(columns, q.column) })],
      ["value", (q) => ({ value: other(lowerValues, q.value) })],
      ["negation", () => ({ not: "do not" })],
      ["name", (q) => ({ name: other(names, q.name) })],
    ],
    [
      ["comparison", (q) => ({ comparison: other(comparisons, q.comparison) })],
      ["number", (q) => ({ number: q.number + 1 + Math.floor(random() * 9) })],
      ["magnitude", (q) => ({ number: (q.number + 1) * 10 })],
      ["unit", (q) => ({ unit: other(units, q.unit) })],
      ["thing", (q) => ({ thing: other(things, q.thing) })],
    ],
    [
      ["limit", (q) => ({ limit: q.limit + 1 })],
      ["order", (q) => ({ order: q.order === "ascending" ? "descending" : "ascending" })],
      ["year", (q) => ({ year: q.year + 1 })],
    ],
    [
      ["direction", (q) => ({ from: q.to, to: q.from })],
      ["time", (q) => ({ time: other(times, q.time) })],
      ["name", (q) => ({ to: other(names, q.to) })],
    ],
    [
      ["quoted", (q) => ({ quoted: other([...names, ...lowerValues], q.quoted) })],
      ["code", (q) => ({ code: other(codes, q.code) })],
    ],
    [
      ["group", (q) => ({ column: other(columns, q.column) })],
      ["time", (q) => ({ time: other(times, q.time) })],
      ["value", (q) => ({ value: other(lowerValues, q.value) })],
    ],
  ];

  const scope: CacheScope = { tenant: "t1", principal: "u1", roles: ["reader"], conversation: "c1", settings: "s1", dataVersion: "1" };
  const foreign: readonly (readonly [string, Partial<CacheScope>])[] = [
    ["tenant", { tenant: "t2" }],
    ["tenant that holds a principal", { tenant: 't1","u1', principal: undefined }],
    ["principal", { principal: "u2" }],
    ["no principal", { principal: undefined }],
    ["roles", { roles: ["reader", "admin"] }],
    ["roles run together", { roles: ["read", "er"] }],
    ["conversation", { conversation: "c2" }],
    ["settings", { settings: "s2" }],
    ["data version", { dataVersion: "2" }],
  ];

  return Array.from({ length: pairs }, (_, index) => {
    const question = base();
    const a = { text: say(question), scope };
    if (index % 4 === 0) {
      const [kind, change] = pick(foreign);
      const text = random() < 0.5 ? a.text : say({ ...question, verb: pick(verbs) });
      return { kind: `scope: ${kind}`, a, b: { text, scope: { ...scope, ...change } } };
    }
    const [kind, change] = pick(changes[question.shape]!);
    const changed = { ...question, ...change(question), verb: random() < 0.5 ? question.verb : pick(verbs) };
    return { kind, a, b: { text: say(changed), scope } };
  });
}
