import { conditionOn } from "./build-conditions.ts";
import { timeCondition, timeNear } from "./build-dates.ts";
import { refTo } from "./build-joins.ts";
import type { Building } from "./building.ts";
import type { Collection } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import type { FilterReading, Growth } from "./frame.ts";
import { type Condition, type Difference, type GroupKey, isCyclic, type Measure } from "./query-plan.ts";
import type { TimeSpan } from "./times.ts";
import { nameWords } from "./words.ts";

interface GrowthColumns {
  readonly measures: readonly Measure[];
  /** The measure rows are ordered by where nothing else is said. */
  readonly main: Measure;
  readonly differences: readonly Difference[];
  /** Leaves only rows that are compared. */
  readonly where: readonly Condition[];
}

/** The differences that were asked for. A single number is one of them; a table shows both. */
function differences(
  { word, unit }: Growth,
  of: string,
  from: string | undefined,
  isSingle: boolean,
  unique: (name: string) => string,
): Difference[] {
  // How much it fell is told as a number over zero where two spans are compared.
  const isFall = word === "decrease" && from !== undefined;
  const absolute = (): Difference => ({
    as: unique(word === "decrease" && !isFall ? "change" : word),
    of: isFall ? from : of,
    ...(from === undefined ? {} : { from: isFall ? of : from }),
    unit: "absolute",
  });
  const percent = (): Difference => ({
    as: unique(word === "decrease" ? "change in percent" : `${word} in percent`),
    of,
    ...(from === undefined ? {} : { from }),
    unit: "percent",
  });
  if (isSingle) return [(unit ?? (word === "growth" ? "percent" : "absolute")) === "percent" ? percent() : absolute()];
  return unit === "percent" ? [percent(), absolute()] : [absolute(), percent()];
}

function spanCondition(b: Building, start: Collection, growth: Growth, span: TimeSpan): Condition {
  const { collection, field } = growth.chosen ?? timeNear(b, start, span);
  if (collection !== start && b.graph.up(start.name, collection.name).length === 0)
    throw new Unplannable(`nothing of ${start.name} says when it was`);
  return timeCondition(refTo(b, collection, field), field, span, "in", false);
}

const nameOf = ({ test }: FilterReading): string => (test.kind === "values" ? String(test.values[0]) : "value");

function valueCondition(b: Building, start: Collection, filter: FilterReading): Condition {
  const chosen = filter.test.kind === "values" ? filter.test.chosen : undefined;
  if (!chosen || (chosen.collection !== start && b.graph.up(start.name, chosen.collection.name).length === 0))
    throw new Unplannable(`${start.name} cannot be told apart by ${nameOf(filter)}`);
  return conditionOn(refTo(b, chosen.collection, chosen.field, filter.cue, filter.through), chosen.field, filter);
}

/** The same measure for two spans of time or two values, or for each period and the one before it. */
export function growthColumns(
  b: Building,
  start: Collection,
  growth: Growth,
  measure: Measure,
  groupBy: GroupKey[],
  unique: (name: string) => string,
): GrowthColumns {
  if (measure.fn === "share" || measure.fn === "median") throw new Unplannable("a change of what is not added up or averaged");
  if (growth.isRange) {
    const low: Measure = { ...measure, as: unique(measure.as.replace("highest", "lowest")), fn: "min" };
    return {
      measures: [low, measure],
      main: measure,
      differences: differences(growth, measure.as, low.as, groupBy.length === 0, unique),
      where: [],
    };
  }
  const pair = growth.values
    ? growth.values.map((filter) => ({ name: nameOf(filter), condition: valueCondition(b, start, filter) }))
    : growth.spans?.map((span) => ({ name: span.text, condition: spanCondition(b, start, growth, span) }));
  const [before, after] = pair ?? [];
  if (before && after) {
    const first: Measure = { ...measure, as: unique(before.name), where: [before.condition] };
    const last: Measure = { ...measure, as: unique(after.name), where: [after.condition] };
    return {
      measures: [first, last],
      main: last,
      differences: differences(growth, last.as, first.as, groupBy.length === 0, unique),
      where: [{ kind: "any", conditions: [before.condition, after.condition] }],
    };
  }
  // A column that holds years is a unit of time too.
  groupBy.forEach((key, index) => {
    if (key.bucket === undefined && nameWords(key.field.field).includes("year")) groupBy[index] = { ...key, bucket: "year" };
  });
  if (!groupBy.some((key) => key.bucket !== undefined && !isCyclic(key.bucket)))
    throw new Unplannable("it does not say over which periods it changed");
  return { measures: [measure], main: measure, differences: differences(growth, measure.as, undefined, false, unique), where: [] };
}
