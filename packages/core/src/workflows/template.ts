import type { Json } from "../ports/json.ts";

const hole = /\{\{\s*(.*?)\s*\}\}/gs;
const pathSyntax = /^[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*$/;

/** The keys of a path such as `steps.find.rows[0].name`; undefined for what is none. */
export function pathKeys(path: string): readonly string[] | undefined {
  return pathSyntax.test(path) ? path.replaceAll("]", "").split(/[.[]/) : undefined;
}

/** The value at a path, over own properties only; null where there is none. */
function valueAt(keys: readonly string[], values: object): Json {
  let value: unknown = values;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  // What workflows see is JSON all the way down.
  return (value ?? null) as Json;
}

/** Every path that the texts of a template name; undefined for a pair of braces that holds none. */
export function pathsIn(template: Json): (readonly string[] | undefined)[] {
  if (typeof template === "string") {
    const found = [...template.matchAll(hole)].map(([, path = ""]) => pathKeys(path));
    return template.replaceAll(hole, "").includes("{{") ? [...found, undefined] : found;
  }
  if (typeof template !== "object" || template === null) return [];
  return Object.values(template).flatMap(pathsIn);
}

const written = (value: Json): string => (typeof value === "string" ? value : value === null ? "" : JSON.stringify(value));

/** The template with its paths filled in. What is filled in is never looked at again. */
export function filled(template: Json, values: object): Json {
  if (typeof template === "string") {
    const [whole, path = ""] = /^\{\{\s*([^{}]*?)\s*\}\}$/s.exec(template.trim()) ?? [];
    if (whole !== undefined) return valueAt(pathKeys(path) ?? [], values);
    return template.replaceAll(hole, (_, path: string) => written(valueAt(pathKeys(path) ?? [], values)));
  }
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => filled(item, values));
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, values)]));
}

/** As `filled`, for what must be text. */
export const filledText = (template: string, values: object): string => written(filled(template, values));
