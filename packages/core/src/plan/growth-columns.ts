import { timeCondition, timeNear } from "./build-dates.ts";
import { refTo } from "./build-joins.ts";
import type { Building } from "./building.ts";
import type { Collection } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import type { Growth } from "./frame.ts";
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

/** The same measure for two spans of time, or for each period and the one before it. */
export function growthColumns(
  b: Building,
  start: Collection,
  growth: Growth,
  measure: Measure,
  groupBy: GroupKey[],
  unique: (name: string) => string,
): GrowthColumns {
  if (measure.fn === "share" || measure.fn === "median") throw new Unplannable("a change of what is not added up or averaged");
  if (growth.spans) {
    const [earlier, later] = growth.spans;
    const conditionOf = (span: TimeSpan): Condition => {
      const { collection, field } = growth.chosen ?? timeNear(b, start, span);
      if (collection !== start && b.graph.up(start.name, collection.name).length === 0)
        throw new Unplannable(`nothing of ${start.name} says when it was`);
      return timeCondition(refTo(b, collection, field), field, span, "in", false);
    };
    const [before, after] = [earlier, later].map((span) => conditionOf(span));
    if (!before || !after) throw new Unplannable("it does not say what is compared");
    const first: Measure = { ...measure, as: unique(earlier.text), where: [before] };
    const last: Measure = { ...measure, as: unique(later.text), where: [after] };
    return {
      measures: [first, last],
      main: last,
      differences: differences(growth, last.as, first.as, groupBy.length === 0, unique),
      where: [{ kind: "any", conditions: [before, after] }],
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
