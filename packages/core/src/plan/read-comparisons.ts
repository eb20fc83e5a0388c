import { negationOf } from "./read-filters.ts";
import { readVersusAverage } from "./read-averages.ts";
import { readFieldPair, readMoreThan } from "./read-field-pairs.ts";
import { readVerbPair, verbBound } from "./read-verbs.ts";
import { aggregateBefore, direct, negatedBefore, numberAfter, useAdjective } from "./read-numbers.ts";
import { converted, measurementField, timeField } from "./read-units.ts";
import { type Field, isNumeric, keyOf } from "./catalog.ts";
import { type ChosenField, entityOf, fieldByWords, fieldOfUnit, nearby, Unplannable } from "./context.ts";
import type { Comparison } from "./query-plan.ts";
import { type Reading, dated, isKeyLike, inverse } from "./reading.ts";
import { inYearOf } from "./times.ts";
import type { Unit } from "./units.ts";
import { personWords } from "./lexicon.ts";
import { nameWords, singular } from "./words.ts";

const memberWords: ReadonlySet<string> = new Set("member members entry entries row rows record records".split(" "));
const comparisonOps: readonly Comparison[] = [">=", "<=", ">", "<", "!=", "="];

/** Bounds: "above 8", "at least 3 stars", "between 1990 and 2000", "longer than 5 minutes", "above average". */
export function readComparisons(r: Reading): void {
  for (let index = 0; index < r.units.length; index++) {
    const unit = r.at(index);
    if (!unit || r.used[index]) continue;
    if (
      unit.ops.has("between") ||
      (unit.words[0] === "from" &&
        !r.used[index + 1] &&
        r.at(index + 1)?.time &&
        r.at(index + 2)?.words[0] === "to" &&
        r.at(index + 3)?.time)
    ) {
      if (readRange(r, index)) continue;
    }
    if (readVersusAverage(r, index)) continue;
    const sign = unit.words.length === 1 ? { negative: "<", positive: ">" }[unit.words[0] as "negative"] : undefined;
    if (sign !== undefined && unit.schema.length === 0 && unit.values.length === 0) {
      const chosen = direct(r, index, 1, r.measurable) ?? direct(r, index, -1, r.measurable);
      if (!chosen) continue;
      r.use(index, chosen.index);
      r.filters.push({ unit: index, negated: false, test: { kind: "compare", chosen: chosen.chosen, op: sign as "<" | ">", value: 0 } });
      continue;
    }
    const next = numberAfter(r, index);
    if (unit.comparative && next !== undefined) {
      const { temporal, high } = unit.comparative;
      const number = r.at(next);
      const before = temporal && number?.time !== undefined;
      // Older means earlier for moments, but more for ages.
      const op: Comparison = before ? (high ? "<" : ">") : high ? ">" : "<";
      compareAt(r, index, next, op, unit.comparative);
      continue;
    }
    const timeNext = r.skip(index + 1);
    const timed = r.at(timeNext)?.time;
    if (timed && !r.used[timeNext] && (unit.ops.has("before") || unit.ops.has("after") || unit.ops.has("since"))) {
      if (unit.words[0] === "from" && unit.filler) continue;
      const relation =
        unit.ops.has("after") && !(unit.words[0] === "since")
          ? "after"
          : unit.ops.has("before")
            ? /^(until|till|up)/.test(unit.words[0] ?? "")
              ? "through"
              : "before"
            : "since";
      const chosen = timeField(r, index);
      r.use(index, timeNext);
      r.filters.push({ unit: index, negated: deniedBefore(r, index, chosen), test: { kind: "time", span: timed, relation, chosen } });
      continue;
    }
    const op = comparisonOps.find((one) => unit.ops.has(one));
    if (next === undefined && (readVerbPair(r, index, op) || readMoreThan(r, index))) continue;
    if (op === undefined) continue;
    if (next !== undefined) {
      compareAt(r, index, next, op, undefined);
      continue;
    }
    if (readFieldPair(r, index, op)) continue;
    // "8 or more", "5 minutes or longer"
    if (/^(or|and)$/.test(unit.words[0] ?? "")) {
      const back = r.at(index - 1)?.measurement ? index - 2 : index - 1;
      if (r.at(back)?.number !== undefined && !r.used[back]) suffixComparison(r, index, back, op);
    }
  }
}

