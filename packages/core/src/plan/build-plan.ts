import { buildConditions } from "./build-conditions.ts";
import type { Building } from "./building.ts";
import { factOf } from "./choose-root.ts";
import { type Context, Unplannable } from "./context.ts";
import { contradiction, forgotten } from "./forgotten.ts";
import type { Frame, Thing } from "./frame.ts";
import { listPlan } from "./list-plan.ts";
import { measuredPlan } from "./measured-plan.ts";
import type { QueryPlan } from "./query-plan.ts";
import { settle } from "./settle.ts";

interface Built {
  readonly plan: QueryPlan;
  /** How far the plan had to reach: joins and guesses lower it. */
  readonly fit: number;
}

/** "most common": what was named is the key, and the rows that hold it are counted. */
function countRows(b: Building): void {
  const counted = b.target;
  if (!counted) throw new Unplannable("it does not say what to count");
  b.groupThings.unshift({ thing: counted, unit: counted.unit });
  const isOther = (one: Thing): boolean => one.kind === "entity" && !(counted.kind === "entity" && counted.collection === one.collection);
  const collection = counted.kind === "field" ? counted.chosen.collection : undefined;
  const rows: Thing = b.shown.find(isOther) ?? {
    kind: "entity",
    collection: collection ?? (counted.kind === "entity" ? factOf(b, counted.collection) : b.from),
    unit: counted.unit,
  };
  b.wanted = { kind: "count", thing: rows };
  b.rank = { direction: b.rank?.direction ?? "desc", by: b.wanted };
  b.target = undefined;
}

/** Turns what was understood into a plan over the catalog's relations. Throws `Unplannable` when no plan fits. */
export function buildPlan(context: Context, frame: Frame): Built {
  const b: Building = {
    context,
    catalog: context.catalog,
    graph: context.graph,
    frame,
    joins: [],
    groupThings: [...frame.groups],
    shown: [...frame.shown],
    having: [...frame.having],
    from: context.main,
    reach: 0,
    rolled: false,
    wanted: frame.wanted,
    rank: frame.rank,
    target: frame.target,
  };
  if (b.rank?.by.kind === "rows") countRows(b);
  const settled = settle(b);
  b.from = settled.from;
  const conditions = buildConditions(
    b,
    settled.from,
    frame.filters.filter((filter) => filter.part !== true),
  );
  const plan =
    settled.kind === "list"
      ? listPlan(b, settled.from, conditions, settled.per)
      : measuredPlan(b, settled.from, conditions, settled.wanted, settled.keys);
  const left = forgotten(plan, frame, context);
  if (left !== undefined) throw new Unplannable(`there is no place in it for ${left}`);
  const torn = contradiction(plan);
  if (torn !== undefined) throw new Unplannable(`${torn} cannot be two things at once`);
  return { plan, fit: Math.max(0.3, 1 - 0.02 * b.reach) };
}
