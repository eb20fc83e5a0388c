import { relatedConditions } from "./related-conditions.ts";
import { timeCondition, timeNear } from "./build-dates.ts";
import { choosePath, refTo } from "./build-joins.ts";
import { isDisplay } from "./building.ts";
import type { Building } from "./building.ts";
import type { Collection, Field } from "./catalog.ts";
import { type ChosenField, Unplannable } from "./context.ts";
import type { FilterReading } from "./frame.ts";
import type { Condition, FieldRef } from "./query-plan.ts";
import { nameWords } from "./words.ts";

/** One filter as a condition on the field at `ref`. */
export function conditionOn(ref: FieldRef, field: Field, filter: FilterReading): Condition {
  const { test, negated } = filter;
  switch (test.kind) {
    case "values": {
      if (test.values.length === 1 && test.values[0] !== undefined)
        return { kind: "compare", field: ref, op: negated ? "!=" : "=", value: test.values[0] };
      return { kind: "in", field: ref, values: test.values, ...(negated ? { negated } : {}) };
    }
    case "compare":
      return { kind: "compare", field: ref, op: negated && test.op === "=" ? "!=" : test.op, value: test.value };
    case "text":
      return { kind: "text", field: ref, match: test.match, text: test.text, ...(negated ? { negated } : {}) };
    case "missing":
      return { kind: "missing", field: ref, ...(negated ? { negated } : {}) };
    case "fields":
      throw new Unplannable("a comparison of two fields of related rows");
    case "versus":
      return { kind: "versus", field: ref, op: test.op, fn: "avg" };
    case "time":
      return timeCondition(ref, field, test.span, test.relation, negated);
    case "partners":
      return { kind: "missing", field: ref, negated: true };
  }
}

/** Two fields compared, where both are of the row or of what it points at. */
function pairCondition(
  b: Building,
  start: Collection,
  { chosen, op, other }: Extract<FilterReading["test"], { kind: "fields" }>,
): Condition {
  const refOf = ({ collection, field }: ChosenField): FieldRef => {
    if (collection !== start && b.graph.up(start.name, collection.name).length === 0)
      throw new Unplannable(`${start.name} and ${collection.name} are not connected`);
    return refTo(b, collection, field);
  };
  return { kind: "fields", field: refOf(chosen), op, other: refOf(other) };
}

/** Every filter as a condition on rows of `start`: on the row, on what it points at, or on the rows that point at it. */
export function buildConditions(b: Building, start: Collection, filters: readonly FilterReading[] = b.frame.filters): Condition[] {
  const direct: Condition[] = [];
  const within = new Map<string, Condition[]>();
  const related: { filter: FilterReading; collection: Collection; field: Field | undefined }[] = [];
  const values = mergeAlternatives(b, filters, start);
  for (const filter of values) {
    const chosen =
      filter.test.kind === "partners"
        ? undefined
        : filter.test.kind === "time"
          ? (filter.test.chosen ?? timeNear(b, start, filter.test.span))
          : filter.test.chosen;
    const collection = filter.test.kind === "partners" ? filter.test.collection : chosen?.collection;
    if (!collection) continue;
    if (filter.test.kind === "partners") {
      if (b.graph.up(start.name, collection.name).length > 0 && collection !== start) {
        const path = choosePath(b, b.graph.up(start.name, collection.name), filter.cue, collection);
        const first = path[0];
        if (path.length === 1 && first)
          direct.push({ kind: "missing", field: { field: first.relation.from.field }, ...(filter.negated ? {} : { negated: true }) });
      } else if (collection !== start) related.push({ filter, collection, field: undefined });
      continue;
    }
    if (!chosen) continue;
    if (filter.test.kind === "fields") {
      direct.push(pairCondition(b, start, filter.test));
      continue;
    }
    if (collection === start || b.graph.up(start.name, collection.name).length > 0) {
      const ref = refTo(b, collection, chosen.field, filter.cue, filter.through);
      const condition = conditionOn(ref, chosen.field, filter);
      // "in 1955 and 2005": no moment lies in two spans, so either is meant.
      const spans = filter.test.kind === "time" && filter.test.relation === "in" && !filter.negated;
      const key = JSON.stringify(ref);
      const earlier = spans ? within.get(key) : undefined;
      if (earlier) earlier.push(condition);
      else if (spans) within.set(key, [condition]);
      else direct.push(condition);
    } else related.push({ filter, collection, field: chosen.field });
  }
  for (const conditions of within.values()) {
    const only = conditions[0];
    if (only) direct.push(conditions.length === 1 ? only : { kind: "any", conditions });
  }
  return [...direct, ...relatedConditions(b, start, related)];
}

