import { buildConditions } from "./build-conditions.ts";
import { growthColumns } from "./growth-columns.ts";
import { groupKeys, uniqueNames } from "./group-keys.ts";
import { refTo } from "./build-joins.ts";
import { collectionOfThing, columnName, wordOf } from "./building.ts";
import { tradeRoot } from "./choose-root.ts";
import type { Building, Key } from "./building.ts";
import { type Collection, type Field, isNumeric, keyOf } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import type { Wanted } from "./frame.ts";
import { tallyFields } from "./lexicon.ts";
import { type Condition, type GroupKey, isCyclic, type Measure, type OrderBy, type QueryPlan } from "./query-plan.ts";
import { nameWords } from "./words.ts";

/** A plan that measures rows, in groups where there are keys. Rows without a key are left out. */
export function measuredPlan(b: Building, start: Collection, where: Condition[], what: Wanted, keys: readonly Key[]): QueryPlan {
  const unique = uniqueNames();
  const groupBy: GroupKey[] = [];
  // "The best selling genre in each country": of each group, and not of all.
  const within =
    b.rank && keys.length > 1
      ? keys.filter((key) => b.frame.groups.some((group) => group.thing === key.thing && group.bucket === key.bucket))
      : [];
  const per: string[] = [];
  for (const key of keys) {
    const columns = groupKeys(b, start, key, unique, what);
    groupBy.push(...columns);
    if (within.includes(key)) per.push(...columns.map(({ as }) => as));
  }
  const conditions = [...where];
  for (const key of groupBy) conditions.push({ kind: "missing", field: key.field, negated: true });
  const measures: Measure[] = [];
  const add = (one: Wanted): Measure => {
    const made = measureOf(b, start, one, unique);
    measures.push(made);
    return made;
  };
  const growth = b.frame.growth && growthColumns(b, start, b.frame.growth, measureOf(b, start, what, unique), groupBy, unique);
  if (growth) measures.push(...growth.measures);
  const main = growth ? growth.main : add(what);
  if (growth) conditions.push(...growth.where);
  if (main.fn === "share" && !main.where && groupBy.length === 0) throw new Unplannable("it does not say which part is meant");
  for (const one of b.frame.extra) {
    if ("chosen" in one && one.chosen.collection !== start) throw new Unplannable("it asks for measures of different things at once");
    add(one);
  }
  // A group of which nothing is known has no place in a ranking.
  if (b.rank && main.of && !main.where && measures.length === 1 && main.fn !== "countDistinct" && main.fn !== "share")
    conditions.push({ kind: "missing", field: main.of, negated: true });
  const havings = b.having.map((one) => {
    const same = JSON.stringify(strip(one.of)) === JSON.stringify(strip(what));
    const measured = same ? main : add(one.of);
    return { measure: measured.as, op: one.op, value: one.value };
  });
  const orderBy: OrderBy[] = [];
  let limit = b.frame.limit;
  if (growth && b.frame.growth?.rank) {
    orderBy.push({ column: growth.differences[0]?.as, direction: b.frame.growth.rank });
    limit ??= 1;
  } else if (b.rank && b.rank.by.kind !== "dimension" && b.rank.by.kind !== "rows" && b.rank.by.kind !== "field") {
    orderBy.push({ column: main.as, direction: b.rank.direction });
    limit ??= 1;
  } else if (b.frame.sort) {
    const by = b.frame.sort.by;
    const column = !by
      ? main.as
      : by.kind === "field"
        ? (groupBy.find((key) => key.field.field === by.chosen.field.name)?.as ?? main.as)
        : main.as;
    orderBy.push({ column, direction: b.frame.sort.direction });
  } else if (groupBy.length > 0) {
    const timed = groupBy.find((key) => (key.bucket !== undefined && !isCyclic(key.bucket)) || /^year$/i.test(key.as));
    if (timed) orderBy.push({ column: timed.as, direction: "asc" });
    else orderBy.push({ column: main.as, direction: "desc" });
  }
  for (const key of groupBy) if (!orderBy.some((one) => one.column === key.as)) orderBy.push({ column: key.as, direction: "asc" });
  if (b.frame.over && keys.length > 1 && !b.rank && !b.rolled)
    throw new Unplannable(`the ${wordOf(b.frame.over)} of sums within other groups`);
  const rollup = b.rolled
    ? ({ fn: "count", as: "count" } as const)
    : b.frame.over && groupBy.length > 0 && !b.rank
      ? ({ fn: b.frame.over, of: main.as, as: columnName(`${wordOf(b.frame.over)} ${main.as}`) } as const)
      : undefined;
  return {
    from: start.name,
    joins: b.joins,
    where: conditions,
    groupBy,
    measures,
    having: havings,
    ...(growth ? { differences: growth.differences } : {}),
    ...(rollup ? { rollup } : {}),
    select: [],
    distinct: false,
    orderBy,
    ...(per.length > 0 && per.length < groupBy.length ? { per } : {}),
    ...(limit === undefined || rollup ? {} : { limit }),
    ...(limit === undefined || rollup || b.frame.offset === undefined ? {} : { offset: b.frame.offset }),
  };
}

