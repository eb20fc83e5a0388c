import { type Catalog, type Collection, type Field, fieldOf, isNumeric } from "./catalog.ts";
import {
  type ChosenField,
  type Context,
  cueFits,
  entityOf,
  fieldByWords,
  fieldOfUnit,
  isCue,
  nearby,
  rankedValues,
  Unplannable,
} from "./context.ts";
import type { FilterReading, Frame, Thing, Wanted } from "./frame.ts";
import { howAdjectives, relationVerbs, measureNouns, moneyFields, nameFields, personNouns, softWords, unitPriceFields } from "./lexicon.ts";
import type { Bucket, Comparison } from "./query-plan.ts";
import type { Unit } from "./units.ts";
import { nameWords, root, singular, unitInName, type Unit as Measurement } from "./words.ts";

/** Operators that change the answer: left without a place, the question was not understood. */
const decisive: ReadonlySet<string> = new Set([
  "avg",
  "median",
  "min",
  "max",
  "share",
  "most",
  "least",
  "highest",
  "lowest",
  ">",
  ">=",
  "<",
  "<=",
  "!=",
  "between",
  "before",
  "after",
  "since",
  "not",
  "above-average",
  "below-average",
  "change",
  "unsupported",
  "starts",
  "ends",
  "group",
]);

const placeFields = ["address", "city", "state", "region", "country", "location"];
const verbRoots: ReadonlySet<string> = new Set(relationVerbs.map(root));

