import { type Collection, type Field, keyOf } from "./catalog.ts";
import { nameFields } from "./lexicon.ts";
import { isKeyLike } from "./reading.ts";
import { nameWords } from "./words.ts";

const remembered = new WeakMap<Collection, readonly Field[]>();

/** Fields that tell a person which row it is: a name or title, first and last name together. */
export function displayFields(collection: Collection): readonly Field[] {
  let fields = remembered.get(collection);
  if (!fields) remembered.set(collection, (fields = findDisplayFields(collection)));
  return fields;
}

function findDisplayFields(collection: Collection): readonly Field[] {
  const named = (pattern: RegExp): Field | undefined =>
    collection.fields.find((field) => field.type === "string" && pattern.test(nameWords(field.name).join(" ")));
  const first = named(/^(first|given|fore) ?name$|^fname$/);
  const last = named(/^(last|family|sur) ?name$|^lname$|^surname$/);
  if (first && last) return [first, last];
  const owner = nameWords(collection.name);
  for (const name of nameFields) {
    const words = name.split(" ");
    const exact = collection.fields.find((field) => {
      const own = nameWords(field.name);
      const rest = own.filter((word) => !owner.includes(word));
      return field.type === "string" && (own.join(" ") === name || (rest.length > 0 && rest.join(" ") === name));
    });
    if (exact) return [exact];
    if (words.length === 1 && (name === "name" || name === "title")) {
      // The name of something else, such as a country's, repeats.
      const ending = collection.fields.find(
        (field) =>
          field.type === "string" &&
          nameWords(field.name).at(-1) === name &&
          (field.unique || field.values?.complete === false || (field.values?.counts.size ?? 0) * 2 > collection.count),
      );
      if (ending) return [ending];
    }
  }
  const unique = collection.fields.find((field) => field.type === "string" && field.unique && !isKeyLike(field));
  if (unique) return [unique];
  const key = keyOf(collection);
  if (key) return [key];
  const date = collection.fields.filter((field) => field.type === "date");
  if (date.length === 1 && date[0]) return [date[0]];
  const varied = collection.fields
    .filter((field) => field.type === "string" && !field.name.startsWith("_"))
    .toSorted((a, b) => (b.values?.counts.size ?? 0) - (a.values?.counts.size ?? 0));
  return varied.slice(0, 1);
}

/** True where nothing names the rows of a collection or tells them apart: then only all there is in a row says which it is. */
export function isNameless(collection: Collection): boolean {
  const [display] = displayFields(collection);
  return keyOf(collection) === undefined && display !== undefined && !nameFields.includes(nameWords(display.name).at(-1) ?? "");
}