function strip(one: Wanted): unknown {
  if (one.kind === "aggregate") return [one.fn, one.chosen.collection.name, one.chosen.field.name, one.since?.field.name];
  if (one.kind === "count")
    return ["count", one.thing.kind, collectionOfThing(one.thing).name, one.thing.kind === "field" ? one.thing.chosen.field.name : ""];
  return one.kind === "trade" ? [one.kind, one.of, one.fn] : one.kind;
}

function measureOf(b: Building, start: Collection, what: Wanted, unique: (name: string) => string): Measure {
  if (what.kind === "share") {
    const where = buildConditions(
      b,
      start,
      b.frame.filters.filter((filter) => filter.part),
    );
    if (where.length > 0 && b.frame.filters.every((filter) => !filter.part || filter.test.kind === "partners"))
      throw new Unplannable("it does not say which part is meant");
    if (where.some((condition) => condition.kind === "related" || condition.kind === "versus"))
      throw new Unplannable("a share of rows that meet a condition on other rows");
    const { of, times } = what.of ? measureOf(b, start, what.of, (name) => name) : {};
    return {
      as: unique("percent"),
      fn: "share",
      ...(of ? { of } : {}),
      ...(times ? { times } : {}),
      ...(where.length > 0 ? { where } : {}),
    };
  }
  if (what.kind === "aggregate") {
    const name = what.chosen.field.name;
    const of = refTo(b, what.chosen.collection, what.chosen.field);
    if (what.since) {
      const since = refTo(b, what.since.collection, what.since.field);
      return { as: unique(`${wordOf(what.fn)} days from ${what.since.field.name} to ${name}`), fn: what.fn, of, since };
    }
    const has = nameWords(name).includes(wordOf(what.fn).replace("average", "avg")) || nameWords(name).includes(wordOf(what.fn));
    return { as: unique(has ? name : `${wordOf(what.fn)} ${name}`), fn: what.fn, of };
  }
  if (what.kind === "trade") {
    const keys = b.frame.groups.flatMap((group) => (group.thing ? [collectionOfThing(group.thing)] : []));
    const { of, times, priceAt } = tradeRoot(
      b,
      what,
      [start, ...keys].filter((one) => one === start),
    );
    const label =
      what.of === "units"
        ? `total ${of.name}`
        : times
          ? "total amount"
          : of.name.toLowerCase().includes("total")
            ? of.name
            : `total ${of.name}`;
    return {
      as: unique(what.fn === "avg" ? `average ${of.name}` : label),
      fn: what.fn,
      of: { field: of.name },
      ...(times ? { times: priceAt ? refTo(b, priceAt, times) : { field: times.name } } : {}),
    };
  }
  if (what.thing.kind === "field") {
    const { collection, field } = what.thing.chosen;
    return { as: unique(`distinct ${field.name}`), fn: "countDistinct", of: refTo(b, collection, field) };
  }
  const { collection } = what.thing;
  if (collection === start) {
    const tally = tallyOf(start);
    if (tally) return { as: unique(collection.name), fn: "sum", of: { field: tally.name } };
    return { as: unique(collection.name), fn: "count" };
  }
  const key = keyOf(collection);
  if (!key) throw new Unplannable(`nothing tells the rows of ${collection.name} apart`);
  return { as: unique(collection.name), fn: "countDistinct", of: refTo(b, collection, key) };
}

/**
 * The field that says how many each row stands for, where rows are sums of something. Rows that something tells apart, such as a name or
 * a code, are things of their own, and a count in them counts something else.
 */
function tallyOf({ fields }: Collection): Field | undefined {
  const tally = fields.find((field) => isNumeric(field) && tallyFields.has(nameWords(field.name).join(" ")));
  return tally !== undefined && fields.every((field) => field === tally || !field.unique) ? tally : undefined;
}
