import { collectionOfThing, wordOf } from "./building.ts";
import type { Context } from "./context.ts";
import type { Frame, Thing } from "./frame.ts";
import type { QueryPlan } from "./query-plan.ts";
import { isRelationVerb } from "./reading.ts";

/**
 * Something the question names that the plan has no use for; undefined when there is none. A plan that leaves out what was asked about answers
 * another question. Verbs may only say that things belong together.
 */
export function forgotten(plan: QueryPlan, frame: Frame, { catalog, units }: Context): string | undefined {
  const said = JSON.stringify(plan);
  const names = (key: "field" | "to", name: string): boolean => said.includes(`"${key}":${JSON.stringify(name)}`);
  const isThere = (thing: Thing): boolean => {
    if (thing.kind === "field") {
      const { collection, field } = thing.chosen;
      return (
        names("field", field.name) ||
        catalog.relations.some(
          (one) => one.to.collection === collection.name && one.to.field === field.name && names("field", one.from.field),
        ) ||
        catalog.relations.some(
          (one) => one.from.collection === collection.name && one.from.field === field.name && names("to", one.to.collection),
        ) ||
        said.includes(`"field":${JSON.stringify(`${field.name}.`).slice(0, -1)}`)
      );
    }
    const { name } = thing.collection;
    return (
      plan.from === name ||
      names("to", name) ||
      catalog.relations.some((one) => one.to.collection === name && names("field", one.from.field))
    );
  };
  // An average that was asked for and is nowhere taken.
  if (frame.over && !plan.rollup && !plan.measures.some((measure) => measure.fn === frame.over)) return `the ${wordOf(frame.over)}`;
  const isRanked = plan.limit !== undefined || plan.measures.some((measure) => measure.fn === "max" || measure.fn === "min");
  if (frame.rank && !isRanked) return "what ranks first";
  const things = [...(frame.target ? [frame.target] : []), ...frame.shown, ...frame.groups.flatMap((group) => group.thing ?? [])];
  const missing = things.find((thing) => thing.unit >= 0 && !isRelationVerb(units[thing.unit]) && !isThere(thing));
  if (!missing) return undefined;
  return missing.kind === "field" ? missing.chosen.field.name : collectionOfThing(missing).name;
}

/** A field that would have to be two things at once; undefined when there is none. No row meets such a plan. */
export function contradiction({ where, measures }: QueryPlan): string | undefined {
  for (const conditions of [where, ...measures.map((measure) => [...where, ...(measure.where ?? [])])]) {
    const values = new Map<string, unknown>();
    for (const condition of conditions) {
      if (condition.kind !== "compare" || condition.op !== "=") continue;
      const key = `${condition.field.via ?? ""}.${condition.field.field}`;
      if (values.has(key) && values.get(key) !== condition.value) return condition.field.field;
      values.set(key, condition.value);
    }
  }
  return undefined;
}