/** "Not since 2020", "have not been modified since 2020". */
function deniedBefore(r: Reading, index: number, chosen: ChosenField | undefined): boolean {
  if (negatedBefore(r, index)) return true;
  const isItsVerb = r.at(index - 1)?.schema.some((ref) => ref.field !== undefined && ref.field === chosen?.field) === true;
  return isItsVerb && negatedBefore(r, index - 1);
}

function compareAt(r: Reading, index: number, numberIndex: number, op: Comparison, dimension: Unit["comparative"]): void {
  const number = r.at(numberIndex);
  if (number?.number === undefined && !number?.time) return;
  const value = number.number ?? 0;
  const written = r.at(numberIndex + 1)?.measurement;
  const measurement = written ?? (number.money === true ? { dimension: "money", factor: 1 } : undefined);
  const end = written ? numberIndex + 1 : numberIndex;
  useAdjective(r, end + 1);
  const negated = negatedBefore(r, index);
  const finalOp = negated ? inverse[op] : op;
  const take = (chosen: ChosenField, ...more: number[]): void => {
    r.use(index, numberIndex, end, ...more);
    if (chosen.field.type === "date") {
      const relation = op === ">" ? "after" : op === ">=" ? "since" : op === "<" ? "before" : op === "<=" ? "through" : "in";
      if (!number.time) throw new Unplannable(`"${chosen.field.name}" is a date and ${number.text} is not`);
      r.filters.push({ unit: index, negated, test: { kind: "time", span: number.time, relation, chosen } });
      return;
    }
    const isPercent = number.percent === true && typeof chosen.field.max === "number" && chosen.field.max <= 1;
    const amount = isPercent ? value / 100 : converted(value, measurement, chosen.field);
    const average = r.units.findIndex((one, place) => !r.used[place] && one.ops.has("avg") && one.words[0] === "on");
    if (average >= 0) {
      r.use(average);
      r.having.push({ op: finalOp, value: amount, of: { kind: "aggregate", fn: "avg", chosen } });
      return;
    }
    r.filters.push({ unit: index, negated: false, test: { kind: "compare", chosen, op: finalOp, value: amount } });
  };
  if (dimension) {
    const temporalNumber = dimension.temporal === true && number.time === undefined;
    const collections = nearby(r.context, r.context.main, true).slice(0, 3);
    const words = temporalNumber ? (dimension.ageFields ?? dimension.fields) : dimension.fields;
    const right = r.field(end + 1, r.measurable);
    // "a flipper longer than 220 mm": what is compared stands before.
    const left = right ? undefined : direct(r, index, -1, r.measurable);
    const named = right ?? left?.chosen;
    const chosen =
      named ??
      (measurement ? measurementField(r, measurement) : undefined) ??
      fieldByWords(
        r.context,
        words,
        collections,
        dimension.temporal && number.time ? (one) => dated(one) || r.measurable(one) : r.measurable,
      );
    if (chosen) {
      return take(chosen, ...(right ? [end + 1] : left ? [left.index] : []));
    }
    if (temporalNumber) {
      const birth = fieldByWords(r.context, dimension.fields, collections, dated);
      if (birth) {
        const limitDay = new Date(r.context.now.getTime());
        limitDay.setUTCFullYear(limitDay.getUTCFullYear() - value);
        const day = limitDay.toISOString().slice(0, 10);
        const older = dimension.high;
        r.use(index, numberIndex, end);
        if (r.at(end + 1)?.words[0] === "year" || r.at(end + 1)?.words[0] === "years") r.use(end + 1);
        r.filters.push({
          unit: index,
          negated,
          test: {
            kind: "time",
            span: { from: day, to: day, text: day, relative: true },
            relation: older ? "before" : "since",
            chosen: birth,
          },
        });
        return;
      }
    }
    const verb = verbBound(r, index, end);
    if (verb) return take(verb.chosen, ...verb.used);
    throw new Unplannable(`nothing here is called ${dimension.fields.slice(0, 3).join(", ")}`);
  }
  const verb = verbBound(r, index, end);
  const isWhole = verb?.used.includes(end + 1) === true || r.thing(r.skip(end + 1)) === undefined;
  if (verb && isWhole && !written) return take(verb.chosen, ...verb.used);
  const accept = number.time && value === 0 ? dated : (one: Field) => r.measurable(one) || (number.time !== undefined && dated(one));
  const left = direct(r, index, -1, accept);
  const right = direct(r, end, 1, r.measurable);
  const adjacentRight = right?.index === end + 1;
  const chosen = adjacentRight && !(left && left.index === index - 1) ? right : (left ?? right);
  if (chosen) {
    // "average rating above 7" and "number of tracks above 100" compare the measure of a group.
    const aggregate = aggregateBefore(r, chosen.index);
    if (aggregate && chosen === left) {
      r.use(index, numberIndex, chosen.index, aggregate.index);
      r.having.push({
        op: finalOp,
        value: converted(value, measurement, chosen.chosen.field),
        of: { kind: "aggregate", fn: aggregate.fn, chosen: chosen.chosen },
      });
      return;
    }
    return take(chosen.chosen, chosen.index);
  }
  const counted = r.skip(index - 1, -1);
  const countedThing = r.entity(counted);
  const countMark = r.skip(counted - 1, -1);
  if (countedThing && r.has(countMark, "how-many") && countMark > 0) {
    r.use(index, numberIndex, counted, countMark);
    r.having.push({ op: finalOp, value, of: { kind: "count", thing: { kind: "entity", collection: countedThing, unit: counted } } });
    return;
  }
  if (measurement) {
    const implied = measurementField(r, measurement);
    const moneyVerb = r.units.findIndex((unit, place) => place < index && unit.trade === "money" && !r.used[place]);
    if (measurement.dimension === "money" && moneyVerb >= 0) {
      r.use(index, numberIndex, end, moneyVerb);
      r.having.push({ op: finalOp, value, of: { kind: "trade", of: "money", fn: "sum" } });
      return;
    }
    if (implied) return take(implied);
  }
  // "more than 5 jazz tracks": values may stand between the number and what is counted.
  for (let place = end + 1, seen = 0; r.at(place) && seen < 4; place++, seen++) {
    if (r.isValue(place) || (r.at(place)?.filler && !r.strong(place)) || r.soft(place)) continue;
    const counting = r.thing(place);
    if (!counting) break;
    r.use(index, numberIndex, place);
    r.having.push({ op: finalOp, value, of: { kind: "count", thing: counting } });
    return;
  }
  // "more than 20 large airports": kinds of a thing whose name ends in that of the thing.
  const kind = r.skip(end + 1);
  const kindOf = r
    .at(kind)
    ?.values.find((ref) => ref.exact && nameWords(ref.collection.name).at(-1) === singular(r.at(kind)?.words.at(-1) ?? ""));
  if (kindOf && r.isValue(kind) && (r.at(kind)?.words.length ?? 0) > 1) {
    r.use(index, numberIndex);
    r.having.push({ op: finalOp, value, of: { kind: "count", thing: { kind: "entity", collection: kindOf.collection, unit: kind } } });
    return;
  }
  // "women over 40": of people, a bare number is an age.
  const age = r.context.main.fields.find((one) => r.measurable(one) && nameWords(one.name).join(" ") === "age");
  if (age && !written && /^(over|under|above|below)$/.test(r.at(index)?.words[0] ?? "") && isPerson(r, r.skip(index - 1, -1)))
    return take({ collection: r.context.main, field: age, score: 0.9 });
  // "spent more than 40", "total sales above 100"
  const amountAt = r.skip(index - 1, -1);
  if (r.at(amountAt)?.trade === "money") {
    const total = aggregateBefore(r, amountAt);
    r.use(index, numberIndex, amountAt, ...(total?.fn === "sum" ? [total.index] : []));
    r.having.push({ op: finalOp, value, of: { kind: "trade", of: "money", fn: "sum" } });
    return;
  }
  if (number.time && (op === ">" || op === ">=" || op === "<" || op === "<=")) {
    r.use(index, numberIndex);
    const relation = op === ">" ? "after" : op === ">=" ? "since" : op === "<" ? "before" : "through";
    r.filters.push({ unit: index, negated, test: { kind: "time", span: number.time, relation, chosen: timeField(r, index) } });
    return;
  }
  // "Families with at least 5 members": whatever the rows are.
  const membersAt = [end + 1, r.skip(end + 1)].find((at) => memberWords.has(r.at(at)?.words.join(" ") ?? "") && !r.used[at]);
  if (membersAt !== undefined) {
    r.use(index, numberIndex, membersAt);
    r.having.push({ op: finalOp, value, of: { kind: "count", thing: { kind: "entity", collection: r.context.main, unit: membersAt } } });
    return;
  }
  const only = onlyNumberNamed(r);
  if (only) return take(only.chosen, only.index);
  throw new Unplannable(`it is not clear what is compared with ${number.text}`);
}

