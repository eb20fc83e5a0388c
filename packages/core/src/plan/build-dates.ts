import { collectionOfFilter } from "./building.ts";
import type { Building } from "./building.ts";
import { type Collection, type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, nearby, Unplannable } from "./context.ts";
import type { Condition, FieldRef } from "./query-plan.ts";
import { endOf } from "./relation-graph.ts";
import type { TimeSpan } from "./times.ts";
import { nameWords } from "./words.ts";

/** A stretch of time as a condition on a date, or on a number that holds years. */
export function timeCondition(
  ref: FieldRef,
  field: Field,
  span: TimeSpan,
  relation: "in" | "before" | "after" | "since" | "through",
  negated: boolean,
): Condition {
  if (isNumeric(field)) {
    const [low, high] = span.years ?? (span.year === undefined ? [undefined, undefined] : [span.year, span.year]);
    if (low === undefined || high === undefined) throw new Unplannable(`${field.name} holds years, not ${span.text}`);
    const compare = (op: ">" | ">=" | "<" | "<=" | "=" | "!=", value: number): Condition => ({ kind: "compare", field: ref, op, value });
    const flip = <T>(yes: T, no: T): T => (negated ? no : yes);
    if (relation === "before") return compare(flip("<", ">="), low);
    if (relation === "after") return compare(flip(">", "<="), high);
    if (relation === "since") return compare(flip(">=", "<"), low);
    if (relation === "through") return compare(flip("<=", ">"), high);
    if (low === high) return compare(flip("=", "!="), low);
    return negated
      ? { kind: "any", conditions: [compare("<", low), compare(">", high)] }
      : { kind: "all", conditions: [compare(">=", low), compare("<=", high)] };
  }
  if (span.part) return { kind: "calendar", field: ref, part: span.part.kind, value: span.part.value };
  const range = (from_: string | undefined, to_: string | undefined): Condition => ({
    kind: "dates",
    field: ref,
    ...(from_ === undefined ? {} : { from: from_ }),
    ...(to_ === undefined ? {} : { to: to_ }),
    ...(negated ? { negated } : {}),
  });
  if (relation === "before") return range(undefined, span.from);
  if (relation === "after") return range(span.to, undefined);
  if (relation === "since") return range(span.from, undefined);
  if (relation === "through") return range(undefined, span.to);
  return range(span.from, span.to);
}

/** The date a time without a field refers to: the only one, or the one that says when the row came to be. */
function defaultTimeField(b: Building, start: Collection, span: TimeSpan): ChosenField {
  for (const collection of nearby(b.context, start, true)) {
    const unasked = collection === start ? /birth|born|dob|death|expir|due/i : /birth|born|dob|death|expir|due|hire|join|regist/i;
    const dates = collection.fields.filter((field) => field.type === "date" && !unasked.test(field.name));
    const years = collection.fields.filter((field) => isNumeric(field) && nameWords(field.name).includes("year"));
    const fields =
      dates.length > 0 && !(span.year !== undefined && years.length === 1 && dates.length === 0)
        ? dates
        : span.year !== undefined || span.years
          ? years
          : dates;
    if (fields.length === 1 && fields[0]) return { collection, field: fields[0], score: 0.6 };
    if (fields.length > 1) {
      const own = fields.filter(
        (field) =>
          /^(date|created|year|time|timestamp|day)|order|invoice|purchase|sale|transaction/i.test(field.name) &&
          !/update|modif|ship|deliver/i.test(field.name),
      );
      if (own.length === 1 && own[0]) return { collection, field: own[0], score: 0.6 };
      // The loan date of a loan.
      const owner = nameWords(collection.name);
      const namesake = fields.filter((field) => nameWords(field.name).some((word) => owner.includes(word)));
      if (namesake.length === 1 && namesake[0]) return { collection, field: namesake[0], score: 0.6 };
      throw new Unplannable(
        `"${span.text}" may refer to several dates`,
        fields.map((field) => `${field.name} (${collection.name})`),
      );
    }
  }
  throw new Unplannable(`nothing connected with ${start.name} holds a date for "${span.text}"`);
}

/** The date a time refers to: of the rows, else of the rows a condition reaches, else of what the rows point at. */
export function timeNear(b: Building, start: Collection, span: TimeSpan): ChosenField {
  if (ownDates(start).length > 0) return defaultTimeField(b, start, span);
  for (const filter of b.frame.filters) {
    const collection = collectionOfFilter(filter);
    if (!collection || collection === start || b.graph.up(start.name, collection.name).length > 0) continue;
    const path = b.graph.any(start.name, collection.name)[0] ?? [];
    for (const edge of path) {
      const one = b.catalog.collections.find((other) => other.name === endOf(edge));
      const dates = one ? ownDates(one) : [];
      if (one && dates.length === 1 && dates[0]) return { collection: one, field: dates[0], score: 0.5 };
    }
  }
  try {
    return defaultTimeField(b, start, span);
  } catch (error) {
    if (error instanceof Unplannable && error.choices.length > 0) throw error;
    for (const collection of nearby(b.context, start)) {
      const dates = ownDates(collection);
      if (dates.length === 1 && dates[0] && b.graph.up(start.name, collection.name).length === 0)
        return { collection, field: dates[0], score: 0.5 };
    }
    throw error;
  }
}

/** Dates of what happened to the row, not of a person's life. */
function ownDates(collection: Collection): Field[] {
  return collection.fields.filter(
    (field) =>
      (field.type === "date" && !/birth|born|dob|death|expir|due|hire/i.test(field.name)) ||
      (isNumeric(field) && nameWords(field.name).join(" ") === "year"),
  );
}

/** The date that "per month" goes by. */
export function bucketField(b: Building, start: Collection): ChosenField {
  const dated = b.frame.filters.find((filter) => filter.test.kind === "time" && filter.test.chosen);
  if (dated?.test.kind === "time" && dated.test.chosen) return dated.test.chosen;
  return defaultTimeField(b, start, { text: "that time", relative: false, year: 0 });
}
