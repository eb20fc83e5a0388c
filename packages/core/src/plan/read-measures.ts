import type { Collection } from "./catalog.ts";
import { type ChosenField, type Context, fieldByWords, nearby, Unplannable } from "./context.ts";
import type { Thing, Wanted } from "./frame.ts";
import { amountWords, measureNouns, moneyFields, personWords, quantityFields } from "./lexicon.ts";
import { dated, isRelationVerb, type Reading } from "./reading.ts";
import type { Unit } from "./units.ts";
import { nameWords, singular } from "./words.ts";

const personFields = /^(?:(?:first|last|sur|full|given|family)[_ ]?name|gender|sex|birth.*|dob|date_?of_?birth|e?mail|age)$/i;

const holdsPeople = ({ name, fields }: Collection): boolean =>
  nameWords(name).some((word) => personWords.has(singular(word))) || fields.some((field) => personFields.test(field.name));

/** The rows in the middle are people, or no others are: "how many people work in Sales" counts no departments where there are employees. */
const mayBePeople = ({ main, catalog }: Context): boolean => holdsPeople(main) || !catalog.collections.some(holdsPeople);

/** What is asked for: a count, a share, a list, whether there is any. */
export function readAsk(r: Reading): void {
  const first = r.units.findIndex((unit) => unit.ops.has("exists"));
  if (first === 0) {
    r.ask = "exists";
    r.use(0);
  }
  const lead = r.units[0]?.words[0] ?? "";
  if (["list", "show", "display", "give", "find", "which", "who", "get", "name", "return", "fetch", "retrieve", "print"].includes(lead))
    r.ask = "list";
  for (const [index, unit] of r.units.entries()) {
    if (!unit.ops.has("how-many") || r.used[index]) continue;
    // "by number of tracks" ranks or groups; it is read with what stands before it.
    if ([index - 1, index - 2].some((back) => r.at(back)?.words.at(-1) === "by" || r.at(back)?.ops.has("order"))) continue;
    // "by origin and number of cylinders"
    const isListed = r.at(index - 1)?.words[0] === "and" && (r.at(index - 3)?.words.at(-1) === "by" || r.has(index - 3, "group"));
    if (isListed && r.field(r.skip(index + 1), r.measurable)) continue;
    // "The total amount of unpaid invoices": the column, and not how many.
    if (r.has(index - 1, "sum") && amountAt(r, index)) continue;
    const before = r.at(r.skip(index - 1, -1));
    if (isColumnOfNumbers(r, index)) continue;
    const averaged = before && ["avg", "max", "min", "median"].find((fn) => before.ops.has(fn));
    let place = index + 1;
    let different = false;
    const passed: number[] = [];
    while (r.at(place) && ((r.plain(place) && !r.strong(place)) || r.at(place)?.ops.has("distinct") || r.at(place)?.ops.has("how-many"))) {
      if (r.at(place)?.ops.has("distinct")) different = true;
      if (r.at(place)?.ops.size) passed.push(place);
      place++;
    }
    // Values and adjectives may stand before the noun: "how many female customers".
    let noun = place;
    while (
      r.at(noun) &&
      (r.isValue(noun) || r.used[noun] || r.at(noun)?.number !== undefined || (!r.thing(noun) && !r.at(noun)?.trade && noun - place < 3))
    )
      noun++;
    const booleanLead = r.thing(noun);
    if (booleanLead?.kind === "field" && booleanLead.chosen.field.type === "boolean" && r.thing(noun + 1)) noun++;
    let counted = r.thing(noun);
    // "how many departing flights": the field only describes what follows.
    const followed = counted?.kind === "field" && !r.at(noun + 1)?.afterPause ? r.thing(noun + 1) : undefined;
    if (followed?.kind === "entity") {
      noun++;
      counted = followed;
    }
    if (unit.words[1] === "much") {
      const money = dealAfter(r, index);
      const isSpent = money >= 0 && counted?.kind === "entity" && (counted.unit === money || r.at(money)?.schema.every(isLoose));
      if ((!counted && (money >= 0 || !r.at(place))) || isSpent) {
        const hint = r.at(money)?.trade === "units" ? r.entity(money) : undefined;
        r.use(index, ...(money >= 0 ? [money] : []));
        r.wanted = { kind: "trade", of: "money", fn: "sum", hint };
        r.ask = "count";
        continue;
      }
      if (!counted) continue;
    }
    if (unit.words[1] === "much" && counted?.kind === "field" && r.measurable(counted.chosen.field)) {
      r.use(index, noun);
      r.wanted = { kind: "aggregate", fn: "sum", chosen: counted.chosen };
      r.ask = "count";
      continue;
    }
    const sold = r.units.slice(place, noun).some((_, offset) => r.isValue(place + offset)) ? piecesSold(r, index) : -1;
    if (sold >= 0 && (!counted || counted.unit === sold)) {
      r.use(index, sold, ...passed);
      r.wanted = { kind: "trade", of: "units", fn: "sum" };
      r.ask = "count";
      continue;
    }
    if (!counted) {
      const named = r.units.slice(place, noun).some((_, offset) => r.isValue(place + offset));
      const people = [place, noun].find((at) => /^(people|persons?|individuals?)$/.test(r.at(at)?.words[0] ?? ""));
      if (people !== undefined) {
        if (!mayBePeople(r.context)) throw new Unplannable(`${r.context.main.name} are no people`);
        r.use(index, people, ...passed);
        counted = { kind: "entity", collection: r.context.main, unit: people };
      } else if (named) {
        // "how many nurses": the rows that hold the value.
        r.use(index, ...passed);
        counted = { kind: "entity", collection: r.context.main, unit: index };
      } else if (place >= r.units.length || !r.at(place)) {
        r.use(index);
        counted = { kind: "entity", collection: r.context.main, unit: index };
      } else continue;
    }
    r.use(index, counted.unit, ...passed);
    if (!different) counted = rowsOfDate(r, counted);
    if (different) r.distinct = true;
    const summed = different ? undefined : sumOfNumbers(r, counted);
    // "The average number of styles", where a row says how many styles it has: of the rows.
    const measure: Wanted =
      summed && averaged !== undefined ? { ...summed, fn: averaged as "avg" } : (summed ?? { kind: "count", thing: counted });
    if (summed && averaged !== undefined && before) r.use(r.units.indexOf(before));
    else if (averaged !== undefined && before) {
      r.use(r.units.indexOf(before));
      r.over = averaged as "avg";
    }
    if (r.wanted === undefined) {
      r.wanted = measure;
      if (r.ask !== "list" || index === 0) r.ask = "count";
    }
  }
  const shareAt = r.units.findIndex(
    (unit, index) => unit.ops.has("share") && !r.used[index] && !unit.schema.some((ref) => ref.score > 0.9),
  );
  if (shareAt >= 0) {
    r.use(shareAt);
    const place = r.skip(shareAt + 1);
    const sum = summedAt(r, place) ?? (r.has(place, "group") ? summedLater(r, place) : undefined);
    const whole = sum ? undefined : r.thing(place);
    if (whole) {
      r.use(place);
      r.target = whole;
    }
    r.wanted = { kind: "share", of: sum };
    r.ask = "count";
    const before = r.skip(shareAt - 1, -1);
    const end = ["highest", "lowest"].find((op) => r.has(before, op));
    if (end !== undefined) {
      r.use(before);
      r.rank = { direction: end === "highest" ? "desc" : "asc", by: r.wanted };
    }
  }
}

