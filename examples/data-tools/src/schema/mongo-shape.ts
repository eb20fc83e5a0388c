import type { FieldSchema, FieldType } from "../backend.ts";

/** A schema in the simplified form MongoDB's own tools print. */
export interface MongoShape {
  [field: string]: { types: MongoType[] };
}

interface MongoType {
  bsonType: string;
  fields?: MongoShape;
}

const names: Record<FieldType, string> = {
  string: "String",
  date: "String",
  number: "Double",
  integer: "Int32",
  boolean: "Boolean",
  array: "Array",
  object: "Document",
  null: "Null",
};

/** Nests dotted field names back into documents. Dates are strings here, which is how they are stored. */
export function mongoShape(fields: readonly FieldSchema[]): MongoShape {
  const own = fields.filter(({ name }, index) => !fields.some((other, at) => at < index && name.startsWith(`${other.name}.`)));
  return Object.fromEntries(
    own.map((field) => {
      const nested = fields
        .filter(({ name }) => name.startsWith(`${field.name}.`))
        .map((inner) => ({ ...inner, name: inner.name.slice(field.name.length + 1) }));
      const types = field.types.map((type): MongoType => {
        const holdsFields = nested.length > 0 && (type === "object" || type === "array");
        return { bsonType: names[type], ...(holdsFields ? { fields: mongoShape(nested) } : {}) };
      });
      return [field.name, { types }];
    }),
  );
}