/** Values of the same field are alternatives ("Brazil or Canada"); a value that fits nowhere near the rows takes its next reading. */
function mergeAlternatives(b: Building, list: readonly FilterReading[], start: Collection): FilterReading[] {
  const result: FilterReading[] = [];
  for (const filter of list) {
    let current = filter;
    if (current.test.kind === "values" && current.alternatives && current.alternatives.length > 0) {
      const test = current.test;
      const reachable = (chosen: ChosenField): number =>
        chosen.collection === start
          ? 3
          : b.graph.up(start.name, chosen.collection.name).length > 0
            ? 2
            : b.graph.any(start.name, chosen.collection.name).length > 0
              ? 1
              : 0;
      const better = current.alternatives.find((one) => reachable(one) > reachable(test.chosen) && one.score >= test.chosen.score - 0.3);
      if (better) {
        const values = b.context.units[current.unit]?.values.find(
          (ref) => ref.collection === better.collection && ref.field === better.field,
        );
        if (
          values &&
          (reachable(test.chosen) === 0 ||
            (reachable(better) === 3 && values.exact && test.exact && values.score >= 0.85 && sameRole(test.chosen.field, better.field)))
        ) {
          current = { ...current, test: { ...test, chosen: better, values: values.values, exact: values.exact } };
        }
      }
      ambiguousEnds(b, current, start);
    }
    const earlier = result.find(
      (one) =>
        one.test.kind === "values" &&
        current.test.kind === "values" &&
        one.test.chosen.field === current.test.chosen.field &&
        one.test.chosen.collection === current.test.chosen.collection &&
        (one.cue === current.cue || current.cue === undefined) &&
        one.negated === current.negated,
    );
    if (earlier && earlier.test.kind === "values" && current.test.kind === "values") {
      result[result.indexOf(earlier)] = {
        ...earlier,
        test: { ...earlier.test, values: [...new Set([...earlier.test.values, ...current.test.values])] },
      };
    } else result.push(current);
  }
  return result;
}

function sameRole(a: Field, b: Field): boolean {
  return nameWords(a.name).at(-1) === nameWords(b.name).at(-1);
}

/** "type" is the plainer one beside "second_type". */
const isInside = (plain: readonly string[], other: readonly string[]): boolean =>
  plain.length < other.length && plain.every((word) => other.includes(word));

/** The same value in two like fields of the same rows, with nothing to tell them apart. */
function ambiguousEnds(b: Building, filter: FilterReading, start: Collection): void {
  if (filter.test.kind !== "values" || filter.cue !== undefined || !filter.test.exact) return;
  const { chosen } = filter.test;
  const rivals = (filter.alternatives ?? []).filter(
    (one) =>
      one.collection === chosen.collection && one.field !== chosen.field && one.score >= chosen.score - 0.01 && one.collection === start,
  );
  const rival = rivals[0];
  if (rival && rivals.length === 1 && isDisplay(chosen) !== isDisplay(rival)) return;
  const plain = nameWords(chosen.field.name);
  if (rival && rivals.every(({ field }) => isInside(plain, nameWords(field.name)))) {
    const text = `"${b.context.units[filter.unit]?.text ?? ""}" is taken as ${chosen.field.name}`;
    b.context.notes.push({ field: chosen.field.name, text });
    return;
  }
  if (rival)
    throw new Unplannable(
      `"${b.context.units[filter.unit]?.text ?? ""}" may be one of several fields`,
      [chosen, ...rivals].map((one) => `${one.field.name} (${one.collection.name})`),
    );
}