/** The verb of "how many bags did we sell", where rows of sales say how many pieces each of them is. */
function piecesSold(r: Reading, index: number): number {
  const verb = r.units.findIndex((unit, later) => later > index && !r.used[later] && /^(sell|sold)$/.test(unit.words.join(" ")));
  const pieces =
    verb < 0 ? undefined : fieldByWords(r.context, quantityFields.slice(0, -1), nearby(r.context, r.context.main, true), r.measurable);
  return pieces && pieces.score >= 0.75 ? verb : -1;
}

/** The column called an amount, where "amount of" could also ask how many. */
function amountAt(r: Reading, index: number): ChosenField | undefined {
  return r.at(index)?.words[0] === "amount" ? fieldByWords(r.context, amountWords, [r.context.main], r.measurable) : undefined;
}

const isLoose = ({ score }: { readonly score: number }): boolean => score < 0.95;

/** The deed "how much" asks the money of: "how much did we earn", and "did we sell" or "did Anna order" as much, where no piece is named. */
function dealAfter(r: Reading, index: number): number {
  const isDone = /^(did|do|does|was|were|is|are|have|has)$/.test(r.at(index + 1)?.words[0] ?? "");
  const find = (trade: "money" | "units", accept: (unit: Unit) => boolean): number =>
    r.units.findIndex((unit, later) => later > index && !r.used[later] && unit.trade === trade && accept(unit));
  const money = find("money", () => true);
  return money >= 0 || !isDone ? money : find("units", (unit) => unit.words.length === 1);
}

