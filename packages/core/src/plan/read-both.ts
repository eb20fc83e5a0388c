import type { Thing } from "./frame.ts";
import type { Reading } from "./reading.ts";

/**
 * "Customers who bought both Rock and Jazz": what has rows of each of the values, not of any of them. Counts the values found for each of the
 * things asked for, and keeps the things that have all.
 */
export function readBoth(r: Reading): void {
  const both = r.units.findIndex((unit, index) => unit.words[0] === "both" && unit.words.length === 1 && !r.used[index]);
  if (both < 0 || r.wanted !== undefined || r.groups.length > 0 || r.target === undefined) return;
  const named = r.filters.flatMap((filter) =>
    filter.unit > both && !filter.negated && filter.test.kind === "values" && filter.test.values.length === 1 ? [filter.test] : [],
  );
  const [first] = named;
  if (!first || named.length < 2 || named.some(({ chosen }) => chosen.field !== first.chosen.field)) return;
  // A row that is itself what is asked for holds one of the values at most.
  if (r.target.kind === "entity" && r.target.collection === first.chosen.collection) return;
  const values: Thing = { kind: "field", chosen: first.chosen, unit: both };
  const counted = { kind: "count", thing: values } as const;
  r.use(both);
  r.groups.push({ thing: r.target, unit: r.target.unit });
  r.wanted = counted;
  r.having.push({ op: "=", value: named.length, of: counted });
  r.target = undefined;
}
