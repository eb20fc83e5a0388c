const prototypeNames = new Set(["__proto__", "constructor", "prototype"]);

/**
 * A field name that can be addressed in a query: dots become underscores, leading dollar signs go, and names that reach an object's prototype
 * get a trailing underscore. Everything else, spaces included, stays as it is in the data.
 */
export function fieldName(name: string): string {
  const clean = name.trim().replaceAll(".", "_").replace(/^\$+/, "");
  return prototypeNames.has(clean) ? `${clean}_` : clean;
}

/** Gives every key of a JSON value, at any depth, a usable name; values are kept. Returns the same object when nothing had to change. */
export function withFieldNames(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withFieldNames);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => {
    const entry: [string, unknown] = [fieldName(key), withFieldNames(part)];
    changed ||= entry[0] !== key || entry[1] !== part;
    return entry;
  });
  return changed ? Object.fromEntries(entries) : value;
}