/** "Share of total sales", "of the population": the sum of something rather than a number of rows. */
function summedAt(r: Reading, start: number): Extract<Wanted, { kind: "aggregate" | "trade" }> | undefined {
  const unit = r.at(start);
  if (!unit || r.used[start] || r.isValue(start)) return undefined;
  const isSum = unit.ops.has("sum") || (unit.trade === "money" && !r.entity(start));
  if (isSum) {
    const measure = wantedAt(r, start);
    if (measure?.kind === "trade" || (measure?.kind === "aggregate" && measure.fn === "sum")) return measure;
    if (measure) throw new Unplannable("it does not say of what the share is");
  }
  // "Of visit costs": the owner may stand before the field.
  const owner = r.entity(start);
  const own = owner && !r.at(start + 1)?.afterPause && !r.at(start + 1)?.filler ? r.field(start + 1, r.measurable, owner) : undefined;
  const chosen = own ?? (owner ? undefined : r.field(start, r.measurable));
  if (!chosen) return undefined;
  r.use(start, ...(own ? [start + 1] : []));
  return { kind: "aggregate", fn: "sum", chosen };
}

/** "The share of each genre in total sales". */
function summedLater(r: Reading, start: number): ReturnType<typeof summedAt> {
  const place = r.units.findIndex(
    (unit, index) => index > start && !r.used[index] && (unit.ops.has("sum") || (unit.trade === "money" && !r.entity(index))),
  );
  return place < 0 ? undefined : summedAt(r, place);
}

const verbs: ReadonlySet<string> = new Set(
  "is are was were be been has have had do does did come comes came live lives lived belong belongs".split(" "),
);

/** "Of the cars from Japan, how large a share has four cylinders": what stands behind the verb says which part is meant, unless nothing stands before it. */
export function readShareParts(r: Reading): void {
  if (r.wanted?.kind !== "share") return;
  const from = r.units.findIndex((unit) => unit.ops.has("share"));
  const verb = r.units.findIndex((unit, index) => index > from && (verbs.has(unit.words[0] ?? "") || isRelationVerb(unit)));
  const among = r.units.findIndex((unit, index) => index > from && ["among", "amongst", "within"].includes(unit.words[0] ?? ""));
  const isPart = r.filters.map((filter) => (among >= 0 && from < among ? filter.unit < among : verb >= 0 && filter.unit >= verb));
  // "… were from Germany in 2023": the time says of what.
  const isTimeAside = r.filters.some((filter, index) => isPart[index] && filter.test.kind !== "time");
  r.filters.forEach((filter, index) => {
    if (filter.test.kind === "time" && isTimeAside) isPart[index] = false;
  });
  const isSplit = isPart.includes(true) && isPart.includes(false);
  r.filters.forEach((filter, index) => {
    if (!isSplit || isPart[index]) r.filters[index] = { ...filter, part: true };
  });
}

/** "What is the number of the Yen", of rows with a column of just that name: what the one row named says there, shown beside it. */
function isColumnOfNumbers(r: Reading, index: number): boolean {
  const isNumber = r.at(index)?.words.includes("number") === true && r.at(index)?.words.at(-1) === "of";
  const of = r.skip(index + 1);
  const field =
    isNumber && r.isValue(of) && !r.thing(of + 1) ? r.context.main.fields.find(({ name }) => name.toLowerCase() === "number") : undefined;
  if (!field) return false;
  r.use(index);
  r.shown.push({ kind: "field", chosen: { collection: r.context.main, field, score: 1 }, unit: index });
  return true;
}

