import { hash } from "node:crypto";
import type { CacheQuestion, CacheScope } from "@hydrogenai/core";

/** Words of ASCII with single spaces between them, as most questions are: nothing to fold. */
const isPlain = /^[!-~]+(?: [!-~]+)*$/;

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => (isPlain.test(text) ? text : text.normalize("NFC").trim().replace(/\s+/g, " "));

interface Keys {
  readonly scope: string;
  readonly question: string;
}

/** A question is looked up, computed and stored under the same keys. */
const known = new WeakMap<CacheQuestion, Keys>();

/** One caller's questions follow each other, each with a scope object of its own. */
let lastScope: CacheScope | undefined;
let lastText = "";

const sameRoles = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((role, at) => role === b[at]));

function isLast({ tenant, principal, roles, conversation, settings, dataVersion }: CacheScope): boolean {
  if (lastScope === undefined || tenant !== lastScope.tenant || principal !== lastScope.principal) return false;
  if (settings !== lastScope.settings || dataVersion !== lastScope.dataVersion) return false;
  return conversation === lastScope.conversation && sameRoles(roles, lastScope.roles);
}

/** Injective: a JSON array keeps its parts apart whatever they hold. */
function textOf(scope: CacheScope): string {
  if (isLast(scope)) return lastText;
  const { tenant, principal, roles, conversation, settings, dataVersion } = scope;
  lastText = JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion]);
  lastScope = { ...scope, roles: roles && [...roles] };
  return lastText;
}

function keysOf(question: CacheQuestion): Keys {
  const before = known.get(question);
  if (before !== undefined) return before;
  const scope = textOf(question.scope);
  // JSON holds no line break, so the first one ends the scope.
  const keys = { scope, question: `${scope}\n${normalise(question.text)}` };
  known.set(question, keys);
  return keys;
}

/** Everything but the text and the type. */
export const scopeKey = (question: CacheQuestion): string => keysOf(question).scope;

/** The question in its scope; two questions have the same key only when all an answer may depend on is the same. */
export const questionKey = (question: CacheQuestion): string => keysOf(question).question;

/** Short, and tells nothing to whoever reads the names of a shared store. */
export const digest = (kind: string, key: string): string => `${kind}:${hash("sha256", key, "base64url")}`;

const maxDigests = 4_096;

/** Digests of one kind that remember the last few thousand keys: the same question is asked again and again. */
export function rememberedDigest(kind: string): (key: string) => string {
  const digests = new Map<string, string>();
  return (key) => {
    const before = digests.get(key);
    if (before !== undefined) return before;
    if (digests.size >= maxDigests) digests.clear();
    const made = digest(kind, key);
    digests.set(key, made);
    return made;
  };
}
