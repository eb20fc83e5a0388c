import type { Field } from "./catalog.ts";
import type { Literal } from "./query-plan.ts";

const pairs: readonly (readonly [yes: string, no: string])[] = [
  ["yes", "no"],
  ["y", "n"],
  ["true", "false"],
  ["t", "f"],
  ["1", "0"],
];

/** The values that say yes and no in a field that holds nothing else: booleans, words such as "Yes" and "No", or 1 and 0. */
export function flagOf(field: Field): { readonly yes: Literal; readonly no: Literal } | undefined {
  if (field.type === "boolean") return { yes: true, no: false };
  if (field.type === "integer") return field.min === 0 && field.max === 1 ? { yes: 1, no: 0 } : undefined;
  const values = field.type === "string" && field.values?.complete === true ? [...field.values.counts.keys()] : [];
  if (values.length !== 2) return undefined;
  for (const pair of pairs) {
    const [yes, no] = pair.map((word) => values.find((value) => String(value).toLowerCase() === word));
    if (yes !== undefined && no !== undefined) return { yes, no };
  }
  return undefined;
}
