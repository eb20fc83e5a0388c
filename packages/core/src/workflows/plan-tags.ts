import type { Condition, QueryPlan } from "../plan/index.ts";

function collectionsIn(conditions: readonly Condition[]): string[] {
  return conditions.flatMap((condition) => {
    if (condition.kind === "any" || condition.kind === "all") return collectionsIn(condition.conditions);
    return condition.kind === "related" ? [...condition.path.map(({ to }) => to), ...collectionsIn(condition.where)] : [];
  });
}

/** What an answer from this plan rests on: `collection:` and the name, for every collection it reads. */
export function planTags({ from, joins, where, measures }: QueryPlan): readonly string[] {
  const measured = measures.flatMap((measure) => collectionsIn(measure.where ?? []));
  const names = new Set([from, ...joins.map(({ to }) => to), ...collectionsIn(where), ...measured]);
  return [...names].map((name) => `collection:${name}`);
}
