import { bucketField } from "./build-dates.ts";
import { alias, aliasFrom, refTo } from "./build-joins.ts";
import { collectionOfThing, columnName, wordOf } from "./building.ts";
import { tradeRoot } from "./choose-root.ts";
import { displayFields } from "./display-fields.ts";
import type { Building, Key } from "./building.ts";
import { type Collection, type Field, isNumeric, keyOf } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import type { Wanted } from "./frame.ts";
import { tallyFields } from "./lexicon.ts";
import type { Condition, GroupKey, Measure, OrderBy, QueryPlan } from "./query-plan.ts";
import { nameWords } from "./words.ts";

/** A plan that measures rows, in groups where there are keys. Rows without a key are left out. */
export function measuredPlan(b: Building, start: Collection, where: Condition[], what: Wanted, keys: readonly Key[]): QueryPlan {
  const groupBy: GroupKey[] = [];
  const taken = new Set<string>();
  const unique = (name: string): string => {
    const safe = columnName(name);
    let result = safe;
    for (let count = 2; taken.has(result); count++) result = `${safe} ${count}`;
    taken.add(result);
    return result;
  };
  for (const key of keys) {
    const cue = b.frame.cues[0]?.cue;
    if (!key.thing) {
      const chosen = bucketField(b, start);
      if (isNumeric(chosen.field) && key.bucket !== "year" && key.bucket !== "decade")
        throw new Unplannable(`${chosen.field.name} holds years, not each ${key.bucket ?? "date"}`);
      groupBy.push({
        as: unique(key.bucket ?? "year"),
        field: refTo(b, chosen.collection, chosen.field),
        ...(isNumeric(chosen.field) && key.bucket !== "decade" ? {} : { bucket: key.bucket }),
      });
    } else if (key.thing.kind === "field") {
      const { collection, field } = key.thing.chosen;
      if (field.type === "array" || field.type === "object") throw new Unplannable(`${field.name} holds several values in each row`);
      const pointed = b.catalog.relations.find((one) => one.from.collection === collection.name && one.from.field === field.name);
      const other = pointed && b.catalog.collections.find((one) => one.name === pointed.to.collection);
      if (pointed && other && !key.bucket) {
        groupBy.push({ as: unique(field.name), field: refTo(b, collection, field, cue) });
        const base = refTo(b, collection, field, cue);
        const through = aliasFrom(b, base.via, pointed);
        for (const one of displayFields(other))
          if (one.name !== pointed.to.field)
            groupBy.push({
              as: unique(one.name.toLowerCase() === "name" ? other.name : one.name),
              field: { field: one.name, via: through },
            });
        continue;
      }
      groupBy.push({ as: unique(field.name), field: refTo(b, collection, field, cue), ...(key.bucket ? { bucket: key.bucket } : {}) });
    } else {
      const { collection } = key.thing;
      if (collection === start && what.kind === "count" && what.thing.kind === "entity" && what.thing.collection === start) {
        const self = b.graph.self(start.name)[0];
        if (!self) throw new Unplannable(`it does not say what to count for each of ${start.name}`);
        const via = alias(b, [{ relation: self, direction: "up" }]);
        for (const field of displayFields(collection)) groupBy.push({ as: unique(field.name), field: { field: field.name, via } });
        continue;
      }
      const display = displayFields(collection);
      const identity = keyOf(collection);
      const alone = display.length === 1 && display[0]?.unique === true;
      if (identity && !alone) groupBy.push({ as: unique(identity.name), field: refTo(b, collection, identity, cue) });
      for (const field of display) {
        if (identity && !alone && field === identity) continue;
        groupBy.push({
          as: unique(field.name.toLowerCase() === "name" ? collection.name : field.name),
          field: refTo(b, collection, field, cue),
        });
      }
    }
  }
  const conditions = [...where];
  for (const key of groupBy) conditions.push({ kind: "missing", field: key.field, negated: true });
  const measures: Measure[] = [];
  const add = (one: Wanted): Measure => {
    const made = measureOf(b, start, one, unique, conditions);
    measures.push(made);
    return made;
  };
  const main = add(what);
  for (const one of b.frame.extra) {
    if ("chosen" in one && one.chosen.collection !== start) throw new Unplannable("it asks for measures of different things at once");
    add(one);
  }
  const havings = b.having.map((one) => {
    const same = JSON.stringify(strip(one.of)) === JSON.stringify(strip(what));
    const measured = same ? main : add(one.of);
    return { measure: measured.as, op: one.op, value: one.value };
  });
  const orderBy: OrderBy[] = [];
  let limit = b.frame.limit;
  if (b.rank && b.rank.by.kind !== "dimension" && b.rank.by.kind !== "rows" && b.rank.by.kind !== "field") {
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
    const timed = groupBy.find((key) => key.bucket !== undefined || /^year$/i.test(key.as));
    if (timed) orderBy.push({ column: timed.as, direction: "asc" });
    else orderBy.push({ column: main.as, direction: "desc" });
  }
  for (const key of groupBy) if (!orderBy.some((one) => one.column === key.as)) orderBy.push({ column: key.as, direction: "asc" });
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
    ...(rollup ? { rollup } : {}),
    select: [],
    distinct: false,
    orderBy,
    ...(limit === undefined || rollup ? {} : { limit }),
    ...(limit === undefined || rollup || b.frame.offset === undefined ? {} : { offset: b.frame.offset }),
  };
}

function strip(one: Wanted): unknown {
  if (one.kind === "aggregate") return [one.fn, one.chosen.collection.name, one.chosen.field.name];
  if (one.kind === "count")
    return ["count", one.thing.kind, collectionOfThing(one.thing).name, one.thing.kind === "field" ? one.thing.chosen.field.name : ""];
  return one.kind === "trade" ? [one.kind, one.of, one.fn] : one.kind;
}

function measureOf(b: Building, start: Collection, what: Wanted, unique: (name: string) => string, conditions: Condition[]): Measure {
  if (what.kind === "share") {
    // What restricts the rows becomes the part whose share is asked for.
    const whole = conditions.splice(0).filter((condition) => {
      const isKey = condition.kind === "missing" && condition.negated === true;
      if (isKey) conditions.push(condition);
      return !isKey;
    });
    if (whole.some((condition) => condition.kind === "related" || condition.kind === "versus"))
      throw new Unplannable("a share of rows that meet a condition on other rows");
    if (whole.length === 0 && b.frame.groups.length === 0) throw new Unplannable("it does not say which part is meant");
    return { as: unique("percent"), fn: "share", ...(whole.length > 0 ? { where: whole } : {}) };
  }
  if (what.kind === "aggregate") {
    const name = what.chosen.field.name;
    const has = nameWords(name).includes(wordOf(what.fn).replace("average", "avg")) || nameWords(name).includes(wordOf(what.fn));
    return { as: unique(has ? name : `${wordOf(what.fn)} ${name}`), fn: what.fn, of: refTo(b, what.chosen.collection, what.chosen.field) };
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
