import { bucketField } from "./build-dates.ts";
import { alias, aliasFrom, refTo } from "./build-joins.ts";
import { columnName } from "./building.ts";
import type { Building, Key } from "./building.ts";
import { type Collection, isNumeric, keyOf } from "./catalog.ts";
import { Unplannable } from "./context.ts";
import { displayFields } from "./display-fields.ts";
import type { Wanted } from "./frame.ts";
import type { GroupKey } from "./query-plan.ts";

/** Makes names of columns that none before has. */
export function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const safe = columnName(name);
    let result = safe;
    for (let count = 2; taken.has(result); count++) result = `${safe} ${count}`;
    taken.add(result);
    return result;
  };
}

/** What the column of a unit of time is called: its values are no dates. */
const labelOf = (bucket: Key["bucket"]): string | undefined => bucket?.replace("calendar-", "");

/** A unit of time, of the only date there is or the one that was named. */
function timeKey(b: Building, start: Collection, bucket: Key["bucket"], unique: (name: string) => string): GroupKey {
  const chosen = bucketField(b, start);
  const isYear = isNumeric(chosen.field);
  if (isYear && bucket !== "year" && bucket !== "decade")
    throw new Unplannable(`${chosen.field.name} holds years, not each ${bucket ?? "date"}`);
  return {
    as: unique(labelOf(bucket) ?? "year"),
    field: refTo(b, chosen.collection, chosen.field),
    ...(isYear && bucket !== "decade" ? {} : { bucket }),
  };
}

/** The columns that stand for a key: the field, what it points at, or what names the thing. `what` is measured by it, if anything is. */
export function groupKeys(b: Building, start: Collection, key: Key, unique: (name: string) => string, what?: Wanted): GroupKey[] {
  const cue = b.frame.cues[0]?.cue;
  if (!key.thing) return [timeKey(b, start, key.bucket, unique)];
  if (key.thing.kind === "field") {
    const { collection, field } = key.thing.chosen;
    if (field.type === "array" || field.type === "object") throw new Unplannable(`${field.name} holds several values in each row`);
    const own: GroupKey = {
      as: unique(labelOf(key.bucket) ?? field.name),
      field: refTo(b, collection, field, cue),
      ...(key.bucket ? { bucket: key.bucket } : {}),
    };
    const pointed = b.catalog.relations.find((one) => one.from.collection === collection.name && one.from.field === field.name);
    const other = pointed && b.catalog.collections.find((one) => one.name === pointed.to.collection);
    if (!pointed || !other || key.bucket) return [own];
    const through = aliasFrom(b, own.field.via, pointed);
    const named = displayFields(other).filter((one) => one.name !== pointed.to.field);
    return [
      own,
      ...named.map((one) => ({
        as: unique(one.name.toLowerCase() === "name" ? other.name : one.name),
        field: { field: one.name, via: through },
      })),
    ];
  }
  const { collection } = key.thing;
  if (collection === start && what?.kind === "count" && what.thing.kind === "entity" && what.thing.collection === start) {
    const self = b.graph.self(start.name)[0];
    if (!self) throw new Unplannable(`it does not say what to count for each of ${start.name}`);
    const via = alias(b, [{ relation: self, direction: "up" }]);
    return displayFields(collection).map((field) => ({ as: unique(field.name), field: { field: field.name, via } }));
  }
  const display = displayFields(collection);
  const identity = keyOf(collection);
  const isAlone = display.length === 1 && display[0]?.unique === true;
  const fields = identity && !isAlone ? [identity, ...display.filter((field) => field !== identity)] : display;
  return fields.map((field) => ({
    as: unique(field !== identity && field.name.toLowerCase() === "name" ? collection.name : field.name),
    field: refTo(b, collection, field, cue),
  }));
}
