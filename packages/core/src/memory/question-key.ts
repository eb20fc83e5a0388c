import type { CacheQuestion } from "../ports/cache.ts";

/** Words of ASCII with single spaces between them, as most questions are: nothing to fold. */
const isPlain = /^[!-~]+(?: [!-~]+)*$/;

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => (isPlain.test(text) ? text : text.normalize("NFC").trim().replace(/\s+/g, " "));

/** A question is looked up, shared in flight and stored under one key. */
const keys = new WeakMap<CacheQuestion, string>();

/** Everything an answer depends on as one text. Injective: a JSON array keeps its parts apart whatever they hold. */
export function questionKey(question: CacheQuestion): string {
  const known = keys.get(question);
  if (known !== undefined) return known;
  const { tenant, principal, roles, conversation, settings, dataVersion } = question.scope;
  const key = JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion, normalise(question.text)]);
  keys.set(question, key);
  return key;
}