/** "Below 40 degrees in New York": the one number of the rows that is named in full. */
function onlyNumberNamed(r: Reading): { chosen: ChosenField; index: number } | undefined {
  const named = r.units.flatMap((_, index) => {
    const chosen = r.used[index] ? undefined : r.field(index, r.measurable, r.context.main);
    return chosen && chosen.score >= 0.95 ? [{ chosen, index }] : [];
  });
  return named.length === 1 ? named[0] : undefined;
}

/** The unit speaks of people. */
function isPerson(r: Reading, place: number): boolean {
  return r.at(place)?.words.length === 1 && personWords.has(singular(r.at(place)?.words[0] ?? ""));
}

function suffixComparison(r: Reading, index: number, numberIndex: number, op: Comparison): void {
  const number = r.at(numberIndex);
  if (number?.number === undefined) return;
  const measurement = r.at(numberIndex + 1)?.measurement;
  const left = direct(r, numberIndex, -1, (one) => r.measurable(one) || (number.time !== undefined && dated(one)));
  const right = direct(r, index, 1, r.measurable);
  const found = left ?? right;
  const implied = found ? found.chosen : measurement ? measurementField(r, measurement) : undefined;
  if (implied) {
    r.use(index, numberIndex, ...(measurement ? [numberIndex + 1] : []), ...(found ? [found.index] : []));
    if (implied.field.type === "date" && number.time) {
      r.filters.push({
        unit: index,
        negated: false,
        test: { kind: "time", span: number.time, relation: op === ">=" ? "since" : "through", chosen: implied },
      });
      return;
    }
    r.filters.push({
      unit: index,
      negated: false,
      test: { kind: "compare", chosen: implied, op, value: converted(number.number, measurement, implied.field) },
    });
    return;
  }
  const place = r.skip(index + 1);
  const counting = r.thing(place);
  if (!counting) throw new Unplannable(`it is not clear what "${number.text} ${r.at(index)?.text ?? ""}" is about`);
  r.use(index, numberIndex, place);
  r.having.push({ op, value: number.number, of: { kind: "count", thing: counting } });
}

