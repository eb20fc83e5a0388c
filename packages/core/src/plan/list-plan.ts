import { relatedConditions } from "./related-conditions.ts";
import { aliasFrom, refTo } from "./build-joins.ts";
import { collectionOfFilter, isDisplay, isForeignKey } from "./building.ts";
import { displayFields, isNameless } from "./display-fields.ts";
import { groupKeys, uniqueNames } from "./group-keys.ts";
import type { Building, Key } from "./building.ts";
import { type Collection, type Field, isNumeric, keyOf } from "./catalog.ts";
import type { ChosenField } from "./context.ts";
import type { Condition, FieldRef, OrderBy, QueryPlan, SelectedField } from "./query-plan.ts";

/** "The penguin species": a field right behind its collection, with far fewer values than rows, asks for the values and not for the rows. */
function keptKinds({ target, shown, rank, frame }: Building, start: Collection): ChosenField | undefined {
  const [field, ...more] = shown;
  if (target?.kind !== "entity" || field?.kind !== "field" || more.length > 0 || rank !== undefined || frame.filters.length > 0)
    return undefined;
  const values = field.chosen.field.values?.counts.size ?? start.count;
  return field.unit === target.unit + 1 && field.chosen.collection === start && values * 10 <= start.count ? field.chosen : undefined;
}

/** The plain values inside an object; any other field is its own part. */
function partsOf(collection: Collection, field: Field): { readonly collection: Collection; readonly field: Field }[] {
  const inside = collection.fields.filter((one) => one.name.startsWith(`${field.name}.`) && one.type !== "object" && one.type !== "array");
  return field.type === "object" && inside.length > 0 ? inside.map((one) => ({ collection, field: one })) : [{ collection, field }];
}

/** Columns of a row that is asked for by its key. */
const maxShown = 20;

/** "Ticket 7": one row, of which everything is meant. */
function isOneRow({ frame }: Building, start: Collection): boolean {
  const key = keyOf(start);
  return frame.filters.some(({ test, negated }) => !negated && test.kind === "compare" && test.op === "=" && test.chosen.field === key);
}

