import type { CacheQuestion } from "../ports/cache.ts";

/** Words of ASCII with single spaces between them, as most questions are: nothing to fold. */
const isPlain = /^[!-~]+(?: [!-~]+)*$/;

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => (isPlain.test(text) ? text : text.normalize("NFC").trim().replace(/\s+/g, " "));

/** A question is looked up, shared in flight and stored under one key, mostly with no other in between. */
let last: { readonly question: CacheQuestion; readonly key: string } | undefined;

/** The scope most questions are asked in is that of the question before. */
let lastScope: CacheQuestion["scope"] | undefined;
let lastScopeKey = "";

function scopeKey(scope: CacheQuestion["scope"]): string {
  const { tenant, principal, roles, conversation, settings, dataVersion } = scope;
  const isSame =
    lastScope !== undefined &&
    roles === undefined &&
    lastScope.roles === undefined &&
    tenant === lastScope.tenant &&
    principal === lastScope.principal &&
    conversation === lastScope.conversation &&
    settings === lastScope.settings &&
    dataVersion === lastScope.dataVersion;
  if (!isSame) lastScopeKey = JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion]);
  lastScope = scope;
  return lastScopeKey;
}

/** Everything an answer depends on as one text. Injective: JSON keeps its parts apart whatever they hold. */
export function questionKey(question: CacheQuestion): string {
  if (last?.question === question) return last.key;
  const key = scopeKey(question.scope) + JSON.stringify(normalise(question.text));
  last = { question, key };
  return key;
}