const inverse: Readonly<Record<Comparison, Comparison>> = { "=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">" };
const comparisonOps: readonly Comparison[] = [">=", "<=", ">", "<", "!=", "="];
const commonest = /common|frequent|popular|numerous|often|rare|widely/;
const dated = (field: Field): boolean => field.type === "date";

/** Key columns are numbers nobody averages. */
export function isKeyLike(field: Field): boolean {
  return /(^_?id$|[a-z_\s]id$|Id$|ID$|_key$|uuid|[a-z]No$|_no$)/.test(field.name) && field.type !== "number";
}

/** The ends of all relations. */
function keyFields(catalog: Catalog): ReadonlySet<Field> {
  const ends = catalog.relations.flatMap((one) => [one.from, one.to]);
  return new Set(ends.flatMap((end) => fieldOf(catalog, end.collection, end.field) ?? []));
}

/** Reads the units of a question around one collection into a frame. Throws `Unplannable` when it cannot. */
export function readQuestion(context: Context): Frame {
  const { units } = context;
  const keys = keyFields(context.catalog);
  const measurable = (field: Field): boolean => isNumeric(field) && !isKeyLike(field) && !keys.has(field);
  const used = new Array<boolean>(units.length).fill(false);
  const filters: FilterReading[] = [];
  const shown: Thing[] = [];
  const groups: { thing?: Thing; bucket?: Bucket; unit: number }[] = [];
  const having: { op: Comparison; value: number; of: Wanted }[] = [];
  let wanted: Wanted | undefined;
  let over: Frame["over"];
  let target: Thing | undefined;
  let rank: Frame["rank"];
  let sort: Frame["sort"];
  let limit: number | undefined;
  let ask: Frame["ask"] = "plain";
  let distinct = false;
  let targetAt: number | undefined;
  let pendingTop: { readonly index: number; readonly direction: "asc" | "desc" } | undefined;
  const extra: Wanted[] = [];
  const throughUnits = new Set<number>();
  const cues: { readonly cue: string; readonly collection: Collection }[] = [];

  const at = (index: number): Unit | undefined => units[index];
  const has = (index: number, op: string): boolean => at(index)?.ops.has(op) === true;
  const use = (...indices: number[]): void => {
    for (const index of indices) used[index] = true;
  };
  const plain = (index: number): boolean => {
    const unit = at(index);
    return unit !== undefined && unit.filler && !used[index] && unit.ops.size === 0;
  };
  const skip = (index: number, step: 1 | -1 = 1): number => {
    let place = index;
    while (
      at(place) &&
      (plain(place) || (at(place)?.filler === true && !["and", "or", "by", "not", "no"].includes(at(place)?.text.toLowerCase() ?? ""))) &&
      !strong(place)
    )
      place += step;
    return place;
  };
  /** A filler that is also the full name of a field is no filler where a field is wanted. */
  function strong(index: number): boolean {
    const unit = at(index);
    return (
      unit !== undefined &&
      unit.filler &&
      unit.schema.some((ref) => ref.score >= 0.95 && (ref.kind === "field" ? ref.collection === context.main : true)) &&
      !["in", "to", "from", "by", "of", "on"].includes(unit.words[0] ?? "")
    );
  }
  const entity = (index: number): Collection | undefined => {
    const unit = at(index);
    return unit && !used[index] && !(unit.filler && !strong(index)) ? entityOf(context, unit)?.collection : undefined;
  };
  const field = (
    index: number,
    accept?: (field: Field) => boolean,
    within?: Collection,
    prefer?: "high" | "low",
  ): ChosenField | undefined => {
    const unit = at(index);
    return unit && !used[index] && unit.schema.length > 0 ? fieldOfUnit(context, unit, accept, within, prefer) : undefined;
  };
  const isValue = (index: number): boolean => {
    const unit = at(index);
    if (!unit || used[index] || unit.values.length === 0) return false;
    const bestValue = rankedValues(context, unit, undefined)[0];
    if (!bestValue) return false;
    if (unit.quoted) return true;
    const schema = Math.max(0, ...unit.schema.map((ref) => ref.score));
    const firstWord = unit.start === 0;
    return bestValue.ref.exact && unit.capital && !firstWord
      ? bestValue.score >= schema - 0.12 && !(schema >= 0.96 && bestValue.score < 0.97)
      : bestValue.score > schema;
  };
  const thing = (index: number): Thing | undefined => {
    if (!at(index) || used[index] || isValue(index)) return undefined;
    const collection = entity(index);
    if (collection) return { kind: "entity", collection, unit: index };
    // One row a day: the days are the rows.
    if (at(index)?.bucket === "day" && context.main.fields.some((one) => dated(one) && one.unique))
      return { kind: "entity", collection: context.main, unit: index };
    const chosen = field(index);
    return chosen ? { kind: "field", chosen, unit: index } : undefined;
  };

  readLimits();
  readComparisons();
  readNegatedFields();
  readBooleans();
  readAsk();
  readSort();
  readRank();
  readAggregates();
  readGroups();
  readFilters();
  readRest();

  const unexplained = units.flatMap((unit, index) => {
    if (used[index] || unit.ops.has("exists")) return [];
    if ([...unit.ops].some((op) => decisive.has(op)) && !(unit.filler && unit.ops.has("since"))) return [unit.text];
    if (sort && /^(sorted|ordered|ranked|arranged)$/.test(unit.words[0] ?? "")) return [];
    if (unit.words.length === 1 && verbRoots.has(root(unit.words[0] ?? "")) && joinsThings(index)) return [];
    return unit.filler || (unit.words.length === 1 && softWords.has(singular(unit.words[0] ?? ""))) ? [] : [unit.text];
  });
  const explained = units.length === 0 ? 0 : 1 - unexplained.length / units.length;
  return {
    ask,
    who: units.some((unit) => unit.words[0] === "who"),
    target,
    wanted,
    over,
    groups,
    filters,
    having,
    rank,
    sort,
    limit,
    distinct,
    shown,
    extra,
    cues,
    mentioned: units.flatMap((_, index) => {
      const unit = units[index];
      const found = unit && unit.schema.length > 0 && !unit.filler ? entityOf(context, unit) : undefined;
      return found ? [found.collection] : [];
    }),
    explained,
    unexplained,
    notes: context.notes,
  };

  /** A verb with something the plan uses on both sides, or at the end, only says that they belong together. */
  function joinsThings(index: number): boolean {
    const placed = (unit: Unit, place: number): boolean =>
      used[place] === true && (unit.schema.length > 0 || unit.values.length > 0 || unit.time !== undefined);
    return (
      units.some((unit, place) => place < index && placed(unit, place)) &&
      (index === units.length - 1 || units.some((unit, place) => place > index && placed(unit, place)))
    );
  }

  /** "top 5", "the 3 cheapest", "which 10 airports". */
  function readLimits(): void {
    units.forEach((unit, index) => {
      if (used[index] || unit.number === undefined || !Number.isInteger(unit.number) || unit.number < 1) return;
      if (unit.number > 1000 || unit.percent === true) return;
      const before = at(index - 1);
      const after = at(index + 1);
      if (!after) return;
      const leads =
        before === undefined ||
        has(index - 1, "top") ||
        has(index - 1, "bottom") ||
        before.superlative !== undefined ||
        has(index - 1, "highest") ||
        has(index - 1, "lowest");
      const asks =
        before !== undefined &&
        ["which", "what", "the", "show", "list", "give", "me", "find", "name", "are", "top"].includes(before.words.at(-1) ?? "");
      const ranked =
        after.superlative !== undefined ||
        after.ops.has("most") ||
        after.ops.has("least") ||
        after.ops.has("highest") ||
        after.ops.has("lowest");
      if (after.ops.has(">=") || after.ops.has("<=") || after.measurement) return;
      const numeric =
        unit.values.length === 0 &&
        after.schema.some((ref) => ref.field && measurable(ref.field) && ref.score > 0.9 && ref.collection === context.main);
      if (!(ranked || ((leads || asks) && !numeric))) return;
      if (before?.words[0] === "than" || comparisonOps.some((op) => has(index - 1, op)) || has(index - 1, "between")) return;
      limit = unit.number;
      use(index);
    });
  }

  function direct(index: number, step: 1 | -1, accept: (field: Field) => boolean): { chosen: ChosenField; index: number } | undefined {
    for (let place = index + step, seen = 0; at(place) && seen < 4; place += step, seen++) {
      const unit = at(place);
      if (!unit || (step === 1 && unit.afterPause) || unit.words[0] === "and" || unit.words[0] === "or") return undefined;
      const chosen = used[place] ? undefined : field(place, accept);
      if (chosen && !(unit.filler && !strong(place))) return { chosen, index: place };
      if (!unit.filler && !unit.measurement) return undefined;
      if (step === -1 && units[index]?.afterPause) return undefined;
    }
    return undefined;
  }

  function measurementField(measurement: Measurement): ChosenField | undefined {
    if (measurement.dimension === "money")
      return fieldByWords(context, [...unitPriceFields, ...moneyFields], nearby(context, context.main, true), measurable);
    const found: ChosenField[] = [];
    for (const collection of nearby(context, context.main, true).slice(0, 4)) {
      for (const one of collection.fields)
        if (measurable(one) && unitInName(one.name)?.dimension === measurement.dimension)
          found.push({ collection, field: one, score: 0.8 });
      if (found.length > 0) break;
    }
    if (found.length > 1) {
      throw new Unplannable(
        "several fields are measured in that unit",
        found.map(({ field: one, collection }) => `${one.name} (${collection.name})`),
      );
    }
    return found[0];
  }

  function converted(value: number, measurement: Measurement | undefined, one: Field): number {
    const own = unitInName(one.name) ?? unitInName(one.description ?? "");
    if (!measurement || !own || own.dimension !== measurement.dimension) return value;
    return (value * measurement.factor) / own.factor;
  }

  /** "5 minutes long", "30 years old". */
  function useAdjective(place: number): void {
    const word = at(place)?.words[0] ?? "";
    if (at(place)?.words.length === 1 && (Object.hasOwn(howAdjectives, word) || word === "each")) use(place);
  }

  function negatedBefore(index: number): boolean {
    for (let place = index - 1, seen = 0; place >= 0 && seen < 3; place--, seen++) {
      if (has(place, "not")) {
        use(place);
        return true;
      }
      if (!at(place)?.filler) return false;
    }
    return false;
  }

  function compareAt(index: number, numberIndex: number, op: Comparison, dimension: Unit["comparative"]): void {
    const number = at(numberIndex);
    if (number?.number === undefined && !number?.time) return;
    const value = number.number ?? 0;
    const written = at(numberIndex + 1)?.measurement;
    const measurement = written ?? (number.money === true ? { dimension: "money", factor: 1 } : undefined);
    const end = written ? numberIndex + 1 : numberIndex;
    useAdjective(end + 1);
    const negated = negatedBefore(index);
    const finalOp = negated ? inverse[op] : op;
    const take = (chosen: ChosenField, ...more: number[]): void => {
      use(index, numberIndex, end, ...more);
      if (chosen.field.type === "date") {
        const relation = op === ">" ? "after" : op === ">=" ? "since" : op === "<" ? "before" : op === "<=" ? "through" : "in";
        if (!number.time) throw new Unplannable(`"${chosen.field.name}" is a date and ${number.text} is not`);
        filters.push({ unit: index, negated, test: { kind: "time", span: number.time, relation, chosen } });
        return;
      }
      const isPercent = number.percent === true && typeof chosen.field.max === "number" && chosen.field.max <= 1;
      const amount = isPercent ? value / 100 : converted(value, measurement, chosen.field);
      filters.push({ unit: index, negated: false, test: { kind: "compare", chosen, op: finalOp, value: amount } });
    };
    if (dimension) {
      const temporalNumber = dimension.temporal === true && number.time === undefined;
      const collections = nearby(context, context.main, true).slice(0, 3);
      const words = temporalNumber ? (dimension.ageFields ?? dimension.fields) : dimension.fields;
      const named = field(end + 1, measurable);
      const chosen =
        named ??
        (measurement ? measurementField(measurement) : undefined) ??
        fieldByWords(context, words, collections, dimension.temporal && number.time ? (one) => dated(one) || measurable(one) : measurable);
      if (chosen) {
        const nextIndex = end + 1;
        return take(chosen, ...(named ? [nextIndex] : []));
      }
      if (temporalNumber) {
        const birth = fieldByWords(context, dimension.fields, collections, dated);
        if (birth) {
          const limitDay = new Date(context.now.getTime());
          limitDay.setUTCFullYear(limitDay.getUTCFullYear() - value);
          const day = limitDay.toISOString().slice(0, 10);
          const older = dimension.high;
          use(index, numberIndex, end);
          if (at(end + 1)?.words[0] === "year" || at(end + 1)?.words[0] === "years") use(end + 1);
          filters.push({
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
      throw new Unplannable(`nothing here is called ${dimension.fields.slice(0, 3).join(", ")}`);
    }
    const accept = number.time && value === 0 ? dated : (one: Field) => measurable(one) || (number.time !== undefined && dated(one));
    const left = direct(index, -1, accept);
    const right = direct(end, 1, measurable);
    const adjacentRight = right?.index === end + 1;
    const chosen = adjacentRight && !(left && left.index === index - 1) ? right : (left ?? right);
    if (chosen) {
      // "average rating above 7" and "number of tracks above 100" compare the measure of a group.
      const aggregate = aggregateBefore(chosen.index);
      if (aggregate && chosen === left) {
        use(index, numberIndex, chosen.index, aggregate.index);
        having.push({
          op: finalOp,
          value: converted(value, measurement, chosen.chosen.field),
          of: { kind: "aggregate", fn: aggregate.fn, chosen: chosen.chosen },
        });
        return;
      }
      return take(chosen.chosen, chosen.index);
    }
    const counted = skip(index - 1, -1);
    const countedThing = entity(counted);
    const countMark = skip(counted - 1, -1);
    if (countedThing && has(countMark, "how-many") && countMark > 0) {
      use(index, numberIndex, counted, countMark);
      having.push({ op: finalOp, value, of: { kind: "count", thing: { kind: "entity", collection: countedThing, unit: counted } } });
      return;
    }
    if (measurement) {
      const implied = measurementField(measurement);
      const moneyVerb = units.findIndex((unit, place) => place < index && unit.trade === "money" && !used[place]);
      if (measurement.dimension === "money" && moneyVerb >= 0) {
        use(index, numberIndex, end, moneyVerb);
        having.push({ op: finalOp, value, of: { kind: "trade", of: "money", fn: "sum" } });
        return;
      }
      if (implied) return take(implied);
    }
    // "more than 5 jazz tracks": values may stand between the number and what is counted.
    for (let place = end + 1, seen = 0; at(place) && seen < 4; place++, seen++) {
      if (isValue(place) || (at(place)?.filler && !strong(place))) continue;
      const counting = thing(place);
      if (!counting) break;
      use(index, numberIndex, place);
      having.push({ op: finalOp, value, of: { kind: "count", thing: counting } });
      return;
    }
    const verb = at(skip(index - 1, -1));
    if (verb?.trade === "money" && (number.text.startsWith("$") || verb.words[0]?.startsWith("sp"))) {
      use(index, numberIndex, units.indexOf(verb));
      having.push({ op: finalOp, value, of: { kind: "trade", of: "money", fn: "sum" } });
      return;
    }
    if (number.time && (op === ">" || op === ">=" || op === "<" || op === "<=")) {
      use(index, numberIndex);
      const relation = op === ">" ? "after" : op === ">=" ? "since" : op === "<" ? "before" : "through";
      filters.push({ unit: index, negated, test: { kind: "time", span: number.time, relation, chosen: timeField(index) } });
      return;
    }
    throw new Unplannable(`it is not clear what is compared with ${number.text}`);
  }

  function aggregateBefore(index: number): { index: number; fn: "avg" | "sum" | "min" | "max" | "median" } | undefined {
    const place = skip(index - 1, -1);
    for (const fn of ["avg", "sum", "median", "min", "max"] as const) if (has(place, fn) && !used[place]) return { index: place, fn };
    return undefined;
  }

  function readComparisons(): void {
    for (let index = 0; index < units.length; index++) {
      const unit = at(index);
      if (!unit || used[index]) continue;
      if (
        unit.ops.has("between") ||
        (unit.words[0] === "from" && at(index + 1)?.time && at(index + 2)?.words[0] === "to" && at(index + 3)?.time)
      ) {
        if (readRange(index)) continue;
      }
      const versus = unit.ops.has("above-average") ? ">" : unit.ops.has("below-average") ? "<" : undefined;
      if (versus) {
        const left = direct(index, -1, measurable);
        const right = direct(index, 1, measurable);
        const chosen = left ?? right;
        const dimension = [...unit.words].length > 0 ? dimensionOf(unit) : undefined;
        const byDimension = chosen
          ? undefined
          : dimension && fieldByWords(context, dimension, nearby(context, context.main, true).slice(0, 3), measurable);
        if (!chosen && !byDimension) throw new Unplannable(`it is not clear what is compared with the average`);
        use(index, ...(chosen ? [chosen.index] : []));
        const compared = chosen?.chosen ?? byDimension;
        if (compared)
          filters.push({
            unit: index,
            negated: false,
            test: { kind: "versus", chosen: compared, op: negatedBefore(index) ? inverse[versus] : versus },
          });
        continue;
      }
      const next = numberAfter(index);
      if (unit.comparative && next !== undefined) {
        const { temporal, high } = unit.comparative;
        const number = at(next);
        const before = temporal && number?.time !== undefined;
        // Older means earlier for moments, but more for ages.
        const op: Comparison = before ? (high ? "<" : ">") : high ? ">" : "<";
        compareAt(index, next, op, unit.comparative);
        continue;
      }
      const timeNext = skip(index + 1);
      const timed = at(timeNext)?.time;
      if (timed && !used[timeNext] && (unit.ops.has("before") || unit.ops.has("after") || unit.ops.has("since"))) {
        if (unit.words[0] === "from" && unit.filler) continue;
        const relation =
          unit.ops.has("after") && !(unit.words[0] === "since")
            ? "after"
            : unit.ops.has("before")
              ? /^(until|till|up)/.test(unit.words[0] ?? "")
                ? "through"
                : "before"
              : "since";
        const chosen = timeField(index);
        use(index, timeNext);
        filters.push({ unit: index, negated: negatedBefore(index), test: { kind: "time", span: timed, relation, chosen } });
        continue;
      }
      const op = comparisonOps.find((one) => unit.ops.has(one));
      if (op === undefined) continue;
      if (next !== undefined) {
        compareAt(index, next, op, undefined);
        continue;
      }
      // "8 or more", "5 minutes or longer"
      if (/^(or|and)$/.test(unit.words[0] ?? "")) {
        const back = at(index - 1)?.measurement ? index - 2 : index - 1;
        if (at(back)?.number !== undefined && !used[back]) suffixComparison(index, back, op);
      }
    }
  }

  function suffixComparison(index: number, numberIndex: number, op: Comparison): void {
    const number = at(numberIndex);
    if (number?.number === undefined) return;
    const measurement = at(numberIndex + 1)?.measurement;
    const left = direct(numberIndex, -1, (one) => measurable(one) || (number.time !== undefined && dated(one)));
    const right = direct(index, 1, measurable);
    const found = left ?? right;
    const implied = found ? found.chosen : measurement ? measurementField(measurement) : undefined;
    if (implied) {
      use(index, numberIndex, ...(measurement ? [numberIndex + 1] : []), ...(found ? [found.index] : []));
      if (implied.field.type === "date" && number.time) {
        filters.push({
          unit: index,
          negated: false,
          test: { kind: "time", span: number.time, relation: op === ">=" ? "since" : "through", chosen: implied },
        });
        return;
      }
      filters.push({
        unit: index,
        negated: false,
        test: { kind: "compare", chosen: implied, op, value: converted(number.number, measurement, implied.field) },
      });
      return;
    }
    const place = skip(index + 1);
    const counting = thing(place);
    if (!counting) throw new Unplannable(`it is not clear what "${number.text} ${at(index)?.text ?? ""}" is about`);
    use(index, numberIndex, place);
    having.push({ op, value: number.number, of: { kind: "count", thing: counting } });
  }

  function dimensionOf(unit: Unit): readonly string[] | undefined {
    const head = unit.words[0] ?? "";
    const words = ({ longer: "length", shorter: "length", heavier: "weight", lighter: "weight", older: "age" } as const)[head as "longer"];
    return words === undefined
      ? undefined
      : (
          {
            length: ["length", "duration", "runtime", "millisecond", "time", "running time"],
            weight: ["weight", "mass"],
            age: ["age"],
          } as Record<string, string[]>
        )[words];
  }

  function numberAfter(index: number): number | undefined {
    for (let place = index + 1, seen = 0; at(place) && seen < 3; place++, seen++) {
      if (at(place)?.number !== undefined && !used[place]) return place;
      if (at(place)?.time !== undefined && at(place)?.number === undefined && at(index)?.comparative?.temporal && !used[place])
        return place;
      if (!at(place)?.filler || strong(place)) return undefined;
    }
    return undefined;
  }

  function readRange(index: number): boolean {
    const first = skip(index + 1);
    let and = first + 1;
    if (at(and)?.measurement) and++;
    if (!at(first) || !["and", "to", "through"].includes(at(and)?.words[0] ?? "")) return false;
    const second = skip(and + 1);
    const low = at(first);
    const high = at(second);
    if (low?.number === undefined && !low?.time) return false;
    if (high?.number === undefined && !high?.time) return false;
    const measurement = at(second + 1)?.measurement;
    const accept = (one: Field): boolean => measurable(one) || (low.time !== undefined && dated(one));
    const left = direct(index, -1, accept);
    const right = direct(measurement ? second + 1 : second, 1, measurable);
    const chosen = left ?? right;
    const negated = negatedBefore(index);
    useAdjective(measurement ? second + 2 : second + 1);
    const taken = [index, first, and, second, ...(measurement ? [second + 1] : []), ...(chosen ? [chosen.index] : [])];
    if (low.time && high.time && (!chosen || chosen.chosen.field.type === "date" || !measurable(chosen.chosen.field))) {
      use(...taken);
      const span = {
        from: low.time.from,
        to: high.time.to,
        text: `${low.text} to ${high.text}`,
        relative: false,
        ...(low.time.year !== undefined && high.time.year !== undefined ? { years: [low.time.year, high.time.year] as const } : {}),
      };
      filters.push({ unit: index, negated, test: { kind: "time", span, relation: "in", chosen: chosen?.chosen ?? timeField(index) } });
      return true;
    }
    const picked = chosen?.chosen ?? (measurement ? measurementField(measurement) : comparedByAdjective(index));
    if (!picked || low.number === undefined || high.number === undefined)
      throw new Unplannable("it is not clear what lies between the two numbers");
    use(...taken);
    const from = converted(low.number, measurement, picked.field);
    const to = converted(high.number, measurement, picked.field);
    filters.push({ unit: index, negated: false, test: { kind: "compare", chosen: picked, op: ">=", value: Math.min(from, to) } });
    filters.push({ unit: index, negated: false, test: { kind: "compare", chosen: picked, op: "<=", value: Math.max(from, to) } });
    return true;
  }

  function comparedByAdjective(index: number): ChosenField | undefined {
    const before = at(skip(index - 1, -1));
    return before?.schema.length ? fieldOfUnit(context, before, measurable) : undefined;
  }

  /** The date field named near a time: "released in 2005", "hire date after May 2003". */
  function timeField(index: number): ChosenField | undefined {
    for (let place = index - 1, seen = 0; place >= 0 && seen < 4; place--, seen++) {
      const unit = at(place);
      if (!unit) break;
      const yearly = (one: Field): boolean => dated(one) || (isNumeric(one) && nameWords(one.name).some((word) => word === "year"));
      const chosen = unit.schema.length > 0 && !(unit.filler && !strong(place)) ? fieldOfUnit(context, unit, yearly) : undefined;
      if (chosen && !used[place]) {
        use(place);
        return chosen;
      }
      if (!unit.filler) break;
    }
    return undefined;
  }

  /** "without a director", "with no rating": a field after a negation, when no value follows. */
  function readNegatedFields(): void {
    units.forEach((unit, index) => {
      if (!unit.ops.has("not") || used[index]) return;
      const place = skip(index + 1);
      const next = at(place);
      if (!next || isValue(place) || entity(place)) return;
      const boolean = field(place, (one) => one.type === "boolean");
      if (boolean) {
        use(index, place);
        filters.push({ unit: place, negated: false, test: { kind: "values", chosen: boolean, values: [false], exact: true } });
        return;
      }
      const valueLater = [place + 1, place + 2, place + 3].some(
        (later) => isValue(later) || at(later)?.number !== undefined || at(later)?.trade !== undefined,
      );
      const chosen = next.trade ? undefined : field(place);
      if (!chosen || (valueLater && chosen.score < 2)) return;
      use(index, place);
      filters.push({ unit: place, negated: false, test: { kind: "missing", chosen } });
    });
  }

  function readAsk(): void {
    const first = units.findIndex((unit) => unit.ops.has("exists"));
    if (first === 0) {
      ask = "exists";
      use(0);
    }
    const lead = units[0]?.words[0] ?? "";
    if (["list", "show", "display", "give", "find", "which", "who", "get", "name", "return", "fetch", "retrieve", "print"].includes(lead))
      ask = "list";
    for (const [index, unit] of units.entries()) {
      if (!unit.ops.has("how-many") || used[index]) continue;
      // "by number of tracks" ranks or groups; it is read with what stands before it.
      if ([index - 1, index - 2].some((back) => at(back)?.words.at(-1) === "by" || at(back)?.ops.has("order"))) continue;
      const before = at(skip(index - 1, -1));
      const averaged = before && ["avg", "max", "min", "median"].find((fn) => before.ops.has(fn));
      let place = index + 1;
      let different = false;
      const passed: number[] = [];
      while (at(place) && (plain(place) || at(place)?.ops.has("distinct") || at(place)?.ops.has("how-many"))) {
        if (at(place)?.ops.has("distinct")) different = true;
        if (at(place)?.ops.size) passed.push(place);
        place++;
      }
      // Values and adjectives may stand before the noun: "how many female customers".
      let noun = place;
      while (
        at(noun) &&
        (isValue(noun) || used[noun] || at(noun)?.number !== undefined || (!thing(noun) && !at(noun)?.trade && noun - place < 3))
      )
        noun++;
      const booleanLead = thing(noun);
      if (booleanLead?.kind === "field" && booleanLead.chosen.field.type === "boolean" && thing(noun + 1)) noun++;
      let counted = thing(noun);
      // "how many departing flights": the field only describes what follows.
      const followed = thing(noun + 1);
      if (counted?.kind === "field" && followed?.kind === "entity" && !at(noun + 1)?.afterPause) {
        noun++;
        counted = followed;
      }
      const spends = units.some((one, later) => later > index && one.trade === "money" && one.schema.every((ref) => ref.score < 0.95));
      if (unit.words[1] === "much" && (!counted || (spends && counted.kind === "entity"))) {
        const money = units.findIndex((one, at2) => at2 > index && one.trade === "money");
        if (money >= 0 || !at(place)) {
          use(index, ...(money >= 0 ? [money] : []));
          wanted = { kind: "trade", of: "money", fn: "sum" };
          ask = "count";
        }
        continue;
      }
      if (unit.words[1] === "much" && counted?.kind === "field" && measurable(counted.chosen.field)) {
        use(index, noun);
        wanted = { kind: "aggregate", fn: "sum", chosen: counted.chosen };
        ask = "count";
        continue;
      }
      if (!counted) {
        const person = at(noun);
        if (person && (personNouns.has(singular(person.words[0] ?? "")) || person.words[0] === "people")) {
          const people = context.main;
          use(index, noun, ...passed);
          counted = { kind: "entity", collection: people, unit: noun };
        } else if (place >= units.length || !at(place)) {
          use(index);
          counted = { kind: "entity", collection: context.main, unit: index };
        } else continue;
      }
      use(index, counted.unit, ...passed);
      if (different) distinct = true;
      const measure: Wanted =
        counted.kind === "field" &&
        measurable(counted.chosen.field) &&
        counted.chosen.score >= 0.5 &&
        !different &&
        !/year/i.test(counted.chosen.field.name)
          ? { kind: "aggregate", fn: "sum", chosen: counted.chosen }
          : { kind: "count", thing: counted };
      if (averaged !== undefined && before) {
        use(units.indexOf(before));
        over = averaged as "avg";
      }
      if (wanted === undefined) {
        wanted = measure;
        if (ask !== "list" || index === 0) ask = "count";
      }
    }
    const shareAt = units.findIndex((unit, index) => unit.ops.has("share") && !used[index] && !unit.schema.some((ref) => ref.score > 0.9));
    if (shareAt >= 0) {
      use(shareAt);
      const place = skip(shareAt + 1);
      const whole = thing(place);
      if (whole) {
        use(place);
        target = whole;
      }
      wanted = { kind: "share" };
      ask = "count";
    }
  }

  function readSort(): void {
    units.forEach((unit, index) => {
      if (used[index]) return;
      if (unit.ops.has("descending") || unit.ops.has("ascending")) {
        const direction = unit.ops.has("descending") ? "desc" : "asc";
        const hasBy = unit.words.at(-1) === "of" || at(index + 1)?.words[0] === "by";
        use(index);
        if (hasBy) readSortKey(index + 1, direction);
        else sort = { ...sort, direction };
      }
    });
    units.forEach((unit, index) => {
      if (used[index] || !unit.ops.has("order")) return;
      use(index);
      readSortKey(index + 1, sort?.direction ?? "asc");
    });
  }

  function readSortKey(start: number, direction: "asc" | "desc"): void {
    let place = start;
    while (plain(place) && !strong(place)) place++;
    const by = wantedAt(place) ?? plainKey(place);
    sort = { direction, by };
  }

  function plainKey(place: number): { kind: "field"; chosen: ChosenField } | undefined {
    const chosen = field(place);
    if (!chosen) return undefined;
    use(place);
    return { kind: "field", chosen };
  }

  /** A measure written out: "number of tracks", "average rating", "total spending", "total". */
  function wantedAt(start: number): Wanted | undefined {
    const unit = at(start);
    if (!unit || used[start]) return undefined;
    if (unit.ops.has("how-many")) {
      let place = start + 1;
      while (plain(place)) place++;
      const counted = thing(place);
      if (!counted) return undefined;
      use(start, place);
      return { kind: "count", thing: counted };
    }
    for (const fn of ["avg", "median", "sum", "min", "max"] as const) {
      if (!unit.ops.has(fn)) continue;
      let place = start + 1;
      while ((plain(place) && !strong(place)) || has(place, "how-many") || (fn === "sum" && has(place, "sum") && place > start + 1))
        place++;
      // "average invoice total": the owner may stand before the field.
      const owner = entity(place);
      const following = owner ? (field(place + 1, measurable) ?? measureNoun(place + 1, owner)) : undefined;
      const chosen =
        following ??
        (at(place)?.trade
          ? undefined
          : (field(place, measurable, undefined, fn === "max" ? "high" : fn === "min" ? "low" : undefined) ??
            measureNoun(place, context.main)));
      if (following) use(++place);
      if (chosen) {
        use(start, place);
        for (let between = start + 1; between < place; between++) use(between);
        return { kind: "aggregate", fn, chosen };
      }
      if (at(place)?.trade && !used[place] && !(at(place)?.trade === "units" && entity(place))) {
        const own = field(start, measurable);
        use(start, place);
        if (own && own.collection === context.main) return { kind: "aggregate", fn: "sum", chosen: own };
        return { kind: "trade", of: at(place)?.trade ?? "money", fn };
      }
      const own = field(start, measurable);
      if (own) {
        use(start);
        const named = entity(place);
        if (named === own.collection) use(place);
        return { kind: "aggregate", fn: fn === "sum" ? "sum" : fn, chosen: own };
      }
      const counted = fn === "sum" ? thing(place) : undefined;
      if (counted) {
        use(start, place);
        return { kind: "count", thing: counted };
      }
    }
    if (unit.trade === "money") {
      use(start);
      return { kind: "trade", of: "money", fn: "sum" };
    }
    return undefined;
  }

  /** "length", "size", "age" where the field is called otherwise. */
  function measureNoun(place: number, owner: Collection): ChosenField | undefined {
    const word = singular(at(place)?.words[0] ?? "");
    if (used[place] || at(place)?.words.length !== 1 || !Object.hasOwn(measureNouns, word)) return undefined;
    return fieldByWords(context, measureNouns[word] ?? [], [owner], measurable);
  }

  function readRank(): void {
    for (const [index, unit] of units.entries()) {
      if (used[index] || rank) continue;
      const before = at(index - 1);
      if (
        unit.superlative &&
        !(unit.ops.has("top") && !unit.ops.has("highest") && limit === undefined && unit.words[0] === "first" && field(index))
      ) {
        if (unit.ops.has("most") && commonest.test(unit.text)) {
          const liked = dimensionExists(unit.superlative);
          if (!liked) {
            readCommonest(index, "desc");
            continue;
          }
        }
        if ((unit.ops.has("highest") || unit.ops.has("lowest")) && readHighest(index)) continue;
        use(index);
        rank = { direction: rankDirection(unit), by: { kind: "dimension", dimension: unit.superlative } };
        const place = unit.end > 0 ? skip(index + 1) : index + 1;
        if (!target) {
          let noun = place;
          while (isValue(noun) && noun < place + 3) noun++;
          const named = entity(noun) ?? undefined;
          const lead = leadThing(index);
          if (!named && !lead && at(noun)?.bucket === "day" && context.main.fields.some(dated)) {
            target = { kind: "entity", collection: context.main, unit: noun };
            use(noun);
            continue;
          }
          if (named && !lead) target = { kind: "entity", collection: named, unit: noun };
          if (named && !lead) use(noun);
          else if (!named && !lead) {
            const kind = field(noun, (one) => !isNumeric(one));
            if (kind && !isValue(noun)) {
              target = { kind: "field", chosen: kind, unit: noun };
              use(noun);
            }
          }
        }
        continue;
      }
      if (unit.ops.has("most") || unit.ops.has("least")) {
        const direction = unit.ops.has("most") ? "desc" : "asc";
        if (commonest.test(unit.text)) {
          readCommonest(index, direction);
          continue;
        }
        readMost(index, direction);
        continue;
      }
      if (unit.ops.has("highest") || unit.ops.has("lowest")) {
        if (readHighest(index)) continue;
      }
      if (
        (unit.ops.has("top") || unit.ops.has("bottom")) &&
        !unit.schema.some((ref) => ref.score >= 0.95 && ref.collection === context.main)
      ) {
        const measured = limit === undefined ? field(skip(index + 1), measurable) : undefined;
        if (measured) continue;
        use(index);
        const direction = unit.ops.has("top") ? "desc" : "asc";
        const by = units.findIndex((one, place) => place > index && one.words[0] === "by" && !used[place]);
        if (by >= 0) {
          let place = by + 1;
          while (plain(place)) place++;
          const measure = wantedAt(place);
          if (measure) {
            use(by);
            rank = { direction, by: measure };
          } else {
            const chosen = field(place, (one) => measurable(one) || dated(one));
            if (chosen) {
              use(by, place);
              rank = { direction, by: { kind: "field", chosen } };
            } else {
              const counted = thing(place);
              if (counted) {
                use(by, place);
                rank = { direction, by: { kind: "count", thing: counted } };
              } else pendingTop = { index, direction };
            }
          }
        } else if (before === undefined || unit.words[0] !== "first") {
          pendingTop = { index, direction };
        }
      }
    }
    if (!rank && pendingTop && !sort) {
      // "top 5 movies in sales": the number may be named without "by".
      const place = units.findIndex((_, at2) => at2 > (pendingTop?.index ?? 0) && field(at2, measurable) !== undefined && !used[at2]);
      const chosen = place >= 0 ? field(place, measurable) : undefined;
      if (chosen) {
        use(place);
        rank = { direction: pendingTop.direction, by: { kind: "field", chosen } };
      } else if (units[pendingTop.index]?.words[0] !== "first") {
        throw new Unplannable("it does not say by what to rank them");
      }
    }
  }

  function leadThing(index: number): Thing | undefined {
    for (let place = 0; place < index; place++) {
      if (used[place] || (at(place)?.filler && !strong(place))) continue;
      const found = thing(place);
      if (found && (found.kind === "entity" || !isNumeric(found.chosen.field))) return found;
    }
    return undefined;
  }

  function rankDirection(unit: Unit): "asc" | "desc" {
    const dimension = unit.superlative;
    if (!dimension) return "desc";
    return dimension.high ? "desc" : "asc";
  }

  function dimensionExists(dimension: NonNullable<Unit["superlative"]>): boolean {
    return fieldByWords(context, dimension.fields, [context.main], measurable) !== undefined;
  }

  function readCommonest(index: number, direction: "asc" | "desc"): void {
    use(index);
    let place = index + 1;
    while (plain(place)) place++;
    const kind = thing(place);
    rank = { direction, by: { kind: "rows" } };
    const lead = leadThing(index);
    if (kind && (!target || !lead)) {
      target ??= kind;
      use(place);
    }
  }

  function readMost(index: number, direction: "asc" | "desc"): void {
    for (let place = index + 1, seen = 0; seen < 5; place++, seen++) {
      const unit = at(place);
      if (!unit) break;
      if (isValue(place) || used[place] || (unit.filler && !strong(place) && unit.words[0] !== "by")) continue;
      const fn = (["avg", "sum", "median"] as const).find((one) => unit.ops.has(one));
      if (fn) {
        const measure = wantedAt(place);
        if (measure) {
          use(index);
          rank = { direction, by: measure };
          return;
        }
      }
      if (unit.trade === "money" && !entity(place)) {
        use(index, place);
        rank = { direction, by: { kind: "trade", of: "money", fn: "sum" } };
        absorbVerb(index);
        return;
      }
      const counted = describedEntity(place) ?? thing(place);
      if (!counted) break;
      use(index, counted.unit);
      const sold =
        [index - 1, index - 2].some((back) => at(back)?.trade === "units") ||
        [counted.unit + 1, counted.unit + 2].some((later) => at(later)?.trade === "units");
      if (counted.kind === "field" && measurable(counted.chosen.field)) {
        const rowWise = !over && leadIs(counted.chosen.collection);
        rank = {
          direction,
          by: rowWise ? { kind: "field", chosen: counted.chosen } : { kind: "aggregate", fn: "sum", chosen: counted.chosen },
        };
      } else if (sold && counted.kind === "entity") {
        absorbVerb(index);
        units.forEach((one, at2) => (one.trade === "units" ? use(at2) : undefined));
        rank = { direction, by: { kind: "trade", of: "units", fn: "sum", hint: counted.collection } };
      } else {
        rank = { direction, by: { kind: "count", thing: counted } };
      }
      return;
    }
    // "spent the most", "sold the most"
    const verb = [index - 1, index - 2, index - 3].find((back) => at(back)?.trade !== undefined && !used[back]);
    if (verb !== undefined) {
      use(index, verb);
      rank = { direction, by: { kind: "trade", of: at(verb)?.trade ?? "money", fn: "sum" } };
      return;
    }
    const measure = [index - 1, index - 2, index - 3]
      .map((back) => ({ back, chosen: at(back)?.filler ? undefined : field(back, measurable) }))
      .find(({ chosen }) => chosen !== undefined);
    if (measure?.chosen) {
      use(index, measure.back);
      rank = { direction, by: { kind: "field", chosen: measure.chosen } };
    }
  }

  function absorbVerb(index: number): void {
    for (const back of [index - 1, index - 2]) if (at(back)?.trade) use(back);
  }

  function leadIs(collection: Collection): boolean {
    const lead = leadThing(units.length);
    return lead?.kind === "entity" && lead.collection === collection;
  }

  /** "departing flights": a field that only describes the entity after it. */
  function describedEntity(place: number): Thing | undefined {
    const here = at(place);
    if (!here || used[place] || entity(place)) return undefined;
    const later = place + 1;
    const collection = entity(later);
    const describing = here.words.length === 1 && isCue(here.words[0] ?? "");
    if (!collection || !describing) return undefined;
    use(place);
    cues.push({ cue: here.words[0] ?? "", collection });
    return { kind: "entity", collection, unit: later };
  }

  /** "highest rating", "lowest average price", "largest total". */
  function readHighest(index: number): boolean {
    const unit = at(index);
    if (!unit) return false;
    const direction = unit.ops.has("highest") ? "desc" : "asc";
    let place = index + 1;
    while (plain(place) && !strong(place)) place++;
    const next = at(place);
    if (!next) return false;
    let by: NonNullable<Frame["rank"]>["by"] | undefined;
    if (["avg", "sum", "median"].some((fn) => next.ops.has(fn))) by = wantedAt(place);
    else if (next.ops.has("how-many")) by = wantedAt(place);
    else {
      const chosen =
        next.trade && !next.schema.some((ref) => ref.score > 0.9)
          ? undefined
          : field(place, measurable, undefined, direction === "desc" ? "high" : "low");
      if (chosen && !entity(place)) {
        use(place);
        by = { kind: "field", chosen };
      } else if (next.trade === "money") {
        use(place);
        by = { kind: "trade", of: "money", fn: "sum" };
      } else {
        const date = entity(place) ? undefined : field(place, dated);
        if (date) {
          use(place);
          by = { kind: "field", chosen: date };
        }
      }
    }
    if (!by) return false;
    use(index);
    rank = { direction, by };
    return true;
  }

  function readAggregates(): void {
    for (const [index, unit] of units.entries()) {
      if (used[index]) continue;
      const fn = (["median", "avg", "sum", "min", "max"] as const).find((one) => unit.ops.has(one));
      if (!fn) continue;
      if (fn === "sum" && unit.words[0] === "in" && wanted) {
        use(index);
        continue;
      }
      if (rank && "fn" in rank.by === false && rank.by.kind === "field" && fn === "avg") {
        rank = { direction: rank.direction, by: { kind: "aggregate", fn: "avg", chosen: rank.by.chosen } };
        use(index);
        continue;
      }
      if (rank?.by.kind === "dimension" && fn === "avg") {
        use(index);
        over = "avg";
        continue;
      }
      const measure = wantedAt(index);
      if (measure) {
        if (!wanted) wanted = measure;
        else extra.push(measure);
        continue;
      }
      if ((fn === "sum" || fn === "avg") && wanted?.kind === "aggregate" && !used[index]) {
        wanted = { ...wanted, fn };
        use(index);
      } else if (fn === "sum" && wanted) use(index);
      else if (fn === "avg" && rank === undefined) {
        // "the movies' average", "ratings on average"
        const back = skip(index - 1, -1);
        const chosen = field(back, measurable);
        if (chosen) {
          use(index, back);
          wanted = { kind: "aggregate", fn: "avg", chosen };
        }
      }
    }
    if (!wanted && !rank) {
      const verb = units.findIndex((unit, index) => unit.trade === "money" && !used[index] && !entity(index) && ask === "plain");
      if (verb >= 0 && !field(verb, measurable)) {
        use(verb);
        wanted = { kind: "trade", of: "money", fn: "sum" };
      }
    }
  }

  function readGroups(): void {
    const measured = wanted !== undefined || rank !== undefined || having.length > 0;
    for (const [index, unit] of units.entries()) {
      if (used[index]) continue;
      if (unit.bucket && /ly$|^annual$/.test(unit.words[0] ?? "")) {
        use(index);
        groups.push({ bucket: unit.bucket, unit: index });
        continue;
      }
      const by = unit.words.length === 1 && unit.words[0] === "by" && (measured || categorical(index + 1));
      const grouping = unit.ops.has("group");
      const inEvery = false;
      if (!by && !grouping && !inEvery) continue;
      if (readGroupKeys(index + 1, unit.words.includes("each") || unit.words.includes("every") || grouping)) use(index);
    }
  }

  /** "orders by status": with nothing to measure, a repeating text is a key; an author or maker is not. */
  function categorical(place: number): boolean {
    const chosen = isValue(place) ? undefined : thing(place);
    return chosen?.kind === "field" && chosen.chosen.field.type === "string" && !chosen.chosen.field.unique && place === units.length - 1;
  }

  function readGroupKeys(start: number, certain: boolean): boolean {
    let place = start;
    while ((plain(place) && !strong(place)) || has(place, "distinct")) place++;
    if (has(place, "how-many") && !used[place]) {
      // "by number of cylinders" groups by the field; "by number of tracks" sorts.
      const chosen = field(skip(place + 1), measurable);
      const counting = chosen ? undefined : wantedAt(place);
      if (counting && !rank && !sort) {
        sort = { direction: "desc", by: counting };
        return true;
      }
      if (!chosen) return false;
      use(place);
      place = skip(place + 1);
      certain = true;
    }
    if (isValue(place)) return false;
    if (at(place)?.trade && !thing(place) && thing(place + 1)) use(place++);
    const unit = at(place);
    if (!unit || used[place]) return false;
    const key = groupKeyAt(place);
    if (!key) return false;
    if (
      !certain &&
      key.thing?.kind === "field" &&
      measurable(key.thing.chosen.field) &&
      !/year|month|rank|cylinder|cluster|grade|level|class|star/i.test(key.thing.chosen.field.name)
    )
      return false;
    use(place, key.unit);
    groups.push(key);
    let next = key.unit + 1;
    if (["and", "or"].includes(at(next)?.words[0] ?? "") || at(next)?.afterPause) {
      if (["and", "or"].includes(at(next)?.words[0] ?? "")) next++;
      while ((plain(next) && !strong(next)) || has(next, "group")) next++;
      const second = isValue(next) || has(next, "how-many") ? undefined : groupKeyAt(next);
      if (
        second &&
        !(
          second.thing?.kind === "field" &&
          measurable(second.thing.chosen.field) &&
          !/year|cylinder|cluster|grade|level|class/i.test(second.thing.chosen.field.name)
        )
      ) {
        use(next);
        groups.push(second);
      }
    }
    return true;
  }

  function groupKeyAt(place: number): { thing?: Thing; bucket?: Bucket; unit: number } | undefined {
    const unit = at(place);
    if (!unit || used[place]) return undefined;
    if (unit.bucket) {
      const own = context.main.fields.find((one) => isNumeric(one) && nameWords(one.name).join(" ") === unit.bucket);
      if (own && unit.bucket === "year")
        return { thing: { kind: "field", chosen: { collection: context.main, field: own, score: 1 }, unit: place }, unit: place };
      return { bucket: unit.bucket, unit: place };
    }
    const found = thing(place);
    if (!found) return undefined;
    if (found.kind === "field" && found.chosen.field.type === "date") {
      const bucketLater = at(place + 1)?.bucket;
      if (bucketLater) use(place + 1);
      return { thing: found, bucket: bucketLater ?? "year", unit: place };
    }
    // "per customer country": the field of the thing, not the thing.
    const detail =
      found.kind === "entity" && !at(place + 1)?.afterPause && !at(place + 1)?.filler && !isValue(place + 1)
        ? field(place + 1, (one) => one.type !== "date", found.collection)
        : undefined;
    if (detail && detail.score >= 0.6) {
      use(place);
      return { thing: { kind: "field", chosen: detail, unit: place + 1 }, unit: place + 1 };
    }
    const bucketLater = found.kind === "field" ? undefined : at(place + 1)?.bucket;
    if (bucketLater && found.kind === "entity") {
      use(place + 1);
      return { bucket: bucketLater, unit: place + 1 };
    }
    return { thing: found, unit: place };
  }

  function negationOf(index: number): boolean {
    for (let place = index - 1; place >= 0; place--) {
      const unit = at(place);
      if (!unit || (unit.afterPause && place !== index - 1) || unit.words[0] === "but") return has(place, "not");
      if (has(place, "not")) {
        use(place);
        return true;
      }
      const passable =
        unit.filler ||
        unit.trade !== undefined ||
        isValue(place) ||
        (used[place] && filters.some((one) => one.unit === place)) ||
        unit.ops.has("or") ||
        (unit.schema.length > 0 && place >= index - 2);
      if (!passable) return false;
      if (["and", "with", "who", "that", "which"].includes(unit.words[0] ?? "") && place !== index - 1) {
        const earlier = at(place - 1);
        if (!earlier || !isValue(place - 1)) return false;
      }
    }
    return false;
  }

  function cueOf(index: number): string | undefined {
    for (let place = index - 1, seen = 0; place >= 0 && seen < 3; place--, seen++) {
      const unit = at(place);
      if (!unit) return undefined;
      const word = unit.words[0] ?? "";
      if (unit.words.length === 1 && isCue(word)) {
        if (!unit.filler) use(place);
        const earlier = at(place - 1);
        if (earlier && isCue(earlier.words[0] ?? "") && cueFits(earlier.words[0], { name: [...fieldsOfCue(word)][0] ?? "" }))
          use(place - 1);
        return word;
      }
      if (!unit.filler && !isValue(place) && !entity(place)) return undefined;
    }
    return undefined;
  }

  function fieldsOfCue(word: string): readonly string[] {
    return ["origin", "destination"].filter((name) => cueFits(word, { name }));
  }

  function readFilters(): void {
    for (const [index, unit] of units.entries()) {
      if (used[index]) continue;
      const textual = (["contains", "starts", "ends"] as const).find((op) => unit.ops.has(op));
      if (textual && readText(index, textual)) continue;
      if (unit.time && unit.number === undefined && !isValue(index)) {
        const chosen = timeField(index);
        use(index);
        filters.push({ unit: index, negated: negationOf(index), test: { kind: "time", span: unit.time, relation: "in", chosen } });
        continue;
      }
      if (isValue(index)) {
        readValue(index);
        continue;
      }
      if (unit.number !== undefined) {
        readNumber(index);
        continue;
      }
      if (unit.quoted) readUnknownText(index);
    }
  }

  /** Fields that are true or false, said as adjectives. */
  function readBooleans(): void {
    units.forEach((unit, index) => {
      if (used[index]) return;
      const boolean = unit.schema.length > 0 && !unit.filler && !entity(index) ? field(index, (one) => one.type === "boolean") : undefined;
      if (boolean && boolean.score >= 0.5 && boolean.score >= Math.max(...unit.schema.map((ref) => ref.score)) - 0.2) {
        const answer = at(index + 1)?.words[0];
        const negated = negationOf(index) || answer === "false";
        if (answer === "false" || answer === "true") use(index + 1);
        use(index);
        filters.push({ unit: index, negated: false, test: { kind: "values", chosen: boolean, values: [!negated], exact: true } });
        return;
      }
    });
    readOpposites();
  }

  /** "inactive", "unpaid", "discontinued" said with a prefix that negates a yes-or-no field. */
  function readOpposites(): void {
    units.forEach((unit, index) => {
      if (used[index] || unit.words.length !== 1 || unit.schema.length > 0) return;
      const stripped = /^(un|in|non|dis|im|not)(.{4,})$/.exec(unit.words[0] ?? "")?.[2];
      if (stripped === undefined) return;
      const found = context.vocabulary.schema([stripped]).find((ref) => ref.field?.type === "boolean" && ref.score >= 0.5);
      if (!found?.field) return;
      use(index);
      filters.push({
        unit: index,
        negated: false,
        test: {
          kind: "values",
          chosen: { collection: found.collection, field: found.field, score: found.score },
          values: [false],
          exact: true,
        },
      });
    });
  }

  function adjacentField(
    index: number,
    accept: (chosen: Field, collection: Collection) => boolean,
  ): { chosen: ChosenField; index: number } | undefined {
    for (const step of [-1, 1] as const) {
      for (let place = index + step, seen = 0; at(place) && seen < 4; place += step, seen++) {
        const unit = at(place);
        if (!unit || (step === 1 && unit.afterPause)) break;
        const ref = used[place]
          ? undefined
          : unit.schema.find((one) => one.field && one.score >= 0.38 && accept(one.field, one.collection));
        if (ref?.field) return { chosen: { collection: ref.collection, field: ref.field, score: ref.score }, index: place };
        if (!unit.filler && !unit.ops.has("=") && !unit.ops.has("not") && !unit.ops.has("!=") && !isValue(place)) break;
        if (step === 1 && ["of", "with", "by", "in", "and", "or"].includes(unit.words[0] ?? "")) break;
      }
    }
    return undefined;
  }

  function readValue(index: number): void {
    const unit = at(index);
    if (!unit) return;
    if (unit.quoted && readQuotedPart(index)) return;
    const cue = cueOf(index);
    const ranked = rankedValues(context, unit, cue);
    const named = adjacentField(index, (one, collection) => ranked.some(({ ref }) => ref.field === one && ref.collection === collection));
    let settled = named !== undefined;
    let picked = named
      ? ranked.find(({ ref }) => ref.field === named.chosen.field && ref.collection === named.chosen.collection)
      : ranked[0];
    if (!picked) return;
    const beside = alternativeTo(index);
    if (beside && !named && beside.filter.test.kind === "values") {
      // "California or Nevada": both in the same field, whichever holds both.
      const before = beside.filter.test.chosen;
      const like = ranked.find(({ ref }) => ref.field === before.field && ref.collection === before.collection && ref.exact);
      const other = ranked.find(
        ({ ref }) =>
          ref.exact && (beside.filter.alternatives ?? []).some((one) => one.field === ref.field && one.collection === ref.collection),
      );
      settled = like !== undefined || other !== undefined;
      if (like) picked = like;
      else if (other) {
        const values = units[beside.filter.unit]?.values.find(
          (ref) => ref.field === other.ref.field && ref.collection === other.ref.collection,
        );
        if (values) {
          const chosen = { collection: values.collection, field: values.field, score: values.score };
          filters[beside.place] = {
            ...beside.filter,
            test: { kind: "values", chosen, values: values.values, exact: values.exact },
            alternatives: undefined,
          };
          picked = other;
        }
      } else if (beside.word === "or")
        throw new Unplannable(`"or" between ${units[beside.filter.unit]?.text ?? ""} and ${unit.text}, which are of different kinds`);
    }
    // "the album 'Let There Be Rock'": what stands before the value says what it names.
    const apposition = at(index - 1) && !at(index)?.afterPause ? entity(index - 1) : undefined;
    const own = named ? undefined : ranked.find(({ ref }) => ref.collection === apposition && ref.exact === picked?.ref.exact);
    if (own) {
      picked = own;
      settled = true;
    }
    const countedIn = wanted?.kind === "count" && wanted.thing.kind === "entity" ? wanted.thing.collection : undefined;
    if (!own && !named && countedIn === picked.ref.collection && isNameOf(picked.ref.field)) {
      // "how many albums does Iron Maiden have" is not about an album of that name.
      const elsewhere = ranked.find(
        ({ ref }) => ref.exact && ref.collection !== countedIn && context.graph.up(countedIn?.name ?? "", ref.collection.name).length > 0,
      );
      const possessive = units
        .slice(index + 1)
        .some((unit) => ["have", "has", "own", "make", "release", "released", "sell", "record"].includes(unit.words[0] ?? ""));
      if (elsewhere && (possessive || ["by", "of", "from"].includes(at(index - 1)?.words[0] ?? ""))) picked = elsewhere;
    }
    // Through a key: "reports to Nancy", "support rep Jane".
    const through = keyBefore(index);
    if (through) {
      const pointed = context.catalog.relations.find(
        (one) => one.from.collection === through.chosen.collection.name && one.from.field === through.chosen.field.name,
      );
      const there = pointed && ranked.find(({ ref }) => ref.collection.name === pointed.to.collection);
      if (there) {
        picked = there;
        settled = true;
        use(through.index);
        throughUnits.add(through.index);
      }
    }
    // Two names side by side in two fields of one row: first and last name.
    const neighbour = filters.at(-1);
    if (neighbour?.test.kind === "values" && neighbour.unit === index - 1 && !at(index)?.afterPause && neighbour.test.exact) {
      const before = neighbour.test.chosen;
      const options = [before, ...(neighbour.alternatives ?? [])];
      const pair = ranked.find(
        ({ ref }) =>
          ref.exact &&
          options.some(
            (option) => option.collection === ref.collection && option.field !== ref.field && personPair(option.field, ref.field),
          ),
      );
      const first =
        pair &&
        options.find(
          (option) =>
            option.collection === pair.ref.collection && option.field !== pair.ref.field && personPair(option.field, pair.ref.field),
        );
      if (pair && first) {
        filters[filters.length - 1] = { ...neighbour, test: { ...neighbour.test, chosen: first }, alternatives: undefined };
        picked = pair;
        settled = true;
      }
    }
    const { ref } = picked;
    const entityNear = named ? undefined : adjacentEntity(index, ref.collection);
    use(index, ...(named ? [named.index] : []), ...(entityNear === undefined ? [] : [entityNear]));
    if (ref.values.length > 1 && !ref.exact)
      context.notes.push(`"${unit.text}" stands for ${ref.values.length} values of ${ref.field.name}`);
    else if (!ref.exact && ref.values.length === 1) context.notes.push(`"${unit.text}" is taken as ${String(ref.values[0])}`);
    if (!ref.exact && (ref.values.length >= 50 || unit.quoted)) {
      filters.push({
        unit: index,
        negated: negationOf(index),
        test: {
          kind: "text",
          chosen: { collection: ref.collection, field: ref.field, score: picked.score },
          match: "contains",
          text: unit.text,
        },
      });
      return;
    }
    filters.push({
      unit: index,
      negated: negationOf(index),
      test: {
        kind: "values",
        chosen: { collection: ref.collection, field: ref.field, score: picked.score },
        values: ref.values,
        exact: ref.exact,
      },
      cue,
      through: through && through.index !== undefined && used[through.index] ? through.chosen : undefined,
      alternatives: settled
        ? undefined
        : ranked
            .filter((one) => one !== picked && one.score >= (picked?.score ?? 0) - 0.5)
            .map((one) => ({ collection: one.ref.collection, field: one.ref.field, score: one.score })),
    });
  }

  /** The value filter that an "or" or "and" puts beside this value. */
  function alternativeTo(index: number): { filter: FilterReading; place: number; word: string } | undefined {
    let word = "";
    let back = index - 1;
    for (; at(back)?.filler === true || at(back)?.ops.has("or") === true; back--) {
      const text = at(back)?.words[0] ?? "";
      if (["or", "and"].includes(text)) word ||= text;
      else if (!["in", "from", "to", "at", "the"].includes(text)) return undefined;
    }
    if (word === "" && !at(index)?.afterPause) return undefined;
    const place = filters.findIndex((one) => one.unit === back && one.test.kind === "values");
    const filter = filters[place];
    return filter ? { filter, place, word } : undefined;
  }

  /** "'love' in the title" is a part of it, even where a title reads just so. */
  function readQuotedPart(index: number): boolean {
    if (at(index + 1)?.words[0] !== "in") return false;
    let place = index + 2;
    while (plain(place) && !strong(place)) place++;
    const unit = at(place);
    const within = wanted?.kind === "count" && wanted.thing.kind === "entity" ? wanted.thing.collection : (leadEntity() ?? context.main);
    const chosen =
      unit && !used[place]
        ? (fieldOfUnit(context, unit, (one) => one.type === "string", within) ??
          (/^names?$|^titles?$/.test(unit.words[0] ?? "") ? nameField(within) : undefined))
        : undefined;
    if (!chosen) return false;
    use(index, place);
    filters.push({
      unit: index,
      negated: negationOf(index),
      test: { kind: "text", chosen, match: "contains", text: at(index)?.text ?? "" },
    });
    return true;
  }

  function isNameOf(one: Field): boolean {
    return /^(name|title)$/.test(nameWords(one.name).at(-1) ?? "");
  }

  function personPair(a: Field, b: Field): boolean {
    const parts = (one: Field): "first" | "last" | undefined => {
      const name = nameWords(one.name).join(" ");
      if (/^(first|given|fore)/.test(name) || name === "fname") return "first";
      return /^(last|family|sur)/.test(name) || name === "lname" ? "last" : undefined;
    };
    return parts(a) !== undefined && parts(b) !== undefined && parts(a) !== parts(b);
  }

  function keyBefore(index: number): { chosen: ChosenField; index: number } | undefined {
    for (let place = index - 1, seen = 0; place >= 0 && seen < 4; place--, seen++) {
      const unit = at(place);
      if (!unit || (unit.filler && isCue(unit.words[0] ?? ""))) return undefined;
      for (const ref of used[place] && !throughUnits.has(place) ? [] : unit.schema) {
        if (!ref.field || ref.score < 0.3) continue;
        const { collection, field: one, score } = ref;
        const self = context.catalog.relations.some(
          (relation) => relation.from.collection === collection.name && relation.from.field === one.name,
        );
        if (self && (collection === context.main || context.graph.up(context.main.name, collection.name).length > 0) && !entity(place))
          return { chosen: { collection, field: one, score }, index: place };
      }
      if (!unit.filler && !isValue(place) && !(used[place] && filters.some((filter) => filter.unit === place))) return undefined;
    }
    return undefined;
  }

  function adjacentEntity(index: number, collection: Collection): number | undefined {
    for (const place of [index - 1, index + 1, index - 2]) {
      const unit = at(place);
      if (!unit || used[place]) continue;
      if (place === index - 2 && !at(index - 1)?.filler) continue;
      const found = entity(place);
      const isTarget =
        target?.unit === place ||
        !units.some((one, other) => other !== place && other !== index && !used[other] && !one.filler && entity(other) !== undefined);
      if (found === collection && !(isTarget && !wanted && !rank)) return place;
    }
    return undefined;
  }

  function readNumber(index: number): void {
    const unit = at(index);
    if (unit?.number === undefined) return;
    const next = at(index + 1);
    const yearField = context.main.fields.find((one) => isNumeric(one) && nameWords(one.name).join(" ") === "year");
    const right = next && !next.filler ? field(index + 1, measurable) : undefined;
    const left = direct(index, -1, (one) => measurable(one) || isKeyLike(one));
    if (right && !unit.time) {
      use(index, index + 1);
      filters.push({ unit: index, negated: negationOf(index), test: { kind: "compare", chosen: right, op: "=", value: unit.number } });
      return;
    }
    if (left && !(unit.time && !/year/i.test(left.chosen.field.name))) {
      use(index, left.index);
      filters.push({
        unit: index,
        negated: negationOf(index),
        test: {
          kind: "compare",
          chosen: left.chosen,
          op: negatedBefore(index) ? "!=" : "=",
          value: converted(unit.number, at(index + 1)?.measurement, left.chosen.field),
        },
      });
      return;
    }
    if (unit.time) {
      const chosen = timeField(index);
      use(index);
      filters.push({
        unit: index,
        negated: negationOf(index),
        test: {
          kind: "time",
          span: unit.time,
          relation: "in",
          chosen: chosen ?? (yearField ? { collection: context.main, field: yearField, score: 1 } : undefined),
        },
      });
    }
  }

  function readText(index: number, match: "contains" | "starts" | "ends"): boolean {
    const place = index + 1 + (["the", "a", "an"].includes(at(index + 1)?.words[0] ?? "") && at(index + 2) ? 1 : 0);
    const unit = at(place);
    if (!unit || unit.number !== undefined) return false;
    const isWord = unit.quoted || match !== "contains" || /word|phrase|text|string/.test(at(index)?.text ?? "");
    if (!isWord) return false;
    const text = unit.quoted ? unit.text : unit.text;
    let chosen = direct(index, -1, (one) => one.type === "string");
    if (!chosen) {
      const later = direct(place, 1, (one) => one.type === "string");
      if (later) chosen = later;
    }
    const named = chosen?.chosen ?? nameField(leadEntity() ?? context.main);
    if (!named) return false;
    use(index, place, ...(chosen ? [chosen.index] : []));
    filters.push({ unit: index, negated: negationOf(index), test: { kind: "text", chosen: named, match, text } });
    return true;
  }

  function leadEntity(): Collection | undefined {
    const lead = leadThing(units.length);
    if (wanted?.kind === "count" && wanted.thing.kind === "entity") return wanted.thing.collection;
    return lead?.kind === "entity" ? lead.collection : undefined;
  }

  function nameField(collection: Collection): ChosenField | undefined {
    return fieldByWords(context, nameFields, [collection], (one) => one.type === "string");
  }

  /** A quoted text no value explains: equal to it in the field named beside it. */
  function readUnknownText(index: number): void {
    const unit = at(index);
    if (!unit) return;
    const beside = direct(index, -1, (one) => one.type === "string") ?? direct(index, 1, (one) => one.type === "string");
    const word = at(index - 1)?.words[0] ?? "";
    const chosen =
      beside?.chosen ?? (["called", "named", "titled", "with", "for"].includes(word) ? nameField(leadEntity() ?? context.main) : undefined);
    if (!chosen) return;
    use(index, ...(beside ? [beside.index] : []));
    filters.push({ unit: index, negated: negationOf(index), test: { kind: "text", chosen, match: "equals", text: unit.text } });
  }

  function readRest(): void {
    const how = units.findIndex((unit, index) => unit.how !== undefined && !used[index]);
    if (how >= 0) {
      const words = units[how]?.how ?? [];
      const chosen = fieldByWords(context, words, nearby(context, context.main, true).slice(0, 3), (one) => measurable(one) || dated(one));
      if (chosen) {
        use(how);
        shown.push({ kind: "field", chosen, unit: how });
      }
    }
    if (units[0]?.words[0] === "where") {
      for (const place of placeFields) {
        const chosen = fieldByWords(context, [place], [context.main], (one) => one.type === "string");
        if (chosen && chosen.score >= 0.6) shown.push({ kind: "field", chosen, unit: 0 });
      }
    }
    for (const [index, unit] of units.entries()) {
      if (used[index] || isValue(index)) continue;
      if (unit.ops.has("distinct")) {
        use(index);
        distinct = true;
        continue;
      }
      if (unit.ops.has("or") || unit.words[0] === "or") {
        use(index);
        continue;
      }
      if (unit.trade && !unit.schema.some((ref) => ref.score > 0.9)) {
        const negated = negationOf(index);
        const sale = saleCollection();
        if (sale) {
          use(index);
          const value = filters.some((filter) => filter.unit > index || (negated === filter.negated && negated));
          if (!value || (negated && !filters.some((filter) => filter.negated)))
            filters.push({ unit: index, negated, test: { kind: "partners", collection: sale } });
          continue;
        }
      }
      if (!unit.filler && unit.words.length === 1 && isCue(unit.words[0] ?? "") && !cues.some((one) => one.cue === unit.words[0])) {
        cues.push({ cue: unit.words[0] ?? "", collection: context.main });
        use(index);
        continue;
      }
      const found = !unit.filler || strong(index) ? thing(index) : undefined;
      if (!found) {
        const nounless = unit.words[0] === "name" || unit.words[0] === "names";
        if (nounless) use(index);
        if (personNouns.has(singular(unit.words[0] ?? "")) && !target) use(index);
        if (unit.bucket && groups.length === 0 && (rank || wanted) && ["which", "what"].includes(at(index - 1)?.words[0] ?? "")) {
          use(index);
          groups.push({ bucket: unit.bucket, unit: index });
        }
        continue;
      }
      if (unit.bucket && found.kind === "field" && found.chosen.score < 0.95 && ["which", "what"].includes(at(index - 1)?.words[0] ?? "")) {
        use(index);
        groups.push({ bucket: unit.bucket, unit: index });
        continue;
      }
      const negated = found.kind === "entity" ? negationOf(index) : false;
      use(index);
      if (found.kind === "field" && holdsField(index) && (target !== undefined || wanted?.kind === "count")) {
        filters.push({ unit: index, negated: true, test: { kind: "missing", chosen: found.chosen } });
        continue;
      }
      if (negated && found.kind === "entity") {
        filters.push({ unit: index, negated: true, test: { kind: "partners", collection: found.collection } });
      } else if (!target && !(wanted && wanted.kind !== "share" && found.kind === "field" && measurable(found.chosen.field))) {
        target = found;
        targetAt = index;
      } else shown.push(found);
    }
    if (wanted && target && targetAt !== undefined && wanted.kind !== "share") {
      // The noun after a measure only says where it is taken, unless the question asks "which".
      const measureAt = units.findIndex(
        (unit) => unit.ops.has("how-many") || ["avg", "sum", "min", "max", "median", "highest", "lowest"].some((op) => unit.ops.has(op)),
      );
      const asked =
        (measureAt < 0 || targetAt < measureAt) &&
        units.slice(0, targetAt).some((unit) => ["which", "what", "who", "list", "show"].includes(unit.words[0] ?? "")) &&
        ask !== "count";
      if (!asked) shown.push(target);
    }
  }

  /** "have a fax", "with a company": the field is not missing. */
  function holdsField(index: number): boolean {
    const article = ["a", "an", "any", "some"].includes(at(index - 1)?.words[0] ?? "");
    return article && ["have", "has", "with", "having", "had"].includes(at(index - 2)?.words[0] ?? "");
  }

  function saleCollection(): Collection | undefined {
    const names = ["invoice line", "order line", "order item", "order detail", "sale", "order", "purchase", "invoice", "transaction"];
    return context.catalog.collections.find((one) => {
      const words = nameWords(one.name).join(" ");
      return names.some((name) => words === name) && context.graph.any(context.main.name, one.name).length > 0;
    });
  }
}
