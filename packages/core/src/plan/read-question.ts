import { type Context, entityOf, Unplannable } from "./context.ts";
import type { Frame } from "./frame.ts";
import { softWords } from "./lexicon.ts";
import { readBoth } from "./read-both.ts";
import { readComparisons } from "./read-comparisons.ts";
import { readDurations } from "./read-durations.ts";
import { readBooleans, readFilters, readNegatedFields } from "./read-filters.ts";
import { readDifference, readGrowth } from "./read-growth.ts";
import { readGroups } from "./read-groups.ts";
import { readAggregates, readAsk, readShareParts } from "./read-measures.ts";
import { readLimits, readOrdinal } from "./read-numbers.ts";
import { readRank } from "./read-rank.ts";
import { joinsThings, readRest } from "./read-rest.ts";
import { readSort } from "./read-sort.ts";
import { readOpposed } from "./read-opposed.ts";
import { createReading, isRelationVerb, type Reading } from "./reading.ts";
import { singular, type Unit as Measurement, unitInName } from "./words.ts";

/** Operators that change the answer: left without a place, the question was not understood. */
const decisive =
  "avg median min max share most least highest lowest > >= < <= != between before after since not above-average below-average than-average growth difference against change unsupported starts ends group top bottom best-selling".split(
    " ",
  );

/** What of the question found no place, apart from words it can do without. */
function unexplained(r: Reading): readonly string[] {
  const measured = r.wanted?.kind === "aggregate" || r.wanted?.kind === "trade";
  return r.units.flatMap((unit, index) => {
    const word = unit.words[0] ?? "";
    if (r.used[index] || unit.ops.has("exists")) return [];
    if (unit.ops.has("joins") && joinsThings(r, index)) return [];
    if (unit.measurement && isKeptIn(r, unit.measurement)) return [];
    if (word === "only" && unit.words.length === 1 && restrictsDeed(r, index)) return [unit.text];
    if (decisive.some((op) => unit.ops.has(op)) && !(unit.filler && unit.ops.has("since"))) return [unit.text];
    if (unit.filler || (r.sort && /^(sorted|ordered|ranked|arranged)$/.test(word))) return [];
    if (
      unit.words.length === 1 &&
      (softWords.has(singular(word)) || ((isRelationVerb(unit) || (unit.trade !== undefined && measured)) && joinsThings(r, index)))
    )
      return [];
    return [unit.text];
  });
}

/** "Who only bought Rock", "has bought only Rock": nothing else either, which no condition here says. */
function restrictsDeed(r: Reading, index: number): boolean {
  return [index - 1, index + 1].some((place) => r.at(place)?.trade !== undefined || isRelationVerb(r.at(place)));
}

/** A field that found its place is kept in just this unit: "the longest runtime in minutes". */
function isKeptIn(r: Reading, { dimension, factor }: Measurement): boolean {
  return r.units.some(
    (unit, index) =>
      r.used[index] &&
      unit.schema.some((ref) => {
        const own = ref.field && unitInName(ref.field.name);
        return own?.dimension === dimension && own.factor === factor;
      }),
  );
}

/** "The average age of men and women": one of both together is seldom meant. Sums and counts of both are. */
function isEachMeant(r: Reading): boolean {
  if (r.wanted?.kind !== "aggregate" || r.wanted.fn === "sum" || r.rank !== undefined || r.growth !== undefined) return false;
  const [first, second, ...more] = r.filters.filter((one) => one.test.kind === "values");
  return first?.unit !== undefined && second?.unit === first.unit + 2 && more.length === 0 && r.at(first.unit + 1)?.words[0] === "and";
}

/** "Compare the average age of men and women": a measure for each of the values named of one field. */
function readCompared(r: Reading): void {
  const isTold = r.units[0]?.words[0] === "compare" && !r.used[0];
  if (r.wanted === undefined || r.groups.length > 0 || !(isTold || isEachMeant(r))) return;
  for (const filter of r.filters) {
    const { test } = filter;
    if (test.kind !== "values" || filter.negated) continue;
    const alike = r.filters.filter((one) => !one.negated && one.test.kind === "values" && one.test.chosen.field === test.chosen.field);
    if (alike.length < 2) continue;
    if (isTold) r.use(0);
    r.groups.push({ thing: { kind: "field", chosen: test.chosen, unit: filter.unit }, unit: filter.unit });
    return;
  }
}

/** "Directed together": of a field that holds one value, no row has two of those named. */
function refuseTogether(r: Reading): void {
  if (!r.units.some((unit) => unit.words.join(" ") === "together")) return;
  const named = r.filters.flatMap(({ test, negated }) => (test.kind === "values" && !negated ? [test] : []));
  const twice = named.find((one, index) => named.some((other, at) => at > index && other.chosen.field === one.chosen.field));
  if (!twice) return;
  const { field, collection } = twice.chosen;
  throw new Unplannable(`each of ${collection.name} has one ${field.name}, so none has both together`);
}

/** Reads the units of a question around one collection into a frame. Throws `Unplannable` when it cannot. */
export function readQuestion(context: Context): Frame {
  const r = createReading(context);
  // Numbers bind tightest, then what is asked for, then what narrows it; what is left is shown.
  readLimits(r);
  readOrdinal(r);
  readGrowth(r);
  readComparisons(r);
  readNegatedFields(r);
  readBooleans(r);
  readDurations(r);
  readAsk(r);
  readSort(r);
  readRank(r);
  readAggregates(r);
  readGroups(r);
  readFilters(r);
  readOpposed(r);
  readRest(r);
  readBoth(r);
  readDifference(r);
  readCompared(r);
  readShareParts(r);
  refuseTogether(r);
  if (r.offset !== undefined && r.rank === undefined) throw new Unplannable("it does not say in what order to count them");
  const left = unexplained(r);
  return {
    ask: r.ask,
    who: r.units.some((unit) => unit.words[0] === "who"),
    target: r.target,
    wanted: r.wanted,
    over: r.over,
    groups: r.groups,
    filters: r.filters,
    having: r.having,
    rank: r.rank,
    sort: r.sort,
    limit: r.limit,
    offset: r.offset,
    growth: r.growth,
    distinct: r.distinct,
    lacking: r.units.some(
      (unit) => unit.ops.has("not") && unit.words.some((word) => /^(no|without|never|zero|lacks?|lacking)$/.test(word)),
    ),
    shown: r.shown,
    extra: r.extra,
    cues: r.cues,
    mentioned: r.units.flatMap((unit) => {
      const found = unit.schema.length > 0 && !unit.filler ? entityOf(context, unit) : undefined;
      return found ? [found.collection] : [];
    }),
    explained: r.units.length === 0 ? 0 : 1 - left.length / r.units.length,
    unexplained: left,
  };
}