/** A plan that lists rows: what names them, what was asked for, and what they were chosen by. */
export function listPlan(b: Building, start: Collection, where: Condition[], per: readonly Key[] = []): QueryPlan {
  const select: SelectedField[] = [];
  const unique = uniqueNames();
  const add = (field: FieldRef, name: string, bucket?: SelectedField["bucket"]): void => {
    if (select.some((one) => one.field.field === field.field && one.field.via === field.via && one.bucket === bucket)) return;
    select.push({ as: unique(name), field, ...(bucket ? { bucket } : {}) });
  };
  const within = per.flatMap((key) => groupKeys(b, start, key, (name) => name));
  for (const { as, field, bucket } of within) {
    add(field, as, bucket);
    where.push({ kind: "missing", field, negated: true });
  }
  const fieldTarget = b.target?.kind === "field" ? b.target.chosen : keptKinds(b, start);
  const tellsRowsApart =
    fieldTarget !== undefined && isDisplay(fieldTarget) && (fieldTarget.field.values?.counts.size ?? 0) * 2 > start.count;
  const wantsRows =
    (b.target?.kind === "entity" && fieldTarget === undefined) ||
    b.rank !== undefined ||
    fieldTarget?.field.unique === true ||
    tellsRowsApart;
  const things = [...(b.target ? [b.target] : []), ...b.shown];
  const asked = things.flatMap((one) => (one.kind === "field" ? [one.chosen] : []));
  const rowFilters = b.frame.filters.some(
    (one) =>
      one.test.kind === "values" &&
      one.test.chosen.collection === start &&
      isDisplay(one.test.chosen) &&
      (one.test.chosen.field.values?.counts.size ?? 0) * 2 > start.count,
  );
  const distinct =
    (b.frame.distinct && per.length === 0) ||
    (!wantsRows &&
      fieldTarget !== undefined &&
      asked.every((one) => isForeignKey(b, one) || (!isNumeric(one.field) && one.field.type !== "date")) &&
      !rowFilters);
  if (!distinct && (wantsRows || asked.some((one) => !isForeignKey(b, one) && (isNumeric(one.field) || one.field.type === "date")))) {
    for (const field of displayFields(start)) add({ field: field.name }, field.name);
  }
  for (const { collection, field } of asked) {
    const pointed = b.catalog.relations.find((one) => one.from.collection === collection.name && one.from.field === field.name);
    const other = pointed && b.catalog.collections.find((one) => one.name === pointed.to.collection);
    if (pointed && other) {
      // A key shows what it points at.
      const via = aliasFrom(b, refTo(b, collection, field).via, pointed);
      for (const one of displayFields(other)) add({ field: one.name, via }, one.name.toLowerCase() === "name" ? other.name : one.name);
    }
  }
  const parts = asked.filter((one) => !isForeignKey(b, one)).flatMap(({ collection, field }) => partsOf(collection, field));
  for (const { collection, field } of parts)
    add(
      refTo(b, collection, field),
      collection === start ? field.name : field.name.toLowerCase() === "name" ? collection.name : field.name,
    );
  for (const one of b.shown) {
    if (one.kind !== "entity" || one.collection === start) continue;
    if (b.graph.up(start.name, one.collection.name).length === 0) {
      where.push(
        ...relatedConditions(
          b,
          start,
          b.frame.filters.some((filter) => collectionOfFilter(filter) === one.collection)
            ? []
            : [
                {
                  filter: { unit: one.unit, negated: false, test: { kind: "partners", collection: one.collection } },
                  collection: one.collection,
                  field: undefined,
                },
              ],
        ),
      );
      continue;
    }
    for (const field of displayFields(one.collection))
      add(
        refTo(b, one.collection, field),
        field.name.toLowerCase() === "name" || field.name.toLowerCase() === "title" ? one.collection.name : field.name,
      );
  }
  if (!distinct && asked.length === 0 && isOneRow(b, start))
    for (const { name, type } of start.fields.slice(0, maxShown)) if (type !== "object" && type !== "array") add({ field: name }, name);
  if (!distinct && asked.length === 0) {
    for (const filter of b.frame.filters) {
      if (!("chosen" in filter.test) || !filter.test.chosen) continue;
      const { collection, field } = filter.test.chosen;
      if (collection === start) add({ field: field.name }, field.name);
    }
  }
  const orderBy: OrderBy[] = [];
  let limit = b.frame.limit;
  if (b.rank?.by.kind === "field") {
    const { collection, field } = b.rank.by.chosen;
    const ref = refTo(b, collection, field);
    if (!distinct) add(ref, field.name);
    orderBy.push({ field: ref, direction: b.rank.direction });
    where.push({ kind: "missing", field: ref, negated: true });
    limit ??= 1;
  } else if (b.frame.sort) {
    const by = b.frame.sort.by;
    const chosen = by?.kind === "field" ? by.chosen : undefined;
    const ref = chosen ? refTo(b, chosen.collection, chosen.field) : select[0]?.field;
    if (chosen && ref && !distinct) add(ref, chosen.field.name);
    if (ref) orderBy.push({ field: ref, direction: b.frame.sort.direction });
  }
  if (select.length === 0) for (const field of displayFields(start)) add({ field: field.name }, field.name);
  if (
    !distinct &&
    asked.length === 0 &&
    ((select.length === 1 && start.fields.length <= 6) || (start.fields.length <= 12 && isNameless(start)))
  )
    for (const field of start.fields) if (field.type !== "object" && field.type !== "array") add({ field: field.name }, field.name);
  if (distinct) {
    for (const column of select) where.push({ kind: "missing", field: column.field, negated: true });
  } else {
    const identity = keyOf(start);
    const tie = identity ?? displayFields(start)[0];
    if (tie && !orderBy.some((one) => one.field?.field === tie.name && one.field.via === undefined))
      orderBy.push({ field: { field: tie.name }, direction: "asc" });
  }
  return {
    from: start.name,
    joins: b.joins,
    where,
    groupBy: [],
    measures: [],
    having: [],
    select,
    distinct,
    orderBy,
    ...(within.length > 0 ? { per: select.slice(0, within.length).map(({ as }) => as) } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(limit === undefined || b.frame.offset === undefined ? {} : { offset: b.frame.offset }),
  };
}
