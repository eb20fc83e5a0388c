import type { CacheQuestion } from "../ports/cache.ts";

/** Words of ASCII with single spaces between them, as most questions are: nothing to fold. */
const isPlain = /^[!-~]+(?: [!-~]+)*$/;

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => (isPlain.test(text) ? text : text.normalize("NFC").trim().replace(/\s+/g, " "));

/** A question is looked up, shared in flight and stored under one key, mostly with no other in between. */
let last: { readonly question: CacheQuestion; readonly key: string } | undefined;

/** Everything an answer depends on as one text. Injective: a JSON array keeps its parts apart whatever they hold. */
export function questionKey(question: CacheQuestion): string {
  if (last?.question === question) return last.key;
  const { tenant, principal, roles, conversation, settings, dataVersion } = question.scope;
  const key = JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion, normalise(question.text)]);
  last = { question, key };
  return key;
}
