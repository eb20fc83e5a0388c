import type { OrderBy, QueryPlan } from "../plan/query-plan.ts";
import type { Said } from "./said.ts";

const places = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const ordinal = String.raw`${places.join("|")}|last|\d{1,3}(?:st|nd|rd|th)`;
const bare = new RegExp(
  String.raw`^(?:(?:which|what|who)(?: one)?(?: (?:is|was|are|were|has|had))? )?(?:the )?(${ordinal})(?: (most|fewest|least|best|worst|place|\w+est))?(?: ones?)?$`,
  "i",
);
const inside = new RegExp(
  String.raw`\b(?:the )(${ordinal})(?: (?:one(?: of (?:them|those|these))?|of (?:them|those|these)))?(?= (?:is|was|did|does|have|has|had|released|made|born)\b|$)`,
  "i",
);
const lowest = /^(?:fewest|least|worst|lowest|smallest|shortest|cheapest|lightest|slowest|youngest|earliest)$/i;

/** How many rows stand before the one named by its place; undefined for the last of no known number. */
function rowsBefore(place: string, { limit, offset = 0 }: QueryPlan): number | undefined {
  if (/^last$/i.test(place)) return limit === undefined ? undefined : offset + limit - 1;
  const named = places.indexOf(place.toLowerCase());
  const at = named >= 0 ? named : Number.parseInt(place, 10) - 1;
  return at >= 0 ? offset + at : undefined;
}

/** The row of a ranking that is named by its place. */
function rowAt(before: QueryPlan, place: string): QueryPlan | undefined {
  const offset = rowsBefore(place, before);
  if (before.limit === undefined || offset === undefined || before.orderBy.length === 0 || before.per !== undefined) return undefined;
  return { ...before, limit: 1, offset: offset === 0 ? undefined : offset };
}

/** "and the second most?" of a ranking: the row in that place. */
export function placed(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  const [, place, end] = bare.exec(content.replace(/[\s?.!]+$/, "")) ?? [];
  if (place === undefined) return undefined;
  const isLow = before.orderBy[0]?.direction === "asc";
  if (end !== undefined && end !== "place" && end !== "best" && lowest.test(end) !== isLow) return undefined;
  return rowAt(before, place);
}

/** "the budget of the second one": that row, and what is asked of it. */
export function ofOne(before: QueryPlan, said: Said): { readonly row: QueryPlan; readonly said: Said } | undefined {
  const [named, place] = inside.exec(said.content) ?? [];
  const row = place === undefined ? undefined : rowAt(before, place);
  return row === undefined || named === undefined ? undefined : { row, said: { ...said, content: said.content.replace(named, "it") } };
}

/** "the other way round": two values change places; else the order is turned. */
export function turnedRound(before: QueryPlan, { content }: Said): QueryPlan | undefined {
  if (
    !/^(?:the )?(?:other way (?:a)?round|vice versa|reverse(?:d)?(?: (?:it|them|order|direction))?|opposite(?: direction)?|way back|back again)$/i.test(
      content,
    )
  )
    return undefined;
  const equal = before.where.flatMap((one, at) => (one.kind === "compare" && one.op === "=" ? [{ ...one, at }] : []));
  const [a, b, ...others] = equal;
  if (a !== undefined && b !== undefined && others.length === 0 && typeof a.value === typeof b.value && a.field.field !== b.field.field) {
    const where = before.where.map((one, at) =>
      one.kind !== "compare" ? one : at === a.at ? { ...one, value: b.value } : at === b.at ? { ...one, value: a.value } : one,
    );
    return { ...before, where };
  }
  const [first, ...rest] = before.orderBy;
  if (first === undefined || equal.length > 1) return undefined;
  const direction: OrderBy["direction"] = first.direction === "asc" ? "desc" : "asc";
  return { ...before, orderBy: [{ ...first, direction }, ...rest] };
}
