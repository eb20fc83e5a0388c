import type { Field } from "./catalog.ts";

const separators = [" / ", " | ", "|", "; ", ";", ", "];
const maxValues = 5000;

type Members = ReadonlyMap<string, readonly string[]>;

/** The parts of a field whose texts are lists, with the texts each is part of; undefined for a field of plain texts. */
function readMembers(field: Field): Members | undefined {
  const values = [...(field.values?.counts.keys() ?? [])].filter((value) => typeof value === "string");
  if (field.values?.complete !== true || values.length < 5 || values.length > maxValues) return undefined;
  const separator = separators.find((one) => values.filter((value) => value.includes(one)).length >= values.length * 0.3);
  if (separator === undefined) return undefined;
  const members = new Map<string, string[]>();
  let parts = 0;
  for (const value of values) {
    for (const part of new Set(value.split(separator).map((one) => one.trim()))) {
      parts++;
      const holding = members.get(part);
      if (holding) holding.push(value);
      else members.set(part, [value]);
    }
  }
  // Parts of a list come again in other lists; parts of a sentence or an address seldom do.
  return members.size <= parts * 0.7 ? members : undefined;
}

const known = new WeakMap<Field, { readonly members: Members | undefined }>();

/** Every text of the field of which the value is all or one of several: "GSM 900" and "GSM 900 / LTE 800". */
export function textsHolding(field: Field, value: string): readonly string[] {
  let entry = known.get(field);
  if (!entry) known.set(field, (entry = { members: readMembers(field) }));
  return entry.members?.get(value) ?? [value];
}
