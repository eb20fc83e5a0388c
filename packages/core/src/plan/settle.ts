import { collectionOfFilter, collectionOfThing, isDisplay, sameThing } from "./building.ts";
import { rootOf } from "./choose-root.ts";
import { displayFields } from "./display-fields.ts";
import type { Building, Key, Settled } from "./building.ts";
import { type Collection, type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, fieldByWords, nearby, Unplannable } from "./context.ts";
import type { Thing, Wanted } from "./frame.ts";
import { additiveWords, expandAbbreviation, personWords } from "./lexicon.ts";
import { isKeyLike } from "./reading.ts";
import { nameWords } from "./words.ts";

/** Decides from where rows are taken, and by what they are grouped. */
export function settle(b: Building): Settled {
  const keys: Key[] = b.groupThings.map((group) => ({ thing: group.thing, bucket: group.bucket }));
  const superlativeKey = (thing: Thing): void => {
    if (!keys.some((key) => sameThing(key.thing, thing))) keys.unshift({ thing, bucket: undefined });
  };
  if (b.rank && b.rank.by.kind !== "dimension" && b.rank.by.kind !== "rows") {
    const by = b.rank.by;
    if (by.kind === "field") {
      // A row's own field ranks rows; another thing is grouped and takes its best.
      const owner = b.target?.kind === "entity" ? b.target.collection : undefined;
      if (!b.target) {
        const isAsked = keys.length > 0 || b.frame.ask !== "list";
        if (isAsked && !b.frame.who) {
          b.wanted = { kind: "aggregate", fn: b.rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
          b.rank = undefined;
        } else b.target = { kind: "entity", collection: by.chosen.collection, unit: -1 };
      } else if (b.target.kind === "field" && b.target.chosen.field !== by.chosen.field) {
        if (b.target.chosen.field.unique || isDisplay(b.target.chosen) || (b.wanted === undefined && isNumeric(b.target.chosen.field))) {
          b.shown.push(b.target);
          b.target = { kind: "entity", collection: b.target.chosen.collection, unit: b.target.unit };
        } else {
          askTotal(b.target.chosen, by.chosen);
          superlativeKey(b.target);
          b.wanted = { kind: "aggregate", fn: b.rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
          b.rank = { direction: b.rank.direction, by: b.wanted };
        }
      } else if (owner && owner !== by.chosen.collection && b.graph.up(owner.name, by.chosen.collection.name).length === 0) {
        if (b.graph.up(by.chosen.collection.name, owner.name).length > 0 && b.target) {
          superlativeKey(b.target);
          b.wanted = { kind: "aggregate", fn: b.rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
          b.rank = { direction: b.rank.direction, by: b.wanted };
        } else if (owner !== by.chosen.collection) throw new Unplannable(`${owner.name} has no ${by.chosen.field.name}`);
      }
      if (b.rank?.by.kind === "field" && owner === by.chosen.collection && keys.length > 0) return { kind: "list", from: owner, per: keys };
    } else {
      b.wanted = b.wanted?.kind === "count" && b.frame.ask === "count" && !b.target ? b.wanted : by;
      if (b.wanted !== by) b.rank = undefined;
      if (b.target) superlativeKey(b.target);
      else if (keys.length === 0) {
        const own = b.shown.shift();
        if (own) superlativeKey(own);
        else if (b.frame.who) superlativeKey(personThing(b));
        else throw new Unplannable("it does not say what to rank");
      }
      b.target = undefined;
    }
  }
  if (b.rank && b.frame.over === "avg" && b.target?.kind === "entity") targetKinds(b, b.target.collection);
  if (b.rank?.by.kind === "dimension") {
    const dimension = b.rank.by.dimension;
    const subject =
      b.target?.kind === "entity"
        ? b.target.collection
        : (b.target?.chosen.collection ??
          (b.frame.who ? personThing(b).collection : (describedWith(b, dimension.fields) ?? b.context.main)));
    const other = b.shown.find((one) => one.kind === "entity" && one.collection !== subject);
    const objects = other?.kind === "entity" ? [other.collection, subject] : [subject, ...nearby(b.context, subject, true).slice(1, 3)];
    const accept = (field: Field): boolean =>
      (dimension.temporal ? field.type === "date" || (isNumeric(field) && /year|age/i.test(field.name)) : false) ||
      (isNumeric(field) && !isKeyLike(field) && !(dimension.temporal && !/year|age/i.test(field.name)));
    const chosen =
      fieldByWords(b.context, dimension.fields, objects, accept, dimension.high ? "high" : "low") ??
      (dimension.temporal ? onlyDate(subject) : namedNumber(b, subject));
    if (!chosen) throw new Unplannable(`nothing in ${subject.name} is called ${dimension.fields.slice(0, 3).join(", ")}`);
    let direction = b.rank.direction;
    if (dimension.temporal) {
      const isAge = isNumeric(chosen.field) && /age/i.test(chosen.field.name);
      direction = isAge ? (dimension.high ? "desc" : "asc") : dimension.high ? "asc" : "desc";
    }
    if (keys.length === 0 && chosen.collection !== subject && b.graph.up(chosen.collection.name, subject.name).length > 0) {
      superlativeKey(b.target ?? { kind: "entity", collection: subject, unit: -1 });
      b.wanted = { kind: "aggregate", fn: b.frame.over === "avg" ? "avg" : direction === "desc" ? "max" : "min", chosen };
      b.rank = { direction, by: b.wanted };
      b.target = undefined;
    } else if (
      keys.length > 0 ||
      (b.target?.kind === "field" && b.frame.over === "avg" && b.target.chosen.collection === chosen.collection) ||
      (b.target?.kind === "field" &&
        !b.target.chosen.field.unique &&
        !isDisplay(b.target.chosen) &&
        !isNumeric(b.target.chosen.field) &&
        b.target.chosen.collection === chosen.collection &&
        b.context.units.length > 0 &&
        b.frame.mentioned.every((one) => one !== chosen.collection))
    ) {
      if (b.target?.kind === "entity" && b.target.collection === chosen.collection && b.frame.over === undefined) {
        b.rank = { direction, by: { kind: "field", chosen } };
        return { kind: "list", from: chosen.collection, per: keys };
      }
      if (b.target?.kind === "field") superlativeKey(b.target);
      b.wanted = { kind: "aggregate", fn: b.frame.over === "avg" ? "avg" : direction === "desc" ? "max" : "min", chosen };
      b.rank = b.frame.groups.length > 0 ? undefined : { direction, by: b.wanted };
      b.target = undefined;
    } else {
      if (b.target?.kind === "field") {
        b.shown.push(b.target);
        b.target = { kind: "entity", collection: b.target.chosen.collection, unit: b.target.unit };
      }
      b.rank = { direction, by: { kind: "field", chosen } };
      b.target ??= { kind: "entity", collection: subject, unit: -1 };
    }
  }
  if (b.frame.growth) {
    if (b.rank) throw new Unplannable("it is not clear what is ranked by its change");
    settleGrowth(b, superlativeKey);
  }
  if (
    b.rank?.by.kind === "field" &&
    b.wanted?.kind === "aggregate" &&
    b.wanted.fn === "sum" &&
    b.target?.kind === "entity" &&
    keys.length === 0
  ) {
    // "How many pages does the longest book have": of that one row.
    if (b.wanted.chosen.collection !== b.target.collection) throw new Unplannable("it asks for a sum over what ranks first");
    b.shown.push({ kind: "field", chosen: b.wanted.chosen, unit: -1 });
    b.wanted = undefined;
  }
  if (b.having.length > 0) {
    const first = b.having[0];
    if (first && !b.wanted) b.wanted = first.of;
    else if (first && b.wanted?.kind === "count" && b.frame.ask === "count") {
      // "how many genres have more than 100 tracks": groups are counted.
      superlativeKey(b.wanted.thing);
      b.wanted = first.of;
      b.rolled = true;
    }
    if (b.target && !b.rolled) {
      superlativeKey(b.target);
      b.target = undefined;
    }
    if (keys.length === 0) {
      const own = b.shown.shift();
      if (!own) throw new Unplannable("it does not say what has that many");
      superlativeKey(own);
    }
  }
  const sortWanted = b.frame.sort?.by && b.frame.sort.by.kind !== "field" ? b.frame.sort.by : undefined;
  if (sortWanted && !b.wanted) {
    b.wanted = sortWanted;
    if (b.target) superlativeKey(b.target);
    b.target = undefined;
  }
  if (!b.wanted) {
    const subject = b.target ?? b.shown[0];
    const each = keys.length === 1 && keys[0]?.thing?.kind === "entity" ? keys[0].thing : undefined;
    if (
      each &&
      subject?.kind === "field" &&
      (subject.chosen.collection === each.collection || b.graph.up(each.collection.name, subject.chosen.collection.name).length > 0)
    ) {
      // "the title and artist of each album" lists albums.
      b.shown.unshift(subject);
      b.target = each;
      return { kind: "list", from: each.collection };
    }
    if (keys.length > 0 && !subject) throw new Unplannable("it does not say what to measure");
    const acts = b.frame.filters.some((filter) => filter.test.kind === "partners") && b.frame.ask === "plain";
    if (
      !subject &&
      !acts &&
      b.frame.filters.some((filter) => collectionOfFilter(filter) === b.context.main && filter.test.kind !== "time")
    ) {
      b.target = { kind: "entity", collection: b.context.main, unit: -1 };
      return { kind: "list", from: b.context.main };
    }
    if (!subject) throw new Unplannable("it does not say what to look for");
    if (keys.length > 0 && subject.kind === "field" && isNumeric(subject.chosen.field)) {
      if (addsUp(subject.chosen.field)) return settled(b, { kind: "aggregate", fn: "sum", chosen: subject.chosen }, keys);
      throw new Unplannable(`it does not say whether to add up or average ${subject.chosen.field.name}`);
    }
    if (keys.length > 0) return settled(b, { kind: "count", thing: subject }, keys);
    const absent = b.frame.filters.some((filter) => filter.negated && filter.test.kind === "values") && b.frame.lacking;
    if (absent && subject.kind === "field" && !subject.chosen.field.unique)
      throw new Unplannable(`it asks which ${subject.chosen.field.name} does not occur with something`);
    return { kind: "list", from: collectionOfThing(subject) };
  }
  if (
    b.wanted.kind !== "share" &&
    b.frame.ask !== "count" &&
    b.frame.ask !== "exists" &&
    b.target &&
    !keys.some((key) => sameThing(key.thing, b.target)) &&
    !(b.wanted.kind === "count" && sameThing(b.wanted.thing, b.target)) &&
    !b.shown.includes(b.target)
  ) {
    superlativeKey(b.target);
    b.target = undefined;
  }
  return settled(b, b.wanted, keys);
}

/** "The most expensive bag we sell": what is called a bag has a price of its own, and is meant rather than the rows of its sales. */
function describedWith(b: Building, words: readonly string[]): Collection | undefined {
  if (b.frame.mentioned.includes(b.context.main)) return undefined;
  const described = new Set(b.frame.filters.flatMap(({ test }) => (test.kind === "values" ? [test.chosen.collection] : [])));
  const [only, ...more] = described;
  const measurable = (field: Field): boolean => isNumeric(field) && !isKeyLike(field);
  return only && more.length === 0 && fieldByWords(b.context, words, [only], measurable) ? only : undefined;
}

/** "The heaviest penguin species on average": it is the species that have an average, and not each penguin. */
function targetKinds(b: Building, rows: Collection): void {
  const kinds = b.shown.filter((one) => one.kind === "field" && one.chosen.collection === rows && !isNumeric(one.chosen.field));
  const [kind, ...more] = kinds;
  if (!kind || more.length > 0 || (kind.kind === "field" && kind.chosen.field.unique)) return;
  b.shown.splice(b.shown.indexOf(kind), 1);
  b.target = kind;
}

/** What is compared with itself earlier: what was named, added up where that makes sense, else on average. */
function settleGrowth(b: Building, addKey: (thing: Thing) => void): void {
  if (!b.wanted) {
    const subject = b.target ?? b.shown.shift();
    if (!subject) throw new Unplannable("it does not say what changed");
    if (b.target === subject) b.target = undefined;
    if (subject.kind === "entity") b.wanted = { kind: "count", thing: subject };
    else if (!isNumeric(subject.chosen.field)) throw new Unplannable(`${subject.chosen.field.name} holds no numbers that could change`);
    else b.wanted = { kind: "aggregate", fn: addsUp(subject.chosen.field) ? "sum" : "avg", chosen: subject.chosen };
  }
  if (b.target && b.frame.growth?.rank) {
    addKey(b.target);
    b.target = undefined;
  }
}

function settled(b: Building, what: Wanted, all: readonly Key[]): Settled {
  const averaged = what.kind === "aggregate" && what.fn !== "sum" && !b.rank && b.having.length === 0 ? what.chosen.collection : undefined;
  // "average cost per visit" is the average over visits.
  const keys = all.filter((key) => !(key.thing?.kind === "entity" && key.thing.collection === averaged));
  const keyCollections = keys.flatMap((key) => (key.thing ? [collectionOfThing(key.thing)] : []));
  const entityKeys = keys.flatMap((key) => (key.thing?.kind === "entity" ? [key.thing.collection] : []));
  const start = rootOf(b, what, keyCollections, entityKeys);
  return { kind: "measured", from: start, wanted: what, keys };
}

/** What its name says is worth adding up over rows: revenue is, a rating is not. */
const addsUp = (field: Field): boolean =>
  nameWords(field.name)
    .map(expandAbbreviation)
    .some((word) => additiveWords.has(word));

/**
 * "which region has the largest population": the largest sum, or the region of the largest single one? Both are meant at times,
 * unless each group holds one row a year.
 */
function askTotal(key: ChosenField, of: ChosenField): void {
  if (!addsUp(of.field)) return;
  const size = key.field.values?.counts.size ?? 0;
  const yearly = key.collection.fields.some((field) => isNumeric(field) && nameWords(field.name).join(" ") === "year");
  if (size > 0 && yearly && key.collection.count % size === 0) return;
  throw new Unplannable(`The ${of.field.name} of each ${key.field.name} may be added up or not`, [
    `total ${of.field.name}`,
    `highest single ${of.field.name}`,
    `average ${of.field.name}`,
  ]);
}

/** "On which day was New York hottest": the one number that is named is the one that is compared. */
function namedNumber(b: Building, subject: Collection): ChosenField | undefined {
  const named = [...(b.target ? [b.target] : []), ...b.shown].filter(
    (one) => one.kind === "field" && one.chosen.collection === subject && isNumeric(one.chosen.field) && !isKeyLike(one.chosen.field),
  );
  const [only, ...more] = named;
  if (only?.kind !== "field" || more.length > 0) return undefined;
  if (b.target === only) b.target = { kind: "entity", collection: subject, unit: -1 };
  else b.shown.splice(b.shown.indexOf(only), 1);
  return only.chosen;
}

function personThing(b: Building): Extract<Thing, { kind: "entity" }> {
  const near = nearby(b.context, b.context.main);
  const isPeople = (one: Collection): boolean => personWords.has(nameWords(one.name).at(-1) ?? "");
  const people = near.filter(isPeople);
  const named = near.find((one) => displayFields(one).length === 2);
  if (!named && people.length > 1)
    throw new Unplannable(
      "it does not say who is meant",
      people.map((one) => one.name),
    );
  const person = named ?? people[0] ?? b.context.main;
  return { kind: "entity", collection: person, unit: -1 };
}

function onlyDate(subject: Collection): ChosenField | undefined {
  const dates = subject.fields.filter((field) => field.type === "date");
  return dates.length === 1 && dates[0] ? { collection: subject, field: dates[0], score: 0.5 } : undefined;
}
