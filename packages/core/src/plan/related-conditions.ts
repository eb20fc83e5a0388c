import { conditionOn } from "./build-conditions.ts";
import { choosePath } from "./build-joins.ts";
import type { Building } from "./building.ts";
import { type Collection, type Field, keyOf } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import type { FilterReading } from "./frame.ts";
import type { Condition, Hop } from "./query-plan.ts";
import { type Edge, endOf, type Path } from "./relation-graph.ts";

/** Conditions on rows that point here, joined into one where they lie on one path: the same purchase, the same flight. */
export function relatedConditions(
  b: Building,
  start: Collection,
  list: readonly { filter: FilterReading; collection: Collection; field: Field | undefined }[],
): Condition[] {
  if (list.length === 0) return [];
  if (!keyOf(start)) throw new Unplannable(`nothing tells the rows of ${start.name} apart`);
  const withPaths = list
    .map((one) => {
      const all = b.graph.any(start.name, one.collection.name);
      if (all.length === 0) throw new Unplannable(`${start.name} and ${one.collection.name} are not connected`);
      const preferred = all.filter((path) =>
        path.every((edge) => b.frame.mentioned.some((other) => other.name === endOf(edge)) || endOf(edge) === one.collection.name),
      );
      return { ...one, path: choosePath(b, preferred.length === 1 ? preferred : all, one.filter.cue, one.collection) };
    })
    .toSorted((a, b) => Number(b.filter.negated) - Number(a.filter.negated) || b.path.length - a.path.length);
  const merged: { path: Path; negated: boolean; unit: number; where: Condition[] }[] = [];
  for (const one of withPaths) {
    const negated = one.filter.negated;
    const positive: FilterReading = negated ? { ...one.filter, negated: false } : one.filter;
    const host = merged.find(
      (other) =>
        (other.negated === negated || (other.negated && narrowing(one.filter) && one.filter.unit > other.unit)) &&
        one.path.every((edge, index) => other.path[index] === edge || sameEdge(other.path[index], edge)),
    );
    const index = one.path.length - 1;
    if (host) {
      if (one.field) host.where.push(conditionOn({ field: one.field.name, via: String(index) }, one.field, positive));
    } else {
      merged.push({
        path: one.path,
        negated,
        unit: one.filter.unit,
        where: one.field ? [conditionOn({ field: one.field.name, via: String(index) }, one.field, positive)] : [],
      });
    }
  }
  return merged.map(({ path, negated, where }) => {
    b.reach += path.length;
    const hops: Hop[] = path.map((edge) =>
      edge.direction === "up"
        ? { field: edge.relation.from.field, to: edge.relation.to.collection, toField: edge.relation.to.field }
        : { field: edge.relation.to.field, to: edge.relation.from.collection, toField: edge.relation.from.field },
    );
    return { kind: "related", path: hops, where, op: negated ? "=" : ">", count: 0 };
  });
}

/** A time or bound said after a negated thing narrows it: "never bought anything since May". */
function narrowing(filter: FilterReading): boolean {
  return filter.test.kind === "time" || filter.test.kind === "compare";
}

function sameEdge(a: Edge | undefined, b: Edge): boolean {
  return a !== undefined && a.relation === b.relation && a.direction === b.direction;
}
