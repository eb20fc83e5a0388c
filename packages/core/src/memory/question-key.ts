import type { CacheQuestion } from "../ports/cache.ts";

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => text.normalize("NFC").trim().replace(/\s+/g, " ");

/** Everything an answer depends on as one text. Injective: a JSON array keeps its parts apart whatever they hold. */
export function questionKey({ text, scope }: CacheQuestion): string {
  const { tenant, principal, roles, conversation, settings, dataVersion } = scope;
  return JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion, normalise(text)]);
}
