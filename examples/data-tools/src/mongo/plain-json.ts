/** Turns what MongoDB returns into plain JSON: ids become hex texts, dates ISO texts, decimals and large integers numbers when that loses nothing, else texts. */
export function plainJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value === "bigint") return numberOrText(value.toString());
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if ("_bsontype" in value) return plainBson(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainJson(part)]));
}

interface BsonValue {
  _bsontype: unknown;
  toString(encoding?: string): string;
}

function plainBson(value: BsonValue): unknown {
  switch (value._bsontype) {
    case "Long":
    case "Decimal128":
    case "Double":
    case "Int32":
      return numberOrText(value.toString());
    case "Binary":
      return value.toString("base64");
    default:
      return value.toString();
  }
}

function numberOrText(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}
