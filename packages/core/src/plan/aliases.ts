import type { Catalog } from "./catalog.ts";

/** What else a collection (`staff`), a field (`salary`) or a field of one collection (`staff.salary`) is called. */
export type Synonyms = Readonly<Record<string, readonly string[]>>;

/** The catalog with what its collections and fields are also called; names the data does not have are passed over. */
export function withAliases(catalog: Catalog, synonyms: Synonyms): Catalog {
  const given = new Map(Object.entries(synonyms));
  if (given.size === 0) return catalog;
  const collections = catalog.collections.map((collection) => ({
    ...collection,
    aliases: given.get(collection.name),
    fields: collection.fields.map((field) => {
      const aliases = [...(given.get(field.name) ?? []), ...(given.get(`${collection.name}.${field.name}`) ?? [])];
      return aliases.length === 0 ? field : { ...field, aliases };
    }),
  }));
  // Answers made with other names in mind are not found again.
  return { ...catalog, collections, version: `${catalog.version} ${JSON.stringify([...given])}` };
}