function readRange(r: Reading, index: number): boolean {
  const first = r.skip(index + 1);
  let and = first + 1;
  if (r.at(and)?.measurement) and++;
  if (!r.at(first) || !["and", "to", "through"].includes(r.at(and)?.words[0] ?? "")) return false;
  const second = r.skip(and + 1);
  const low = r.at(first);
  const high = r.at(second);
  if (low?.number === undefined && !low?.time) return false;
  if (high?.number === undefined && !high?.time) return false;
  const measurement = r.at(second + 1)?.measurement;
  const accept = (one: Field): boolean => r.measurable(one) || (low.time !== undefined && dated(one));
  const beside = direct(r, index, -1, accept);
  // "Invoices between March and June": the things, not the date that is called like them.
  const left = beside && low.time !== undefined && r.entity(beside.index) ? undefined : beside;
  const right = direct(r, measurement ? second + 1 : second, 1, r.measurable);
  const chosen = left ?? right;
  const negated = negatedBefore(r, index);
  useAdjective(r, measurement ? second + 2 : second + 1);
  const taken = [index, first, and, second, ...(measurement ? [second + 1] : []), ...(chosen ? [chosen.index] : [])];
  if (low.time && high.time && (!chosen || chosen.chosen.field.type === "date" || !r.measurable(chosen.chosen.field))) {
    r.use(...taken);
    const span = {
      from: inYearOf(low.time, high.time).from,
      to: high.time.to,
      text: `${low.text} to ${high.text}`,
      relative: false,
      ...(low.time.year !== undefined && high.time.year !== undefined ? { years: [low.time.year, high.time.year] as const } : {}),
    };
    r.filters.push({ unit: index, negated, test: { kind: "time", span, relation: "in", chosen: chosen?.chosen ?? timeField(r, index) } });
    return true;
  }
  const picked = chosen?.chosen ?? (measurement ? measurementField(r, measurement) : comparedByAdjective(r, index));
  if (!picked || low.number === undefined || high.number === undefined)
    throw new Unplannable("it is not clear what lies between the two numbers");
  r.use(...taken);
  const from = converted(low.number, measurement, picked.field);
  const to = converted(high.number, measurement, picked.field);
  r.filters.push({ unit: index, negated: false, test: { kind: "compare", chosen: picked, op: ">=", value: Math.min(from, to) } });
  r.filters.push({ unit: index, negated: false, test: { kind: "compare", chosen: picked, op: "<=", value: Math.max(from, to) } });
  return true;
}

