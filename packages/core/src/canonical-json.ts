import type { Json } from "./ports/json.ts";

/** The same text for the same JSON, whatever the order of its keys. */
export function canonicalJson(value: Json | undefined): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
