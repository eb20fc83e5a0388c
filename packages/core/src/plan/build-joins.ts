import type { Building } from "./building.ts";
import type { Collection, Field } from "./catalog.ts";
import { type ChosenField, cueFits, Unplannable } from "./context.ts";
import type { FieldRef } from "./query-plan.ts";
import { type Edge, endOf, type Path } from "./relation-graph.ts";

/** The join at the end of a chain of many-to-one relations, added where it is missing; undefined for the rows themselves. */
export function alias(b: Building, path: Path): string | undefined {
  let via: string | undefined;
  let at = b.from;
  for (const edge of path) {
    const existing = b.joins.find(
      (join) => join.via === via && join.field === edge.relation.from.field && join.to === edge.relation.to.collection,
    );
    if (existing) {
      via = existing.as;
    } else {
      const base = edge.relation.to.collection.replace(/[^A-Za-z0-9_]/g, "_");
      let name = base;
      for (let count = 2; b.joins.some((join) => join.as === name); count++) name = `${base}${count}`;
      b.joins.push({
        as: name,
        ...(via === undefined ? {} : { via }),
        field: edge.relation.from.field,
        to: edge.relation.to.collection,
        toField: edge.relation.to.field,
      });
      via = name;
      b.reach++;
    }
    at = b.catalog.collections.find((one) => one.name === endOf(edge)) ?? at;
  }
  return via;
}

/** The join that follows one relation from where another join stands. */
export function aliasFrom(
  b: Building,
  via: string | undefined,
  relation: { readonly from: { readonly field: string }; readonly to: { readonly collection: string; readonly field: string } },
): string {
  const existing = b.joins.find((join) => join.via === via && join.field === relation.from.field && join.to === relation.to.collection);
  if (existing) return existing.as;
  const base = relation.to.collection.replace(/[^A-Za-z0-9_]/g, "_");
  let as = base;
  for (let count = 2; b.joins.some((join) => join.as === as); count++) as = `${base}${count}`;
  b.joins.push({
    as,
    ...(via === undefined ? {} : { via }),
    field: relation.from.field,
    to: relation.to.collection,
    toField: relation.to.field,
  });
  b.reach++;
  return as;
}

/** Of several ways to the same collection, the one the words point at. */
export function choosePath(b: Building, paths: readonly Path[], cue: string | undefined, to: Collection, through?: ChosenField): Path {
  if (paths.length === 1 && paths[0]) return paths[0];
  const fieldsOf = (path: Path): string[] => path.map((edge) => edge.relation.from.field);
  if (through) {
    const named = paths.filter((path) => fieldsOf(path).includes(through.field.name));
    if (named.length === 1 && named[0]) return named[0];
  }
  const cues = cue === undefined ? b.frame.cues.map((one) => one.cue) : [cue];
  for (const one of cues) {
    const fitting = paths.filter((path) => fieldsOf(path).some((name) => cueFits(one, { name })));
    if (fitting.length === 1 && fitting[0]) return fitting[0];
  }
  const shownFields = [...b.shown, ...(b.target ? [b.target] : [])].flatMap((one) => (one.kind === "field" ? [one.chosen.field.name] : []));
  const pointed = paths.filter((path) => fieldsOf(path).some((name) => shownFields.includes(name)));
  if (pointed.length === 1 && pointed[0]) return pointed[0];
  throw new Unplannable(
    `${to.name} can be reached in several ways`,
    paths.map((path) => fieldsOf(path).join(", ")),
  );
}

/** A field as the plan addresses it, joining what is needed. Throws `Unplannable` where the way is open to doubt. */
export function refTo(b: Building, collection: Collection, field: Field, cue?: string, through?: ChosenField): FieldRef {
  if (through && through.collection === b.from) {
    const relation = b.catalog.relations.find(
      (one) => one.from.collection === b.from.name && one.from.field === through.field.name && one.to.collection === collection.name,
    );
    if (relation) {
      if (relation.to.field === field.name) return { field: relation.from.field };
      const edge: Edge = { relation, direction: "up" };
      return { field: field.name, via: alias(b, [edge]) };
    }
  }
  if (collection === b.from) return { field: field.name };
  const paths = b.graph.up(b.from.name, collection.name);
  if (paths.length === 0) throw new Unplannable(`${b.from.name} and ${collection.name} are not connected that way`);
  const path = choosePath(b, paths, cue, collection, through);
  // The key itself stands in the row that points at it.
  const last = path.at(-1);
  if (last && last.relation.to.field === field.name) {
    const via = path.length === 1 ? undefined : alias(b, path.slice(0, -1));
    return { field: last.relation.from.field, ...(via === undefined ? {} : { via }) };
  }
  const via = alias(b, path);
  return { field: field.name, ...(via === undefined ? {} : { via }) };
}