/** "The number of cylinders", where each row says how many it has. */
function sumOfNumbers(r: Reading, counted: Thing): Extract<Wanted, { kind: "aggregate" }> | undefined {
  if (counted.kind !== "field" || !r.measurable(counted.chosen.field) || counted.chosen.score < 0.5) return undefined;
  return /year/i.test(counted.chosen.field.name) ? undefined : { kind: "aggregate", fn: "sum", chosen: counted.chosen };
}

/** "The number of hires", where a column says when somebody was hired: the rows that have that date, and not the different dates. */
function rowsOfDate(r: Reading, counted: Thing): Thing {
  if (counted.kind !== "field" || !dated(counted.chosen.field)) return counted;
  if (r.at(counted.unit)?.words.some((word) => /^(dates?|days?|times?)$/.test(word))) return counted;
  r.filters.push({ unit: counted.unit, negated: true, test: { kind: "missing", chosen: counted.chosen } });
  return { kind: "entity", collection: counted.chosen.collection, unit: counted.unit };
}

/** A measure written out: "number of tracks", "average rating", "total spending", "total". */
export function wantedAt(r: Reading, start: number): Wanted | undefined {
  const unit = r.at(start);
  if (!unit || r.used[start]) return undefined;
  if (unit.ops.has("how-many")) {
    let place = start + 1;
    while (r.plain(place) || (r.used[place] && r.filters.some((filter) => filter.unit === place))) place++;
    const found = r.thing(place);
    if (!found) return undefined;
    r.use(start, place);
    return sumOfNumbers(r, found) ?? { kind: "count", thing: rowsOfDate(r, found) };
  }
  for (const fn of ["avg", "median", "sum", "min", "max"] as const) {
    if (!unit.ops.has(fn)) continue;
    const amount = fn === "sum" ? amountAt(r, start + 1) : undefined;
    if (amount) {
      r.use(start, start + 1);
      return { kind: "aggregate", fn, chosen: amount };
    }
    let place = start + 1;
    while ((r.plain(place) && !r.strong(place)) || r.has(place, "how-many") || (fn === "sum" && r.has(place, "sum") && place > start + 1))
      place++;
    // "average invoice total": the owner may stand before the field.
    const owner = r.entity(place);
    const following = owner ? (r.field(place + 1, r.measurable) ?? measureNoun(r, place + 1, owner)) : undefined;
    const chosen =
      following ??
      (r.at(place)?.trade
        ? fieldInFull(r, place)
        : (r.field(place, r.measurable, undefined, fn === "max" ? "high" : fn === "min" ? "low" : undefined) ??
          measureNoun(r, place, r.context.main)));
    if (following) r.use(++place);
    // "The average closing price", of rows called prices.
    const rows = chosen && !following && !r.at(place + 1)?.afterPause ? r.entity(place + 1) : undefined;
    if (rows !== undefined && rows === chosen?.collection) r.use(place + 1);
    if (chosen) {
      r.use(start, place);
      for (let between = start + 1; between < place; between++) r.use(between);
      return { kind: "aggregate", fn, chosen };
    }
    // "average order value": what an order comes to.
    const worth = r.at(place)?.trade === "units" && /^(value|worth|amount|total|size)$/.test(r.at(place + 1)?.words.join(" ") ?? "");
    if (worth && !r.used[place] && !r.used[place + 1]) {
      const made = fn === "sum" ? undefined : r.entity(place);
      const isOnLines = made && !fieldByWords(r.context, moneyFields, [made], r.measurable);
      r.use(start, place, place + 1);
      if (isOnLines) {
        // Its money is on its lines: what they come to together, order by order.
        r.over = fn;
        r.groups.push({ thing: { kind: "entity", collection: made, unit: place }, unit: place });
        return { kind: "trade", of: "money", fn: "sum" };
      }
      return { kind: "trade", of: "money", fn };
    }
    if (r.at(place)?.trade && !r.used[place] && !(r.at(place)?.trade === "units" && r.entity(place))) {
      const own = r.field(start, r.measurable);
      r.use(start, place);
      if (own && own.collection === r.context.main) return { kind: "aggregate", fn: "sum", chosen: own };
      return { kind: "trade", of: r.at(place)?.trade ?? "money", fn };
    }
    // "Average temperature in Austin", where a row of temperatures has a column for each place.
    const columns = r.entity(place);
    const column = columns && ["in", "of", "for", "at"].includes(r.at(place + 1)?.words[0] ?? "") ? r.skip(place + 2) : -1;
    const wide = columns && column >= 0 ? r.field(column, r.measurable, columns) : undefined;
    if (wide && wide.score >= 0.9) {
      r.use(start, place, column);
      return { kind: "aggregate", fn, chosen: wide };
    }
    const own = r.field(start, r.measurable);
    if (own) {
      r.use(start);
      const named = r.entity(place);
      if (named === own.collection) r.use(place);
      return { kind: "aggregate", fn: fn === "sum" ? "sum" : fn, chosen: own };
    }
    const counted = fn === "sum" ? r.thing(place) : undefined;
    if (counted) {
      r.use(start, place);
      // The sum of things that have an amount each is the sum of the amounts, not how many there are.
      const amount = counted.kind === "entity" ? fieldByWords(r.context, amountWords, [counted.collection], r.measurable) : undefined;
      if (amount) return { kind: "aggregate", fn, chosen: amount };
      return { kind: "count", thing: counted };
    }
  }
  if (unit.trade === "money") {
    const chosen = fieldInFull(r, start);
    r.use(start);
    return chosen ? { kind: "aggregate", fn: "sum", chosen } : { kind: "trade", of: "money", fn: "sum" };
  }
  return undefined;
}