function comparedByAdjective(r: Reading, index: number): ChosenField | undefined {
  const before = r.at(r.skip(index - 1, -1));
  return before?.schema.length ? fieldOfUnit(r.context, before, r.measurable) : undefined;
}

/** A number on its own: "8 cylinders", "in 2005". */
/** "Ticket 7": the row of that key. */
function readNumberedRow(r: Reading, index: number): boolean {
  const unit = r.at(index);
  const before = r.at(index - 1);
  if (unit?.number === undefined || unit.time || unit.afterPause || !before) return false;
  const named = entityOf(r.context, before)?.collection;
  const key = named && keyOf(named);
  const word = before.words.at(-1) ?? "";
  if (!named || !key || !isNumeric(key) || !Number.isInteger(unit.number) || singular(word) !== word) return false;
  r.use(index);
  r.filters.push({
    unit: index,
    negated: negationOf(r, index),
    test: { kind: "compare", chosen: { collection: named, field: key, score: 1 }, op: "=", value: unit.number },
  });
  return true;
}

export function readNumber(r: Reading, index: number): void {
  const unit = r.at(index);
  if (unit?.number === undefined) return;
  const next = r.at(index + 1);
  const yearField = r.context.main.fields.find((one) => isNumeric(one) && nameWords(one.name).join(" ") === "year");
  const right = next && !next.filler ? r.field(index + 1, r.measurable) : undefined;
  const left = direct(r, index, -1, (one) => r.measurable(one) || isKeyLike(one));
  if (right && !unit.time) {
    r.use(index, index + 1);
    r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "compare", chosen: right, op: "=", value: unit.number } });
    return;
  }
  // "Order 17" is that order, and not what points at it.
  if (left && isKeyLike(left.chosen.field) && left.index === index - 1 && readNumberedRow(r, index)) return;
  if (left && !(unit.time && !/year/i.test(left.chosen.field.name))) {
    r.use(index, left.index);
    r.filters.push({
      unit: index,
      negated: negationOf(r, index),
      test: {
        kind: "compare",
        chosen: left.chosen,
        op: negatedBefore(r, index) ? "!=" : "=",
        value: converted(unit.number, r.at(index + 1)?.measurement, left.chosen.field),
      },
    });
    return;
  }
  if (readNumberedName(r, index) || readNumberedRow(r, index)) return;
  if (unit.time) {
    const chosen = timeField(r, index);
    r.use(index);
    r.filters.push({
      unit: index,
      negated: negationOf(r, index),
      test: {
        kind: "time",
        span: unit.time,
        relation: "in",
        chosen: chosen ?? (yearField ? { collection: r.context.main, field: yearField, score: 1 } : undefined),
      },
    });
  }
}

/** "Chrome 100": beside a value, a number that the one text column of these rows holds as it is written. */
function readNumberedName(r: Reading, index: number): boolean {
  const unit = r.at(index);
  if (!unit || !r.filters.some((one) => one.unit === index - 1 && one.test.kind === "values" && one.test.exact)) return false;
  const holding = r.context.vocabulary
    .values(unit.words, { partial: false, written: unit.text })
    .filter((ref) => ref.exact && ref.collection === r.context.main && ref.field.type === "string");
  const [only] = holding;
  if (!only || holding.length > 1) return false;
  r.use(index);
  const chosen = { collection: only.collection, field: only.field, score: only.score };
  r.filters.push({ unit: index, negated: false, test: { kind: "values", chosen, values: only.values, exact: true } });
  return true;
}