/** A word of trade that is also the full name of a column: the column it is. */
function fieldInFull(r: Reading, place: number): ChosenField | undefined {
  if (!r.at(place)?.schema.some((ref) => ref.field && ref.score >= 0.95 && ref.collection === r.context.main)) return undefined;
  const chosen = r.field(place, r.measurable, r.context.main);
  return chosen && chosen.score >= 0.95 ? chosen : undefined;
}

/** "length", "size", "age" where the field is called otherwise. */
export function measureNoun(r: Reading, place: number, owner: Collection): ChosenField | undefined {
  const word = singular(r.at(place)?.words[0] ?? "");
  if (r.used[place] || r.at(place)?.words.length !== 1 || !Object.hasOwn(measureNouns, word)) return undefined;
  return fieldByWords(r.context, measureNouns[word] ?? [], [owner], r.measurable);
}

/** Averages, totals, medians and extremes that no ranking took. */
export function readAggregates(r: Reading): void {
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index]) continue;
    const fn = (["median", "avg", "sum", "min", "max"] as const).find((one) => unit.ops.has(one));
    if (!fn) continue;
    if (fn === "sum" && unit.words[0] === "in" && (r.wanted || r.rank)) {
      r.use(index);
      continue;
    }
    if (r.rank?.by.kind === "field" && fn === "avg") {
      r.rank = { direction: r.rank.direction, by: { kind: "aggregate", fn: "avg", chosen: r.rank.by.chosen } };
      r.use(index);
      continue;
    }
    if (r.rank?.by.kind === "dimension" && fn === "avg") {
      r.use(index);
      r.over = "avg";
      continue;
    }
    const measure = wantedAt(r, index);
    if (measure) {
      if (!r.wanted) r.wanted = measure;
      else r.extra.push(measure);
      continue;
    }
    if ((fn === "sum" || fn === "avg") && r.wanted?.kind === "aggregate" && !r.used[index]) {
      r.wanted = { ...r.wanted, fn };
      r.use(index);
    } else if (fn === "sum" && r.wanted) r.use(index);
    else if (fn === "avg" && r.rank === undefined) {
      // "the movies' average", "ratings on average"
      const back = r.skip(index - 1, -1);
      const chosen = r.field(back, r.measurable);
      if (chosen) {
        r.use(index, back);
        r.wanted = { kind: "aggregate", fn: "avg", chosen };
      }
    }
  }
  if (!r.wanted && !r.rank) {
    const verb = r.units.findIndex((unit, index) => unit.trade === "money" && !r.used[index] && !r.entity(index) && r.ask === "plain");
    if (verb >= 0 && !r.field(verb, r.measurable)) {
      r.use(verb);
      r.wanted = { kind: "trade", of: "money", fn: "sum" };
    }
  }
}
